"""Conditions of a mode: what `when` says of one property of the request's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kie_catalog.domain.values import Scalar, Value


@dataclass(frozen=True, slots=True)
class Equals:
    """The property has exactly this value."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class OneOf:
    """The property has one of these values; `None` among them is a property that is not given."""

    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """The property is given (or, with `False`, is not)."""

    present: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The property is a number in this closed range; an end that is `None` is open."""

    minimum: Decimal | None
    maximum: Decimal | None


Condition: TypeAlias = Equals | OneOf | Present | Within


def parse_condition(value: Value) -> Condition | None:
    """Read one value of `when`; `None` if it has none of the four forms."""
    if isinstance(value, Mapping):
        return _parse_mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        scalars = tuple(each for each in value if each is None or isinstance(each, str | Decimal | bool))
        is_sound = len(scalars) == len(value) and any(each is not None for each in scalars)
        return OneOf(scalars) if is_sound else None
    return Equals(value) if value is not None else None


def _parse_mapping(value: Mapping[str, Value]) -> Condition | None:
    match dict(value):
        case {"present": bool(present), **rest} if not rest:
            return Present(present)
        case bounds if bounds and set(bounds) <= {"min", "max"}:
            minimum, maximum = bounds.get("min"), bounds.get("max")
            if all(bound is None or isinstance(bound, Decimal) for bound in (minimum, maximum)):
                return Within(_bound(minimum), _bound(maximum))
    return None


def _bound(value: Value) -> Decimal | None:
    return value if isinstance(value, Decimal) else None
