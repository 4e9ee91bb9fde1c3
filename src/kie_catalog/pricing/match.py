"""Whether a mode's `when` holds for a request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.condition import Equals, OneOf, Present, Within, parse_condition
from kie_catalog.domain.values import Scalar, Value

MEASUREMENTS: Final = frozenset({"source_resolution", "output_resolution"})
"""Conditions on what is known of the media and not of the input: whoever asks must measure them."""
_NUMBER: Final = re.compile(r"([-+]?[0-9]{1,15}(?:\.[0-9]{0,15})?)\s*s?")


def effective_input(schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """An input with the defaults that the schema declares for what is not given."""
    properties = declared_properties(schema)
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
    return {**defaults, **{name: value for name, value in given.items() if value is not None}}


def declared_properties(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every property that a schema declares, also in its branches; the first declaration counts."""
    properties = (schema.get("properties") or {}).items()
    found = {name: each for name, each in properties if isinstance(each, Mapping)}
    for key in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(key) or ():
            if isinstance(branch, Mapping):
                found = {**declared_properties(branch), **found}
    return found


def holds(condition: Value, name: str, request: Mapping[str, Any]) -> bool | None:
    """Whether one condition holds; `None` if the request does not say.

    Numbers given as text and texts given as numbers are the same, as KIE's own models mix them.
    """
    parsed = parse_condition(condition)
    given = request.get(name)
    if isinstance(parsed, Present):
        return is_given(given) is parsed.present
    if isinstance(parsed, OneOf) and None in parsed.values and not is_given(given):
        return True
    if given is None:
        return None
    match parsed:
        case Equals(value):
            return same_value(value, given)
        case OneOf(values):
            return any(same_value(value, given) for value in values if value is not None)
        case Within(minimum, maximum):
            number = as_number(given)
            if number is None:
                return None
            return (minimum is None or number >= minimum) and (maximum is None or number <= maximum)
        case _:
            return None


def is_given(value: Any) -> bool:
    """Whether a request gives a property: an empty text or list gives nothing."""
    return value is not None and value not in ("", [])


def same_value(expected: Scalar, given: Any) -> bool:
    """Whether a given value is the expected one, whatever the case of a text or the form of a number."""
    if isinstance(expected, bool) or isinstance(given, bool):
        return expected is given
    one, other = as_number(expected), as_number(given)
    if one is not None and other is not None:
        return one == other
    return _spelling(expected) == _spelling(given)


def _spelling(value: Any) -> str:
    """A text without its blanks and its case: `1024 x 768` is `1024x768`."""
    return "".join(str(value).lower().split())


def as_number(value: Any) -> Decimal | None:
    """A value as a number: 5, `"5"`, `"5s"`; `None` for all else, as for `"1e9"`, which no model takes."""
    if isinstance(value, str):
        spelled = _NUMBER.fullmatch(value.strip().lower())
        return Decimal(spelled[1]) if spelled else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    return number if number.is_finite() else None
