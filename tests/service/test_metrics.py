"""What is scraped is what the log of events says, in labels that are known beforehand."""

import asyncio
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.analytics.events import OpenGeneration, OpenState, Outcome
from kie_catalog.service.analytics.metrics import (
    BOUNDS,
    BREAKER,
    KINDS,
    MetricsCollector,
    exposition,
    items_of,
    write_textfile,
)
from kie_catalog.service.analytics.sketch import ERROR, LEAST
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.tally import EVER, tallied
from kie_catalog.service.batch.items import Batch, ItemState, NewItem, Progress
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.breaker import BreakerSettings, BreakerState, CircuitBreaker

from .events import NOON, Hands, an_event, events, total

MODELS = {"z-image", "bytedance/seedance-2", "other"}
ALLOWED = {
    "model": MODELS,
    "outcome": {*Outcome},
    "code": {*ErrorCode, "other"},
    "kind": {*KINDS},
    "state": {*OpenState, *ItemState},
    "le": {*(str(float(bound)) for bound in BOUNDS), "+Inf"},
}


@dataclass
class Reader:
    """A log that holds these events."""

    kept: list = field(default_factory=list)
    opened: list = field(default_factory=list)

    def ever(self):
        return (each for each in tallied(self.kept).items() if each[0].hour == EVER)

    def open(self):
        return self.opened


def samples_of(collector):
    """Each sample of what is scraped: its name and labels, and its number."""
    text = exposition(collector).decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(samples, name, *labels):
    """The numbers of one metric by these labels."""
    return {
        tuple(dict(labelled)[label] for label in labels): value
        for (found, *labelled), value in samples.items()
        if found == name
    }


open_ones = st.builds(
    OpenGeneration,
    st.uuids().map(str),
    st.sampled_from(sorted(MODELS)),
    st.just(NOON),
    st.sampled_from(OpenState),
)


@given(st.lists(events()), st.lists(open_ones))
def test_metrics_say_what_the_events_say(kept, opened):
    samples = samples_of(MetricsCollector(Reader(kept, opened)))
    assert of(samples, "kie_generations_total", "model", "outcome") == {
        (model, outcome): sum((each.model, each.outcome) == (model, outcome) for each in kept)
        for model in {each.model for each in kept}
        for outcome in Outcome
    }
    failed = [each.code for each in kept if each.outcome is not Outcome.SUCCEEDED]
    assert of(samples, "kie_generation_errors_total", "code") == {
        (code,): failed.count(code) for code in (*ErrorCode, "other")
    }
    assert of(samples, "kie_generations_open", "state") == {
        (state,): sum(each.state is state for each in opened) for state in OpenState
    }
    credits = of(samples, "kie_credits_total", "model", "kind")
    assert credits == {
        (model, kind): float(amount)
        for model in {each.model for each in kept}
        for kind, amount in credits_of([each for each in kept if each.model == model]).items()
    }


def credits_of(kept):
    """What the credits of events come to, each event by itself."""
    billed = [
        each
        for each in kept
        if each.outcome is Outcome.SUCCEEDED and each.quoted is not None and each.charged is not None
    ]
    as_quoted = [each for each in kept if each.outcome is Outcome.SUCCEEDED and each.charged is None]
    return {
        "quoted": total(each.quoted for each in kept),
        "charged": total(each.charged for each in kept),
        "spent": total(each.charged for each in kept) + total(each.quoted for each in as_quoted),
        "billed_quoted": total(each.quoted for each in billed),
        "billed_charged": total(each.charged for each in billed),
    }


@given(st.lists(events()))
def test_times_are_in_the_buckets_they_belong_to(kept):
    """Each bucket counts all that is not above its bound, and at most what is a sketch's error above it."""
    samples = samples_of(MetricsCollector(Reader(kept)))
    for name, time_of in (("run", lambda event: event.run), ("wait", lambda event: event.wait)):
        metric = f"kie_generation_{name}_seconds"
        times = {}
        for each in kept:
            if time_of(each) is not None:
                times.setdefault((each.model, each.outcome), []).append(time_of(each))
        assert of(samples, f"{metric}_count", "model", "outcome") == {
            labels: len(some) for labels, some in times.items()
        }
        for labels, seconds in of(samples, f"{metric}_sum", "model", "outcome").items():
            assert seconds == pytest.approx(sum(times[labels]))
        buckets = of(samples, f"{metric}_bucket", "model", "outcome", "le")
        assert len(buckets) == len(times) * (len(BOUNDS) + 1)
        for (model, outcome, bound), count in buckets.items():
            some, last = times[model, outcome], float(bound)
            slack = max(last * (1 + ERROR) / (1 - ERROR) * 1.0001, LEAST)
            assert sum(each <= last for each in some) <= count <= sum(each <= slack for each in some)


@given(st.lists(events()), st.lists(open_ones), st.sets(st.sampled_from(sorted(MODELS))))
def test_no_label_is_out_of_its_bounds(kept, opened, models):
    """Whatever a newer version wrote, and whichever models are let in."""
    strange = an_event("x", model="a newer model", outcome=Outcome.FAILED, code="OF_A_NEWER_VERSION")
    for known in (None, models):
        allowed = MODELS | {"a newer model"} if known is None else models | {"other"}
        collector = MetricsCollector(Reader([*kept, strange], opened), models=known)
        for name, *labels in samples_of(collector):
            assert name.startswith("kie_")
            for label, value in labels:
                assert value in (allowed if label == "model" else ALLOWED[label])


