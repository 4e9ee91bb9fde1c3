"""The queue beside the items: it hands out what the store holds, and mends itself from it."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.batch.postgres_rows import Job
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.procrastinate_engine import ProcrastinateEngine, Schedule
from kie_catalog.service.batch.procrastinate_jobs import (
    ProcrastinateJobs,
    priority_of,
    shared_store,
)
from kie_catalog.service.postgres.database import Database
from tests import postgres
from tests.client.standing import standing
from tests.service.batch.making import a_batch, accepted, new_items
from tests.service.batch.working import batches_at, collected, rows

MOMENTS = st.floats(1.7e9, 3e9)
QUEUED = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY priority DESC, id"


@pytest.fixture(name="url")
def _url():
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.session_server().emptied() as url:
        yield url


def with_store(url, work):
    async def it():
        async with shared_store(Database(url, most=4)) as store:
            return await work(store)

    return asyncio.run(it())


async def queued(store):
    return [name for (name,) in await store.database.rows(QUEUED)]


@given(one=MOMENTS, other=MOMENTS)
def test_whoever_ranks_first_by_more_than_a_second_is_first_in_the_queue(one, other):
    first, second = sorted([one, other])
    before, after = priority_of(Job("a", first, 0.0)), priority_of(Job("b", second, 0.0))
    assert before >= after
    assert before > after or second - first < 2
    assert priority_of(Job("c", second, 0.0, is_begun=True)) > before


def test_an_item_gets_its_job_with_the_batch_and_again_whenever_it_goes_back(url):
    async def work(store):
        await store.add(a_batch(), [*new_items(2), *new_items(1, first=3, priority=5)])
        by_rank = await queued(store)
        await store.database.rows("DELETE FROM procrastinate_jobs")
        begun, other, _ = await store.claim("w", 1.0, 60.0, 10)
        await accepted(store, begun, "task-1")
        await store.release(other, 50.0, code=None, reason=None)
        await store.release(begun, 60.0, code=None, reason=None)
        times = "SELECT queueing_lock, extract(epoch FROM scheduled_at)::float8 FROM procrastinate_jobs"
        return by_rank, begun.id, other.id, await queued(store), dict(await store.database.rows(times))

    by_rank, begun, other, back, times = with_store(url, work)
    assert by_rank == ["b-3", "b-1", "b-2"]
    assert back == [begun, other]
    assert times == {begun: 60.0, other: 50.0}


def test_what_is_called_off_or_paused_has_no_job_and_what_goes_on_has_one(url):
    async def work(store):
        await store.add(a_batch("a"), new_items(3))
        await store.add(a_batch("b"), new_items(2))
        await store.cancel("a", 1.0)
        await store.pause("b", "no credits")
        nothing = await queued(store)
        await store.resume("b")
        return nothing, await queued(store)

    assert with_store(url, work) == ([], ["b-1", "b-2"])


def test_no_item_that_may_be_taken_up_is_left_without_a_job(url):
    async def work(store):
        await store.add(a_batch(), new_items(4))
        lost, kept = await store.claim("dead", 1.0, 10.0, 2)
        await accepted(store, lost, "task-1")
        await store.database.rows("DELETE FROM procrastinate_jobs")
        early = await store.jobs.sweep(5.0, 20.0), await queued(store)
        late = await store.jobs.sweep(11.0, 20.0), await queued(store)
        return kept.id, early, late, await store.jobs.sweep(12.0, 20.0)

    kept, early, late, again = with_store(url, work)
    assert early == (2, ["b-3", "b-4"])
    assert (late[0], late[1][0], again) == (2, "b-1", 0)
    assert set(late[1]) == {"b-1", kept, "b-3", "b-4"}


def test_the_job_of_a_worker_whose_heart_stopped_is_taken_from_it(url):
    async def work(store):
        engine = ProcrastinateEngine(store)

        async def nothing(item_id):
            raise AssertionError(item_id)

        await store.add(a_batch(), new_items(1))
        async with engine.app(nothing) as app:
            dead = await app.job_manager.register_worker()
            await app.job_manager.fetch_job(engine.queues, dead)
            alive = await store.jobs.bury(app, 60.0)
            await store.database.rows(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1h'"
            )
            buried = await store.jobs.bury(app, 60.0)
        return alive, buried, await store.jobs.sweep(1.0, 20.0), await queued(store)

    assert with_store(url, work) == (0, 1, 1, ["b-1"])


def test_a_job_of_a_worker_that_died_before_it_took_the_item_counts_for_nothing_once_the_lease_is_over(url):
    async def work(store):
        engine = ProcrastinateEngine(store, lease=20.0)

        async def nothing(item_id):
            raise AssertionError(item_id)

        await store.add(a_batch(), new_items(2))
        async with engine.app(nothing) as app:
            dead = await app.job_manager.register_worker()
            await app.job_manager.fetch_job(engine.queues, dead)
            while_it_may_live = await store.jobs.sweep(1.0, engine.lease), await queued(store)
            await store.database.rows(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '21s'"
            )
            late = await store.jobs.sweep(1.0, engine.lease), await queued(store)
        return while_it_may_live, late, await store.jobs.sweep(1.0, engine.lease)

    while_it_may_live, late, again = with_store(url, work)
    assert while_it_may_live == (0, ["b-2"])
    assert (late[0], sorted(late[1]), again) == (1, ["b-1", "b-2"], 0)


class StoppedAtATake(PostgresStore):
    """A store of a worker that is told to end so many turns of the loop before it has an item."""

    turns = 0

    def __init__(self, database):
        super().__init__(database, ProcrastinateJobs(database))
        self.stop = asyncio.Event()

    async def take(self, *given):
        item = await super().take(*given)
        self.stop.set()
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return item


@pytest.mark.parametrize("turns", range(6))
def test_a_worker_that_ends_keeps_no_item_that_it_had_only_just_taken(url, turns):
    async def work(stand_in):
        async with StoppedAtATake(Database(url, most=4)) as store, batches_at(stand_in.url, store) as batches:
            store.turns = turns
            added = await batches.submit(rows(1))
            await batches.run(stop=store.stop)
            return [each.batch_id for each in await store.claim("another", time.time(), 60.0, 5)], added

    with standing(play=60.0) as stand_in:
        free, added = asyncio.run(work(stand_in))
    assert free == [added.batch.id]


def test_a_queue_that_was_emptied_by_mistake_ends_well_all_the_same(url):
    async def work(stand_in):
        async with shared_store(Database(url, most=4)) as store, batches_at(stand_in.url, store) as batches:
            added = await batches.submit(rows(5))
            await store.database.rows("DELETE FROM procrastinate_jobs")
            await batches.run()
            return await collected(batches, added.batch.id)

    with standing() as stand_in:
        items = asyncio.run(work(stand_in))
    assert {each.state for each in items} == {ItemState.SUCCEEDED}
    assert len(stand_in.stand.book.tasks) == 5


def test_scheduled_work_is_done_by_one_worker_at_a_time(url):
    done, under_way = [], []

    async def work(stand_in):
        called = asyncio.Event()

        async def act():
            under_way.append(1)
            done.append(len(under_way))
            called.set()
            await asyncio.sleep(0.3)
            under_way.pop()

        async def worker(stop):
            async with shared_store(Database(url, most=4)) as store:
                engine = ProcrastinateEngine(store, interval=0.1, schedule=Schedule("* * * * *", act))
                async with batches_at(stand_in.url, store, engine=engine) as batches:
                    await batches.run(stop=stop, is_endless=True)

        stop = asyncio.Event()
        both = [asyncio.create_task(worker(stop)) for _ in range(2)]
        await asyncio.wait_for(called.wait(), 90)
        await asyncio.sleep(1.0)
        stop.set()
        await asyncio.gather(*both)

    with standing() as stand_in:
        asyncio.run(work(stand_in))
    assert set(done) == {1}


def test_what_a_schedule_is_made_of_is_checked():
    assert Schedule("0 */6 * * *", asyncio.sleep).cron == "0 */6 * * *"
    with pytest.raises(UsageError, match="names no times"):
        Schedule("sometimes", asyncio.sleep)


def test_an_engine_of_jobs_needs_a_store_that_hands_out_jobs():
    with pytest.raises(TypeError):
        ProcrastinateEngine(PostgresStore(Database("postgresql://127.0.0.1/x")))
