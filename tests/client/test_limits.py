"""The limits hold as the server measures them, however many clients and processes share an account."""

import asyncio
import inspect
import sqlite3
import subprocess
import sys
import threading
from contextlib import asynccontextmanager, closing
from dataclasses import replace

import pytest

from kie_catalog.client.blocking import BlockingKie
from kie_catalog.client.bucket import SharedLimiter
from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import CallerError
from kie_catalog.client.ledger import SubmissionLedger
from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.settings import Clock, Hosts, Quotas
from kie_catalog.client.states import Succeeded
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.limiter import PostgresLimiter
from tests.client.answering import FAST, KEY
from tests.client.standing import INPUT, MODEL, standing

PERIOD = 0.3
QUOTAS = Quotas(creations=5, period=PERIOD, running=8, metadata_interval=0.02)


def settings_at(url, quotas=QUOTAS):
    return replace(FAST, hosts=Hosts.at(url), quotas=quotas)


async def generate_all(url, limiter, count, clients=2):
    async def one(client):
        return await client.wait(await client.create(MODEL, INPUT), 30)

    many = [KieClient(KEY, settings=settings_at(url), limiter=limiter) for _ in range(clients)]
    try:
        return await asyncio.gather(*(one(many[number % clients]) for number in range(count)))
    finally:
        for each in many:
            await each.close()


@asynccontextmanager
async def limiter_at(place, quotas=QUOTAS, **more):
    """A limiter of this process, of a file, or of a database."""
    if place is None:
        yield LocalLimiter(quotas)
    elif place.startswith("postgresql:"):
        async with Database(place).opened() as database:
            yield PostgresLimiter(database, quotas, **more)
    else:
        yield SharedLimiter(place, quotas)


@pytest.fixture(name="shared_place", params=["file", "database"])
def _shared_place(request, tmp_path):
    """What processes can share a limiter by."""
    if request.param == "file":
        return str(tmp_path / "limits.sqlite")
    return request.getfixturevalue("database")


@pytest.fixture(name="place", params=["process", "file", "database"])
def _place(request, tmp_path):
    if request.param == "process":
        return None
    return str(tmp_path / "l") if request.param == "file" else request.getfixturevalue("database")


async def generate_within(url, place, count, clients=2):
    async with limiter_at(place) as limiter:
        return await generate_all(url, limiter, count, clients)


def test_the_server_never_sees_more_than_the_limits(place):
    with standing(play=0.2, creations=5, period=PERIOD) as stand_in:
        ended = asyncio.run(generate_within(stand_in.url, place, 30))
        book = stand_in.stand.book
    assert all(isinstance(each.state, Succeeded) for each in ended)
    assert len(book.tasks) == len(book.arrivals) == 30
    assert book.most_in_a_period() <= 5
    assert book.most_running() <= 8


SCRIPT = """
import asyncio, sys
sys.path[:0] = {path!r}
from tests.client.test_limits import *
asyncio.run(generate_within({url!r}, {place!r}, 10, clients=1))
"""


def test_processes_that_name_the_same_place_share_the_limits(shared_place):
    with standing(play=0.1, creations=5, period=PERIOD) as stand_in:
        script = SCRIPT.format(path=sys.path, url=stand_in.url, place=shared_place)
        many = [subprocess.Popen([sys.executable, "-c", script], cwd=sys.path[0] or ".") for _ in range(3)]
        assert [each.wait(60) for each in many] == [0, 0, 0]
        book = stand_in.stand.book
    assert len(book.tasks) == len(book.arrivals) == 30
    assert book.most_in_a_period() <= 5
    assert book.most_running() <= 8


def test_a_place_is_given_back_by_whoever_sees_the_task_end_or_by_the_lease(place):
    async def it():
        async with limiter_at(place, Quotas(running=2, lease=1.0)) as limiter:
            for name in ("a", "b"):
                await limiter.enter(name)
            third = asyncio.create_task(limiter.enter("c"))
            await asyncio.sleep(0.05)
            assert not third.done()
            await limiter.leave("a")
            await asyncio.wait_for(third, 3)
            await asyncio.wait_for(limiter.enter("d"), 3)
            await limiter.leave("nobody")

    asyncio.run(it())


def test_a_task_keeps_the_place_of_its_submission(place):
    async def it():
        async with limiter_at(place, Quotas(running=1)) as limiter:
            await limiter.enter("submission")
            await limiter.rename("submission", "task")
            await limiter.rename("nobody", "task")
            waiting = asyncio.create_task(limiter.enter("next"))
            await limiter.leave("submission")
            await asyncio.sleep(0.05)
            assert not waiting.done()
            await limiter.leave("task")
            await asyncio.wait_for(waiting, 3)

    asyncio.run(it())


def test_accounts_of_one_database_have_limits_of_their_own(database):
    async def it():
        once = Quotas(running=1)
        async with limiter_at(database, once) as one, limiter_at(database, once, account="other") as other:
            await one.enter("a")
            await asyncio.wait_for(other.enter("a"), 3)
            await one.leave("a")
            waiting = asyncio.create_task(other.enter("b"))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            waiting.cancel()

    asyncio.run(it())


