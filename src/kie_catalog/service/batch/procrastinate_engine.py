"""An engine for many hosts: Procrastinate's workers get the jobs, the store says whose an item is.

A job that comes twice, late or for nothing does no harm: its item is taken under a lease and a new epoch, or
not at all. What a killed worker held is taken up by others when its lease ends, by the sweep that each worker
does every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kie_catalog.client.settings import Clock
from kie_catalog.domain.errors import CatalogError, UsageError
from kie_catalog.service.batch.engine import LEASE, EmbeddedEngine, call_off
from kie_catalog.service.batch.items import Added, Batch, Ended, Item, NewItem
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.procrastinate_jobs import ITEM_QUEUE, ITEM_TASK, ProcrastinateJobs, new_app
from kie_catalog.service.batch.runner import ItemRunner
from kie_catalog.service.batch.store import StoreUnavailable

if TYPE_CHECKING:
    import procrastinate

_LOG: Final = logging.getLogger("kie_catalog.batch")
_SYNC: Final = "kie-sync"
_BEATS: Final = 4
"""How often in a lease a process says that it lives, and sweeps."""
_LONGEST_PAUSE: Final = 30.0
_SILENCE: Final = 60.0
_SWALLOWED: Final = 2.0
"""Seconds after which a task that was told to end and did not is told once more."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that one of the workers does at set times, and only one."""

    cron: str
    """Minute, hour, day, month, weekday, in UTC."""
    act: Callable[[], Awaitable[object]]
    """What it raises is logged; the next time may do better."""

    def __post_init__(self) -> None:
        """Check the times.

        Raises:
            UsageError: they are none.
        """
        from croniter import croniter  # type: ignore[import-untyped]  # noqa: PLC0415 -- an extra, has no types

        if not croniter.is_valid(self.cron):
            cure = "write minute, hour, day, month, weekday, as 0 */6 * * *"
            raise UsageError(f"the schedule {self.cron!r}", "names no times", cure)


class ProcrastinateEngine:
    """An engine on a store whose items are jobs; any number of processes on any number of hosts run it."""

    def __init__(
        self,
        store: PostgresStore,
        clock: Clock | None = None,
        *,
        lease: float = LEASE,
        interval: float = 0.5,
        schedule: Schedule | None = None,
    ) -> None:
        """Make an engine.

        Args:
            store: with `ProcrastinateJobs`.
            clock: tells the time; hosts whose clocks are apart need a lease that is much longer than that.
            lease: seconds for which an item is this process's, unless it says that it lives.
            interval: most seconds before what is due is looked for, and whether anything is left.
            schedule: what `run` does beside the items.

        Raises:
            TypeError: the store hands out no jobs.
        """
        if not isinstance(store.jobs, ProcrastinateJobs):
            raise TypeError("the store hands out no jobs")
        self.store = store
        self.jobs = store.jobs
        self.lease = lease
        self.interval = interval
        self.clock = clock or Clock()
        self._schedule = schedule

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
        """See `Engine.run`. One batch alone is claimed from the table, past the queue of jobs."""
        if batch_id is not None:
            own = EmbeddedEngine(self.store, self.clock, lease=self.lease, interval=self.interval)
            await own.run(
                runner, concurrency, batch_id=batch_id, stop=stop, is_endless=is_endless, on_rest=on_rest
            )
            return
        stopping = stop or asyncio.Event()
        pause = 1.0
        while not stopping.is_set():
            begun = self.clock.monotonic()
            try:
                await _Shift(self, runner, stopping, on_rest).work(concurrency, is_endless=is_endless)
            except StoreUnavailable as error:
                if not is_endless:
                    raise
                pause = 1.0 if self.clock.monotonic() - begun > _LONGEST_PAUSE else pause
                _LOG.warning("%s; trying again in %.0f s", error, pause)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    @asynccontextmanager
    async def app(self, work: Callable[[str], Awaitable[None]]) -> AsyncIterator[procrastinate.App]:
        """An app of Procrastinate that does this work for each item's id."""
        app = new_app()
        app.task(name=ITEM_TASK, queue=ITEM_QUEUE)(work)
        if self._schedule is not None:
            self._schedule_on(app, self._schedule)
        await app.open_async(await self.store.database.pool())
        yield app

    def _schedule_on(self, app: procrastinate.App, schedule: Schedule) -> None:
        async def act(timestamp: int) -> None:  # noqa: ARG001 -- Procrastinate's
            try:
                await schedule.act()
            except CatalogError as error:
                _LOG.warning("the scheduled work: %s", error)
            except Exception as error:  # noqa: BLE001 -- a fault of ours must not end the worker's other work
                _LOG.warning("the scheduled work failed (%s)", type(error).__name__)

        task = app.task(name="kie.scheduled", queue=_SYNC, lock=_SYNC, queueing_lock=_SYNC)(act)
        app.periodic(cron=schedule.cron, periodic_id=_SYNC)(task)

    @property
    def silence(self) -> float:
        """Seconds without a heartbeat after which a worker's jobs are cleared away; its items go sooner."""
        return max(_SILENCE, 3 * self.lease)

    @property
    def queues(self) -> list[str]:
        """The queues that a worker of this engine serves."""
        return [ITEM_QUEUE] if self._schedule is None else [ITEM_QUEUE, _SYNC]


