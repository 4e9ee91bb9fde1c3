"""A fetch over HTTP, 50 ms before each reply: all of it, and again with nothing new."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.grown import RECORDING
from benchmarks.measuring import OURS, ROOT
from benchmarks.rows import Limit, Row
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sources.upstream import Means, Taking, take

LATENCY, ROUNDS = 50, 3
FIRST = Limit(1.0, "requests overlap as far as the host's limit lets them")
AGAIN = Limit(1.0, "what did not change is neither sent nor read again")


@contextmanager
def stand_in() -> Iterator[str]:
    command = [*OURS, "sandbox", "--recording", str(RECORDING), "--port", "0", "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        line = process.stdout.readline() if process.stdout else ""
        try:
            yield line.rsplit(" on ", 1)[1].split(";")[0]
        finally:
            process.terminate()


def timed(url: str, cache: Path) -> tuple[float, Taking]:
    start = time.perf_counter()
    took = take(url, Means(cache_dir=cache))
    return time.perf_counter() - start, took


def rows(place: Path) -> Iterator[Row]:
    recorded = read_recording(RECORDING)
    firsts, seconds = [], []
    with stand_in() as url:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(dir=place) as folder:
                first, took = timed(url, Path(folder))
                second, again = timed(url, Path(folder))
            if not took.upstream == again.upstream == recorded:
                raise SystemExit("a fetch is not what the recording says")
            if again.tallies[SourceName.PAGES].parsed:
                raise SystemExit("a page was parsed twice")
            firsts.append(first)
            seconds.append(second)
    requests = sum(tally.requests for tally in took.tallies.values())
    size = f"{requests} requests"
    for name, times, promise, limit, seen in (
        ("fetch everything, wall", firsts, 3.0, FIRST, took),
        ("fetch again, nothing new, wall", seconds, 1.0, AGAIN, again),
    ):
        median = statistics.median(times)
        yield Row(
            name, median, size=size, beside=f"{promise:g} s", other=promise, limit=limit, note=describe(seen)
        )


def describe(took: Taking) -> str:
    tally = took.tallies[SourceName.PAGES]
    sent = f"{tally.received / 1000:.0f} kB of pages, {tally.unchanged} unchanged"
    return f"{sent}, {tally.parsed} parsed, {tally.recalled} parsed before"