def test_turns_at_the_models_api_are_taken_one_after_another(place):
    async def it():
        slept = []

        async def sleep(seconds):
            slept.append(seconds)

        async with limiter_at(place, Quotas(metadata_interval=100.0)) as limiter:
            limiter._clock = Clock(sleep=sleep)
            for _ in range(3):
                await limiter.metadata()
        assert [round(each, -1) for each in slept] == [100.0, 200.0]

    asyncio.run(it())


def test_a_cancelled_creation_gives_its_turn_to_the_next():
    async def it():
        limiter = LocalLimiter(Quotas(creations=1, period=0.05))

        async def create(seconds):
            async with limiter.creation():
                await asyncio.sleep(seconds)

        first = asyncio.create_task(create(10))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(create(0))
        third = asyncio.create_task(create(0))
        await asyncio.sleep(0.01)
        second.cancel()
        first.cancel()
        await asyncio.wait_for(third, 3)
        return second.cancelled(), third.done()

    assert asyncio.run(it()) == (True, True)


class LateWord(Database):
    """A database whose caller is called off once, just as the server has done what it was asked."""

    is_late = False

    async def do(self, act, *, is_lazy=False):
        result = await super().do(act, is_lazy=is_lazy)
        if self.is_late:
            self.is_late = False
            asyncio.current_task().cancel()
            await asyncio.sleep(0)
        return result


@asynccontextmanager
async def called_off_too_late(place, quotas):
    """A limiter, and a function that does work with it, called off while the limits are being written."""
    async with limiter_at(place, quotas) as limiter:
        if place.startswith("postgresql:"):
            database = limiter._database = LateWord(place)

            async def call_off(work):
                await database.pool()
                database.is_late = True
                await work

            async with database.opened():
                yield limiter, call_off
            return
        with closing(sqlite3.connect(place, isolation_level=None)) as other:

            async def call_off(work):
                other.execute("BEGIN IMMEDIATE")
                task = asyncio.create_task(work)
                await asyncio.sleep(0.1)
                task.cancel()
                await asyncio.sleep(0.1)
                other.execute("COMMIT")
                await asyncio.sleep(0.3)  # for the thread to see it
                await task

            yield limiter, call_off


def test_who_is_called_off_while_he_takes_a_place_holds_none(shared_place):
    """Else a place of a hundred would be gone for an hour, and a creation of twenty for two minutes."""
    quotas = Quotas(running=1, creations=1, period=0.05)

    async def create(limiter):
        async with limiter.creation():
            raise AssertionError("it was called off before")

    async def it():
        async with called_off_too_late(shared_place, quotas) as (limiter, call_off):
            for work in (limiter.enter("one"), create(limiter)):
                with pytest.raises(asyncio.CancelledError):
                    await call_off(work)
            await asyncio.wait_for(limiter.enter("two"), 5)
            async with asyncio.timeout(5), limiter.creation():
                return True

    assert asyncio.run(it())


def test_the_blocking_face_has_every_method_and_does_what_the_client_does(tmp_path):
    methods = {
        name
        for name, each in inspect.getmembers(KieClient, inspect.iscoroutinefunction)
        if not name.startswith("_") and name != "close"
    }
    assert methods <= set(dir(BlockingKie))
    with standing() as stand_in:
        stand_in.stand.book.files = stand_in.url
        with BlockingKie(KEY, settings=settings_at(stand_in.url)) as kie:
            ended = []

            def generate():
                ended.append(kie.wait(kie.create(MODEL, INPUT), 10))

            threads = [threading.Thread(target=generate) for _ in range(4)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert len(ended) == len(stand_in.stand.book.tasks) == 4
            assert kie.download(ended[0].state.urls[0], tmp_path).exists()
            with pytest.raises(CallerError):
                kie.create("no/such", INPUT)
    assert not any(each.name == "kie-client" for each in threading.enumerate())


def test_a_blocking_client_that_cannot_be_made_leaves_no_thread():
    with pytest.raises(UsageError):
        BlockingKie("sk-\n1")
    assert not any(each.name == "kie-client" for each in threading.enumerate())


def test_a_file_that_cannot_be_written_costs_no_ticket(tmp_path, caplog):
    """What is kept after the fact may fail; what must be kept before sending may not."""

    async def it(url):
        limiter = SharedLimiter(tmp_path / "limits", QUOTAS)
        ledger = SubmissionLedger(tmp_path / "ledger")
        settings = settings_at(url)
        async with KieClient(KEY, settings=settings, limiter=limiter, ledger=ledger) as client:
            await limiter.enter("before")
            for each in (limiter, ledger):
                each._store.file = tmp_path
            with pytest.raises(sqlite3.Error):
                await client.create(MODEL, INPUT)
            assert client.open_submissions == ()
            limiter._store.file, ledger._store.file = tmp_path / "limits", tmp_path
            with pytest.raises(sqlite3.Error):
                await client.create(MODEL, INPUT)
            await ledger.closed("nobody", None)
            await limiter.leave("nobody")

    with standing() as stand_in:
        asyncio.run(it(stand_in.url))
        assert stand_in.stand.book.tasks == {}
    assert "could not be written" in caplog.text
