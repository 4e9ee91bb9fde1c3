"""What acts of the store on PostgreSQL have in common: rows, their locks, what is read, and who is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

from kie_catalog.service.batch.items import (
    Batch,
    Item,
    ItemState,
    Progress,
    Row,
    id_of,
    place_of,
)
from kie_catalog.service.batch.sqlite_rows import BATCH, ITEM, read_batch, read_item
from kie_catalog.service.postgres.database import fetch, storable

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection

SHUT: Final = "items.state = 'queued' AND (b.paused IS NOT NULL OR b.cancelled_at IS NOT NULL)"
_CALLED_OFF: Final = "items.state = 'queued' AND b.cancelled_at IS NOT NULL"
_FREE: Final = (
    "UPDATE items SET worker = NULL,"  # noqa: S608 -- ours
    f" place = CASE WHEN {SHUT} THEN NULL ELSE 2 END,"
    f" back_at = CASE WHEN {SHUT} THEN NULL ELSE items.due_at END,"
    f" ended_at = CASE WHEN {_CALLED_OFF} THEN b.cancelled_at ELSE items.ended_at END,"
    f" state = CASE WHEN {_CALLED_OFF} THEN 'cancelled' ELSE items.state END"
    " FROM batches b WHERE b.id = items.batch AND items.number = ANY(%s)"
    " RETURNING items.batch, items.row, items.rank, items.back_at, items.state <> 'queued'"
)
"""Lets go of items, whatever they are by now."""


@dataclass(frozen=True, slots=True)
class Job:
    """An item that somebody shall take up."""

    item_id: str
    rank: float
    """Its place in the queue, smallest first."""
    due_at: float
    """Unix seconds before which it is not to be."""
    is_begun: bool = False
    """Whether something of it was sent; then it comes before all that was not."""


class Jobs(Protocol):
    """What hands items to workers, beside the table of items; all it does is in the caller's transaction."""

    async def put(self, db: Connection, jobs: Sequence[Job]) -> None:
        """See that each of these items is taken up when it is due; one that has a job keeps it."""

    async def drop(self, db: Connection, batch_id: str) -> None:
        """Take away the jobs of a batch that nobody has begun."""


class NoJobs:
    """For who asks the table itself, by `claim`."""

    async def put(self, db: Connection, jobs: Sequence[Job]) -> None:
        """Do nothing."""

    async def drop(self, db: Connection, batch_id: str) -> None:
        """Do nothing."""


async def share(db: Connection, batches: Iterable[str]) -> None:
    """Keep `cancel`, `pause` and `resume` of batches out until the act has ended."""
    for each in sorted(set(batches)):
        await fetch(db, "SELECT pg_advisory_xact_lock_shared(hashtextextended('kie batch ' || %s, 0))", each)


async def alone(db: Connection, batch_id: str) -> None:
    """Keep every other act on a batch out that puts items back, until the act has ended."""
    await fetch(db, "SELECT pg_advisory_xact_lock(hashtextextended('kie batch ' || %s, 0))", batch_id)


async def rows_of(db: Connection, item_ids: Iterable[str]) -> dict[str, Row]:
    """Items by id, which nobody else changes until the act has ended."""
    places = [each for each in map(place_of, item_ids) if each]
    await share(db, (batch for batch, _ in places))
    found = await fetch(
        db,
        "SELECT number, batch, row, state, epoch, worker IS NOT NULL, sent, quoted, held FROM items"
        " WHERE (batch, row) IN (SELECT * FROM unnest(%s::text[], %s::integer[])) ORDER BY number FOR UPDATE",
        [batch for batch, _ in places],
        [row for _, row in places],
    )
    return {
        id_of(batch, row): Row(
            number, batch, ItemState(state), epoch, is_claimed, sent, quoted or Decimal(0), held
        )
        for number, batch, row, state, epoch, is_claimed, sent, quoted, held in found
    }


async def row_of(db: Connection, item_id: str) -> Row | None:
    """An item, which nobody else changes until the act has ended."""
    return (await rows_of(db, [item_id])).get(item_id)


async def claimed(db: Connection, item: Item) -> Row | None:
    """An item whose claim still holds; `None` where it does not."""
    row = await row_of(db, item.id)
    return row if row and row.is_claimed and row.epoch == item.epoch else None


async def free(db: Connection, jobs: Jobs, numbers: Sequence[int]) -> None:
    """Let go of items, and see that what goes back is taken up."""
    back = await fetch(db, _FREE, list(numbers))
    again = [
        Job(id_of(batch, row), first, at, is_begun)
        for batch, row, first, at, is_begun in back
        if at is not None
    ]
    await jobs.put(db, again)


# --- reading


async def find_batch(db: Connection, column: str, value: str | None) -> Batch | None:
    """A batch by its `id` or its `key`."""
    rows = await fetch(db, f"SELECT {BATCH} FROM batches WHERE {column} = %s", value)  # noqa: S608 -- ours
    return read_batch(rows[0]) if rows else None


async def progress(db: Connection, batch_id: str) -> Progress | None:
    """See `BatchStore.progress`."""
    batch = await find_batch(db, "id", batch_id)
    if batch is None:
        return None
    asked = "SELECT state, count(*), sum(quoted), sum(held) FROM items WHERE batch = %s GROUP BY state"
    rows = await fetch(db, asked, batch_id)
    counts = {ItemState(state): number for state, number, _, _ in rows}
    quoted = sum((each for _, _, each, _ in rows if each is not None), Decimal(0))
    return Progress(batch, counts, quoted, sum((each for _, _, _, each in rows), Decimal(0)))


async def items(
    db: Connection, batch_id: str, states: Collection[ItemState] | None, after: int, most: int
) -> list[Item]:
    """See `BatchStore.items`."""
    wanted = [each.value for each in (ItemState if states is None else states)]
    sql = (
        f"SELECT {ITEM} FROM items WHERE batch = %s AND row > %s AND state = ANY(%s)"  # noqa: S608 -- ours
        " ORDER BY row LIMIT %s"
    )
    return [read_item(row) for row in await fetch(db, sql, batch_id, after, wanted, most)]


async def item(db: Connection, item_id: str) -> Item | None:
    """See `BatchStore.item`."""
    place = place_of(item_id)
    if place is None:
        return None
    rows = await fetch(db, f"SELECT {ITEM} FROM items WHERE batch = %s AND row = %s", *place)  # noqa: S608 -- ours
    return read_item(rows[0]) if rows else None


async def known(db: Connection, task_ids: Iterable[str]) -> dict[str, str]:
    """See `BatchStore.known`."""
    asked = [storable(each) for each in task_ids]
    return dict(await fetch(db, "SELECT task, item FROM tasks WHERE task = ANY(%s)", asked))
