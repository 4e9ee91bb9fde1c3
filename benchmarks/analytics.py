"""`stats` of a day as a process, by the clock: all events in that day, and spread over a month.

The events are of 60 models with three modes each, the quotes of which KIE sometimes bills otherwise.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks.measuring import OURS, ROOT
from benchmarks.rows import Limit, Row
from kie_catalog.service.analytics.events import GenerationEvent, Outcome
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog

SIZES = (10_000, 100_000, 1_000_000)
GROUP = 50_000
DAY = 86_400.0
ROUNDS = 3
GOOD = 0.93
"""The share that succeeds."""
PROMISED = 1.0
"""Seconds for a day of a million events."""

QUICK = Limit(1.0, "somebody waits for the answer, and sums are kept by the hour")
CHEAP = Limit(1.0, "events are sums already, so that more of them cost no more to read")


def rows(place: Path) -> Iterator[Row]:
    """Measure each size, all in one day; and the largest over a month."""
    for size in SIZES:
        file = place / f"{size}.sqlite"
        written = _fill(file, size, DAY)
        is_last = size == SIZES[-1]
        yield Row(
            name="stats of a day",
            seconds=_stats(file),
            times=size / SIZES[0],
            size=f"{size:,} events in it",
            beside="1 s",
            other=PROMISED,
            limit=QUICK,
            growth=CHEAP if is_last else None,
            note=f"written at {size / written:,.0f} events a second",
        )
    file = place / "month.sqlite"
    _fill(file, SIZES[-1], 30 * DAY)
    yield Row(
        name="stats of one day of thirty",
        seconds=_stats(file),
        size=f"{SIZES[-1]:,} events in all",
        beside="1 s",
        other=PROMISED,
        limit=QUICK,
    )


def _stats(file: Path) -> float:
    """Seconds by the clock, as somebody waits for them, the least of some rounds."""
    command = [*OURS, "stats", "--store", str(file), "--since", "24h", "--format", "json"]
    waits = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, check=True)
        waits.append(time.perf_counter() - begun)
    return min(waits)


def _fill(file: Path, size: int, span: float) -> float:
    """Write so many events of the last `span` seconds; gives the seconds that it took."""
    chance, now = random.Random(7), time.time()  # noqa: S311 -- the same each time
    log = SqliteEventLog(file)
    taken = 0.0
    for first in range(0, size, GROUP):
        numbers = range(first, min(first + GROUP, size))
        group = [_event(number, chance, now - chance.random() * span) for number in numbers]
        begun = time.perf_counter()
        log.write(group)
        taken += time.perf_counter() - begun
    return taken


def _event(number: int, chance: random.Random, at: float) -> GenerationEvent:
    model, quoted = f"model-{chance.randrange(60)}", Decimal(chance.choice((4, 8, 18)))
    is_good = chance.random() < GOOD
    return GenerationEvent(
        f"task-{number}",
        model,
        chance.choice(("1k", "2k", "4k")),
        at,
        Outcome.SUCCEEDED if is_good else Outcome.FAILED,
        "" if is_good else chance.choice(("TRANSIENT", "CONTENT_POLICY")),
        quoted,
        (quoted * 3 / 2 if model == "model-3" else quoted) if is_good else Decimal(0),
        chance.random() * 5,
        chance.lognormvariate(3, 1),
    )
