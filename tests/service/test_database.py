"""The connections of a database outlive whatever becomes of those who use them."""

import asyncio
import random
from contextlib import suppress

import psycopg
import pytest

from kie_catalog.service.postgres.database import Database, fetch

MOST = 3


async def all_at_once(database):
    """Use every connection at the same time; ends only where none is lost."""
    together = asyncio.Barrier(MOST)
    async with asyncio.timeout(20):
        await asyncio.gather(*(database.do(lambda _: together.wait()) for _ in range(MOST)))


@pytest.mark.parametrize("seed", range(5))
def test_whoever_is_called_off_hears_of_it_and_takes_no_connection_with_him(database, seed):
    chance = random.Random(seed)

    async def act(connection):
        return await fetch(connection, "SELECT pg_sleep(0.002)")

    async def call_off(task):
        await asyncio.sleep(chance.uniform(0.0, 0.05))
        return task.cancel()

    async def it():
        async with Database(database, most=MOST).opened() as opened:
            tasks = [asyncio.create_task(opened.do(act)) for _ in range(40)]
            called_off = await asyncio.gather(*(call_off(each) for each in tasks))
            await asyncio.wait(tasks)
            await all_at_once(opened)
            return called_off, [each.cancelled() for each in tasks]

    called_off, heard = asyncio.run(it())
    assert heard == called_off
    assert any(heard)


def test_whoever_is_called_off_hears_of_it_though_the_server_fails_him_then(database):
    """Else who goes on after a failure, as whoever says that a worker lives, would go on for ever."""

    async def act(_):
        asyncio.current_task().cancel()
        with suppress(asyncio.CancelledError):  # as waiting for a connection may do
            await asyncio.sleep(0)
        raise psycopg.OperationalError("the server is gone")

    async def it():
        async with Database(database).opened() as opened:
            await opened.do(act)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(it())
