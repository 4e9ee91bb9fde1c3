"""How much a request buys of a unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.catalog import Charge, Mode
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.match import as_number, declared_properties, is_given

COUNTS: Final = ("num_images", "n", "max_images", "image_count", "count", "nVariants", "number_of_images")
DURATIONS: Final = ("duration", "duration_seconds", "seconds")
TEXTS: Final = ("text", "prompt", "dialogue")
_IMAGE: Final = re.compile(r"image|frame", re.IGNORECASE)
_VIDEO: Final = re.compile(r"video", re.IGNORECASE)

# What a measurement is called: what only the media can tell, or only the reply.
OUTPUT_SECONDS: Final = "output_seconds"
INPUT_SECONDS: Final = "input_seconds"
MEGAPIXELS: Final = "megapixels"
TOKENS: Final = {
    Charge.OUTPUT: "output_tokens",
    Charge.INPUT: "input_tokens",
    Charge.CACHED_INPUT: "cached_input_tokens",
    Charge.CACHE_WRITE: "cache_write_tokens",
}


class Unknown(Exception):
    """The quantity of a unit is not known; the message says what is missing."""


def quantity(mode: Mode, schema: Mapping[str, Any], request: Mapping[str, Any]) -> Decimal:
    """How many of its unit a request buys in a mode, before packs.

    Args:
        mode: the mode that applies.
        schema: the model's input schema.
        request: the input with defaults, and the measurements.

    Raises:
        Unknown: nothing tells; never taken for one.
    """
    if mode.charge is Charge.INPUT_IMAGE:
        return _media_count(_IMAGE, schema, request)
    if mode.charge is Charge.INPUT_VIDEO:
        return (
            _measured(request, INPUT_SECONDS)
            if mode.unit is Unit.SECOND
            else _media_count(_VIDEO, schema, request)
        )
    if mode.unit in _ONE_A_REQUEST:
        return Decimal(1)
    return _BY_UNIT[mode.unit](mode, schema, request)


def _measured(request: Mapping[str, Any], name: str) -> Decimal:
    number = as_number(request.get(name))
    if number is None or number < 0:
        raise Unknown(f"measurement {name}")
    return number


def _billed_seconds(mode: Mode, schema: Mapping[str, Any], request: Mapping[str, Any]) -> Decimal:
    """The seconds that come out; in a mode for requests with a video, also those that go in.

    `with video input` rows of Seedance 2 are billed for both (another client's charges: 25 x (8 + 5) credits
    for five seconds at 720p from a video of eight), which is why their rate is the lower one.
    """
    seconds = _seconds(schema, request)
    wants_video = any(
        _VIDEO.search(name) and condition == {"present": True} for name, condition in mode.when.items()
    )
    return seconds + _measured(request, INPUT_SECONDS) if wants_video else seconds


def _seconds(schema: Mapping[str, Any], request: Mapping[str, Any]) -> Decimal:
    """From the input's duration; where the model has none, from a measurement of the media."""
    properties = declared_properties(schema)
    for name in DURATIONS:
        if name in properties:
            number = as_number(request.get(name))
            if number is None or number <= 0:
                raise Unknown(f"input {name}, in seconds")
            return number
    return _measured(request, OUTPUT_SECONDS)


def _images(mode: Mode, schema: Mapping[str, Any], request: Mapping[str, Any]) -> Decimal:
    """From the input's count; a model without one makes one image, or one pack, a request.

    A count that is neither given nor has a declared default is not known: without its `n`, `wan/2-7-image`
    makes four pictures and not one.
    """
    name = next((each for each in COUNTS if each in declared_properties(schema)), None)
    if name is None:
        return mode.per
    number = as_number(request.get(name))
    if number is None or number <= 0:
        raise Unknown(f"input {name}, a number of images")
    return number


def _characters(request: Mapping[str, Any]) -> Decimal:
    """Of the first text that is given, or of all turns of a dialogue."""
    for name in TEXTS:
        given = request.get(name)
        if isinstance(given, str) and given:
            return Decimal(len(given))
        if isinstance(given, Sequence) and not isinstance(given, str) and given:
            return Decimal(sum(len(_spoken(name, at, turn)) for at, turn in enumerate(given)))
    raise Unknown(f"input {' or '.join(TEXTS)}, whose characters are billed")


def _spoken(name: str, at: int, turn: Any) -> str:
    """What is said in one turn of a dialogue; a turn that can't be read is not one without characters."""
    text = turn.get("text") if isinstance(turn, Mapping) else None
    if not isinstance(text, str):
        raise Unknown(f"input {name}.{at}.text, whose characters are billed")
    return text


def _media_count(pattern: re.Pattern[str], schema: Mapping[str, Any], request: Mapping[str, Any]) -> Decimal:
    """How many media of a kind the input gives."""
    given = [
        request[name]
        for name, each in declared_properties(schema).items()
        if pattern.search(name) and "enum" not in each and is_given(request.get(name))
    ]
    return Decimal(
        sum(len(each) if isinstance(each, list | tuple) else isinstance(each, str) for each in given)
    )


_ONE_A_REQUEST: Final = frozenset({Unit.VIDEO, Unit.REQUEST, Unit.UPSCALE, Unit.REMOVAL, Unit.GENERATION})
"""Units of which a request makes one by what they are."""

_BY_UNIT: Final[Mapping[Unit, Callable[[Mode, Mapping[str, Any], Mapping[str, Any]], Decimal]]] = {
    Unit.SECOND: _billed_seconds,
    Unit.MINUTE: lambda mode, schema, request: _billed_seconds(mode, schema, request) / 60,
    Unit.IMAGE: _images,
    Unit.THOUSAND_CHARACTERS: lambda _, __, request: _characters(request) / 1000,
    Unit.MILLION_TOKENS: lambda mode, _, request: _measured(request, TOKENS[mode.charge]) / 1_000_000,
    Unit.MEGAPIXEL: lambda _, __, request: _measured(request, MEGAPIXELS),
}
