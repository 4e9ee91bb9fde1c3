"""Each generation leaves one event, with nothing of its input; a model that keeps failing is not asked."""

import asyncio
import sqlite3
from decimal import Decimal

import pytest

from kie_catalog.client.errors import KieError, SubmissionUnknown, TaskFailed, WaitExpired
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock
from kie_catalog.client.states import is_final
from kie_catalog.pricing.quote import Quote
from kie_catalog.service.analytics.events import OpenState, Outcome
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.watching import recall, watched
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.breaker import BreakerSettings, BreakerState, CircuitBreaker
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.refusals import InputRefused, ModelPaused, ModelRefused
from kie_catalog.service.service import KIEService
from tests.client.answering import client_at
from tests.client.standing import MODEL, standing

FAR = 10**12
TYPED = "Olga's own words"
INPUT = {"prompt": TYPED, "resolution": "1K"}


def watching(folder, work, *faults, breaker=None, keeps_content=False, **book):
    """Run some work with a service that leaves events; gives what the work gives, and the log."""
    log = SqliteEventLog(folder / "events.sqlite", keeps_content=keeps_content)

    async def it(stand_in):
        stand_in.stand.book.files = stand_in.url
        async with client_at(stand_in.url) as client:
            return await work(KIEService(client, events=log, breaker=breaker))

    with standing(*faults, **book) as stand_in:
        given = asyncio.run(it(stand_in))
    log.close()
    return given, log


async def whole(service):
    generation = await service.create_generation(MODEL, INPUT)
    await service.wait_for_generation(generation.task_id)
    return generation


def test_a_generation_leaves_one_event_however_many_wait_for_it(tmp_path):
    async def work(service):
        generation = await service.create_generation(MODEL, INPUT)
        waits = [service.wait_for_generation(generation.task_id) for _ in range(3)]
        await asyncio.gather(*waits, service.get_generation_status(generation.task_id))
        return generation

    generation, log = watching(tmp_path, work)
    (event,) = log.events(0, FAR)
    assert isinstance(generation.quote, Quote)
    assert (event.key, event.model, event.outcome, event.code) == (
        generation.task_id,
        MODEL,
        Outcome.SUCCEEDED,
        "",
    )
    assert event.modes == "+".join(line.mode for line in generation.quote.lines)
    assert event.quoted == generation.quote.credits
    assert event.run is not None
    assert log.open() == []


def test_a_call_that_answers_at_once_leaves_its_event_at_once(tmp_path):
    async def work(service):
        given = {"taskId": "a", "audioId": "b"}
        return await service.create_generation("ai-music-api/timeStamped-lyrics", given)

    generation, log = watching(tmp_path, work)
    (event,) = log.events(0, FAR)
    assert is_final(generation.state)
    assert (event.model, event.outcome) == ("ai-music-api/timeStamped-lyrics", Outcome.SUCCEEDED)
    assert log.open() == []


@pytest.mark.parametrize(
    ("model", "given", "error", "label", "code"),
    [
        ("no-such-model", INPUT, ModelRefused, "other", ErrorCode.UNKNOWN_MODEL),
        (MODEL, {"prompt": TYPED, "resolution": TYPED}, InputRefused, MODEL, ErrorCode.VALIDATION),
    ],
)
def test_what_is_refused_before_it_is_sent_leaves_an_event_without_the_input(
    tmp_path, model, given, error, label, code
):
    async def work(service):
        with pytest.raises(error):
            await service.create_generation(model, given)

    _, log = watching(tmp_path, work)
    (event,) = log.events(0, FAR)
    assert (event.model, event.outcome, event.code) == (label, Outcome.REFUSED, code.value)


def test_a_task_that_fails_says_why_and_what_it_cost(tmp_path):
    async def work(service):
        generation = await service.create_generation(MODEL, INPUT)
        with pytest.raises(TaskFailed) as caught:
            await service.wait_for_generation(generation.task_id)
        return caught.value

    error, log = watching(tmp_path, work, "fail-500")
    (event,) = log.events(0, FAR)
    assert (event.outcome, event.code) == (Outcome.FAILED, error.code.value)
    assert event.charged == (None if error.credits is None else Decimal(error.credits))


def test_a_submission_of_unknown_fate_is_open_until_somebody_knows(tmp_path):
    async def work(service):
        with pytest.raises(SubmissionUnknown):
            await service.create_generation(MODEL, INPUT)

    _, log = watching(tmp_path, work, "drop@create")
    assert list(log.events(0, FAR)) == []
    assert [each.state for each in log.open()] == [OpenState.UNKNOWN]


