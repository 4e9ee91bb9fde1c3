"""Who hands the items of a store to a runner: here in one process, elsewhere through a queue on a server."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from kie_catalog.client.settings import Clock
from kie_catalog.service.batch.items import Added, Batch, Ended, Item, NewItem
from kie_catalog.service.batch.runner import ItemRunner
from kie_catalog.service.batch.store import BatchStore, StoreUnavailable

_LOG: Final = logging.getLogger("kie_catalog.batch")
LEASE: Final = 20.0
"""Seconds after which the items of a process that said nothing more are given to others."""
_BEATS: Final = 4
"""How often in that time a process says that it lives."""
_REFUSED: Final = 0.5
"""Most seconds after which a run that ends sees that what it sent was refused, and would be sent anew."""


class Engine(Protocol):
    """Takes batches in, and brings their items to their ends."""

    @property
    def store(self) -> BatchStore:
        """The store."""

    async def submit(self, batch: Batch, items: Sequence[NewItem]) -> Added:
        """Keep a batch, and have its items worked off by whoever runs."""

    async def run(
        self,
        runner: ItemRunner,
        concurrency: int,
        *,
        batch_id: str | None = None,
        stop: asyncio.Event | None = None,
        is_endless: bool = False,
        on_rest: Callable[[], None] | None = None,
    ) -> None:
        """Work items off, until there is nothing left that time alone would bring.

        Args:
            runner: brings one item to its next rest.
            concurrency: most items at once.
            batch_id: of this batch only.
            stop: once it is set, nothing more is claimed; what is being sent is heard to its end, all else is
                let go of.
            is_endless: whether to go on and wait for what others hand in, until `stop`.
            on_rest: is called each time that items came to a rest.

        Raises:
            StoreUnavailable: the store can't be asked any more; what was claimed is given to others in time.
        """


class EmbeddedEngine:
    """An engine in this process, on a store that others on this machine may work on too."""

    def __init__(
        self, store: BatchStore, clock: Clock | None = None, *, lease: float = LEASE, interval: float = 0.5
    ) -> None:
        """Make an engine.

        Args:
            store: holds the items.
            clock: tells the time.
            lease: seconds for which an item is this process's, unless it says that it lives.
            interval: most seconds between two looks for what others handed in or let go of.
        """
        self.store = store
        self._clock = clock or Clock()
        self._lease = lease
        self._interval = interval

    async def submit(self, batch: Batch, items: Sequence[NewItem]) -> Added:
        """See `Engine.submit`."""
        return await self.store.add(batch, items)

    async def run(
        self,
        runner: ItemRunner,
        concurrency: int,
        *,
        batch_id: str | None = None,
        stop: asyncio.Event | None = None,
        is_endless: bool = False,
        on_rest: Callable[[], None] | None = None,
    ) -> None:
        """See `Engine.run`."""
        shift = _Shift(self, runner, stop or asyncio.Event(), on_rest)
        beating = asyncio.create_task(self._keep(shift.worker))
        try:
            try:
                await self._work(shift, concurrency, batch_id, is_endless=is_endless)
            finally:
                await shift.end()
        finally:  # not before: what is heard to its end is nobody else's meanwhile
            beating.cancel()
            await asyncio.wait([beating])

    async def _work(self, shift: _Shift, concurrency: int, batch_id: str | None, *, is_endless: bool) -> None:
        store, clock = self.store, self._clock
        while not shift.stop.is_set():
            free = concurrency - len(shift.under_way)
            if free > 0:
                items = await store.claim(shift.worker, clock.now(), self._lease, free, batch_id=batch_id)
                shift.begin(items)
            is_idle = not shift.under_way and not is_endless
            if is_idle and await store.next_due(clock.now(), batch_id=batch_id) is None:
                return
            await shift.pause(self._interval)

    async def _keep(self, worker: str) -> None:
        while True:
            await self._clock.sleep(self._lease / _BEATS)
            try:
                await self.store.keep(worker, self._clock.now(), self._lease)
            except StoreUnavailable as error:  # the next claim or end will tell, if it stays so
                _LOG.warning("%s", error)


class _Shift:
    """What one run has under way."""

    def __init__(
        self,
        engine: EmbeddedEngine,
        runner: ItemRunner,
        stop: asyncio.Event,
        on_rest: Callable[[], None] | None,
    ) -> None:
        self.worker = uuid.uuid4().hex
        self.stop = stop
        self.under_way: dict[asyncio.Task[Ended | None], Item] = {}
        self._store = engine.store
        self._runner = runner
        self._on_rest = on_rest
        self._stopping = asyncio.create_task(stop.wait())

    def begin(self, items: Sequence[Item]) -> None:
        """Put claimed items under way."""
        for item in items:
            self.under_way[asyncio.create_task(self._runner.run(item, self.stop))] = item

    async def pause(self, seconds: float) -> None:
        """Return when an item has come to a rest, when it is time to stop, or after this many seconds.

        Raises:
            StoreUnavailable: an item could not be brought to a rest.
        """
        waited = {self._stopping, *self.under_way}
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        await self._gather()

    async def _gather(self) -> None:
        """Write down together what came to its end meanwhile."""
        rested = [task for task in self.under_way if task.done()]
        ended: list[Ended] = []
        trouble: BaseException | None = None
        for task in rested:
            del self.under_way[task]
            if task.cancelled():
                continue
            if error := task.exception():
                trouble = error
            elif result := task.result():
                ended.append(result)
        if ended:
            await self._store.finish(ended)
        if rested and self._on_rest:
            self._on_rest()
        if trouble:
            raise trouble

    async def end(self) -> None:
        """Let go of everything but what is being sent; that is heard to its end."""
        self.stop.set()
        await self._stopping
        while self.under_way:
            call_off(self.under_way, self._runner)
            await asyncio.wait(self.under_way, timeout=_REFUSED, return_when=asyncio.FIRST_COMPLETED)
            try:
                await self._gather()
            except StoreUnavailable as error:
                _LOG.warning("%s", error)


def call_off(under_way: Mapping[asyncio.Task[Ended | None], Item], runner: ItemRunner) -> None:
    """Call off the work on all items but those that are being sent; each once, however often it is asked."""
    for task, item in under_way.items():
        if not task.cancelling() and not runner.is_sending(item):
            task.cancel()
