"""What happens in one transaction of the store on PostgreSQL.

Every act that puts an item back shares a lock on its batch, which `cancel`, `pause` and `resume` take alone:
so an item never goes back to a queue that was closed meanwhile. Items are locked as rows, in the order of
their numbers. What an act puts back gets its job in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.submission import Submission
from kie_catalog.domain.values import plain_number
from kie_catalog.service.batch.items import (
    Added,
    Batch,
    Ended,
    Item,
    ItemState,
    NewItem,
    Progress,
    id_of,
    item_of,
    place_of,
    rank,
)
from kie_catalog.service.batch.sqlite_rows import BATCH, ITEM, dump, read_batch, read_item
from kie_catalog.service.batch.store import ClaimLost
from kie_catalog.service.postgres.database import count, fetch, storable

if TYPE_CHECKING:
    from kie_catalog.service.postgres.database import Connection

_QUEUED, _SENDING, _RUNNING = ItemState.QUEUED, ItemState.SENDING, ItemState.RUNNING
_BEGUN: Final = "place = CASE place WHEN 1 THEN 0 ELSE place END"
_OUT: Final = "worker = NULL, place = NULL, back_at = NULL"
_SHUT: Final = "items.state = 'queued' AND (b.paused IS NOT NULL OR b.cancelled_at IS NOT NULL)"
_CALLED_OFF: Final = "items.state = 'queued' AND b.cancelled_at IS NOT NULL"
_FREE: Final = (
    "UPDATE items SET worker = NULL,"  # noqa: S608 -- ours
    f" place = CASE WHEN {_SHUT} THEN NULL ELSE 2 END,"
    f" back_at = CASE WHEN {_SHUT} THEN NULL ELSE items.due_at END,"
    f" ended_at = CASE WHEN {_CALLED_OFF} THEN b.cancelled_at ELSE items.ended_at END,"
    f" state = CASE WHEN {_CALLED_OFF} THEN 'cancelled' ELSE items.state END"
    " FROM batches b WHERE b.id = items.batch AND items.number = ANY(%s)"
    " RETURNING items.batch, items.row, items.rank, items.back_at, items.state <> 'queued'"
)
"""Lets go of items, whatever they are by now."""
_NEW: Final = (
    "COPY items (batch, row, model, payload, measurements, key, fingerprint, priority, rank, added_at,"
    " quoted, state, place) FROM STDIN"
)


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


@dataclass(frozen=True, slots=True)
class Row:
    """What an act must know of an item before it changes it."""

    number: int
    batch: str
    state: ItemState
    epoch: int
    is_claimed: bool
    sent: str | None
    quoted: Decimal
    held: Decimal


async def _share(db: Connection, batches: Iterable[str]) -> None:
    """Keep `cancel`, `pause` and `resume` of batches out until the act has ended."""
    for each in sorted(set(batches)):
        await fetch(db, "SELECT pg_advisory_xact_lock_shared(hashtextextended('kie batch ' || %s, 0))", each)


async def _alone(db: Connection, batch_id: str) -> None:
    await fetch(db, "SELECT pg_advisory_xact_lock(hashtextextended('kie batch ' || %s, 0))", batch_id)


async def rows_of(db: Connection, item_ids: Iterable[str]) -> dict[str, Row]:
    """Items by id, which nobody else changes until the act has ended."""
    places = [each for each in map(place_of, item_ids) if each]
    await _share(db, (batch for batch, _ in places))
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


async def _free(db: Connection, jobs: Jobs, numbers: Sequence[int]) -> None:
    """Let go of items, and see that what goes back is taken up."""
    back = await fetch(db, _FREE, list(numbers))
    again = [
        Job(id_of(batch, row), first, at, is_begun)
        for batch, row, first, at, is_begun in back
        if at is not None
    ]
    await jobs.put(db, again)


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
    await _free(db, jobs, [row.number])
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
    await _free(db, jobs, [row.number])
    return True


async def park(db: Connection, jobs: Jobs, item: Item, code: str, reason: str) -> bool:
    """See `BatchStore.park`."""
    row = await claimed(db, item)
    if row is None:
        return False
    if row.state is not _SENDING:
        await _free(db, jobs, [row.number])
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
    await _alone(db, batch_id)
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
    await _alone(db, batch_id)
    await fetch(db, "UPDATE batches SET paused = %s WHERE id = %s", storable(reason), batch_id)
    await jobs.drop(db, batch_id)
    await fetch(db, f"UPDATE items SET {_OUT} WHERE batch = %s AND state = 'queued'", batch_id)  # noqa: S608 -- ours


async def resume(db: Connection, jobs: Jobs, batch_id: str, budget: Decimal | None) -> None:
    """See `BatchStore.resume`."""
    await _alone(db, batch_id)
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
    await _run(db, jobs, row, item_id, task_id)
    return True


async def settle(db: Connection, jobs: Jobs, item_id: str) -> bool:
    """See `BatchStore.settle`."""
    row = await row_of(db, item_id)
    if row is None or row.state is not ItemState.UNKNOWN:
        return False
    await _requeue(db, jobs, row)
    return True


# --- the ledger


async def sent(db: Connection, submission: Submission) -> None:
    """See `BatchStore.sent`."""
    named = item_of(submission.number)
    row = await row_of(db, named[0]) if named else None
    if named is None or row is None or not _may_send(row, named[1], submission.number):
        raise ClaimLost(ErrorCode.UNKNOWN, detail="the item is another worker's, or was called off")
    await _require_left(db, row)
    await fetch(
        db,
        f"UPDATE items SET state = 'sending', {_BEGUN}, sent = %s, submission = %s, sent_at = %s, held = %s"  # noqa: S608 -- ours
        " WHERE number = %s",
        submission.number,
        dump(submission.to_json()),
        submission.sent_at,
        row.quoted,
        row.number,
    )


def _may_send(row: Row, epoch: int, number: str) -> bool:
    is_same = row.state is _SENDING and row.sent == number
    return row.epoch == epoch and row.is_claimed and (row.state is _QUEUED or is_same)


async def closed(db: Connection, jobs: Jobs, number: str, task_id: str | None) -> bool:
    """See `BatchStore.closed`.

    Returns:
        Whether the submission is an item's last one.
    """
    named = item_of(number)
    row = await row_of(db, named[0]) if named else None
    if named is None or row is None:
        return False
    if task_id:
        await _note_task(db, task_id, named[0])
    if row.sent != number:
        return False
    is_open = row.state in (_SENDING, ItemState.UNKNOWN)
    if task_id is not None and (is_open or row.state is _QUEUED):
        await _run(db, jobs, row, named[0], task_id)
    elif task_id is None and is_open:
        await _requeue(db, jobs, row)
    return True


async def _run(db: Connection, jobs: Jobs, row: Row, item_id: str, task_id: str) -> None:
    if task_id:
        await _note_task(db, task_id, item_id)
    await fetch(
        db,
        f"UPDATE items SET state = 'running', {_BEGUN}, task = %s, tries = tries + 1, held = %s, due_at = 0,"  # noqa: S608 -- ours
        " code = NULL, reason = NULL WHERE number = %s",
        storable(task_id) or None,
        row.quoted,
        row.number,
    )
    if not row.is_claimed:
        await _free(db, jobs, [row.number])


async def _requeue(db: Connection, jobs: Jobs, row: Row) -> None:
    """Queue an item whose submission was surely not accepted; who holds it goes on holding it."""
    shut = f"SELECT {_SHUT} FROM items JOIN batches b ON b.id = items.batch WHERE items.number = %s"  # noqa: S608 -- ours
    await fetch(
        db,
        "UPDATE items SET state = 'queued', place = CASE place WHEN 0 THEN 1 ELSE place END, held = 0,"
        " due_at = 0 WHERE number = %s",
        row.number,
    )
    if not row.is_claimed or (await fetch(db, shut, row.number))[0][0]:
        await _free(db, jobs, [row.number])


async def _note_task(db: Connection, task_id: str, item_id: str) -> None:
    await fetch(db, "INSERT INTO tasks VALUES (%s, %s) ON CONFLICT DO NOTHING", storable(task_id), item_id)


async def _require_left(db: Connection, row: Row) -> None:
    """Check that a batch has what an item costs; nobody else spends of it until the act has ended.

    Raises:
        BudgetRefused: it has not so much left.
    """
    ((budget,),) = await fetch(db, "SELECT budget FROM batches WHERE id = %s", row.batch)
    if budget is None or row.quoted <= row.held:
        return
    await fetch(db, "SELECT pg_advisory_xact_lock(hashtextextended('kie budget ' || %s, 0))", row.batch)
    asked = "SELECT coalesce(sum(held), 0) FROM items WHERE batch = %s AND held <> 0"
    ((spent,),) = await fetch(db, asked, row.batch)
    if spent + row.quoted - row.held > budget:
        left = plain_number(max(budget - spent, Decimal(0)))
        said = f"{plain_number(row.quoted)} credits are more than the {left} left of the batch's budget"
        raise BudgetRefused(ErrorCode.BUDGET, detail=said)
