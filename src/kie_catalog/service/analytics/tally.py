"""Sums of events of one hour, model, price, outcome and error: what every number of `stats` is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from kie_catalog.domain.billing import FREE, MIXED
from kie_catalog.service.analytics.events import GenerationEvent, Outcome
from kie_catalog.service.analytics.sketch import Sketch

HOUR: Final = 3600
EVER: Final = -1
"""In place of an hour: since the log was begun."""
AGREES: Final = "1"
_MOST_RATIOS: Final = 16
_EXACT: Final = Context(prec=100)
"""Sums of credits are exact: `amount` lets none in that needs more digits."""
_MOST_DIGITS: Final = 40


class Group(NamedTuple):
    """What a tally is of."""

    hour: int
    """Hours since 1970, UTC; or `EVER`."""
    model: str
    modes: str
    outcome: str
    code: str


@dataclass(slots=True)
class Tally:
    """Counts and sums of events. Credits are exact, times are within `sketch.ERROR`."""

    count: int = 0
    quoted: Decimal = Decimal(0)
    """Credits, of those with a quote."""
    charged: Decimal = Decimal(0)
    """Credits, of those of which KIE says what it took."""
    billed: int = 0
    """Events of which both are known."""
    billed_quoted: Decimal = Decimal(0)
    billed_charged: Decimal = Decimal(0)
    ratios: dict[str, int] = field(default_factory=dict)
    """Of those: how often which ratio of charged to quoted was seen, such as `3/2`."""
    waits: Sketch = field(default_factory=Sketch)
    runs: Sketch = field(default_factory=Sketch)

    def add(self, event: GenerationEvent) -> None:
        """Count an event."""
        self.count += 1
        quoted, charged = event.quoted, event.charged
        if quoted is not None:
            self.quoted = added(self.quoted, quoted)
        if charged is not None:
            self.charged = added(self.charged, charged)
        if quoted is not None and charged is not None:
            self.billed += 1
            self.billed_quoted = added(self.billed_quoted, quoted)
            self.billed_charged = added(self.billed_charged, charged)
            _count(self.ratios, ratio_of(quoted, charged), 1)
        if event.wait is not None:
            self.waits.add(event.wait)
        if event.run is not None:
            self.runs.add(event.run)

    def merge(self, other: Tally) -> None:
        """Count all that another one counted."""
        self.count += other.count
        self.quoted = added(self.quoted, other.quoted)
        self.charged = added(self.charged, other.charged)
        self.billed += other.billed
        self.billed_quoted = added(self.billed_quoted, other.billed_quoted)
        self.billed_charged = added(self.billed_charged, other.billed_charged)
        for ratio, count in other.ratios.items():
            _count(self.ratios, ratio, count)
        self.waits.merge(other.waits)
        self.runs.merge(other.runs)


def tallied(events: Iterable[GenerationEvent]) -> Mapping[Group, Tally]:
    """Events by the groups they belong to: each in its hour, and in all there ever was."""
    found: dict[Group, Tally] = {}
    for event in events:
        group = group_of(event)
        found.setdefault(group, Tally()).add(event)
    ever: dict[Group, Tally] = {}
    for group, tally in found.items():
        ever.setdefault(group._replace(hour=EVER), Tally()).merge(tally)
    return {**found, **ever}


def group_of(event: GenerationEvent) -> Group:
    """The group of an event in its hour."""
    return Group(int(event.at // HOUR), event.model, event.modes, event.outcome.value, event.code)


def amount(credits: Decimal | None) -> Decimal | None:
    """Credits that can be summed exactly; `None` for what is no amount of any money."""
    if credits is None or not credits.is_finite():
        return None
    _, digits, exponent = credits.as_tuple()
    is_sane = len(digits) <= _MOST_DIGITS and abs(int(exponent)) <= _MOST_DIGITS
    return credits if is_sane else None


def added(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum of two amounts of credits."""
    return _EXACT.add(one, other)


def ratio_of(quoted: Decimal, charged: Decimal) -> str:
    """What was charged as a fraction of what was quoted, in lowest terms."""
    if quoted == charged:
        return AGREES
    return str(Fraction(charged) / Fraction(quoted)) if quoted else FREE


def _count(ratios: dict[str, int], ratio: str, count: int) -> None:
    """Count a ratio; only so many are told apart, and the one that says that all is well is always."""
    if ratio not in ratios and ratio != AGREES and len(ratios) >= _MOST_RATIOS:
        ratio = MIXED
    ratios[ratio] = ratios.get(ratio, 0) + count


def was_spent(outcome: str, tally: Tally) -> Decimal:
    """Credits that events cost: as charged where KIE says so, else as quoted where they succeeded."""
    if outcome != Outcome.SUCCEEDED:
        return tally.charged
    return added(tally.charged, _EXACT.subtract(tally.quoted, tally.billed_quoted))
