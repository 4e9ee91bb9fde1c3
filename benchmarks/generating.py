"""2,000 generations through the service against a stand-in in another process, beside bare httpx.

Both make the same requests over pools of the same width, by turns. What KIE allows is held on the stand-in's
side: with limits that bind, none is exceeded and no task is made twice.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from benchmarks.measuring import ROOT
from benchmarks.rows import Limit, Row
from kie_catalog.client.client import KieClient
from kie_catalog.client.settings import ClientSettings, Hosts, Polling, Quotas
from kie_catalog.service.service import KIEService

RECORDING = ROOT / "tests" / "examples" / "recordings" / "small"
GENERATIONS = 2_000
AT_ONCE = 16
MODEL, INPUT = "nano-banana-2", {"prompt": "a lighthouse"}
LIMIT = Limit(1.5, "checking, pricing and guarding a paid request may cost half a request at most")
ROUNDS = 5
FREE = Quotas(creations=10**6, running=10**6)
TIGHT = Quotas(creations=40, period=0.5, running=12)

STAND_IN = """
import sys
from kie_catalog.sandbox.server import running
with running(sys.argv[1]) as stand_in:
    book = stand_in.stand.book
    book.play_seconds, book.creations, book.period = float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    book.credits = book.credits * 1000
    print(stand_in.url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def stand_in(quotas, play):
    arguments = [RECORDING, play, quotas.creations, quotas.period]
    command = [
        sys.executable,
        "-c",
        STAND_IN.replace("sys.argv[1]", "__import__('pathlib').Path(sys.argv[1])"),
    ]
    with subprocess.Popen(
        [*command, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def spread(work, count):
    """Do a piece of work so many times, some at once."""
    left = iter(range(count))

    async def worker():
        for _ in left:
            await work()

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


@asynccontextmanager
async def bare(url):
    """The same requests with nothing around them."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    headers = {"Authorization": "Bearer stand-in", "Accept-Encoding": "gzip"}
    async with httpx.AsyncClient(base_url=url, limits=limits, headers=headers, trust_env=False) as client:

        async def generate():
            body = {"model": MODEL, "input": INPUT}
            created = (await client.post("/api/v1/jobs/createTask", json=body)).json()
            task = {"taskId": created["data"]["taskId"]}
            record = (await client.get("/api/v1/jobs/recordInfo", params=task)).json()
            if record["data"]["state"] != "success":
                raise SystemExit(record)

        yield generate


@asynccontextmanager
async def through_service(url, quotas):
    settings = ClientSettings(
        hosts=Hosts.at(url), connections=AT_ONCE, quotas=quotas, polling=Polling(first=0.02, longest=0.1)
    )
    async with KieClient(settings=settings) as client:
        service = KIEService(client)

        async def generate():
            generation = await service.create_generation(MODEL, INPUT)
            await service.wait_for_generation(generation.task_id)

        yield generate
        if client.open_submissions or client.limiter.running:
            raise SystemExit("something was left open")


async def timed(generate, count):
    """Wall and CPU milliseconds a request; a generation is two of them."""
    await spread(generate, AT_ONCE)
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    await spread(generate, count)
    requests = 2 * count / 1000
    return (time.perf_counter() - wall) / requests, (time.process_time() - processor) / requests


async def overhead():
    with stand_in(FREE, play=0) as url:
        pairs = []
        async with bare(url) as plain, through_service(url, FREE) as ours:
            for _ in range(ROUNDS):  # by turns, so that whatever else this machine does meets both
                one = await timed(plain, GENERATIONS // ROUNDS)
                pairs += [(one, await timed(ours, GENERATIONS // ROUNDS))]
    return pairs


def megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


async def steadiness():
    """The memory after each 500 generations, and what the end leaves behind."""
    sizes = []
    with stand_in(FREE, play=0) as url:
        async with through_service(url, FREE) as ours:
            for _ in range(GENERATIONS // 500):
                await spread(ours, 500)
                gc.collect()
                sizes.append(megabytes())
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        async with httpx.AsyncClient(trust_env=False) as client:
            account = (await client.get(f"{url}/_sandbox/account")).json()
    return sizes, len(left), account["tasks"]


async def limits():
    """2,000 generations at limits that bind; what the server saw."""
    with stand_in(TIGHT, play=0.1) as url:
        async with through_service(url, TIGHT) as ours:
            await asyncio.gather(*(ours() for _ in range(GENERATIONS)))
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{url}/_sandbox/account")).json()


def rows(place: Path) -> Iterator[Row]:
    del place
    sizes, left, tasks = asyncio.run(steadiness())
    seen = asyncio.run(limits())
    if seen["most_creations_in_a_period"] > TIGHT.creations or seen["most_running"] > TIGHT.running:
        raise SystemExit(f"a limit was exceeded: {seen}")
    if seen["tasks"] != seen["creations"] or left:
        raise SystemExit(f"something was made twice, or left behind: {seen}, {left}")
    pairs = asyncio.run(overhead())
    for number, name in enumerate(("wall", "CPU")):
        plain = statistics.median(each[0][number] for each in pairs)
        ours = statistics.median(each[1][number] for each in pairs)
        yield Row(
            f"a request through the service, {name}",
            ours / 1000,
            size=f"of {2 * GENERATIONS:,}",
            beside="bare httpx",
            other=plain / 1000,
            limit=LIMIT,
            note=f"{sizes[0]:.0f} MB after a quarter, {sizes[-1]:.0f} MB after {tasks:,}",
        )
