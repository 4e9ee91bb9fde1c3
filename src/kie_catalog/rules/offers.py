"""Offers: what a model is, it sells, in units and on a shelf that fit it (KC117, KC118, KC207, KC208)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kie_catalog.domain.catalog import Category, Charge, ModelType
from kie_catalog.domain.finding import Severity
from kie_catalog.domain.units import Unit
from kie_catalog.rules.subject import Entry, Hit, Subject, is_list

_ALWAYS: Final = frozenset({Unit.REQUEST, Unit.GENERATION})
_STILL: Final = frozenset({Unit.IMAGE, Unit.MEGAPIXEL, *_ALWAYS})
_TIMED: Final = frozenset({Unit.SECOND, Unit.MINUTE, *_ALWAYS})
_MOVING: Final = _TIMED | {Unit.VIDEO}
_TOKENS: Final = frozenset({Unit.MILLION_TOKENS})

# Wide on purpose: a unit is refused only where it cannot measure what the model makes.
_UNITS: Final[Mapping[str, frozenset[Unit]]] = {
    ModelType.T2I: _STILL | _TOKENS,
    ModelType.I2I: _STILL | _TOKENS,
    ModelType.T2V: _MOVING | _TOKENS,
    ModelType.I2V: _MOVING | _TOKENS,
    ModelType.V2V: _MOVING | _TOKENS | {Unit.UPSCALE},
    ModelType.TTS: _TIMED | _TOKENS | {Unit.THOUSAND_CHARACTERS},
    ModelType.STT: _TIMED | _TOKENS,
    ModelType.SFX: _TIMED | {Unit.THOUSAND_CHARACTERS},
    ModelType.AUDIO_ISOLATION: _TIMED,
    ModelType.UPSCALE: _STILL | _MOVING | {Unit.UPSCALE},
    ModelType.BG_REMOVE: _STILL | {Unit.REMOVAL},
    ModelType.WATERMARK_REMOVE: _STILL | _MOVING | {Unit.REMOVAL},
    ModelType.MUSIC: _TIMED,
    ModelType.LIP_SYNC: _MOVING,
    ModelType.CHAT: _ALWAYS | _TOKENS | {Unit.THOUSAND_CHARACTERS},
}
_NOT_OF_STILLS: Final = _MOVING - _ALWAYS

_KNOWN_UNITS: Final = frozenset(Unit)
_KNOWN_CATEGORIES: Final = frozenset(Category)
_SURCHARGES: Final = frozenset(Charge) - {Charge.OUTPUT}

_SPEECH: Final = frozenset({Category.MUSIC, Category.CHAT})
_SHELVES: Final[Mapping[str, frozenset[Category]]] = {
    ModelType.T2I: frozenset({Category.IMAGE}),
    ModelType.I2I: frozenset({Category.IMAGE}),
    ModelType.BG_REMOVE: frozenset({Category.IMAGE}),
    ModelType.T2V: frozenset({Category.VIDEO}),
    ModelType.I2V: frozenset({Category.VIDEO}),
    ModelType.V2V: frozenset({Category.VIDEO}),
    ModelType.LIP_SYNC: frozenset({Category.VIDEO}),
    ModelType.UPSCALE: frozenset({Category.IMAGE, Category.VIDEO}),
    ModelType.WATERMARK_REMOVE: frozenset({Category.IMAGE, Category.VIDEO}),
    ModelType.TTS: _SPEECH,
    ModelType.STT: _SPEECH,
    ModelType.SFX: frozenset({Category.MUSIC}),
    ModelType.AUDIO_ISOLATION: frozenset({Category.MUSIC}),
    ModelType.MUSIC: frozenset({Category.MUSIC}),
    ModelType.CHAT: frozenset({Category.CHAT}),
}


def active_models_have_modes(subject: Subject) -> Iterator[Hit]:
    """A model that is offered has at least one mode.

    Why: without a mode it has no price, and a bot would show what it cannot sell.
    A model that is hidden, missing or retired may wait without one.

    Bad::

        status: active
        modes: []

    Good::

        status: hidden
        modes: []

    Cure: add the price, or hide the model until it is known.
    """
    severity = None if subject.is_version_two else Severity.WARNING
    for model in subject.models:
        modes = model.fields.get("modes")
        if model.is_offered and is_list(modes) and not modes:
            yield model.hit(
                f"{model.name} is offered without a mode; add its price, or set `status: hidden`",
                "modes",
                severity=severity,
            )


def categories_fit_types(subject: Subject) -> Iterator[Hit]:
    """The category of a model is one that its type can stand in.

    Why: one of the two is wrong, and buyers look for the model on the wrong shelf.

    Bad::

        type: t2v
        category: image

    Good::

        type: t2v
        category: video

    Cure: correct the one that does not describe the model.
    """
    for model in subject.models:
        kind, category = model.text("type"), model.text("category")
        shelves = _SHELVES.get(kind or "")
        if shelves and category in _KNOWN_CATEGORIES - shelves:
            yield model.hit(
                f"a model of type {kind} is not of category {category}, but {' or '.join(sorted(shelves))}",
                "category",
            )


def units_fit_types(subject: Subject) -> Iterator[Hit]:
    """The unit of a price measures what a model of that type makes.

    Why: an image has no seconds, so a quote cannot know the quantity; mostly the unit was copied
    from another model. Surcharges are left alone: they measure what goes in.

    Bad::

        type: tts
        modes:
        - unit: image

    Good::

        type: tts
        modes:
        - unit: 1k_characters

    Cure: take the unit of upstream's price row.
    """
    for model in subject.models:
        units = _units_of(model)
        for mode in model.modes:
            unit = mode.text("unit")
            if units and _is_output(mode) and unit in _KNOWN_UNITS - units:
                yield mode.hit(
                    f"a model of type {model.text('type')} is not priced per {unit}; "
                    f"its units are {', '.join(sorted(units))}",
                    "unit",
                )


def models_charge_for_output(subject: Subject) -> Iterator[Hit]:
    """An offered model with modes has one that charges for its output.

    Why: with surcharges alone every quote is too low by the whole price.

    Bad::

        modes:
        - charge: input_image

    Good::

        modes:
        - charge: output
        - charge: input_image

    Cure: add the mode of the output; if that is free, write it with 0 credits and `free: true`.
    """
    for model in subject.models:
        modes = [mode for mode in model.modes if mode.is_offered]
        if model.is_offered and modes and not any(map(_is_output, modes)):
            yield model.hit(
                f"{model.name} has surcharges but no mode that charges for its output; add that mode", "modes"
            )


def _is_output(mode: Entry) -> bool:
    # What is no known charge is for `unknown-word` to say; here it must not hide another fault.
    return mode.text("charge") not in _SURCHARGES


def _units_of(model: Entry) -> frozenset[Unit] | None:
    units = _UNITS.get(model.text("type") or "")
    is_still = model.text("category") == Category.IMAGE
    return units - _NOT_OF_STILLS if units and is_still else units