def test_a_task_that_nobody_waits_for_any_more_stays_open(tmp_path):
    async def work(service):
        generation = await service.create_generation(MODEL, INPUT)
        with pytest.raises(WaitExpired):
            await service.wait_for_generation(generation.task_id, 0.05)

    _, log = watching(tmp_path, work, play=60.0)
    assert [each.state for each in log.open()] == [OpenState.EXPIRED]


@pytest.mark.parametrize("keeps_content", [False, True])
def test_no_input_and_no_address_is_kept_unless_it_was_asked_for(tmp_path, keeps_content):
    generation, log = watching(tmp_path, whole, keeps_content=keeps_content)
    with sqlite3.connect(tmp_path / "events.sqlite") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    raw = (tmp_path / "events.sqlite").read_bytes()
    assert (TYPED.encode() in raw) == keeps_content
    assert (b"http" in raw) == keeps_content
    (event,) = log.events(0, FAR)
    assert ((event.extra or {}).get("input") == INPUT) == keeps_content
    assert generation.task_id == event.key


def test_a_log_that_fails_is_in_nobodys_way(tmp_path):
    class Broken:
        keeps_content = False

        def append(self, entry):
            raise RuntimeError(entry)

        def close(self):
            pass

    async def it(stand_in):
        async with client_at(stand_in.url) as client:
            service = KIEService(client, events=Broken())
            generation = await service.create_generation(MODEL, INPUT)
            return await service.wait_for_generation(generation.task_id)

    with standing() as stand_in:
        stand_in.stand.book.files = stand_in.url
        assert asyncio.run(it(stand_in)).urls
    assert list(tmp_path.iterdir()) == []


def watched_at(store):
    """Whether there is a log of events beside a store, and what the breaker knows of the model."""

    async def it():
        async with watched(store, Clock()) as (log, breaker):
            return log is not None, breaker.state(MODEL)

    return asyncio.run(it())


def test_a_store_is_worked_on_also_where_its_events_cannot_be_kept(tmp_path, caplog):
    """The file has a table of events already, and it is somebody else's."""
    file = tmp_path / "kie.sqlite"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE events (concert TEXT)")
    db.close()
    assert watched_at(SqliteStore(file)) == (False, BreakerState.CLOSED)
    assert "events cannot be kept (no such column: at); the work goes on" in caplog.text


def test_a_database_that_is_away_costs_the_breaker_what_it_would_know(caplog):
    away = PostgresStore(Database("postgresql://127.0.0.1:9/x"))
    assert watched_at(away) == (True, BreakerState.CLOSED)
    assert "what was seen in the last minutes cannot be read (127.0.0.1:9/x" in caplog.text


# --- the breaker in the service


def test_a_model_that_keeps_failing_is_shown_as_degraded_and_asked_nothing(tmp_path):
    breaker = CircuitBreaker(BreakerSettings(least=3, pause=60.0))

    async def work(service):
        for _ in range(3):
            generation = await service.create_generation(MODEL, INPUT)
            with pytest.raises(TaskFailed):
                await service.wait_for_generation(generation.task_id)
        with pytest.raises(ModelPaused) as caught:
            await service.create_generation(MODEL, INPUT)
        return caught.value, service.get_model_info(MODEL), service.list_available_models()

    (error, info, offered), log = watching(tmp_path, work, "fail-500", breaker=breaker)
    assert (error.retryable, 0 < (error.retry_after or 0) <= 60) == (True, True)
    assert error.message("en") == info.trouble.message("en")
    assert "перебоями" in error.message("ru")
    assert (info.degraded, info.is_available) == (True, True)
    assert [each.model.id for each in offered if each.degraded] == [MODEL]
    outcomes = [(each.outcome, each.code) for each in log.events(0, FAR)]
    assert outcomes[-1] == (Outcome.REFUSED, "UNAVAILABLE")
    assert len(outcomes) == 4


def test_a_breaker_of_a_new_process_knows_the_last_minutes(tmp_path):
    async def work(service):
        for _ in range(3):
            with pytest.raises(KieError):
                await whole(service)

    _, log = watching(tmp_path, work, "fail-500")
    events = list(log.events(0, FAR))
    breaker = CircuitBreaker(BreakerSettings(least=3))
    recall(breaker, log, events[-1].at + 1)
    assert breaker.state(MODEL) is BreakerState.OPEN
    later = CircuitBreaker(BreakerSettings(least=3))
    recall(later, log, events[-1].at + 3600)
    assert later.state(MODEL) is BreakerState.CLOSED