class _Shift:
    """What one run has under way."""

    def __init__(
        self,
        engine: ProcrastinateEngine,
        runner: ItemRunner,
        stop: asyncio.Event,
        on_rest: Callable[[], None] | None,
    ) -> None:
        self._engine = engine
        self._runner = runner
        self._stop = stop
        self._on_rest = on_rest
        self._worker = uuid.uuid4().hex
        self._under_way: dict[asyncio.Task[Ended | None], Item] = {}
        self._trouble: StoreUnavailable | None = None
        self._ending = asyncio.Event()

    async def work(self, concurrency: int, *, is_endless: bool) -> None:
        """Serve jobs until it is time to stop, or nothing is left.

        Raises:
            StoreUnavailable: the store can't be asked any more.
        """
        with self._engine.store.database.told():
            async with self._engine.app(self._do) as app:
                serving = asyncio.create_task(self._serve(app, concurrency))
                keeping = asyncio.create_task(self._keep())
                beside = [
                    asyncio.create_task(each)
                    for each in (
                        self._look_after(app),
                        _until(self._stop),
                        _until(self._ending),
                        *(() if is_endless else (self._watch(),)),
                    )
                ]
                try:
                    tasks = [serving, keeping, *beside]
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    is_lost = serving.done()
                    results = await self._end([serving, *beside], keeping)
        for each in results:
            if isinstance(each, Exception):
                self._trouble = self._trouble or _told(each)
        if self._trouble:
            raise self._trouble
        if is_lost:
            raise StoreUnavailable(
                f"{self._engine.store.database.place}: the queue was lost; start the worker again"
            )

    async def _serve(self, app: procrastinate.App, concurrency: int) -> None:
        await app.run_worker_async(
            queues=self._engine.queues,
            name="kie",
            concurrency=concurrency,
            fetch_job_polling_interval=self._engine.interval,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=self._engine.lease / _BEATS,
            stalled_worker_timeout=self._engine.silence,
        )

    async def _do(self, item_id: str) -> None:
        """Take an item and bring it to its next rest; what goes wrong is for the run to tell."""
        engine = self._engine
        try:
            item = await engine.store.take(item_id, self._worker, engine.clock.now(), engine.lease)
            if item is None:
                return
            if self._ending.is_set():
                await engine.store.release(item, engine.clock.now(), code=item.code, reason=item.reason)
                return
            if (ended := await self._rested(item)) is not None:
                await engine.store.finish([ended])
        except StoreUnavailable as error:
            self._trouble = error
            self._ending.set()
        if self._on_rest:
            self._on_rest()

    async def _rested(self, item: Item) -> Ended | None:
        task = asyncio.create_task(self._runner.run(item, self._ending))
        self._under_way[task] = item
        try:
            await asyncio.wait([task])
            return None if task.cancelled() else task.result()
        finally:
            del self._under_way[task]

    async def _keep(self) -> None:
        """Say that this process lives."""
        engine = self._engine
        while True:
            try:
                await engine.store.keep(self._worker, engine.clock.now(), engine.lease)
            except StoreUnavailable as error:  # the next job or end will tell, if it stays so
                _LOG.warning("%s", error)
            await engine.clock.sleep(engine.lease / _BEATS)

    async def _look_after(self, app: procrastinate.App) -> None:
        """Look after what others left behind."""
        engine = self._engine
        while not self._ending.is_set():
            try:
                with engine.store.database.told():
                    await engine.jobs.bury(app, engine.silence)
                await engine.jobs.sweep(engine.clock.now(), engine.lease)
            except StoreUnavailable as error:  # as above
                _LOG.warning("%s", error)
            await engine.clock.sleep(engine.lease / _BEATS)

    async def _watch(self) -> None:
        """Return when nothing is left that time alone would bring."""
        engine = self._engine
        while not self._ending.is_set():
            if not self._under_way and await engine.store.next_due(engine.clock.now()) is None:
                return
            await engine.clock.sleep(engine.interval)

    async def _end(
        self, tasks: list[asyncio.Task[None]], keeping: asyncio.Task[None]
    ) -> list[BaseException | None]:
        """Let go of everything but what is being sent; that is heard to its end, and kept until then."""
        self._ending.set()
        await asyncio.sleep(0)  # each has begun by then: what is called off before that lets go of nothing
        left = set(tasks)
        for each in left:
            each.cancel()
        try:
            while left:
                call_off(self._under_way, self._runner)
                _, left = await asyncio.wait(left, timeout=_SWALLOWED)
                # One that waits for a connection may swallow the word. While items are under way it is not
                # repeated, since that would break off what is being heard to its end.
                for each in left if not self._under_way else ():
                    each.cancel()
        finally:
            keeping.cancel()
        return await asyncio.gather(*tasks, keeping, return_exceptions=True)


async def _until(event: asyncio.Event) -> None:
    await event.wait()


def _told(error: Exception) -> StoreUnavailable:
    return error if isinstance(error, StoreUnavailable) else StoreUnavailable(type(error).__name__)
