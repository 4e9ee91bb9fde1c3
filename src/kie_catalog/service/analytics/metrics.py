"""What became of generations as Prometheus metrics, read from the log of events whenever somebody looks.

Nothing is counted in a process: counters survive restarts, and all processes of one log tell the same, so one
of them is enough to be scraped. Labels are a model's id, an `Outcome`, an `ErrorCode` and the like; nothing
of an input is in any of them. An extra: `metrics`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.analytics.events import OTHER, OpenGeneration, OpenState, Outcome
from kie_catalog.service.analytics.log import EventReader
from kie_catalog.service.analytics.sketch import Sketch
from kie_catalog.service.analytics.tally import Group, Tally, added, was_spent
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.breaker import BreakerState, CircuitBreaker

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric
    from prometheus_client.registry import Collector

BOUNDS: Final = (1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600)
"""Seconds: the upper bounds of the buckets of times. What is up to 2.1 % above one may count as below it."""
KINDS: Final = ("quoted", "charged", "spent", "billed_quoted", "billed_charged")
"""Kinds of credits. The first two are of all generations of which each is known, the third is what they cost
(see `was_spent`), the last two are of those that succeeded and of which both are known: these compare."""
BREAKER: Final = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
"""The number that stands for the state of a breaker: the higher, the worse."""
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""Of what `exposition` gives."""
_CODES: Final = frozenset(code.value for code in ErrorCode)
_OUTCOMES: Final = frozenset(outcome.value for outcome in Outcome)

Sums: TypeAlias = Sequence[tuple[Group, Tally]]
Items: TypeAlias = Callable[[], Mapping[ItemState, int]]


class Dropping(Protocol):
    """A log that counts what it lost."""

    @property
    def dropped(self) -> int:
        """Entries that were lost in this process."""


class MetricsCollector:
    """A collector for any registry of prometheus-client; it reads nothing before it is asked to collect.

    What it tells is the same in every process, but for `breaker` and `log`: they know of their own one only.
    """

    def __init__(
        self,
        events: EventReader,
        *,
        models: Collection[str] | None = None,
        items: Items | None = None,
        breaker: CircuitBreaker | None = None,
        log: Dropping | None = None,
    ) -> None:
        """Make a collector.

        Args:
            events: where the numbers come from.
            models: ids that may be labels, any other is told as `OTHER`; by default those in the log, into
                which only ids of a catalog come.
            items: counts the items of batches; see `items_of`.
            breaker: that of this process.
            log: what this process appends to.

        Raises:
            UsageError: the extra `metrics` is not installed.
        """
        require_extra()
        self._events = events
        self._models = models
        self._items = items
        self._breaker = breaker
        self._log = log

    def collect(self) -> Iterator[Metric]:
        """The families with the numbers of this moment.

        Raises:
            sqlite3.Error: the log can't be read, in a file; StoreUnavailable: in a database.
        """
        sums = [(_bounded(group, self._models), tally) for group, tally in self._events.ever()]
        items = self._items() if self._items else {}
        yield from self._families(sums, self._events.open(), items)

    def describe(self) -> Iterator[Metric]:
        """The families of an empty log: whoever registers this wants their names, and waits for no store."""
        yield from self._families((), (), {})

    def _families(
        self, sums: Sums, opened: Iterable[OpenGeneration], items: Mapping[ItemState, int]
    ) -> Iterator[Metric]:
        yield _generations(sums)
        yield _errors(sums)
        yield _credits(sums)
        run = "Seconds from a generation's creation to its end."
        yield _times("kie_generation_run_seconds", run, sums, lambda tally: tally.runs)
        wait = "Seconds from when a generation was sent until it was first seen under way."
        yield _times("kie_generation_wait_seconds", wait, sums, lambda tally: tally.waits)
        states = Counter(each.state.value for each in opened)
        said = "Generations of which nobody saw the end."
        yield _gauge(
            "kie_generations_open", said, "state", {each.value: states[each.value] for each in OpenState}
        )
        if self._breaker:
            yield self._breakers(self._breaker, {group.model for group, _ in sums})
        if self._items:
            counts = {each.value: items.get(each, 0) for each in ItemState}
            yield _gauge("kie_batch_items", "Items of all batches.", "state", counts)
        if self._log:
            yield _dropped(self._log.dropped)

    def _breakers(self, breaker: CircuitBreaker, seen: Collection[str]) -> Metric:
        """The worst state of all that go by one label; closed for a model of the log without trouble."""
        worst = dict.fromkeys(seen, BREAKER[BreakerState.CLOSED])
        known = seen if self._models is None else self._models
        for model, trouble in breaker.troubles.items():
            label = model if model in known else OTHER
            worst[label] = max(worst.get(label, 0), BREAKER[trouble.state])
        said = "Whether generations are let through: 0 closed (they are), 1 half open, 2 open (they are not)."
        return _gauge("kie_breaker_state", said, "model", worst)


