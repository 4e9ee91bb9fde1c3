"""Account: every row, page, alias and override is of use, or says why not (KC414 to KC416, KC509 to KC516).

Resolving, extraction and corrections find these; here they are documented and told.
"""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def overrides_have_a_form(subject: Subject) -> Iterator[Hit]:
    """A correction of an input schema has a patch, a reason, a date and its evidence.

    Why: without evidence nobody can tell later whether it still holds, and it is kept for ever out of fear.

    Bad::

        {"corrections": [{"patch": {"required": ["prompt"]}}]}

    Good::

        {"corrections": [{"patch": {"required": ["prompt"]}, "reason": "the page forgets it",
          "date": "2026-08-22", "evidence": "wire/createTask-12.json"}]}

    Cure: write what was seen, where and when; or delete the correction.
    """
    yield from subject.observed("override-malformed")


def overrides_change_something(subject: Subject) -> Iterator[Hit]:
    """A correction of an input schema changes something.

    Why: upstream has mended its page; what is left over would undo its next change.

    Bad::

        # the page says maxLength 5000 by now
        {"patch": {"properties": {"prompt": {"maxLength": 5000}}}}

    Good::

        {"corrections": []}

    Cure: delete it from `schemas/overrides/`.
    """
    yield from subject.observed("override-idle")


def overrides_meet_their_target(subject: Subject) -> Iterator[Hit]:
    """What a correction of an input schema is about is still there.

    Why: upstream renamed or changed it, so the correction is not carried out, and its fault is back.

    Bad::

        # the property is called `prompt` by now
        {"patch": {"properties": {"promt": {"maxLength": 5000}}}}

    Good::

        {"patch": {"properties": {"prompt": {"maxLength": 5000}}}}

    Cure: look at the page again; mend the correction, or delete it.
    """
    yield from subject.observed("override-astray")


def rows_are_resolved(subject: Subject) -> Iterator[Hit]:
    """Every row of the price feed prices a model, beyond doubt.

    Why: nothing is guessed, so what a row prices is not sold until somebody explains the row.

    Bad::

        some-model, a word that nobody knows, 720p

    Good::

        some-model, text to video, 720p

    Cure: declare an alias with evidence in `sync/aliases.yaml`, if the word says what no rule knows.
    """
    yield from subject.observed("unresolved-row")


def rows_do_not_disagree(subject: Subject) -> Iterator[Hit]:
    """No two rows claim one mode at different prices.

    Why: nobody knows which of them is billed, so none of them is taken.

    Bad::

        z-image, text to image | 0.8 per image
        z-image, text to image | 1 per image

    Good::

        z-image, text to image | 0.8 per image

    Cure: measure one request; hold the model by a decision until upstream mends its table.
    """
    yield from subject.observed("conflicting-rows")


def units_are_known(subject: Subject) -> Iterator[Hit]:
    """The unit of a row is one of those that are known.

    Why: a price without its unit is a number. An empty unit is taken from the model's other rows where
    they have but one.

    Bad::

        z-image, text to image | 0.8 per piece

    Good::

        z-image, text to image | 0.8 per image

    Cure: teach `domain/units.py` the spelling, if it is one.
    """
    yield from subject.observed("unknown-unit")


def credits_can_be_read(subject: Subject) -> Iterator[Hit]:
    """The credits of a row are an amount.

    Why: what cannot be read is not guessed, so the row prices nothing.

    Bad::

        z-image, text to image | on request

    Good::

        z-image, text to image | 0.8

    Cure: wait for upstream, or measure one request and hold the model by a decision.
    """
    yield from subject.observed("unread-credits")


def links_agree_with_texts(subject: Subject) -> Iterator[Hit]:
    """The link of a row names the model that its text names.

    Why: one of the two was copied from another row. The text counts; that is right mostly, not always.

    Bad::

        kling 2.6, text-to-video | ?model=kling-2.6/image-to-video

    Good::

        kling 2.6, text-to-video | ?model=kling-2.6/text-to-video

    Cure: compare with the documentation page; declare an alias if the text is the one that is wrong.
    """
    yield from subject.observed("link-against-text")


def rows_agree_with_themselves(subject: Subject) -> Iterator[Hit]:
    """The dollars of a row are worth its credits, and its unit is there.

    Why: KIE bills credits, so they are taken, and dollars or a unit are derived. What upstream gets wrong in
    one column may be wrong in the other one as well.

    Bad::

        topaz, 4K | 20 credits | 0.01 USD

    Good::

        topaz, 4K | 20 credits | 0.1 USD

    Cure: measure one request if the price matters; nothing is to be done otherwise.
    """
    yield from subject.observed("odd-row")


def aliases_are_of_use(subject: Subject) -> Iterator[Hit]:
    """Every reviewed fact of `sync/aliases.yaml` is about a word that some row says.

    Why: upstream has mended its typo; a fact that waits for it to come back may fit another row by then.

    Bad::

        # no row says it any more
        - {text: aiduo, means: audio, scope: '*'}

    Good::

        typos: []

    Cure: remove it from `sync/aliases.yaml`.
    """
    yield from subject.observed("stale-alias")


def pages_can_be_read(subject: Subject) -> Iterator[Hit]:
    """Every page and row of upstream can be read and believed.

    Why: one that cannot costs itself: its model keeps what it had, and does not follow upstream.

    Bad::

        # a page whose example is of another model than its path
        market/kling/kling-3-0

    Good::

        # path, schema and example speak of one model
        market/kling/kling-3-0

    Cure: look at the page; record anew if it was cut on the way.
    """
    yield from subject.observed("unread-page")
