"""The embedded queue without a network: handing in, and claims with their acknowledgements, by length.

Claims and acknowledgements come in groups of 50, as a busy process makes them. An item has a key and a
prompt, and five priorities are mixed, so that the order of the queue is not that of the file.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks.rows import Limit, Row
from kie_catalog.service.batch.items import Batch, Ended, ItemState, NewItem
from kie_catalog.service.batch.sqlite_store import SqliteStore

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3
GROUP = 50
PROMISED = 5_000
"""Claims and acknowledgements a second, at least."""

FAST = Limit(1.0, "a queue must never be what a batch waits for: KIE takes 20 creations in 10 seconds")
LINEAR = Limit(1.5, "a claim looks at what is due only, so that a hundred times the items cost the same each")


def rows(place: Path) -> Iterator[Row]:
    """Measure each size, the best of some rounds."""
    for size in SIZES:
        best = [min(each) for each in zip(*(_seconds(place, size, at) for at in range(ROUNDS)), strict=True)]
        added, worked, busy = best
        is_last = size == SIZES[-1]
        yield Row(
            name="claim and acknowledge",
            seconds=worked,
            times=size / SIZES[0],
            size=f"{size:,} items",
            beside=f"{PROMISED:,} a second",
            other=size / PROMISED,
            limit=FAST,
            growth=LINEAR if is_last else None,
            note=f"{size / worked:,.0f} a second, {size / busy:,.0f} a second of processor",
        )
        yield Row(
            name="hand in",
            seconds=added,
            times=size / SIZES[0],
            size=f"{size:,} items",
            growth=LINEAR if is_last else None,
            note=f"{size / added:,.0f} a second",
        )


def _seconds(place: Path, size: int, number: int) -> tuple[float, float, float]:
    """Of handing in, of all claims with their ends, and of the processor for those."""
    return asyncio.run(_run(place / f"{size}-{number}.sqlite", size))


async def _run(file: Path, size: int) -> tuple[float, float, float]:
    items = [
        NewItem(
            row=row,
            model_id="nano-banana-2",
            payload={"prompt": f"a lighthouse, number {row}", "resolution": "1K"},
            key=f"key-{row}",
            priority=row % 5,
            quoted=Decimal(4),
            fingerprint="x",
        )
        for row in range(1, size + 1)
    ]
    async with SqliteStore(file) as store:
        begun = time.perf_counter()
        await store.add(Batch("bench", 0.0), items)
        added, busy = time.perf_counter(), time.process_time()
        count = 0
        while claimed := await store.claim("worker", 1.0, 60.0, GROUP):
            ends = [Ended(each, ItemState.SUCCEEDED, 1.0, charged=Decimal(4)) for each in claimed]
            count += await store.finish(ends)
        done, busy = time.perf_counter(), time.process_time() - busy
    if count != size:
        raise AssertionError(f"{count} of {size} items came to their end")
    return added - begun, done - added, busy
