"""What happens in one transaction of the store on PostgreSQL.

Every act that puts an item back shares a lock on its batch, which `cancel`, `pause` and `resume` take alone:
so an item never goes back to a queue that was closed meanwhile. Items are locked as rows, in the order of
their numbers. What an act puts back gets its job in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.service.batch.items import (
    Added,
    Batch,
    Ended,
    Item,
    ItemState,
    NewItem,
    id_of,
    place_of,
    rank,
)
from kie_catalog.service.batch.postgres_ledger import requeue, run
from kie_catalog.service.batch.postgres_rows import (
    Job,
    Jobs,
    alone,
    claimed,
    find_batch,
    free,
    known,
    row_of,
    rows_of,
)
from kie_catalog.service.batch.sqlite_rows import ITEM, dump, read_item
from kie_catalog.service.postgres.database import count, fetch, storable

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection

_QUEUED, _SENDING, _RUNNING = ItemState.QUEUED, ItemState.SENDING, ItemState.RUNNING
_OUT: Final = "worker = NULL, place = NULL, back_at = NULL"
_NEW: Final = (
    "COPY items (batch, row, model, payload, measurements, key, fingerprint, priority, rank, added_at,"
    " quoted, state, place) FROM STDIN"
)


# --- handing in


async def add(db: Connection, jobs: Jobs, batch: Batch, items: Sequence[NewItem]) -> Added:
    """See `BatchStore.add`."""
    if batch.key is not None and (there := await find_batch(db, "key", storable(batch.key))):
        return Added(there, is_new=False, added=0)
    new, known, clashing = await _sorted_out(db, batch, items)
    if clashing:
        return Added(batch, is_new=False, added=0, known=known, clashing=clashing)
    await fetch(
        db,
        "INSERT INTO batches (id, added_at, title, key, fingerprint, budget, tries, callback_url, paused)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        batch.id,
        batch.added_at,
        storable(batch.title),
        storable(batch.key),
        batch.fingerprint,
        batch.budget,
        batch.tries,
        storable(batch.callback_url),
        storable(batch.paused),
    )
    async with db.cursor() as cursor, cursor.copy(_NEW) as copy:
        for each in new:
            await copy.write_row(_new_row(batch, each))
    if batch.paused is None:
        first = batch.added_at
        await jobs.put(db, [Job(id_of(batch.id, each.row), rank(first, each.priority), 0.0) for each in new])
    return Added(batch, is_new=True, added=len(new), known=known)


def _new_row(batch: Batch, item: NewItem) -> tuple[Any, ...]:
    return (
        batch.id,
        item.row,
        item.model_id,
        dump(item.payload),
        dump(item.measurements),
        storable(item.key),
        item.fingerprint,
        item.priority,
        rank(batch.added_at, item.priority),
        batch.added_at,
        item.quoted,
        _QUEUED.value,
        None if batch.paused is not None else 1,
    )


async def _sorted_out(
    db: Connection, batch: Batch, items: Sequence[NewItem]
) -> tuple[list[NewItem], tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """The new items, those that are there, and those whose key means another request."""
    keys = [storable(each.key) for each in items if each.key is not None]
    there = await fetch(db, "SELECT key, batch, row, fingerprint FROM items WHERE key = ANY(%s)", keys)
    seen = {key: (id_of(of, row), fingerprint) for key, of, row, fingerprint in there}
    new: list[NewItem] = []
    same: list[tuple[int, str]] = []
    clashing: list[tuple[int, str]] = []
    for each in items:
        key = storable(each.key)
        first = seen.get(key) if key is not None else None
        if first is None:
            new.append(each)
            seen[key] = (id_of(batch.id, each.row), each.fingerprint)
        else:
            (same if first[1] == each.fingerprint else clashing).append((each.row, first[0]))
    return new, tuple(same), tuple(clashing)


# --- claims


async def claim(
    db: Connection, worker: str, now: float, lease: float, most: int, batch_id: str | None
) -> list[Item]:
    """See `BatchStore.claim`."""
    await fetch(
        db,
        "UPDATE items SET place = CASE WHEN state = 'queued' THEN 1 ELSE 0 END, back_at = NULL"
        " WHERE number IN"
        " (SELECT number FROM items WHERE place = 2 AND back_at <= %s FOR UPDATE SKIP LOCKED)",
        now,
    )
    only = "" if batch_id is None else "batch = %s AND "
    given = (most,) if batch_id is None else (batch_id, most)
    rows = await fetch(
        db,
        f"SELECT number, {ITEM} FROM items WHERE {only}place <= 1"  # noqa: S608 -- ours
        " ORDER BY place, rank, number LIMIT %s FOR UPDATE SKIP LOCKED",
        *given,
    )
    return await _give(db, rows, worker, now + lease)


async def _give(db: Connection, rows: list[tuple[Any, ...]], worker: str, until: float) -> list[Item]:
    if rows:
        sql = (
            "UPDATE items SET epoch = epoch + 1, worker = %s, place = 2, back_at = %s WHERE number = ANY(%s)"
        )
        await fetch(db, sql, worker, until, [row[0] for row in rows])
    return [read_item(row[1:], epoch=row[11] + 1) for row in rows]


async def take(db: Connection, item_id: str, worker: str, now: float, lease: float) -> Item | None:
    """See `BatchStore.take`."""
    place = place_of(item_id)
    if place is None:
        return None
    sql = (
        f"SELECT number, {ITEM} FROM items WHERE batch = %s AND row = %s"  # noqa: S608 -- ours
        " AND (place <= 1 OR (place = 2 AND back_at <= %s)) FOR UPDATE"
    )
    rows = await fetch(db, sql, *place, now)
    return next(iter(await _give(db, rows, worker, now + lease)), None)


async def keep(db: Connection, worker: str, now: float, lease: float) -> None:
    """See `BatchStore.keep`."""
    await fetch(
        db,
        "UPDATE items SET place = 2, back_at = %s WHERE number IN"
        " (SELECT number FROM items WHERE worker = %s ORDER BY number FOR UPDATE)",
        now + lease,
        worker,
    )


async def next_due(db: Connection, now: float, batch_id: str | None) -> float | None:
    """See `BatchStore.next_due`."""
    only, given = ("", ()) if batch_id is None else ("batch = %s AND ", (batch_id,))
    if await fetch(db, f"SELECT 1 FROM items WHERE {only}place <= 1 LIMIT 1", *given):  # noqa: S608 -- ours
        return now
    ((back,),) = await fetch(db, f"SELECT min(back_at) FROM items WHERE {only}place = 2", *given)  # noqa: S608 -- ours
    return None if back is None else max(now, float(back))


# --- ends of claims


async def release(
    db: Connection, jobs: Jobs, item: Item, due_at: float, code: str | None, reason: str | None
) -> bool:
    """See `BatchStore.release`."""
    row = await claimed(db, item)
    if row is None:
        return False
    sql = "UPDATE items SET due_at = %s, code = %s, reason = %s WHERE number = %s"
    await fetch(db, sql, due_at, code, storable(reason), row.number)
    await free(db, jobs, [row.number])
    return True


async def again(db: Connection, jobs: Jobs, item: Item, due_at: float, code: str, reason: str) -> bool:
    """See `BatchStore.again`."""
    row = await claimed(db, item)
    if row is None:
        return False
    sql = (
        "UPDATE items SET state = 'queued', task = NULL, held = 0, due_at = %s, code = %s, reason = %s"
        " WHERE number = %s"
    )
    await fetch(db, sql, due_at, code, storable(reason), row.number)
    await free(db, jobs, [row.number])
    return True


async def park(db: Connection, jobs: Jobs, item: Item, code: str, reason: str) -> bool:
    """See `BatchStore.park`."""
    row = await claimed(db, item)
    if row is None:
        return False
    if row.state is not _SENDING:
        await free(db, jobs, [row.number])
        return True
    sql = f"UPDATE items SET state = 'unknown', code = %s, reason = %s, {_OUT} WHERE number = %s"  # noqa: S608 -- ours
    await fetch(db, sql, code, storable(reason), row.number)
    return True


async def finish(db: Connection, ended: Sequence[Ended]) -> int:
    """See `BatchStore.finish`."""
    rows = await rows_of(db, (each.item.id for each in ended))
    ends: dict[int, tuple[Any, ...]] = {}
    tasks: list[tuple[str, str]] = []
    for each in ended:
        row = rows.get(each.item.id)
        if row is None or not row.is_claimed or row.epoch != each.item.epoch or row.number in ends:
            continue
        held = row.held if each.charged is None else each.charged
        task_id = storable(each.item.task_id)
        ends[row.number] = (*_end(each), held, task_id, row.number)
        if task_id:
            tasks.append((task_id, each.item.id))
    async with db.cursor() as cursor:
        await cursor.executemany(
            "UPDATE items SET state = %s, ended_at = %s, charged = %s, urls = %s, files = %s, data = %s,"  # noqa: S608 -- ours
            f" code = %s, reason = %s, held = %s, task = COALESCE(task, %s), {_OUT} WHERE number = %s",
            list(ends.values()),
        )
        await cursor.executemany("INSERT INTO tasks VALUES (%s, %s) ON CONFLICT DO NOTHING", tasks)
    return len(ends)


def _end(ended: Ended) -> tuple[Any, ...]:
    return (
        ended.state.value,
        ended.ended_at,
        ended.charged,
        dump(ended.urls) if ended.urls else None,
        dump(ended.files) if ended.files else None,
        None if ended.data is None else dump(ended.data),
        ended.code,
        storable(ended.reason),
    )


# --- people


async def cancel(db: Connection, jobs: Jobs, batch_id: str, now: float) -> int:
    """See `BatchStore.cancel`."""
    await alone(db, batch_id)
    sql = "UPDATE batches SET cancelled_at = COALESCE(cancelled_at, %s) WHERE id = %s"
    await fetch(db, sql, now, batch_id)
    await jobs.drop(db, batch_id)
    return await count(
        db,
        f"UPDATE items SET {_OUT}, state = 'cancelled', ended_at = %s"  # noqa: S608 -- ours
        " WHERE batch = %s AND state = 'queued'",
        now,
        batch_id,
    )


async def pause(db: Connection, jobs: Jobs, batch_id: str, reason: str) -> None:
    """See `BatchStore.pause`."""
    await alone(db, batch_id)
    await fetch(db, "UPDATE batches SET paused = %s WHERE id = %s", storable(reason), batch_id)
    await jobs.drop(db, batch_id)
    await fetch(db, f"UPDATE items SET {_OUT} WHERE batch = %s AND state = 'queued'", batch_id)  # noqa: S608 -- ours


async def resume(db: Connection, jobs: Jobs, batch_id: str, budget: Decimal | None) -> None:
    """See `BatchStore.resume`."""
    await alone(db, batch_id)
    sql = "UPDATE batches SET paused = NULL, budget = COALESCE(%s, budget) WHERE id = %s"
    await fetch(db, sql, budget, batch_id)
    back = await fetch(
        db,
        "UPDATE items SET place = 2, back_at = due_at WHERE batch = %s AND state = 'queued' AND place IS NULL"
        " RETURNING row, rank, back_at",
        batch_id,
    )
    await jobs.put(db, [Job(id_of(batch_id, row), first, at) for row, first, at in sorted(back)])


async def found(db: Connection, jobs: Jobs, item_id: str, task_id: str) -> bool:
    """See `BatchStore.found`."""
    row = await row_of(db, item_id)
    if row is None or row.state not in (_SENDING, ItemState.UNKNOWN):
        return False
    if (await known(db, [task_id])).get(task_id, item_id) != item_id:
        return False
    await run(db, jobs, row, item_id, task_id)
    return True


async def settle(db: Connection, jobs: Jobs, item_id: str) -> bool:
    """See `BatchStore.settle`."""
    row = await row_of(db, item_id)
    if row is None or row.state is not ItemState.UNKNOWN:
        return False
    await requeue(db, jobs, row)
    return True
