"""The log keeps each generation once, adds up exactly, and is in nobody's way."""

import asyncio
import multiprocessing
import sqlite3
import threading
import time
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kie_catalog.service.analytics.appender import Appender
from kie_catalog.service.analytics.events import Begun, Moved, OpenState, Outcome
from kie_catalog.service.analytics.sketch import ERROR, LEAST, Sketch
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.tally import EVER, HOUR, amount, tallied
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.event_log import PostgresEventLog

from .events import NOON, an_event, credits, events, seconds, total
from .logs import KINDS, FileLogs, ServerLogs, log_at

FAR = 10**12


@pytest.fixture(name="logs", params=KINDS)
def _logs(request, tmp_path):
    """Where logs of one kind are opened; they are closed when the test is over."""
    if request.param == "file":
        yield from FileLogs(tmp_path).lent()
    else:
        yield from ServerLogs(request.getfixturevalue("event_database")).lent()


@pytest.fixture(name="event_database", scope="module")
def _event_database(postgres):
    with postgres.fresh() as url:
        yield url


def by_group(found):
    return {group: (tally.count, tally.quoted, tally.charged, tally.ratios) for group, tally in found}


# --- sketches and tallies


@given(st.lists(seconds, min_size=1), st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_that_of_the_nearest_rank_within_its_error(times, share):
    sketch = Sketch()
    for each in times:
        sketch.add(each)
    true = sorted(times)[max(-(-int(share * 100) * len(times) // 100), 1) - 1]
    assert sketch.quantile(share) == pytest.approx(max(true, LEAST), rel=ERROR * 1.01)
    assert sketch.count == len(times)
    assert sketch.total == pytest.approx(sum(times))


@given(st.lists(seconds), st.lists(seconds))
def test_sketches_add_up_also_through_bytes(one, other):
    whole, left, right = Sketch(), Sketch(), Sketch()
    for sketch, times in ((whole, one + other), (left, one), (right, other)):
        for each in times:
            sketch.add(each)
    left.take(right.to_bytes(), right.total)
    assert left.counts == whole.counts
    assert left.total == pytest.approx(whole.total)


def test_a_sketch_of_nothing_has_no_quantile():
    assert Sketch().quantile(0.5) is None


@given(st.lists(events()), st.integers(0, 50))
def test_tallies_of_parts_add_up_to_the_tally_of_all(found, cut):
    parts = [tallied(found[:cut]), tallied(found[cut:])]
    for group, tally in tallied(found).items():
        merged = [part[group] for part in parts if group in part]
        for other in merged[1:]:
            merged[0].merge(other)
        assert (merged[0].count, merged[0].quoted, merged[0].charged, merged[0].billed) == (
            tally.count,
            tally.quoted,
            tally.charged,
            tally.billed,
        )
        assert merged[0].ratios == tally.ratios or len(tally.ratios) > 15
        assert merged[0].runs.counts == tally.runs.counts


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999999", "1e-300", "1" * 50])
def test_what_is_no_amount_of_money_is_not_added_up(text):
    assert amount(Decimal(text)) is None


# --- the store: a file, or a database


@given(groups=st.lists(st.lists(events(keys=st.sampled_from("abcdefgh"))), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_store_holds_each_key_once_and_its_sums_are_those_of_its_events(logs, groups):
    """Whatever comes in whatever groups, and however often a key comes again."""
    log = logs.anew()
    for each in groups:
        log.write(each)
    kept = list(log.events(0, FAR))
    first = {}
    for each in (event for group in groups for event in group):
        first.setdefault(each.key, each)
    assert sorted(kept, key=repr) == sorted(first.values(), key=repr)
    assert [each.at for each in kept] == sorted(each.at for each in kept)
    sums = tallied(kept)
    assert by_group([*log.tallies(0, FAR), *log.ever()]) == by_group(sums.items())
    hours = {group.hour for group, _ in log.tallies(0, FAR)}
    assert hours == {int(each.at // HOUR) for each in kept}
    for model, some in groupby(sorted(kept, key=lambda each: each.model), key=lambda each: each.model):
        found = [tally for group, tally in log.ever() if group.model == model]
        assert total(tally.quoted for tally in found) == total(each.quoted for each in some)


def test_events_are_read_in_parts_and_by_model(logs):
    log = logs.opened()
    models = ("z-image", "other")
    log.write(
        [an_event(str(number), NOON + number // 7, model=models[number % 2]) for number in range(45_000)]
    )
    assert [each.key for each in log.events(NOON, FAR)] == [str(number) for number in range(45_000)]
    assert len(list(log.events(NOON + 10, NOON + 20, model="other"))) == 35
    assert sum(tally.count for _, tally in log.tallies(0, FAR, model="other")) == 22_500


def test_an_end_that_another_process_sees_has_the_quote_of_the_beginning(logs):
    log = logs.opened(keeps_content=True)
    log.write([Begun("t", "z-image", "1k", NOON, Decimal(4), extra={"input": {"prompt": "x"}})])
    other = logs.opened()
    [open_one] = other.open()
    assert (open_one.key, open_one.state) == ("t", OpenState.RUNNING)
    other.write([an_event("t", NOON + 9, model="other", modes="", charged=Decimal(6), extra={"urls": ["u"]})])
    [event] = log.events(0, FAR)
    assert (event.model, event.modes, event.quoted, event.charged) == ("z-image", "1k", 4, 6)
    assert (event.run, event.extra) == (9.0, {"input": {"prompt": "x"}, "urls": ["u"]})
    assert log.open() == []
    [tally] = [tally for _, tally in log.ever()]
    assert tally.ratios == {"3/2": 1}


def test_an_unknown_submission_is_open_until_its_task_is_found_and_ends(logs):
    log = logs.opened()
    log.write([Begun("number", "z-image", "1k", NOON, Decimal(4), OpenState.UNKNOWN)])
    assert [each.state for each in log.open()] == [OpenState.UNKNOWN]
    log.write([Moved("number", OpenState.RUNNING, "task"), Moved("task", OpenState.EXPIRED)])
    assert [(each.key, each.state) for each in log.open()] == [("task", OpenState.EXPIRED)]
    log.write([an_event("task", NOON + 5, modes=""), Begun("task", "z-image", "", NOON, None)])
    assert log.open() == []
    assert [each.quoted for each in log.events(0, FAR)] == [4]


def test_what_ended_before_its_submission_was_found_is_open_no_more(logs):
    log = logs.opened()
    log.write([Begun("number", "z-image", "1k", NOON, Decimal(4), OpenState.UNKNOWN), an_event("task")])
    log.write([Moved("number", OpenState.RUNNING, "task")])
    assert log.open() == []
    assert [each.key for each in log.events(0, FAR)] == ["task"]


entries = st.one_of(
    events(keys=st.sampled_from("abcd")),
    st.builds(
        Begun, st.sampled_from("abcd"), st.just("z-image"), st.sampled_from(["", "1k"]), seconds, credits
    ),
    st.builds(
        Moved, st.sampled_from("abcd"), st.sampled_from(OpenState), st.none() | st.sampled_from("abcd")
    ),
)


@given(groups=st.lists(st.lists(entries), max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_entries_may_be_written_together_or_one_by_one(logs, groups):
    """A store that brings a group in at once does what one that goes through it would."""
    found = []
    for parts in (groups, [[each] for group in groups for each in group]):
        log = logs.anew()
        for part in parts:
            log.write(part)
        found.append((list(log.events(0, FAR)), sorted(log.open(), key=repr), by_group(log.ever())))
    assert sorted(found[0][0], key=repr) == sorted(found[1][0], key=repr)
    assert found[0][1:] == found[1][1:]
    assert {each.key for each in found[0][0]}.isdisjoint(each.key for each in found[0][1])


def test_forgetting_drops_events_and_leaves_sums_and_what_there_ever_was(logs):
    log = logs.opened()
    old, new = an_event("old", NOON - 100 * HOUR), an_event("new")
    log.write([old, new, Begun("lost", "z-image", "", NOON - 100 * HOUR, None)])
    assert log.forget(NOON - HOUR) == 1
    assert list(log.events(0, FAR)) == [new]
    assert log.open() == []
    assert sum(tally.count for _, tally in log.tallies(0, FAR)) == 2
    assert log.forget(NOON - HOUR, sums=True) == 0
    assert sum(tally.count for _, tally in log.tallies(0, FAR)) == 1
    assert sum(tally.count for _, tally in log.ever()) == 2


def test_a_log_that_keeps_some_days_forgets_by_itself(logs):
    log = logs.opened(keep_days=1)
    log.write([an_event("old", NOON)])
    log.write([an_event("next", NOON + 3 * HOUR)])
    assert len(list(log.events(0, FAR))) == 2
    log.write([an_event("new", NOON + 26 * HOUR)])
    assert [each.key for each in log.events(0, FAR)] == ["next", "new"]


def _write_some(kind, place, worker):
    log = log_at(kind, place)
    for number in range(40):
        log.append(an_event(f"{number}", NOON, quoted=Decimal("0.1")))
        log.append(an_event(f"{worker}-{number}", NOON, quoted=Decimal("0.1")))
    log.close()


def test_processes_that_write_at_once_lose_and_repeat_nothing(logs):
    log = logs.opened()
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_write_some, args=(logs.kind, logs.place, worker)) for worker in range(3)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert [each.exitcode for each in workers] == [0, 0, 0]
    [tally] = [tally for _, tally in log.ever()]
    assert (tally.count, tally.quoted) == (160, Decimal("16.0"))


# --- on the way to the store


def test_what_is_appended_is_kept_once_the_log_is_closed(logs):
    with logs.opened() as log:
        for number in range(5000):
            log.append(an_event(str(number)))
    assert (len(list(log.events(0, FAR))), log.dropped) == (5000, 0)
    log.append(an_event("late"))
    assert log.dropped == 1


def test_what_is_appended_is_kept_by_itself(logs):
    log = logs.opened()
    log.append(an_event())
    until = time.monotonic() + 20
    while not list(log.events(0, FAR)):
        assert time.monotonic() < until
        time.sleep(0.05)
    log.close()


def test_a_store_that_does_not_answer_keeps_nobody_waiting_and_nothing_is_written_twice(caplog):
    """A writer that hangs, then fails, then works; meanwhile all but the overflow is kept, in order."""
    hanging, written, trouble = threading.Event(), [], [sqlite3.OperationalError("locked")]

    def write(entries):
        hanging.wait()
        if trouble:
            raise trouble.pop()
        written.extend(entries)

    appender = Appender(write, away=sqlite3.OperationalError, most=10, interval=0.0)
    for number in range(15):
        appender.append(an_event(str(number)))
    assert appender.dropped == 5
    hanging.set()
    appender.close()
    assert [each.key for each in written] == [str(number) for number in range(10)]
    assert sum("dropped" in each.message for each in caplog.records) == 1
    assert sum("cannot be written" in each.message for each in caplog.records) == 1


def test_a_store_that_stays_away_loses_what_waits_and_says_so(caplog):
    def write(_):
        raise sqlite3.OperationalError("disk is full")

    appender = Appender(write, away=sqlite3.OperationalError, interval=0.0)
    appender.append(an_event())
    appender.close()
    assert appender.dropped == 1
    assert "disk is full" in caplog.text


def test_an_event_that_cannot_be_kept_takes_no_other_with_it(logs, caplog):
    log = logs.opened()
    for each in (an_event("a"), an_event("b", model="\ud800"), replace(an_event("c"), run=2.0)):
        log.append(each)
    log.close()
    assert [each.key for each in log.events(0, FAR)] == ["a", "c"]
    assert log.dropped == 1
    assert "\ud800" not in caplog.text


def test_the_log_leaves_other_tables_of_the_file_alone(tmp_path):
    file = tmp_path / "b.sqlite"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE items (id TEXT)")
        db.execute("INSERT INTO items VALUES ('one')")
    db.close()
    with SqliteEventLog(file) as log:
        log.append(an_event())
    log.forget(FAR, sums=True)
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT id FROM items").fetchall() == [("one",)]
    db.close()
    assert [group.hour for group, _ in log.ever()] == [EVER]


def test_every_outcome_has_its_actor():
    assert an_event().actor is None
    assert an_event(outcome=Outcome.FAILED, code="TRANSIENT").actor == "upstream"
    assert an_event(outcome=Outcome.FAILED, code="of a newer version").actor is None


# --- a server that is away, or asked from where an event loop runs


def test_a_server_that_is_away_keeps_nobody_waiting_and_its_password_is_told_nowhere(tmp_path, caplog):
    log = PostgresEventLog(Database(f"postgresql://bot:hidden@/kie?host={tmp_path}"))
    log.append(an_event())
    assert not log.flush()
    with pytest.raises(StoreUnavailable) as refused:
        log.open()
    log.close()
    assert log.dropped == 1
    assert "they wait, and generations go on" in caplog.text
    assert "hidden" not in caplog.text + str(refused.value) + repr(log)


def test_what_was_cut_off_from_its_server_goes_on(event_database):
    with PostgresEventLog(Database(event_database)) as log:
        log.write([an_event("before the cut")])
        with psycopg.connect(event_database, autocommit=True) as line:
            line.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        log.append(an_event("after the cut"))
        assert [log.flush() for _ in range(2)][-1]
        assert {"before the cut", "after the cut"} <= {each.key for each in log.events(0, FAR)}


def test_a_log_is_asked_where_an_event_loop_runs(event_database):
    async def it():
        with PostgresEventLog(Database(event_database)) as log:
            log.append(an_event("in a loop"))
            return log.flush(), [each.key for each in log.events(0, FAR)]

    is_written, keys = asyncio.run(it())
    assert is_written
    assert "in a loop" in keys


def test_what_a_database_cannot_keep_is_told_without_it(event_database):
    with PostgresEventLog(Database(event_database)) as log:
        with pytest.raises(ValueError, match="can't be kept") as refused:
            log.write([an_event("fox\0")])
        assert "fox" not in str(refused.value)
        log.append(an_event("fox\0"))
        log.append(an_event("kept after it"))
        log.close()
        assert log.dropped == 1
        assert "kept after it" in {each.key for each in log.events(0, FAR)}
