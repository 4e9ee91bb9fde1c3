"""How an item moves between its states in the embedded store, and what that does to its batch."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Final

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.values import plain_number
from kie_catalog.service.batch.items import Item, ItemState, Row, place_of

FREE: Final = "worker = NULL, place = 2, back_at = due_at"
"""Let go of, and back when it is due."""
BEGUN: Final = "place = CASE place WHEN 1 THEN 0 ELSE place END"
"""Among what was begun, where a claim would find it."""
OUT: Final = "worker = NULL, place = NULL, back_at = NULL"
"""Where no claim finds it."""


def row_of(db: sqlite3.Connection, item_id: str) -> Row | None:
    """An item."""
    place = place_of(item_id)
    found = (
        place
        and db.execute(
            "SELECT number, batch, state, epoch, worker IS NOT NULL, sent, quoted, held FROM items"
            " WHERE batch = ? AND row = ?",
            place,
        ).fetchone()
    )
    if not found:
        return None
    number, batch, state, epoch, is_claimed, sent, quoted, held = found
    return Row(
        number, batch, ItemState(state), epoch, bool(is_claimed), sent, Decimal(quoted or 0), Decimal(held)
    )


def claimed(db: sqlite3.Connection, item: Item) -> Row | None:
    """An item whose claim still holds; `None` where it does not."""
    row = row_of(db, item.id)
    return row if row and row.is_claimed and row.epoch == item.epoch else None


def free(db: sqlite3.Connection, row: Row) -> None:
    """Let go of an item, whatever it is by now."""
    db.execute(f"UPDATE items SET {FREE} WHERE number = ?", (row.number,))  # noqa: S608 -- ours
    mind_batch(db, row)


def mind_batch(db: sqlite3.Connection, row: Row) -> None:
    """Keep a queued item out of the queue where its batch is paused, and for good where it was called off."""
    paused, cancelled_at = db.execute(
        "SELECT paused, cancelled_at FROM batches WHERE id = ?", (row.batch,)
    ).fetchone()
    if cancelled_at is not None:
        db.execute(
            f"UPDATE items SET {OUT}, state = 'cancelled', ended_at = ?"  # noqa: S608 -- ours
            " WHERE number = ? AND state = 'queued'",
            (cancelled_at, row.number),
        )
    elif paused is not None:
        db.execute(
            f"UPDATE items SET {OUT} WHERE number = ? AND state = 'queued'",  # noqa: S608 -- ours
            (row.number,),
        )


def run(db: sqlite3.Connection, row: Row, item_id: str, task_id: str) -> None:
    """Note that an item's submission was accepted as this task; an empty text where it made none."""
    if task_id:
        note_task(db, task_id, item_id)
    hold(db, row, row.quoted)
    db.execute(
        f"UPDATE items SET state = 'running', {BEGUN}, task = ?, tries = tries + 1, due_at = 0, code = NULL,"  # noqa: S608 -- ours
        " reason = NULL WHERE number = ?",
        (task_id or None, row.number),
    )
    if not row.is_claimed:
        free(db, row)


def requeue(db: sqlite3.Connection, row: Row) -> None:
    """Queue an item whose submission was surely not accepted; who holds it goes on holding it."""
    hold(db, row, Decimal(0))
    db.execute(
        "UPDATE items SET state = 'queued', place = CASE place WHEN 0 THEN 1 ELSE place END, due_at = 0"
        " WHERE number = ?",
        (row.number,),
    )
    if row.is_claimed:
        mind_batch(db, row)
    else:
        free(db, row)


def note_task(db: sqlite3.Connection, task_id: str, item_id: str) -> None:
    """Remember whose a task is."""
    db.execute("INSERT OR IGNORE INTO tasks VALUES (?, ?)", (task_id, item_id))


def hold(db: sqlite3.Connection, row: Row, credits: Decimal, *, is_guarded: bool = False) -> None:
    """Count this much as spent for an item, instead of what was counted for it.

    Raises:
        BudgetRefused: it is guarded, and the batch has not so much left.
    """
    more = credits - row.held
    if is_guarded and more > 0:
        budget, spent = db.execute("SELECT budget, spent FROM batches WHERE id = ?", (row.batch,)).fetchone()
        if budget is not None and Decimal(spent) + more > Decimal(budget):
            left = plain_number(max(Decimal(budget) - Decimal(spent), Decimal(0)))
            said = f"{plain_number(credits)} credits are more than the {left} left of the batch's budget"
            raise BudgetRefused(ErrorCode.BUDGET, detail=said)
    if more:
        db.execute("UPDATE items SET held = ? WHERE number = ?", (str(credits), row.number))
        spend(db, row.batch, more)


def spend(db: sqlite3.Connection, batch_id: str, more: Decimal) -> None:
    """Count this much more as spent for a batch."""
    if more:
        spent = Decimal(db.execute("SELECT spent FROM batches WHERE id = ?", (batch_id,)).fetchone()[0])
        db.execute("UPDATE batches SET spent = ? WHERE id = ?", (str(spent + more), batch_id))
