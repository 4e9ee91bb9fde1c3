"""Workers on PostgreSQL: what 1, 2 and 4 processes take off one queue, beside the embedded store's one.

The server is that of the tests: one that is there, else one started for it. No network and no waiting: an
item is taken, its submission written down, its task noted, and its end. What bounds it is the processors that
server and workers share, so that more processes than processors gain nothing; KIE's own limit is 2 a second.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
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
CALL = Call(CREATE_TASK, RECORD_INFO)
DOCUMENTED = 2.0
"""Creations a second that KIE takes of an account."""

NEVER_THE_BOUND = Limit(0.1, "ten times what KIE takes of an account, so that the queue is never waited for")


class Runner:
    """Does to the store what a generation does, and nothing else."""

    def __init__(self, store: BatchStore) -> None:
        self._store = store

    def is_sending(self, item: Item) -> bool:  # noqa: ARG002 -- nothing is
        return False

    async def run(self, item: Item, stop: asyncio.Event | None = None) -> Ended:  # noqa: ARG002 -- at once
        sent = Submission(item.model_id, CALL, dict(item.payload), time.time(), item.number, "x")
        await self._store.sent(sent)
        await self._store.closed(item.number, f"task-{item.id}")
        return Ended(replace(item, task_id=f"task-{item.id}"), ItemState.SUCCEEDED, time.time())


async def hand_in(store: BatchStore) -> None:
    payload = {"prompt": "a lighthouse", "resolution": "1K"}
    await store.add(
        Batch("bench", 0.0), [NewItem(row, "nano-banana-2", payload) for row in range(1, ITEMS + 1)]
    )


async def embedded(file: Path) -> float:
    async with SqliteStore(file) as store:
        await hand_in(store)
        begun = time.perf_counter()
        await EmbeddedEngine(store).run(Runner(store), CONCURRENCY)
        return time.perf_counter() - begun


async def work(url: str) -> None:
    """What a worker process does: it is ready, waits for the word, and says from when to when it worked."""
    async with shared_store(Database(url)) as store:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        ends: list[float] = []
        begun = time.time()
        engine = ProcrastinateEngine(store, interval=0.2)
        await engine.run(Runner(store), CONCURRENCY, on_rest=lambda: ends.append(time.time()))
        print(json.dumps([begun, max(ends, default=begun), len(ends)]), flush=True)


def workers(url: str, count: int) -> tuple[float, list[int]]:
    """Seconds from the word to the last end, and how many items each process had."""

    async def prepare() -> None:
        async with shared_store(Database(url)) as store:
            await hand_in(store)

    asyncio.run(prepare())
    command = [sys.executable, "-m", "benchmarks.workers", url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(count)]
    for each in processes:
        each.stdout.readline()
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [json.loads(each.communicate()[0]) for each in processes]
    if sum(number for _, _, number in told) < ITEMS:
        raise AssertionError(f"not all of {ITEMS} items came to their end")
    return max(end for _, end, _ in told) - min(begin for begin, _, _ in told), [each[2] for each in told]


def rows(place: Path) -> Iterator[Row]:
    """Measure the embedded store, and 1, 2 and 4 worker processes on a server."""
    from tests.postgres import session_server  # noqa: PLC0415 -- the tests know how to find a server

    alone = asyncio.run(embedded(place / "bench.sqlite"))
    yield Row("embedded, one process", alone, size=f"{ITEMS} items", note=f"{ITEMS / alone:,.0f} a second")
    server = session_server()
    if isinstance(server, Exception):
        raise SystemExit(f"no PostgreSQL: {server}")
    first = None
    for count in (1, 2, 4):
        with server.fresh() as url:
            seconds, shares = workers(url, count)
        first = first or seconds
        yield Row(
            f"PostgreSQL, {count} processes",
            seconds,
            size=f"{ITEMS} items",
            beside="KIE's 20 in 10 s",
            other=ITEMS / DOCUMENTED,
            limit=NEVER_THE_BOUND,
            note=f"{ITEMS / seconds:,.0f} a second, {first / seconds:.2f} of one process; shares {shares}",
        )


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
