"""What generations did and cost, out of the sums of their hours."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from kie_catalog.client.kinds import Actor
from kie_catalog.domain.billing import MIXED, BilledOtherwise
from kie_catalog.domain.money import usd_of
from kie_catalog.service.analytics.events import JOINT, OpenGeneration, Outcome, actor_of
from kie_catalog.service.analytics.sketch import Sketch
from kie_catalog.service.analytics.tally import AGREES, HOUR, Group, Tally, added, was_spent

LEAST_DIFFERING: Final = 5
"""Generations that must have been billed otherwise before it is a finding; fewer may be a slip of KIE's."""
LEAST_SHARE: Final = 0.05
"""The share of the generations of a mode that they must be."""
ONE_RATIO: Final = 0.9
"""The share of them from which on one ratio stands for all."""
_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Times:
    """Quantiles in seconds, each within `sketch.ERROR`; `None` where nothing was timed."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(slots=True)
class Sums:
    """Counts, money and times of any set of generations."""

    outcomes: Counter[str] = field(default_factory=Counter)
    quoted: Decimal = _NOTHING
    """Credits, of those with a quote."""
    charged: Decimal = _NOTHING
    """Credits, of those of which KIE says what it took."""
    spent: Decimal = _NOTHING
    """Credits: as charged where KIE says so, else as quoted where they succeeded."""
    waits: Sketch = field(default_factory=Sketch)
    runs: Sketch = field(default_factory=Sketch)
    """Of those that succeeded."""

    def add(self, group: Group, tally: Tally) -> None:
        """Count the events of a group."""
        self.outcomes[group.outcome] += tally.count
        self.quoted = added(self.quoted, tally.quoted)
        self.charged = added(self.charged, tally.charged)
        self.spent = added(self.spent, was_spent(group.outcome, tally))
        self.waits.merge(tally.waits)
        if group.outcome == Outcome.SUCCEEDED:
            self.runs.merge(tally.runs)

    def merge(self, other: Sums) -> None:
        """Count all that another one counted."""
        self.outcomes.update(other.outcomes)
        self.quoted = added(self.quoted, other.quoted)
        self.charged = added(self.charged, other.charged)
        self.spent = added(self.spent, other.spent)
        self.waits.merge(other.waits)
        self.runs.merge(other.runs)

    @property
    def count(self) -> int:
        """All of them."""
        return self.outcomes.total()

    @property
    def success_rate(self) -> float | None:
        """The share that succeeded of those that KIE accepted; `None` where it accepted none."""
        accepted = self.outcomes[Outcome.SUCCEEDED] + self.outcomes[Outcome.FAILED]
        return self.outcomes[Outcome.SUCCEEDED] / accepted if accepted else None

    @property
    def usd(self) -> Decimal:
        """What was spent, in USD."""
        return usd_of(self.spent)

    @property
    def run(self) -> Times:
        """From creation to end, of those that succeeded."""
        return _times(self.runs)

    @property
    def wait(self) -> Times:
        """Until they were first seen under way."""
        return _times(self.waits)


@dataclass(frozen=True, slots=True)
class Billing:
    """How KIE bills one way to use a model that succeeded."""

    model: str
    modes: str
    billed: int
    """Generations of which both are known."""
    quoted: Decimal
    charged: Decimal
    ratios: Mapping[str, int]
    """How often which ratio of charged to quoted was seen."""

    @property
    def otherwise(self) -> BilledOtherwise | None:
        """The finding, where enough of them were billed otherwise than quoted."""
        others = Counter({ratio: count for ratio, count in self.ratios.items() if ratio != AGREES})
        differing = others.total()
        if differing < LEAST_DIFFERING or differing < LEAST_SHARE * self.billed:
            return None
        ratio, count = others.most_common(1)[0]
        told = ratio if count >= ONE_RATIO * differing else MIXED
        return BilledOtherwise(self.model, tuple(self.modes.split(JOINT)), told, differing, self.billed)


@dataclass(frozen=True, slots=True)
class Errors:
    """How often generations were refused or failed for one reason."""

    code: str
    actor: Actor | None
    """Who must act."""
    count: int


@dataclass(frozen=True, slots=True)
class Stats:
    """All of it."""

    first: int
    """The first hour, in hours since 1970, UTC."""
    end: int
    """The hour that is not counted any more."""
    whole: Sums
    models: Mapping[str, Sums]
    """The most used first."""
    days: Mapping[tuple[str, str], Sums]
    """By day (ISO, UTC) and model."""
    errors: tuple[Errors, ...]
    """The most frequent first."""
    billing: tuple[Billing, ...]
    """Where both are known; those that differ most first."""
    open: Mapping[str, int]
    """Generations of which nobody saw the end, whenever they began, by how far they are."""

    @property
    def otherwise(self) -> tuple[BilledOtherwise, ...]:
        """What KIE bills otherwise than the catalog says."""
        return tuple(each.otherwise for each in self.billing if each.otherwise is not None)


def summarize(
    first: int, end: int, tallies: Iterable[tuple[Group, Tally]], left: Iterable[OpenGeneration] = ()
) -> Stats:
    """Add the sums of hours up.

    Args:
        first: the first hour, in hours since 1970, UTC.
        end: the hour that is not counted any more.
        tallies: of those hours.
        left: the generations that are open.
    """
    whole, models, days = Sums(), dict[str, Sums](), dict[tuple[str, str], Sums]()
    errors: Counter[str] = Counter()
    billed: dict[tuple[str, str], _Billed] = {}
    for group, tally in tallies:
        days.setdefault((day_of(group.hour), group.model), Sums()).add(group, tally)
        if group.code:
            errors[group.code] += tally.count
        if tally.billed and group.outcome == Outcome.SUCCEEDED:
            billed.setdefault((group.model, group.modes), _Billed()).add(tally)
    for (_, model), sums in days.items():  # each time is looked at once, however many sums it is in
        models.setdefault(model, Sums()).merge(sums)
    for sums in models.values():
        whole.merge(sums)
    return Stats(
        first=first,
        end=end,
        whole=whole,
        models=dict(sorted(models.items(), key=lambda each: (-each[1].count, each[0]))),
        days=dict(sorted(days.items())),
        errors=tuple(Errors(code, actor_of(code), count) for code, count in errors.most_common()),
        billing=tuple(sorted((_billing(*each) for each in billed.items()), key=_by_difference)),
        open=Counter(each.state.value for each in left),
    )


def day_of(hour: int) -> str:
    """The day of an hour since 1970, as 'YYYY-MM-DD', UTC."""
    return dt.datetime.fromtimestamp(hour * HOUR, dt.UTC).date().isoformat()


@dataclass(slots=True)
class _Billed:
    """What tallies say of money, without their times."""

    count: int = 0
    quoted: Decimal = _NOTHING
    charged: Decimal = _NOTHING
    ratios: Counter[str] = field(default_factory=Counter)

    def add(self, tally: Tally) -> None:
        self.count += tally.billed
        self.quoted = added(self.quoted, tally.billed_quoted)
        self.charged = added(self.charged, tally.billed_charged)
        self.ratios.update(tally.ratios)


def _billing(what: tuple[str, str], billed: _Billed) -> Billing:
    return Billing(*what, billed.count, billed.quoted, billed.charged, billed.ratios)


def _by_difference(billing: Billing) -> tuple[Decimal, str, str]:
    return -abs(billing.charged - billing.quoted), billing.model, billing.modes


def _times(sketch: Sketch) -> Times:
    return Times(sketch.count, *(sketch.quantile(share) for share in (0.5, 0.95, 0.99)))
