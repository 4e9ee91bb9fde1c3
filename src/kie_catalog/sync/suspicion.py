"""What is suspicious in the changes of one model: the guards that withhold it rather than stop the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from kie_catalog.domain.change import Change, Corrected, ModeAdded, ModeChanged, Repriced
from kie_catalog.domain.money import usd_of
from kie_catalog.domain.values import Fields, plain_number
from kie_catalog.sync.limits import Limits
from kie_catalog.sync.state import PRICE_FIELDS
from kie_catalog.sync.wording import decimals_of, said

_ONE: Final = Decimal(1)
_NONE: Final = Decimal(0)
_USD_DECIMALS: Final = 3
"""A credit is 0.005 USD, so dollars may have that many decimals more than credits."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why one guard looks askance at one model."""

    guard: str
    model: str
    detail: str
    size: Decimal
    """By how much, for the largest to be shown."""


@dataclass(frozen=True)
class Suspect:
    """One model that changes, with what the guards look at."""

    model: str
    changes: Sequence[Change]
    claimed_usd: Mapping[str, Decimal] = field(default_factory=dict)
    """By mode, the USD price that its row publishes, where it contradicts the row's credits."""

    @property
    def moves(self) -> Iterator[Repriced | Corrected]:
        """The prices that move."""
        return (each for each in self.changes if isinstance(each, Repriced | Corrected))

    @property
    def priced(self) -> Iterator[tuple[str, Fields]]:
        """The prices that come: moved ones, and those of new modes."""
        for each in self.changes:
            if isinstance(each, Repriced | Corrected):
                yield each.mode, each.theirs
            elif isinstance(each, ModeAdded):
                yield each.mode, {name: each.fields[name] for name in PRICE_FIELDS if name in each.fields}

    def moved_fields(self, names: Iterable[str]) -> Iterator[ModeChanged]:
        """The changes of some fields of modes."""
        return (each for each in self.changes if isinstance(each, ModeChanged) and each.field in names)


Look: TypeAlias = Callable[[Suspect, Decimal], Iterator[tuple[str, Decimal]]]
"""What one guard sees in a model under its limit: a line and a size each."""


def suspicions(suspect: Suspect, limits: Limits) -> Iterator[Suspicion]:
    """Everything that the guards of single models find."""
    for guard, look in LOOKS.items():
        limit = limits.of(guard)
        if limit is not None:
            for detail, size in look(suspect, limit):
                yield Suspicion(guard, suspect.model, detail, size)


def _jumped(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    for change, times in _factors(suspect):
        if limit <= max(times, 1 / times) and not isinstance(change, Corrected):
            yield _moved(change), max(times, 1 / times)


def _went(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    for change, times in _factors(suspect):
        if abs(times - 1) > limit:
            yield _moved(change), abs(times - 1)


def _factors(suspect: Suspect) -> Iterator[tuple[Repriced | Corrected, Decimal]]:
    """How many times as much each price is now for one unit; from or to zero there is no such number."""
    packs = {each.mode: each for each in suspect.moved_fields(("per",))}
    for change in suspect.moves:
        pack = packs.pop(change.mode, None)
        before, after = _pack(pack.ours if pack else None), _pack(pack.theirs if pack else None)
        old, new = _amount(change.ours, change.theirs)
        if old and new:
            yield change, (new / after) / (old / before)


def _pack(version: Any) -> Decimal:
    return version if isinstance(version, Decimal) and version else _ONE


def _amount(ours: Fields, theirs: Fields) -> tuple[Decimal, Decimal]:
    """The amounts before and after: credits, or dollars where the credits stand."""
    name = "credits" if "credits" in theirs else "official_usd"
    old, new = ours.get(name), theirs.get(name)
    return (
        old if isinstance(old, Decimal) else _NONE,
        new if isinstance(new, Decimal) else _NONE,
    )


def _moved(change: Repriced | Corrected) -> str:
    old, new = _amount(change.ours, change.theirs)
    what = "credits" if "credits" in change.theirs else "USD"
    return f"{change.mode}: {what} {plain_number(old)} -> {plain_number(new)}"


def _zero(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    found = [
        _moved(change)
        for change in suspect.moves
        if "credits" in change.ours and (change.ours["credits"] == 0) != (change.theirs.get("credits") == 0)
    ]
    found += [
        f"{each.mode}: new at 0 credits"
        for each in suspect.changes
        if isinstance(each, ModeAdded) and each.fields.get("credits") == 0
    ]
    yield from _more_than(limit, found)


def _unit(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    yield from _more_than(limit, [_field(each) for each in suspect.moved_fields(("unit", "per"))])


def _charge(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    yield from _more_than(limit, [_field(each) for each in suspect.moved_fields(("charge",))])


def _field(change: ModeChanged) -> str:
    return f"{change.mode}: {change.field} {said(change.ours)} -> {said(change.theirs)}"


def _more_than(limit: Decimal, found: Sequence[str]) -> Iterator[tuple[str, Decimal]]:
    if len(found) > limit:
        yield from ((line, Decimal(len(found))) for line in found)


def _decimals(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    for mode, price in suspect.priced:
        for name, amount in price.items():
            most = limit + (_USD_DECIMALS if name == "official_usd" else 0)
            if isinstance(amount, Decimal) and (count := decimals_of(amount)) > most:
                yield f"{mode}: {name} {plain_number(amount)} has {count} decimals", Decimal(count)


def _against_usd(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    for mode, price in suspect.priced:
        credits, claimed = price.get("credits"), suspect.claimed_usd.get(mode)
        if isinstance(credits, Decimal) and claimed is not None:
            worth = usd_of(credits)
            gap = abs(claimed - worth) / worth if worth else _ONE
            if gap > limit:
                line = f"{mode}: {plain_number(credits)} credits beside {plain_number(claimed)} USD"
                yield line, gap


def _swapped(suspect: Suspect, limit: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Modes that trade their prices: rows whose amounts were typed into each other's place."""
    moves = [
        (*_amount(each.ours, each.theirs), each.mode) for each in suspect.moves if "credits" in each.theirs
    ]
    goes: dict[Decimal, set[Decimal]] = defaultdict(set)
    for old, new, _ in moves:
        goes[old].add(new)
    traded = [
        f"{', '.join(sorted(mode for old, new, mode in moves if {old, new} <= ring))} trade {_listed(ring)}"
        for ring in _rings(goes)
    ]
    yield from _more_than(limit, traded)


def _rings(goes: Mapping[Decimal, Collection[Decimal]]) -> Iterator[set[Decimal]]:
    """Amounts that go round: two that trade places, or three that each take that of the next."""
    left = set(goes)
    while left:
        start = min(left)
        ring = {amount for amount in _reached(start, goes) if start in _reached(amount, goes)}
        left -= ring | {start}
        if len(ring) > 1:
            yield ring


def _reached(start: Decimal, goes: Mapping[Decimal, Collection[Decimal]]) -> set[Decimal]:
    found: set[Decimal] = set()
    ahead = [start]
    while ahead:
        further = set(goes.get(ahead.pop(), ())) - found
        found |= further
        ahead += further
    return found


def _listed(amounts: Iterable[Decimal]) -> str:
    *first, last = map(plain_number, sorted(amounts))
    return f"{', '.join(first)} and {last}"


LOOKS: Final[Mapping[str, Look]] = {
    "price-jumped": _jumped,
    "zero-price": _zero,
    "unit-changed": _unit,
    "charge-changed": _charge,
    "excess-decimals": _decimals,
    "credits-against-usd": _against_usd,
    "prices-swapped": _swapped,
    "price-moved": _went,
}
"""How each guard of single models looks, by its name."""
