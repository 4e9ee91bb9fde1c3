"""Workers on PostgreSQL: what 1, 2 and 4 processes take off one queue, beside the embedded store's one.

The server is that of the tests: one that is there, else one started for it. No network and no waiting: an
item is taken, its submission written down, its task noted, and its end. What bounds it is the processors that
server and workers share, so that more processes than processors gain nothing; KIE's own limit is 2 a second.
Then the same with a generation to wait for, as in earnest: there processes add up.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.rows import Limit, Row
from kie_catalog.client.submission import Submission
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call
from kie_catalog.service.batch.engine import EmbeddedEngine
from kie_catalog.service.batch.items import Batch, Ended, Item, ItemState, NewItem
from kie_catalog.service.batch.procrastinate_engine import ProcrastinateEngine
from kie_catalog.service.batch.procrastinate_jobs import shared_store
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.postgres.database import Database

ITEMS = 400
CONCURRENCY = 20
PAUSED, PAUSE, FEW = 200, 0.25, 4
"""Items of the second measurement, the seconds that each is waited for, and how many wait in one process."""
CALL = Call(CREATE_TASK, RECORD_INFO)
DOCUMENTED = 2.0
"""Creations a second that KIE takes of an account."""

ADDS_UP = Limit(
    1.2, "who waits needs no processor, so that as many processes wait for as many times the items"
)
NEVER_THE_BOUND = Limit(0.1, "ten times what KIE takes of an account, so that the queue is never waited for")


class Runner:
    """Does to the store what a generation does, and nothing else but to wait."""

    def __init__(self, store: BatchStore, pause: float = 0.0) -> None:
        self._store = store
        self._pause = pause

    def is_sending(self, item: Item) -> bool:  # noqa: ARG002 -- nothing is
        return False

    async def run(self, item: Item, stop: asyncio.Event | None = None) -> Ended:  # noqa: ARG002 -- at once
        sent = Submission(item.model_id, CALL, dict(item.payload), time.time(), item.number, "x")
        await self._store.sent(sent)
        await self._store.closed(item.number, f"task-{item.id}")
        await asyncio.sleep(self._pause)
        return Ended(replace(item, task_id=f"task-{item.id}"), ItemState.SUCCEEDED, time.time())


async def hand_in(store: BatchStore, count: int) -> None:
    payload = {"prompt": "a lighthouse", "resolution": "1K"}
    await store.add(
        Batch("bench", 0.0), [NewItem(row, "nano-banana-2", payload) for row in range(1, count + 1)]
    )


async def embedded(file: Path) -> float:
    async with SqliteStore(file) as store:
        await hand_in(store, ITEMS)
        begun = time.perf_counter()
        await EmbeddedEngine(store).run(Runner(store), CONCURRENCY)
        return time.perf_counter() - begun


async def work(url: str, concurrency: int, pause: float) -> None:
    """What a worker process does: it is ready, waits for the word, and says from when to when it worked."""
    async with shared_store(Database(url)) as store:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        ends: list[float] = []
        begun = time.time()
        engine = ProcrastinateEngine(store, interval=0.2)
        await engine.run(Runner(store, pause), concurrency, on_rest=lambda: ends.append(time.time()))
        print(json.dumps([begun, max(ends, default=begun), len(ends)]), flush=True)


@dataclass(frozen=True)
class Load:
    """What processes are to do."""

    name: str
    items: int
    concurrency: int
    pause: float = 0.0

    def seconds(self, url: str, count: int) -> tuple[float, list[int]]:
        """Seconds from the word to the last end, and how many items each of so many processes had."""

        async def prepare() -> None:
            async with shared_store(Database(url)) as store:
                await hand_in(store, self.items)

        asyncio.run(prepare())
        command = [sys.executable, "-m", "benchmarks.workers", url, str(self.concurrency), str(self.pause)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [subprocess.Popen(command, **pipes) for _ in range(count)]
        for each in processes:
            each.stdout.readline()
        for each in processes:
            each.stdin.write("go\n")
            each.stdin.flush()
        told = [json.loads(each.communicate()[0]) for each in processes]
        if sum(number for _, _, number in told) < self.items:
            raise AssertionError(f"not all of {self.items} items came to their end")
        return max(end for _, end, _ in told) - min(begin for begin, _, _ in told), [each[2] for each in told]


def rows(place: Path) -> Iterator[Row]:
    """Measure the embedded store, and 1, 2 and 4 worker processes on a server, busy and waiting."""
    from tests.postgres import session_server  # noqa: PLC0415 -- the tests know how to find a server

    alone = asyncio.run(embedded(place / "bench.sqlite"))
    yield Row("embedded, one process", alone, size=f"{ITEMS} items", note=f"{ITEMS / alone:,.0f} a second")
    server = session_server()
    if isinstance(server, Exception):
        raise SystemExit(f"no PostgreSQL: {server}")
    busy = Load("busy", ITEMS, CONCURRENCY)
    waiting = Load(f"waiting {PAUSE:g} s for each, {FEW} at once", PAUSED, FEW, PAUSE)
    for load in (busy, waiting):
        first = None
        for count in (1, 2, 4):
            with server.fresh() as url:
                seconds, shares = load.seconds(url, count)
            first = first or seconds
            due = load.items * load.pause / load.concurrency / count
            yield Row(
                f"PostgreSQL, {count} processes, {load.name}",
                seconds,
                size=f"{load.items} items",
                beside="what is waited" if due else "KIE's 20 in 10 s",
                other=due or load.items / DOCUMENTED,
                limit=ADDS_UP if due else NEVER_THE_BOUND,
                note=f"{load.items / seconds:,.0f} a second, {first / seconds:.2f} of one process;"
                f" shares {shares}",
            )


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
