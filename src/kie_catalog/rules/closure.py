"""Closure: prices and input schemas fit each other (KC301 to KC306).

The room of prices computes over all combinations that prices depend on; here its results are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kie_catalog.rules.siblings import overlap_of
from kie_catalog.rules.subject import Hit, Subject


def conditions_are_legal(subject: Subject) -> Iterator[Hit]:
    """A mode's `when` asks for values that the input schema allows.

    Why: no legal request can ever match it, so the price is dead and another one is charged, or none.

    Bad::

        # the schema allows 720p and 1080p
        when: {resolution: 2k}

    Good::

        when: {resolution: 1080p}

    Cure: correct the condition, or the schema by an override where traffic shows that the page is wrong.
    """
    yield from subject.observed("illegal-when")


def requests_match_one_mode(subject: Subject) -> Iterator[Hit]:
    """No legal request matches two modes that charge for the output.

    Why: a quote does not choose between two prices; it refuses, and the buyer gets nothing.

    Bad::

        - {id: 720p, credits: 20, when: {resolution: 720p}}
        - {id: audio, credits: 30, when: {generate_audio: true}}

    Good::

        - {id: 720p, credits: 20, when: {resolution: 720p, generate_audio: false}}
        - {id: audio, credits: 30, when: {resolution: 720p, generate_audio: true}}

    Cure: narrow one of the conditions by the property that tells the two apart.
    """
    for hit in subject.observed("overlap"):
        yield replace(hit, cause=overlap_of(hit.model))


def requests_have_a_price(subject: Subject) -> Iterator[Hit]:
    """Every combination of values that prices depend on has a mode.

    Why: a request without a mode is refused, although upstream would serve it.

    Bad::

        # the schema has 5 and 10 seconds in 720p and 1080p
        - {id: 5s-720p, when: {duration: '5', resolution: 720p}}
        - {id: 10s-1080p, when: {duration: '10', resolution: 1080p}}

    Good::

        - {id: 5s-720p, when: {duration: '5', resolution: 720p}}
        - {id: 5s-1080p, when: {duration: '5', resolution: 1080p}}
        - {id: 10s-720p, when: {duration: '10', resolution: 720p}}
        - {id: 10s-1080p, when: {duration: '10', resolution: 1080p}}

    Cure: add the mode from upstream's price row; if there is none, leave it, and a quote refuses.
    """
    yield from subject.observed("unpriced")


def values_have_a_price(subject: Subject) -> Iterator[Hit]:
    """Every listed value of a property that prices depend on has a mode.

    Why: a value that upstream added is offered by the schema and priced by nobody.

    Bad::

        # the schema has 720p, 1080p and 4k
        - {id: 720p, when: {resolution: 720p}}
        - {id: 1080p, when: {resolution: 1080p}}

    Good::

        - {id: 720p, when: {resolution: 720p}}
        - {id: 1080p, when: {resolution: 1080p}}
        - {id: 4k, when: {resolution: 4k}}

    Cure: add the mode from upstream's price row; if there is none, leave it, and a quote refuses.
    """
    yield from subject.observed("unknown-value")


def quantities_are_known(subject: Subject) -> Iterator[Hit]:
    """A price per second or minute stands with a model whose input gives the duration.

    Why: a quote multiplies by the seconds; where no property has them, they must be measured first.

    Bad::

        # the schema has no `duration`; the video takes as long as the audio
        unit: second

    Good::

        # the schema has `duration`
        unit: second

    Cure: measure the seconds of the output, or of what goes in, and give them to the quote.
    """
    yield from subject.observed("no-quantity")


def combinations_are_counted(subject: Subject) -> Iterator[Hit]:
    """The combinations that a model's prices depend on can be looked at one by one.

    Why: nothing is sampled, so where there are too many, it is not known whether the prices close.

    Bad::

        # eight modes, each with conditions on twelve properties of its own

    Good::

        # eight modes with conditions on the two or three properties that upstream prices by

    Cure: take conditions out that set no price.
    """
    yield from subject.observed("uncounted")