@dataclass(frozen=True, slots=True, eq=False)  # a registry knows its collectors by what they are
class _Collected:
    """What a collector told."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        """The same again."""
        return self.families


def items_of(opened: Callable[[], AbstractAsyncContextManager[BatchStore]]) -> Items:
    """What counts the items of all batches of a store, for a `MetricsCollector`.

    A batch whose items have all ended is asked for once: nothing of it changes any more.

    Args:
        opened: opens the store for one look, in an event loop of that look's own; as `lambda:
            SqliteStore(file)`.
    """
    over: dict[str, Mapping[ItemState, int]] = {}

    async def look() -> Mapping[ItemState, int]:
        counts: Counter[ItemState] = Counter()
        async with opened() as store:
            for batch in await store.batches():
                found = over.get(batch.id) or await _counts(store, batch.id)
                if found and all(state.is_final for state in found):
                    over[batch.id] = found
                counts.update(found)
        return counts

    def count() -> Mapping[ItemState, int]:
        # A thread of its own: the caller's may have an event loop that is running.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(look())).result()

    return count


async def _counts(store: BatchStore, batch_id: str) -> Mapping[ItemState, int]:
    progress = await store.progress(batch_id)
    return progress.counts if progress else {}


def exposition(collector: MetricsCollector) -> bytes:
    """All metrics as text, of the media type `CONTENT_TYPE`.

    Raises:
        sqlite3.Error: the log can't be read, in a file; StoreUnavailable: in a database.
    """
    from prometheus_client import generate_latest  # noqa: PLC0415 -- an extra

    return generate_latest(_registry(collector))


def write_textfile(collector: MetricsCollector, path: Path | str) -> None:
    """Replace a file by all metrics as text, in one step: for the textfile collector of node_exporter.

    Args:
        collector: what to ask.
        path: a file whose name ends with `.prom`; its folder is there.

    Raises:
        OSError: it can't be written.
        sqlite3.Error: the log can't be read, in a file; StoreUnavailable: in a database.
    """
    from prometheus_client import write_to_textfile  # noqa: PLC0415 -- an extra

    # All is read first: a log that can't be leaves no draft behind.
    write_to_textfile(str(path), _registry(_Collected(list(collector.collect()))))


def require_extra() -> None:
    """Check that what metrics need is installed.

    Raises:
        UsageError: it is not.
    """
    try:
        import prometheus_client  # noqa: F401, PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "metrics", "need prometheus-client, which is not installed", "pip install 'kie-catalog[metrics]'"
        ) from error


def _registry(collector: MetricsCollector | _Collected) -> CollectorRegistry:
    """A registry of nothing else: what others of this process count stays theirs."""
    from prometheus_client import CollectorRegistry  # noqa: PLC0415 -- an extra

    registry = CollectorRegistry()
    registry.register(cast("Collector", collector))
    return registry


def _bounded(group: Group, models: Collection[str] | None) -> Group:
    """A group whose words are all known, so that no label can be anything."""
    return group._replace(
        model=group.model if models is None or group.model in models else OTHER,
        outcome=group.outcome if group.outcome in _OUTCOMES else OTHER,
        code=group.code if group.code in _CODES else OTHER,
    )


def _generations(sums: Sums) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 -- an extra

    # What did not happen yet is told as 0: the first time it does is a rise that Prometheus can see.
    counts = Counter({(group.model, outcome.value): 0 for group, _ in sums for outcome in Outcome})
    for group, tally in sums:
        counts[group.model, group.outcome] += tally.count
    family = CounterMetricFamily("kie_generations", "Generations that ended.", labels=["model", "outcome"])
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _errors(sums: Sums) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 -- an extra

    counts = Counter(dict.fromkeys((*_CODES, OTHER), 0))
    for group, tally in sums:
        if group.outcome != Outcome.SUCCEEDED:
            counts[group.code] += tally.count
    said = "Generations that failed or were refused."
    family = CounterMetricFamily("kie_generation_errors", said, labels=["code"])
    for code, count in sorted(counts.items()):
        family.add_metric([code], count)
    return family


def _credits(sums: Sums) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 -- an extra

    found: dict[tuple[str, str], Decimal] = {}
    for group, tally in sums:
        for kind, credits in zip(KINDS, _amounts(group, tally), strict=True):
            place = (group.model, kind)
            found[place] = added(found.get(place, Decimal(0)), credits)
    said = "Credits; one is 0.005 USD."
    family = CounterMetricFamily("kie_credits", said, labels=["model", "kind"])
    for labels, credits in sorted(found.items()):
        family.add_metric(labels, float(credits))
    return family


def _amounts(group: Group, tally: Tally) -> tuple[Decimal, ...]:
    """The credits of a group, in the order of `KINDS`."""
    spent = was_spent(group.outcome, tally)
    if group.outcome != Outcome.SUCCEEDED:
        return (tally.quoted, tally.charged, spent, Decimal(0), Decimal(0))
    return (tally.quoted, tally.charged, spent, tally.billed_quoted, tally.billed_charged)


def _times(name: str, said: str, sums: Sums, of: Callable[[Tally], Sketch]) -> Metric:
    from prometheus_client.core import HistogramMetricFamily  # noqa: PLC0415 -- an extra

    sketches: dict[tuple[str, str], Sketch] = {}
    for group, tally in sums:
        sketches.setdefault((group.model, group.outcome), Sketch()).merge(of(tally))
    family = HistogramMetricFamily(name, said, labels=["model", "outcome"])
    for labels, sketch in sorted(sketches.items()):
        if count := sketch.count:
            buckets = [(str(float(bound)), sketch.at_most(bound)) for bound in BOUNDS]
            family.add_metric(labels, [*buckets, ("+Inf", count)], sketch.total)
    return family


def _gauge(name: str, said: str, label: str, values: Mapping[str, int]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 -- an extra

    family = GaugeMetricFamily(name, said, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family


def _dropped(count: int) -> Metric:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415 -- an extra

    said = "Entries of the log of events that this process lost."
    family = CounterMetricFamily("kie_events_dropped", said)
    family.add_metric([], count)
    return family
