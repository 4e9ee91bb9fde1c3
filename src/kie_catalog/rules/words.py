"""Words: what notes and flags say of a price agrees with its fields (KC215 to KC221)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import plain_number
from kie_catalog.rules.notes import said
from kie_catalog.rules.subject import Entry, Hit, Link, Subject
from kie_catalog.rules.traits import DURATIONS, TIMED, id_grades, plain_id, seconds_in, sizes_in, words_of
from kie_catalog.rules.wording import clip

_CLIPS: Final = frozenset({Unit.VIDEO.value, Unit.UPSCALE.value})
_ONE: Final = frozenset({Decimal(1)})


def notes_name_no_other_unit(subject: Subject) -> Iterator[Hit]:
    """A price whose notes count seconds is not stored per clip.

    Why: "up to 15 seconds" is how long a clip may be, not what the price buys; "1.0s" beside a video is
    the price of one second. Stored per video, a clip is charged up to fifteen times too low.

    Bad::

        - {unit: video, credits: 24, notes: Turbo-1.0s-720p}

    Good::

        - {unit: second, credits: 24, notes: Turbo-1.0s-720p}

    Cure: take the unit of upstream's price row; it is a second there.
    """
    for model in subject.models:
        for mode in model.modes:
            unit, words = mode.text("unit"), words_of(mode)
            if unit is None or unit in TIMED or unit == Unit.MILLION_TOKENS or not _is_output(mode):
                continue
            if words.at_most or (unit in _CLIPS and words.seconds == _ONE):
                fact = f"up to {words.at_most} seconds" if words.at_most else "one second"
                yield mode.hit(
                    f"the price is per {unit}, but its notes count {fact}; "
                    "look whether upstream's row is per second",
                    "unit",
                    meant=Unit.SECOND.value,
                    related=(Link("the notes", (*mode.pointer, "notes")),),
                )


def notes_agree_with_when(subject: Subject) -> Iterator[Hit]:
    """The sizes, lengths and sound that notes name are those of `when`.

    Why: notes are upstream's own words for the price. Where `when` says otherwise, the price is charged for
    something else than upstream sells under it.

    Bad::

        - {credits: 40, when: {resolution: 720p}, notes: 1080p with audio}

    Good::

        - {credits: 40, when: {resolution: 1080p}, notes: 1080p with audio}

    Cure: correct the condition; notes are kept as upstream writes them.
    """
    for mode in subject.modes:
        when = mode.fields.get("when")
        words = words_of(mode)
        for name, value in when.items() if isinstance(when, Mapping) else ():
            sizes, seconds = sizes_in(value), seconds_in(value) if name in DURATIONS else frozenset()
            told = None
            if sizes and words.sizes and not sizes & words.sizes:
                told = "size"
            elif seconds and words.seconds and not seconds & words.seconds:
                told = "length"
            elif isinstance(value, bool) and "audio" in name and words.sound not in {None, value}:
                told = "sound"
            if told:
                yield mode.hit(
                    f"the notes '{clip(mode.text('notes') or '')}' name another {told} than the condition on "
                    f"`{clip(name)}`; correct the condition",
                    "when",
                    name,
                    related=(Link("the notes", (*mode.pointer, "notes")),),
                )


def modes_stand_in_their_model(subject: Subject) -> Iterator[Hit]:
    """The grade that notes name is that of the model's id.

    Why: a Pro price in the Standard model, or an Ultra price in the plain one, is the price of a sibling:
    the request is sent to one model and charged as another.

    Bad::

        - id: hailuo/02-image-to-video-standard
          modes:
          - {credits: 57, notes: Pro-6.0s-1080p}

    Good::

        - id: hailuo/02-image-to-video-pro
          modes:
          - {credits: 57, notes: Pro-6.0s-1080p}

    Cure: move the mode to the model it is the price of, or remove it if that one has it.
    """
    siblings: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for model in subject.models:
        if model.model:
            siblings[plain_id(model.model)].add(id_grades(model.model))
    for model in subject.models:
        own = id_grades(model.model or "")
        for mode in model.modes if model.model else ():
            named = said(mode.text("notes") or "").grades
            if not named or set(named) & set(own):
                continue
            is_siblings = named in siblings[plain_id(model.model or "")]
            if own or is_siblings:
                yield mode.hit(
                    f"the notes name '{' '.join(named)}', the id {_said(own)}; "
                    "move the mode to the model it is the price of",
                    "notes",
                )


def packs_are_counted(subject: Subject) -> Iterator[Hit]:
    """A price for several units says so in `per`.

    Why: "per 6 images" stored as the price of one image charges six times too much.

    Bad::

        - {unit: image, credits: 4, notes: per 6 images}

    Good::

        - {unit: image, per: 6, credits: 4, notes: per 6 images}

    Cure: add `per`; version 1 has no such key, so upgrade the file with `kie-catalog migrate`.
    """
    for mode in subject.modes:
        pack = words_of(mode).pack
        per = mode.fields.get("per", Decimal(1))
        if pack is not None and pack != 1 and isinstance(per, Decimal) and per != pack:
            yield mode.hit(
                f"the notes speak of {plain_number(pack)}, but the price is for "
                f"{plain_number(per) if per.is_finite() else per}; write `per: {plain_number(pack)}`",
                "unit",
                related=(Link("the notes", (*mode.pointer, "notes")),),
            )


def every_mode_says_what_it_is(subject: Subject) -> Iterator[Hit]:
    """In version 1 a mode beside siblings says in words what it is the price of.

    Why: without notes it is the button that says nothing, and often the price of another operation that a
    merge left behind.

    Bad::

        - {unit: image, credits: 3, notes: relaxed}
        - {unit: image, credits: 60}

    Good::

        - {unit: image, credits: 3, notes: relaxed}
        - {unit: image, credits: 60, notes: 'video, 4 clips'}

    Cure: write `notes` or `title_ru`, or remove the mode if nobody knows what it is.
    """
    for model in subject.models if subject.versions == {"1.0"} else ():
        told = [mode for mode in model.modes if _has_words(mode)]
        for mode in model.modes if told else ():
            if not _has_words(mode):
                yield mode.hit("nothing says what this price is for, as its siblings do; add `notes`")


def free_models_cost_nothing(subject: Subject) -> Iterator[Hit]:
    """A model that says `free: true` has a mode that costs nothing.

    Why: one of the two is not meant: a bot that gives the model away pays for each use, one that charges
    promises what it does not keep. Somebody may have decided so; then it is only a note.

    Bad::

        free: true
        modes:
        - {unit: image, credits: 0.8}

    Good::

        free: true
        modes:
        - {unit: image, credits: 0}

    Cure: remove `free`, or leave it if the price is paid by the shop.
    """
    for model in subject.models:
        prices = [mode.amount("credits") for mode in model.modes if mode.is_offered]
        if model.fields.get("free") is True and prices and all(prices):
            yield model.hit(f"{model.name} is free, but all of its modes have a price; remove `free`", "free")


def allowances_stand_with_surcharges(subject: Subject) -> Iterator[Hit]:
    """`included` stands with a surcharge only.

    Why: it says how many input images or seconds cost nothing; an output that is free is a price of zero.

    Bad::

        - {unit: image, credits: 4, included: 1}

    Good::

        - {charge: input_image, unit: image, credits: 0.5, included: 1}

    Cure: add the `charge`, or remove `included`.
    """
    for mode in subject.modes:
        included = mode.amount("included")
        if included and _is_output(mode):
            yield mode.hit(
                f"`included` is {plain_number(included)}, but the mode charges for the output; "
                "add its `charge`, or remove the key",
                "included",
            )


def _is_output(mode: Entry) -> bool:
    return mode.fields.get("charge", Charge.OUTPUT.value) == Charge.OUTPUT.value


def _has_words(mode: Entry) -> bool:
    return any((mode.text(name) or "").strip() for name in ("notes", "title_ru", "short_hint_ru"))


def _said(grades: tuple[str, ...]) -> str:
    return f"'{' '.join(grades)}'" if grades else "none"
