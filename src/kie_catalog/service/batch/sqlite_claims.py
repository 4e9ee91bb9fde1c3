"""Claims of the embedded store, and how they end: each function is what happens in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from kie_catalog.service.batch.items import Ended, Item, ItemState, place_of
from kie_catalog.service.batch.sqlite_moves import OUT, claimed, free, hold, spend
from kie_catalog.service.batch.sqlite_rows import ITEM, dump, read_item, text_of


def claim(
    db: sqlite3.Connection, worker: str, now: float, lease: float, most: int, batch_id: str | None
) -> list[Item]:
    """See `BatchStore.claim`."""
    _bring_back(db, now)
    only, index = ("batch = ? AND ", "items_next_of") if batch_id is not None else ("", "items_next")
    given = (most,) if batch_id is None else (batch_id, most)
    rows = db.execute(
        f"SELECT number, {ITEM} FROM items INDEXED BY {index} WHERE {only}place <= 1"  # noqa: S608 -- ours
        " ORDER BY place, rank, number LIMIT ?",
        given,
    ).fetchall()
    return _give(db, rows, worker, now + lease)


def _bring_back(db: sqlite3.Connection, now: float) -> None:
    """Put what is due, and what a lease is over on, where a claim finds it."""
    db.execute(
        "UPDATE items SET place = (state = 'queued'), back_at = NULL WHERE place = 2 AND back_at <= ?", (now,)
    )


def _give(db: sqlite3.Connection, rows: list[tuple[Any, ...]], worker: str, until: float) -> list[Item]:
    db.executemany(
        "UPDATE items SET epoch = epoch + 1, worker = ?, place = 2, back_at = ? WHERE number = ?",
        [(worker, until, row[0]) for row in rows],
    )
    return [read_item(row[1:], epoch=row[11] + 1) for row in rows]


def take(db: sqlite3.Connection, item_id: str, worker: str, now: float, lease: float) -> Item | None:
    """See `BatchStore.take`."""
    place = place_of(item_id)
    rows = (
        place
        and db.execute(
            f"SELECT number, {ITEM} FROM items WHERE batch = ? AND row = ?"  # noqa: S608 -- ours
            " AND (place <= 1 OR (place = 2 AND back_at <= ?))",
            (*place, now),
        ).fetchall()
    )
    return next(iter(_give(db, rows, worker, now + lease)), None) if rows else None


def keep(db: sqlite3.Connection, worker: str, now: float, lease: float) -> None:
    """See `BatchStore.keep`."""
    db.execute("UPDATE items SET place = 2, back_at = ? WHERE worker = ?", (now + lease, worker))


def next_due(db: sqlite3.Connection, now: float, batch_id: str | None) -> float | None:
    """See `BatchStore.next_due`."""
    given = () if batch_id is None else (batch_id,)
    only, index = ("", "items_next") if batch_id is None else ("batch = ? AND ", "items_next_of")
    if db.execute(
        f"SELECT 1 FROM items INDEXED BY {index} WHERE {only}place <= 1 LIMIT 1",  # noqa: S608 -- ours
        given,
    ).fetchone():
        return now
    back = db.execute(
        f"SELECT min(back_at) FROM items INDEXED BY items_back WHERE {only}place = 2",  # noqa: S608 -- ours
        given,
    ).fetchone()[0]
    return None if back is None else max(now, float(back))


def release(db: sqlite3.Connection, item: Item, due_at: float, code: str | None, reason: str | None) -> bool:
    """See `BatchStore.release`."""
    row = claimed(db, item)
    if row is None:
        return False
    db.execute(
        "UPDATE items SET due_at = ?, code = ?, reason = ? WHERE number = ?",
        (due_at, code, reason, row.number),
    )
    free(db, row)
    return True


def again(db: sqlite3.Connection, item: Item, due_at: float, code: str, reason: str) -> bool:
    """See `BatchStore.again`."""
    row = claimed(db, item)
    if row is None:
        return False
    db.execute(
        "UPDATE items SET state = 'queued', task = NULL, due_at = ?, code = ?, reason = ? WHERE number = ?",
        (due_at, code, reason, row.number),
    )
    hold(db, row, Decimal(0))
    free(db, row)
    return True


def park(db: sqlite3.Connection, item: Item, code: str, reason: str) -> bool:
    """See `BatchStore.park`."""
    row = claimed(db, item)
    if row is None:
        return False
    if row.state is not ItemState.SENDING:
        free(db, row)
        return True
    db.execute(
        f"UPDATE items SET state = 'unknown', code = ?, reason = ?, {OUT} WHERE number = ?",  # noqa: S608 -- ours
        (code, reason, row.number),
    )
    return True


def finish(db: sqlite3.Connection, ended: Sequence[Ended]) -> int:
    """See `BatchStore.finish`."""
    spent: dict[str, Decimal] = {}
    ends: dict[int, tuple[Any, ...]] = {}
    tasks: list[tuple[str, str]] = []
    for each in ended:
        row = claimed(db, each.item)
        if row is None or row.number in ends:
            continue
        held = row.held if each.charged is None else each.charged
        if held != row.held:
            spent[row.batch] = spent.get(row.batch, Decimal(0)) + held - row.held
        ends[row.number] = (*_end(each), str(held), each.item.task_id, row.number)
        if each.item.task_id:
            tasks.append((each.item.task_id, each.item.id))
    db.executemany(
        f"UPDATE items SET state = ?, ended_at = ?, charged = ?, urls = ?, files = ?, data = ?, code = ?,"  # noqa: S608 -- ours
        f" reason = ?, held = ?, task = COALESCE(task, ?), {OUT} WHERE number = ?",
        ends.values(),
    )
    db.executemany("INSERT OR IGNORE INTO tasks VALUES (?, ?)", tasks)
    for batch_id, more in spent.items():
        spend(db, batch_id, more)
    return len(ends)


def _end(ended: Ended) -> tuple[Any, ...]:
    return (
        ended.state,
        ended.ended_at,
        text_of(ended.charged),
        dump(ended.urls) if ended.urls else None,
        dump(ended.files) if ended.files else None,
        None if ended.data is None else dump(ended.data),
        ended.code,
        ended.reason,
    )
