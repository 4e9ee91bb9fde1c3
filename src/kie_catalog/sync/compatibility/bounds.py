"""Rules about bounds: lengths, counts and numbers, upper and lower."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.pairs import Pair, kinds
from kie_catalog.sync.compatibility.rule import Compatibility, Difference, Find, Rule


@dataclass(frozen=True, slots=True)
class _Bound:
    """One bound, and how to tell what it lets through."""

    keyword: str
    of: str
    """What it bounds, in words."""
    is_upper: bool
    size: Callable[[Any], Any]
    """The size of a value that it is about; `None` where it is about other values."""


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str) else None


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _never(_: Any) -> None:
    return None


_BOUNDS: Final = (
    _Bound("maxLength", "a text's length", is_upper=True, size=_length),
    _Bound("minLength", "a text's length", is_upper=False, size=_length),
    _Bound("maximum", "a number", is_upper=True, size=_number),
    _Bound("minimum", "a number", is_upper=False, size=_number),
    _Bound("maxItems", "a list's length", is_upper=True, size=_never),
    _Bound("minItems", "a list's length", is_upper=False, size=_never),
    _Bound("maxProperties", "the number of properties", is_upper=True, size=_never),
    _Bound("minProperties", "the number of properties", is_upper=False, size=_never),
)
_EXCLUSIVE: Final = {"maximum": "exclusiveMaximum", "minimum": "exclusiveMinimum"}


def _limit(schema: Mapping[str, Any], bound: _Bound) -> tuple[Fraction, bool] | None:
    """The bound that a schema sets: its value, and whether the value itself is outside.

    A lower bound of no length is none; for integers, below 11 is at most 10.
    """
    limits: list[tuple[Fraction, bool]] = []
    for keyword, is_outside in ((bound.keyword, False), (_EXCLUSIVE.get(bound.keyword, ""), True)):
        value = _number(schema.get(keyword))
        if value is None:
            continue
        if is_outside and kinds(schema) == frozenset({"integer"}) and value == int(value):
            limits.append((Fraction(value) - (1 if bound.is_upper else -1), False))
        else:
            limits.append((Fraction(str(value)), is_outside))
    if not limits:
        return None
    strictest = min if bound.is_upper else max
    limit = strictest(limits, key=lambda each: _strictness(each, bound))
    says_nothing = not bound.is_upper and bound.keyword != "minimum" and limit[0] <= 0
    return None if says_nothing else limit


def _strictness(limit: tuple[Fraction, bool], bound: _Bound) -> tuple[Fraction, bool]:
    value, is_outside = limit
    return (value, not is_outside) if bound.is_upper else (value, is_outside)


def _is_tighter(base: tuple[Fraction, bool], theirs: tuple[Fraction, bool], bound: _Bound) -> bool:
    before, after = _strictness(base, bound), _strictness(theirs, bound)
    return after < before if bound.is_upper else after > before


def _lets_all_through(enum: Any, limit: tuple[Fraction, bool], bound: _Bound) -> bool:
    """Whether a bound refuses nothing because the values are listed, and all within it."""
    if not isinstance(enum, list) or not enum:
        return False
    sizes = [bound.size(each) for each in enum]
    if any(size is None for size in sizes):
        return False
    value, is_outside = limit
    gaps = [(value - Fraction(str(size))) * (1 if bound.is_upper else -1) for size in sizes]
    return all(gap > 0 or (gap == 0 and not is_outside) for gap in gaps)


def _difference(pair: Pair, bound: _Bound) -> Difference:
    keys = (bound.keyword, _EXCLUSIVE.get(bound.keyword, bound.keyword))
    key = next((each for each in keys if each in pair.theirs or each in pair.base), bound.keyword)
    values = [
        next((side[each] for each in keys if each in side), ABSENT) for side in (pair.base, pair.theirs)
    ]
    return Difference(pair.at(key), values[0], values[1])


def _tightened(bound: _Bound) -> Find:
    def find(pair: Pair) -> Iterator[Difference]:
        base, theirs = _limit(pair.base, bound), _limit(pair.theirs, bound)
        if base and theirs and _is_tighter(base, theirs, bound):
            yield _difference(pair, bound)

    return find


def _widened(bound: _Bound) -> Find:
    def find(pair: Pair) -> Iterator[Difference]:
        base, theirs = _limit(pair.base, bound), _limit(pair.theirs, bound)
        if base and theirs and _is_tighter(theirs, base, bound):
            yield _difference(pair, bound)

    return find


def _set(bound: _Bound) -> Find:
    def find(pair: Pair) -> Iterator[Difference]:
        theirs = _limit(pair.theirs, bound)
        if (
            theirs
            and _limit(pair.base, bound) is None
            and not _lets_all_through(pair.base.get("enum"), theirs, bound)
        ):
            yield _difference(pair, bound)

    return find


def _lifted(bound: _Bound) -> Find:
    def find(pair: Pair) -> Iterator[Difference]:
        if _limit(pair.base, bound) and _limit(pair.theirs, bound) is None:
            yield _difference(pair, bound)

    return find


def _rules(bound: _Bound) -> tuple[Rule, ...]:
    side = "upper" if bound.is_upper else "lower"
    what = f"the {side} bound of {bound.of}"
    return (
        Rule(
            f"{bound.keyword}-tightened", f"{what} moved inwards", Compatibility.BREAKING, _tightened(bound)
        ),
        Rule(f"{bound.keyword}-set", f"{what} was set where none was", Compatibility.RISKY, _set(bound)),
        Rule(f"{bound.keyword}-widened", f"{what} moved outwards", Compatibility.COMPATIBLE, _widened(bound)),
        Rule(f"{bound.keyword}-lifted", f"{what} is gone", Compatibility.COMPATIBLE, _lifted(bound)),
    )


BOUND_RULES: Final = tuple(rule for bound in _BOUNDS for rule in _rules(bound))
