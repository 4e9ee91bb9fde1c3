"""What the store on PostgreSQL writes down around a paid request, one transaction each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.submission import Submission
from kie_catalog.domain.values import plain_number
from kie_catalog.service.batch.items import (
    ItemState,
    Row,
    item_of,
)
from kie_catalog.service.batch.postgres_rows import (
    SHUT,
    Jobs,
    free,
    row_of,
)
from kie_catalog.service.batch.sqlite_rows import dump
from kie_catalog.service.batch.store import ClaimLost
from kie_catalog.service.postgres.database import fetch, storable

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection

_QUEUED, _SENDING, _RUNNING = ItemState.QUEUED, ItemState.SENDING, ItemState.RUNNING
_BEGUN: Final = "place = CASE place WHEN 1 THEN 0 ELSE place END"


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
        await run(db, jobs, row, named[0], task_id)
    elif task_id is None and is_open:
        await requeue(db, jobs, row)
    return True


async def run(db: Connection, jobs: Jobs, row: Row, item_id: str, task_id: str) -> None:
    """Note that an item runs as this task; the empty text is that of a call which answered at once."""
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
        await free(db, jobs, [row.number])


async def requeue(db: Connection, jobs: Jobs, row: Row) -> None:
    """Queue an item whose submission was surely not accepted; who holds it goes on holding it."""
    shut = f"SELECT {SHUT} FROM items JOIN batches b ON b.id = items.batch WHERE items.number = %s"  # noqa: S608 -- ours
    await fetch(
        db,
        "UPDATE items SET state = 'queued', place = CASE place WHEN 0 THEN 1 ELSE place END, held = 0,"
        " due_at = 0 WHERE number = %s",
        row.number,
    )
    if not row.is_claimed or (await fetch(db, shut, row.number))[0][0]:
        await free(db, jobs, [row.number])


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
