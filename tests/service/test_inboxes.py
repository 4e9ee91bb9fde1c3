"""An inbox keeps each callback once and hands it out until it is dealt with, in a file or in a database."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from kie_catalog.client.callbacks import CallbackBody
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.inbox import Inbox
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.inbox import PostgresFeed, PostgresInbox
from kie_catalog.service.wakes import LocalWake

RAW = b"{}"


def body(task_id, stage="success", callback=None):
    return CallbackBody(task_id, stage, is_last=True, statuses=("/a", "/b"), callback_url=callback)


@pytest.fixture(name="place", params=["file", "database"])
def _place(request, tmp_path):
    return request.getfixturevalue("database") if request.param == "database" else str(tmp_path / "inbox")


@asynccontextmanager
async def inbox_at(place):
    if place.startswith("postgresql:"):
        async with Database(place).opened() as database:
            yield PostgresInbox(database)
    else:
        yield Inbox(place)


def test_a_callback_is_kept_once(place):
    async def it():
        async with inbox_at(place) as inbox:
            kept = [
                await inbox.put(body("a"), RAW, 1, 10.0),
                await inbox.put(body("a"), RAW, 1, 11.0),
                await inbox.put(body("a"), RAW, 2, 12.0),
                await inbox.put(body("a", "first"), RAW, 1, 13.0),
                await inbox.put(body("a"), RAW, None, 14.0),
                await inbox.put(body("a"), b"[]", None, 15.0),
                await inbox.put(body("a"), RAW, None, 16.0),
            ]
            return kept, await inbox.due(20.0)

    kept, due = asyncio.run(it())
    assert kept == [True, False, True, True, True, True, False]
    assert [each.number for each in due] == sorted(each.number for each in due)
    assert len(due) == sum(kept)
    assert due[0].statuses == ("/a", "/b")
    assert due[0].is_last


def test_what_is_put_off_comes_again_and_what_is_dealt_with_does_not(place):
    async def it():
        async with inbox_at(place) as inbox:
            for task in ("a", "b", "c"):
                await inbox.put(body(task), RAW, 1, 10.0)
            first, second, third = await inbox.due(10.0)
            await inbox.put_off(first, 30.0)
            await inbox.close(second, 11.0)
            await inbox.close_task(third.task_id, 12.0)
            assert await inbox.due(29.0) == []
            (again,) = await inbox.due(30.0)
            assert (again.task_id, again.tries) == ("a", 1)
            assert await inbox.due(30.0, 0) == []
            await inbox.forget(12.0)
            return await inbox.candidates()

    assert sorted(asyncio.run(it())) == ["a", "c"]


def test_the_newest_news_of_a_task_is_told_once(place):
    async def it():
        async with inbox_at(place) as inbox:
            assert await inbox.heard_of("a") == 0
            await inbox.put(body("a"), RAW, 1, 10.0)
            newest = await inbox.heard_of("a")
            assert newest > 0
            assert await inbox.heard_of("a", newest) == 0
            assert await inbox.heard_of("b") == 0

    asyncio.run(it())


def test_candidates_are_those_of_the_mark_and_those_without_one(place):
    async def it():
        async with inbox_at(place) as inbox:
            await inbox.put(body("old"), RAW, 1, 1.0)
            await inbox.put(body("plain"), RAW, 1, 10.0)
            await inbox.put(body("mine", callback="https://x/?kie_submission=n1"), RAW, 1, 10.0)
            await inbox.put(body("other", callback="https://x/?kie_submission=n2"), RAW, 1, 10.0)
            return sorted(await inbox.candidates(since=5.0, number="n1")), await inbox.candidates(since=5.0)

    named, all_of_them = asyncio.run(it())
    assert named == ["mine", "plain"]
    assert sorted(all_of_them) == ["mine", "other", "plain"]


@asynccontextmanager
async def hearing(database):
    """What wakes those who wait in this process, while it listens."""
    wake = LocalWake()
    feed = PostgresFeed(database, wake)
    listening = asyncio.create_task(feed.run())
    await feed.is_listening.wait()
    yield wake
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


def test_a_callback_on_one_host_wakes_who_waits_on_another(database):
    async def it():
        async with (
            Database(database).opened() as here,
            Database(database).opened() as there,
            hearing(there) as wake,
        ):
            waiting = asyncio.create_task(wake.pause("a", 60))
            await asyncio.sleep(0)
            await PostgresInbox(here).put(body("a"), RAW, 1, 1.0)
            await asyncio.wait_for(waiting, 10)
            await PostgresInbox(here).put(body("early"), RAW, 1, 1.0)
            await PostgresInbox(here).put(body("later"), RAW, 1, 1.0)
            await asyncio.wait_for(wake.pause("later", 60), 10)
            await asyncio.wait_for(wake.pause("early", 60), 10)
            return await PostgresInbox(there).candidates()

    assert sorted(asyncio.run(it())) == ["a", "early", "later"]


LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


def test_who_listens_does_so_again_after_the_connection_broke(database):
    async def it():
        async with Database(database).opened() as here, hearing(here) as wake:
            assert await here.rows(f"SELECT pg_terminate_backend(pid) {LISTENERS}") == [(True,)]
            while await here.rows(f"SELECT count(*) {LISTENERS}") != [(1,)]:  # noqa: ASYNC110 -- the server's
                await asyncio.sleep(0.05)
            waiting = asyncio.create_task(wake.pause("a", 60))
            await PostgresInbox(here).put(body("a"), RAW, 1, 1.0)
            await asyncio.wait_for(waiting, 10)

    asyncio.run(it())


def test_an_inbox_that_cannot_be_asked_says_so(database):
    async def it():
        async with Database(database).opened() as here:
            inbox = PostgresInbox(here)
            await here.rows("ALTER TABLE callbacks RENAME TO away")
            with pytest.raises(StoreUnavailable, match="callbacks"):
                await inbox.due(1.0)

    asyncio.run(it())
