"""Whether prices and input schemas close: every legal request has one price, and every price a legal request.

Computed over all combinations of the properties that a model's prices depend on, each cut into the finitely
many cases that the schema and the modes tell apart; nothing is sampled.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise, product
from math import floor
from typing import Any, Final

from kie_catalog.domain.catalog import Charge, Mode, Model, Status
from kie_catalog.domain.condition import Equals, OneOf, Present, Within, parse_condition
from kie_catalog.domain.ids import ModeId
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import Value, canonical
from kie_catalog.pricing.match import MEASUREMENTS, as_number, declared_properties, holds, same_value
from kie_catalog.pricing.quantity import DURATIONS, OUTPUT_SECONDS

MOST_CASES: Final = 20_000
"""More combinations than this are left uncounted, and said."""
_GIVEN: Final = "(given)"
_SHOWN: Final = 4
_EVERY_MODE: Final = -1
"""A mask that allows all modes, however many there are."""


class GapKind(enum.StrEnum):
    """In which way prices and schema do not close."""

    ILLEGAL_WHEN = "illegal-when"
    OVERLAP = "overlap"
    UNPRICED = "unpriced"
    UNKNOWN_VALUE = "unknown-value"
    NO_QUANTITY = "no-quantity"
    UNCOUNTED = "uncounted"


@dataclass(frozen=True, slots=True)
class Gap:
    """One place where they do not close."""

    kind: GapKind
    model: str
    mode: str | None
    detail: str
    name: str | None = None
    """The input property that it is about, where that is one."""
    other: str | None = None
    """The mode that it is about beside the first."""


def gaps(model: Model, schema: Mapping[str, Any]) -> Iterator[Gap]:
    """Every gap of one model; none for one that is not offered."""
    if model.status is not Status.ACTIVE:
        return
    properties = declared_properties(schema)
    modes = [mode for mode in model.modes if mode.status is Status.ACTIVE]
    for mode in modes:
        yield from _illegal(model.id, mode, properties)
        yield from _unquantified(model.id, mode, properties)
    output = [mode for mode in modes if mode.charge is Charge.OUTPUT]
    yield from _unknown_values(model.id, output, properties)
    yield from _combinations(model.id, output, schema)


def _illegal(model: str, mode: Mode, properties: Mapping[str, Mapping[str, Any]]) -> Iterator[Gap]:
    for name, condition in mode.when.items():
        if name in MEASUREMENTS:
            continue
        if name not in properties:
            yield Gap(GapKind.ILLEGAL_WHEN, model, mode.id, f"the schema has no property {name}", name)
        elif (bad := _illegal_value(condition, properties[name])) is not None:
            yield Gap(GapKind.ILLEGAL_WHEN, model, mode.id, f"{name} may not be {bad}", name)


def _illegal_value(condition: Value, schema: Mapping[str, Any]) -> str | None:
    options = schema.get("enum")
    parsed = parse_condition(condition)
    wanted = (
        parsed.values if isinstance(parsed, OneOf) else (parsed.value,) if isinstance(parsed, Equals) else ()
    )
    if not isinstance(options, list):
        return None
    bad = [
        value
        for value in wanted
        if value is not None and not any(same_value(value, option) for option in options)
    ]
    return ", ".join(map(str, bad)) if bad else None


def _unquantified(model: str, mode: Mode, properties: Mapping[str, Any]) -> Iterator[Gap]:
    is_timed = mode.unit in {Unit.SECOND, Unit.MINUTE} and mode.charge is Charge.OUTPUT
    if is_timed and not any(name in properties for name in DURATIONS):
        detail = f"no property gives the seconds; a quote needs the measurement {OUTPUT_SECONDS}"
        yield Gap(GapKind.NO_QUANTITY, model, mode.id, detail)


def _unknown_values(
    model: str, modes: Sequence[Mode], properties: Mapping[str, Mapping[str, Any]]
) -> Iterator[Gap]:
    """A listed value of a property that prices depend on, and that no mode is for."""
    for name in _names(modes):
        options = properties.get(name, {}).get("enum")
        conditions = [mode.when[name] for mode in modes if name in mode.when]
        if not isinstance(options, list) or any(name not in mode.when for mode in modes):
            continue
        for option in options:
            if not any(holds(condition, name, {name: option}) for condition in conditions):
                yield Gap(GapKind.UNKNOWN_VALUE, model, None, f"no mode is for {name} {option}", name)


def _combinations(model: str, modes: Sequence[Mode], schema: Mapping[str, Any]) -> Iterator[Gap]:
    names = _names(modes)
    cases = [_cases(name, modes, schema) for name in names]
    total = 1
    for each in cases:
        total *= len(each)
    if total > MOST_CASES:
        yield Gap(GapKind.UNCOUNTED, model, None, f"{total} combinations are too many to count")
        return
    unpriced: list[str] = []
    overlaps: dict[tuple[str, str], str] = {}
    for request, fitting in _requests(names, cases, modes):
        if not fitting:
            unpriced.append(_show(request, names))
        for pair in combinations(fitting, 2):
            overlaps.setdefault(pair, _show(request, names))
    for (one, other), example in overlaps.items():
        yield Gap(GapKind.OVERLAP, model, one, f"{other} applies too, to {example}", other=other)
    if unpriced:
        more = f" and {len(unpriced) - _SHOWN} more" if len(unpriced) > _SHOWN else ""
        yield Gap(GapKind.UNPRICED, model, None, f"no mode is for {'; '.join(unpriced[:_SHOWN])}{more}")


def _requests(
    names: Sequence[str], cases: Sequence[Sequence[Any]], modes: Sequence[Mode]
) -> Iterator[tuple[dict[str, Any], list[ModeId]]]:
    """Every combination for which there is not exactly one mode, with the modes that there are."""
    allowed = [_allowed(name, values, modes) for name, values in zip(names, cases, strict=True)]
    for combination in product(*allowed):
        left = _EVERY_MODE
        for _, mask in combination:
            left &= mask
        fitting = [mode.id for at, mode in enumerate(modes) if left >> at & 1]
        if len(fitting) != 1:
            given = zip(names, combination, strict=True)
            yield {name: value for name, (value, _) in given if value is not None}, fitting


def _allowed(name: str, values: Sequence[Any], modes: Sequence[Mode]) -> list[tuple[Any, int]]:
    """Each value of a property with the modes that it allows: one bit a mode, in their order.

    A condition is about one property, so it need be looked at once a value and not once a combination.
    """
    allowed: list[tuple[Any, int]] = []
    for value in values:
        request = {} if value is None else {name: value}
        bits = (name not in mode.when or bool(holds(mode.when[name], name, request)) for mode in modes)
        allowed.append((value, sum(bit << at for at, bit in enumerate(bits))))
    return allowed


def _names(modes: Sequence[Mode]) -> list[str]:
    return list(dict.fromkeys(name for mode in modes for name in mode.when))


def _cases(name: str, modes: Sequence[Mode], schema: Mapping[str, Any]) -> list[Any]:
    """The values of a property that schema and modes tell apart; `None` is a property that is not given."""
    properties = declared_properties(schema)
    definition = properties.get(name, {})
    conditions = [parse_condition(mode.when[name]) for mode in modes if name in mode.when]
    if any(isinstance(each, Present) for each in conditions):
        given: list[Any] = [_GIVEN]
    elif isinstance(definition.get("enum"), list):
        given = list(definition["enum"])
    elif definition.get("type") == "boolean":
        given = [True, False]
    else:
        given = _told_apart(conditions, definition)
    is_optional = name not in (schema.get("required") or ()) and "default" not in definition
    is_asked = any(isinstance(each, Present) or _allows_none(each) for each in conditions)
    return [*given, None] if is_optional and is_asked else given


def _allows_none(condition: object) -> bool:
    return isinstance(condition, OneOf) and None in condition.values


def _told_apart(conditions: Sequence[Any], definition: Mapping[str, Any]) -> list[Any]:
    """The values that conditions name, the ends of their ranges, and what is legal beside those."""
    values: list[Any] = []
    for each in conditions:
        match each:
            case Equals(value):
                values.append(value)
            case OneOf(several):
                values += [value for value in several if value is not None]
            case Within(minimum, maximum):
                values += [end for end in (minimum, maximum) if end is not None]
    if any(isinstance(each, Within) for each in conditions):
        values += _beside(
            {number for value in values if (number := as_number(value)) is not None}, definition
        )
    return list({canonical(_comparable(value)): value for value in values}.values())


def _beside(named: Collection[Decimal], definition: Mapping[str, Any]) -> Iterator[Decimal]:
    """A legal number in each gap: between two that are named next to each other, and beyond them.

    Beyond them only as far as the schema says how far a number may go: where it says nothing, as most pages
    do, every range would be one with a gap.
    """
    is_whole = definition.get("type") == "integer"
    if not is_whole and definition.get("type") != "number":
        return
    least, most = as_number(definition.get("minimum")), as_number(definition.get("maximum"))
    beside = [each for each in (least, most) if each is not None]
    for one, other in pairwise(sorted(named)):
        gap = Decimal(floor(one) + 1) if is_whole else (one + other) / 2
        beside += [gap] if gap < other else []
    for each in sorted(beside):
        if (least is None or each >= least) and (most is None or each <= most):
            yield each


def _comparable(value: Any) -> Value:
    number = as_number(value)
    return number if isinstance(number, Decimal) else value


def _show(request: Mapping[str, Any], names: Sequence[str]) -> str:
    said = [f"{name} {request.get(name, '(not given)')}" for name in names]
    return ", ".join(said) or "any request"
