"""How long a fetch over HTTP takes: everything once, and once more with nothing changed.

The stand-in runs in a process of its own and waits 50 ms before each reply. Limits: 3 s for the first fetch,
1 s for the second, no page parsed twice. The script fails where one is missed by more than a third.

Usage: python benchmarks/fetch.py [RECORDING] [--latency MS] [--rounds N]
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kie_catalog.cli.sandbox import newest_recording
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sources.upstream import Means, Taking, take

FIRST_LIMIT, SECOND_LIMIT, TOLERANCE = 3.0, 1.0, 4 / 3


@contextmanager
def stand_in(recording: Path, latency: int) -> Iterator[str]:
    command = [sys.executable, "-m", "kie_catalog", "sandbox", "--recording", str(recording), "--port", "0"]
    with subprocess.Popen(
        [*command, "--latency", str(latency)], stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        try:
            yield line.rsplit(" on ", 1)[1].split(";")[0]
        finally:
            process.terminate()


def timed(url: str, cache: Path) -> tuple[float, Taking]:
    start = time.perf_counter()
    took = take(url, Means(cache_dir=cache))
    return time.perf_counter() - start, took


def describe(took: Taking) -> str:
    tally = took.tallies[SourceName.PAGES]
    sent = f"{tally.received / 1000:.0f} kB, {tally.unchanged} unchanged"
    return f"{sent}, {tally.parsed} parsed, {tally.recalled} parsed before"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--latency", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    recording = asked.recording or newest_recording(Path.cwd())
    recorded = read_recording(recording)
    firsts, seconds = [], []
    with stand_in(recording, asked.latency) as url:
        for _ in range(asked.rounds):
            with tempfile.TemporaryDirectory() as folder:
                first, took = timed(url, Path(folder))
                second, again = timed(url, Path(folder))
            if not took.upstream == again.upstream == recorded:
                sys.exit("a fetch is not what the recording says")
            if again.tallies[SourceName.PAGES].parsed:
                sys.exit("a page was parsed twice")
            firsts.append(first)
            seconds.append(second)
    requests = sum(tally.requests for tally in took.tallies.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    where = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{where}, {asked.latency} ms a request, {asked.rounds} rounds")
    print(f"\n| fetch of {requests} requests | median | worst | limit | pages |\n|---|---|---|---|---|")
    for name, times, limit, seen in (
        ("first", firsts, FIRST_LIMIT, took),
        ("second, nothing changed", seconds, SECOND_LIMIT, again),
    ):
        cells = (
            name,
            f"{statistics.median(times):.2f} s",
            f"{max(times):.2f} s",
            f"{limit:.0f} s",
            describe(seen),
        )
        print(f"| {' | '.join(cells)} |")
    print(f"\npeak memory {peak:.0f} MB")
    missed = (
        statistics.median(firsts) > FIRST_LIMIT * TOLERANCE
        or statistics.median(seconds) > SECOND_LIMIT * TOLERANCE
    )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
