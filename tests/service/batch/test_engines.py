"""Every engine ends when it is told to, and leaves nothing in its hands."""

import asyncio
import time

import pytest

from tests.service.batch.making import a_batch, new_items

LEASE = 30.0


class BetweenTries:
    """A runner whose requests are refused as soon as a run is told to end, and that would try again later."""

    def __init__(self, store, count):
        self._store = store
        self._left = count
        self._sending = set()
        self.are_all_sending = asyncio.Event()

    def is_sending(self, item):
        return item.id in self._sending

    async def run(self, item, stop):
        self._sending.add(item.id)
        if len(self._sending) == self._left:
            self.are_all_sending.set()
        await stop.wait()
        await asyncio.sleep(0.05)
        self._sending.remove(item.id)
        try:
            await asyncio.sleep(LEASE)
        except asyncio.CancelledError:
            await self._store.release(item, 0.0, code=None, reason=None)
            raise


@pytest.mark.parametrize("batch_id", [None, "b"])
def test_nothing_is_sent_anew_for_a_run_that_ends(opener, batch_id):
    async def it():
        store = opener()
        try:
            await store.add(a_batch(), new_items(3))
            runner, stop = BetweenTries(store, 3), asyncio.Event()
            run = opener.engine(store, LEASE).run(runner, 3, batch_id=batch_id, stop=stop)
            running = asyncio.create_task(run)
            await runner.are_all_sending.wait()
            stop.set()
            async with asyncio.timeout(LEASE / 2):
                await running
            return await store.claim("another", time.time(), LEASE, 5)
        finally:
            await store.close()

    assert [each.row for each in asyncio.run(it())] == [1, 2, 3]
