"""JSON's types, and what a value of one can be read as in another."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def is_number(value: Any) -> bool:
    """Whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(number: float) -> bool:
    """Whether a number has no fraction; an infinite one has no value at all."""
    return isinstance(number, int) or number.is_integer()


def is_multiple(number: float, step: float, *, start: float = 0) -> bool:
    """Whether a number is whole steps away from a start: exact, and for numbers of any size.

    In floats 0.55 would be no multiple of 0.01, and `Decimal` gives up on the remainder of 1e30.
    """
    return (_exact(number) - _exact(start)) % _exact(step) == 0


def _exact(number: float) -> Fraction:
    return Fraction(number if isinstance(number, int) else str(number))


def kind_of(value: Any) -> str:
    """The JSON type of a value; a number without a fraction is an integer."""
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "integer" if is_whole(value) else "number"
    return {str: "string", list: "array", dict: "object", type(None): "null"}.get(type(value), "unknown")


def same(value: Any, other: Any) -> bool:
    """JSON equality: 1 is 1.0, and neither is true."""
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def number_of(text: str) -> int | float | None:
    """The number that a text spells, whole where it is whole; `None` for all else."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    return int(number) if "." not in text else number


def readable_as(value: Any, kind: str) -> Any:
    """The same value in another scalar type, where it spells one: `"5"` as 5, 5 as `"5"`, `"true"` as true.

    `None` where it does not; a value is never rounded, cut or guessed.
    """
    if isinstance(value, str):
        return _from_text(value, kind)
    if kind == "string" and is_number(value):
        return str(int(value)) if is_whole(value) else str(value)
    if kind in {"number", "integer"} and is_number(value):
        return (int(value) if is_whole(value) else None) if kind == "integer" else value
    return None


def _from_text(text: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.strip().lower())
    if kind in {"number", "integer"}:
        number = number_of(text)
        if number is None or kind == "number":
            return number
        return int(number) if is_whole(number) else None
    return None