def test_a_model_that_may_be_no_label_is_counted_as_other():
    kept = [an_event("a"), an_event("b", model="mine"), an_event("c", model="yours", quoted=Decimal(2))]
    samples = samples_of(MetricsCollector(Reader(kept), models={"z-image"}))
    counts = of(samples, "kie_generations_total", "model", "outcome")
    assert {labels: count for labels, count in counts.items() if count} == {
        ("z-image", "succeeded"): 1,
        ("other", "succeeded"): 2,
    }
    assert of(samples, "kie_credits_total", "model", "kind")["other", "quoted"] == 2


def test_metrics_survive_a_restart_and_forgetting_and_every_process_tells_the_same(tmp_path):
    file = tmp_path / "e.sqlite"
    with SqliteEventLog(file) as log:
        log.write([an_event("a", charged=Decimal("0.1"), run=3.0), an_event("b", charged=Decimal("0.2"))])
    one, other = MetricsCollector(SqliteEventLog(file)), MetricsCollector(SqliteEventLog(file))
    before = exposition(one)
    assert b'kie_credits_total{kind="charged",model="z-image"} 0.3\n' in before
    log.forget(NOON + 10, sums=True)
    assert exposition(one) == exposition(other) == before


# --- the breaker, the batches, and what was lost


def test_the_breaker_of_each_model_is_told():
    hands = Hands()
    breaker = CircuitBreaker(BreakerSettings(least=2, pause=60), hands.clock())
    for model in ("bytedance/seedance-2", "whatever a caller typed"):
        for _ in range(2):
            breaker.ended(model, ErrorCode.TRANSIENT)
    kept = [an_event("a"), an_event("b", model="bytedance/seedance-2")]
    collector = MetricsCollector(Reader(kept), breaker=breaker)
    opened = {("z-image",): 0, ("bytedance/seedance-2",): 2, ("other",): 2}
    assert of(samples_of(collector), "kie_breaker_state", "model") == opened
    hands.at += 61
    half = {("z-image",): 0, ("bytedance/seedance-2",): 1, ("other",): 1}
    assert of(samples_of(collector), "kie_breaker_state", "model") == half
    assert set(BREAKER) == set(BreakerState)


def test_what_was_lost_is_told(tmp_path):
    log = SqliteEventLog(tmp_path / "e.sqlite")
    log.close()
    log.append(an_event())
    assert samples_of(MetricsCollector(log, log=log))["kie_events_dropped_total",] == 1


def items_by_state(collector):
    return {state: count for (state,), count in of(samples_of(collector), "kie_batch_items", "state").items()}


def test_the_items_of_all_batches_are_told(tmp_path):
    file = tmp_path / "b.sqlite"

    async def fill():
        async with SqliteStore(file) as store:
            for name, rows in (("one", 3), ("two", 2)):
                items = [NewItem(row, "z-image", {"prompt": "x"}) for row in range(1, rows + 1)]
                await store.add(Batch(name, NOON), items)
            await store.cancel("two", NOON)

    async def call_off():
        async with SqliteStore(file) as store:
            await store.cancel("one", NOON)

    asyncio.run(fill())
    expected = dict.fromkeys(ItemState, 0) | {"queued": 3, "cancelled": 2}
    collector = MetricsCollector(Reader(), items=items_of(lambda: SqliteStore(file)))
    assert [items_by_state(collector) for _ in range(2)] == [expected] * 2
    asyncio.run(call_off())
    assert items_by_state(collector) == expected | {"queued": 0, "cancelled": 5}


@dataclass
class Batches:
    """A store that counts how often it is asked, and whether it is let go of."""

    asked: Counter = field(default_factory=Counter)

    @asynccontextmanager
    async def opened(self):
        self.asked["opened"] += 1
        yield self
        self.asked["closed"] += 1

    async def batches(self):
        return [Batch("over", NOON), Batch("running", NOON), Batch("gone meanwhile", NOON)]

    async def progress(self, batch_id):
        self.asked[batch_id] += 1
        if batch_id == "gone meanwhile":
            return None
        state = ItemState.SUCCEEDED if batch_id == "over" else ItemState.RUNNING
        return Progress(Batch(batch_id, NOON), {state: 7}, Decimal(0), Decimal(0))


def test_a_store_is_not_asked_again_for_what_is_over_and_may_be_asked_where_a_loop_runs():
    store = Batches()
    collector = MetricsCollector(Reader(), items=items_of(store.opened))

    async def it():
        return [items_by_state(collector) for _ in range(3)]

    expected = dict.fromkeys(ItemState, 0) | {"succeeded": 7, "running": 7}
    assert asyncio.run(it()) == [expected] * 3
    assert store.asked == {"opened": 3, "closed": 3, "over": 1, "running": 3, "gone meanwhile": 3}


# --- how it is handed over


def test_registering_reads_nothing():
    class Unread(Reader):
        def ever(self):
            raise AssertionError("was read")

    registry = CollectorRegistry(auto_describe=True)
    registry.register(MetricsCollector(Unread()))
    with pytest.raises(AssertionError, match="was read"):
        list(registry.collect())


def test_a_textfile_is_replaced_whole_or_stays(tmp_path):
    file = tmp_path / "kie.prom"
    write_textfile(MetricsCollector(Reader([an_event()])), file)
    before = file.read_bytes()
    assert before == exposition(MetricsCollector(Reader([an_event()])))

    class Broken(Reader):
        def open(self):
            raise OSError("away")

    with pytest.raises(OSError, match="away"):
        write_textfile(MetricsCollector(Broken()), file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["kie.prom"]


def test_without_the_extra_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(UsageError, match=r"kie-catalog\[metrics\]"):
        MetricsCollector(Reader())
