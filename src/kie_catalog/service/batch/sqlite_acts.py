"""What happens in one transaction of the embedded store."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

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
)
from kie_catalog.service.batch.sqlite_rows import (
    BATCH,
    ITEM,
    NEW_ITEM,
    dump,
    new_row,
    read_batch,
    read_item,
    text_of,
)
from kie_catalog.service.batch.store import ClaimLost

_QUEUED, _SENDING, _RUNNING = ItemState.QUEUED, ItemState.SENDING, ItemState.RUNNING
_FREE: Final = "worker = NULL, place = 2, back_at = due_at"
_BEGUN: Final = "place = CASE place WHEN 1 THEN 0 ELSE place END"
_OUT: Final = "worker = NULL, place = NULL, back_at = NULL"
_AT_ONCE: Final = 500


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


# --- handing in


def add(db: sqlite3.Connection, batch: Batch, items: Sequence[NewItem]) -> Added:
    """See `BatchStore.add`."""
    if batch.key is not None and (there := find_batch(db, "key", batch.key)):
        return Added(there, is_new=False, added=0)
    new, known, clashing = _sorted_out(db, batch, items)
    if clashing:
        return Added(batch, is_new=False, added=0, known=known, clashing=clashing)
    quoted = sum((each.quoted for each in new if each.quoted is not None), Decimal(0))
    db.execute(
        "INSERT INTO batches (id, added_at, title, key, fingerprint, budget, tries, callback_url, paused,"
        " quoted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            batch.id,
            batch.added_at,
            batch.title,
            batch.key,
            batch.fingerprint,
            text_of(batch.budget),
            batch.tries,
            batch.callback_url,
            batch.paused,
            str(quoted),
        ),
    )
    db.executemany(NEW_ITEM, (new_row(batch, each) for each in new))
    return Added(batch, is_new=True, added=len(new), known=known)


def _sorted_out(
    db: sqlite3.Connection, batch: Batch, items: Sequence[NewItem]
) -> tuple[list[NewItem], tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """The new items, those that are there, and those whose key means another request."""
    new: list[NewItem] = []
    same: list[tuple[int, str]] = []
    clashing: list[tuple[int, str]] = []
    seen: dict[str, tuple[str, str]] = {}
    for each in items:
        first = None if each.key is None else seen.get(each.key) or _by_key(db, each.key)
        if first is None:
            new.append(each)
            if each.key is not None:
                seen[each.key] = (id_of(batch.id, each.row), each.fingerprint)
        else:
            (same if first[1] == each.fingerprint else clashing).append((each.row, first[0]))
    return new, tuple(same), tuple(clashing)


def _by_key(db: sqlite3.Connection, key: str) -> tuple[str, str] | None:
    row = db.execute("SELECT batch, row, fingerprint FROM items WHERE key = ?", (key,)).fetchone()
    return (id_of(row[0], row[1]), row[2]) if row else None


# --- reading


def find_batch(db: sqlite3.Connection, column: str, value: str) -> Batch | None:
    """A batch by its `id` or its `key`."""
    row = db.execute(f"SELECT {BATCH} FROM batches WHERE {column} = ?", (value,)).fetchone()  # noqa: S608 -- ours
    return read_batch(row) if row else None


def progress(db: sqlite3.Connection, batch_id: str) -> Progress | None:
    """See `BatchStore.progress`."""
    batch = find_batch(db, "id", batch_id)
    if batch is None:
        return None
    quoted, spent = db.execute("SELECT quoted, spent FROM batches WHERE id = ?", (batch_id,)).fetchone()
    rows = db.execute(
        "SELECT state, count(*) FROM items INDEXED BY items_state WHERE batch = ? GROUP BY state", (batch_id,)
    ).fetchall()
    counts = {ItemState(state): count for state, count in rows}
    return Progress(batch, counts, Decimal(quoted), Decimal(spent))


def items(
    db: sqlite3.Connection, batch_id: str, states: Collection[ItemState] | None, after: int, most: int
) -> list[Item]:
    """See `BatchStore.items`."""
    wanted = tuple(ItemState if states is None else states)
    marks = ", ".join("?" * len(wanted))
    sql = (
        f"SELECT {ITEM} FROM items WHERE batch = ? AND row > ? AND state IN ({marks})"  # noqa: S608 -- ours
        " ORDER BY row LIMIT ?"
    )
    return [read_item(row) for row in db.execute(sql, (batch_id, after, *wanted, most)).fetchall()]


def item(db: sqlite3.Connection, item_id: str) -> Item | None:
    """See `BatchStore.item`."""
    place = place_of(item_id)
    row = place and db.execute(f"SELECT {ITEM} FROM items WHERE batch = ? AND row = ?", place).fetchone()  # noqa: S608 -- ours
    return read_item(row) if row else None


def known(db: sqlite3.Connection, task_ids: Iterable[str]) -> dict[str, str]:
    """See `BatchStore.known`."""
    asked = list(dict.fromkeys(task_ids))
    found: dict[str, str] = {}
    for at in range(0, len(asked), _AT_ONCE):
        part = asked[at : at + _AT_ONCE]
        marks = ", ".join("?" * len(part))
        found.update(db.execute(f"SELECT task, item FROM tasks WHERE task IN ({marks})", part).fetchall())  # noqa: S608 -- ours
    return found


# --- claims


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


# --- ends of claims


def release(db: sqlite3.Connection, item: Item, due_at: float, code: str | None, reason: str | None) -> bool:
    """See `BatchStore.release`."""
    row = claimed(db, item)
    if row is None:
        return False
    db.execute(
        "UPDATE items SET due_at = ?, code = ?, reason = ? WHERE number = ?",
        (due_at, code, reason, row.number),
    )
    _free(db, row)
    return True


def _free(db: sqlite3.Connection, row: Row) -> None:
    """Let go of an item, whatever it is by now."""
    db.execute(f"UPDATE items SET {_FREE} WHERE number = ?", (row.number,))  # noqa: S608 -- ours
    _mind_batch(db, row)


def _mind_batch(db: sqlite3.Connection, row: Row) -> None:
    """Keep a queued item out of the queue where its batch is paused, and for good where it was called off."""
    paused, cancelled_at = db.execute(
        "SELECT paused, cancelled_at FROM batches WHERE id = ?", (row.batch,)
    ).fetchone()
    if cancelled_at is not None:
        db.execute(
            f"UPDATE items SET {_OUT}, state = 'cancelled', ended_at = ?"  # noqa: S608 -- ours
            " WHERE number = ? AND state = 'queued'",
            (cancelled_at, row.number),
        )
    elif paused is not None:
        db.execute(
            f"UPDATE items SET {_OUT} WHERE number = ? AND state = 'queued'",  # noqa: S608 -- ours
            (row.number,),
        )


def again(db: sqlite3.Connection, item: Item, due_at: float, code: str, reason: str) -> bool:
    """See `BatchStore.again`."""
    row = claimed(db, item)
    if row is None:
        return False
    db.execute(
        "UPDATE items SET state = 'queued', task = NULL, due_at = ?, code = ?, reason = ? WHERE number = ?",
        (due_at, code, reason, row.number),
    )
    _hold(db, row, Decimal(0))
    _free(db, row)
    return True


def park(db: sqlite3.Connection, item: Item, code: str, reason: str) -> bool:
    """See `BatchStore.park`."""
    row = claimed(db, item)
    if row is None:
        return False
    if row.state is not _SENDING:
        _free(db, row)
        return True
    db.execute(
        f"UPDATE items SET state = 'unknown', code = ?, reason = ?, {_OUT} WHERE number = ?",  # noqa: S608 -- ours
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
        f" reason = ?, held = ?, task = COALESCE(task, ?), {_OUT} WHERE number = ?",
        ends.values(),
    )
    db.executemany("INSERT OR IGNORE INTO tasks VALUES (?, ?)", tasks)
    for batch_id, more in spent.items():
        _spend(db, batch_id, more)
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


# --- people


def cancel(db: sqlite3.Connection, batch_id: str, now: float) -> int:
    """See `BatchStore.cancel`."""
    db.execute("UPDATE batches SET cancelled_at = COALESCE(cancelled_at, ?) WHERE id = ?", (now, batch_id))
    return db.execute(
        f"UPDATE items SET {_OUT}, state = 'cancelled', ended_at = ?"  # noqa: S608 -- ours
        " WHERE batch = ? AND state = 'queued'",
        (now, batch_id),
    ).rowcount


def pause(db: sqlite3.Connection, batch_id: str, reason: str) -> None:
    """See `BatchStore.pause`."""
    db.execute("UPDATE batches SET paused = ? WHERE id = ?", (reason, batch_id))
    db.execute(f"UPDATE items SET {_OUT} WHERE batch = ? AND state = 'queued'", (batch_id,))  # noqa: S608 -- ours


def resume(db: sqlite3.Connection, batch_id: str, budget: Decimal | None) -> None:
    """See `BatchStore.resume`."""
    db.execute(
        "UPDATE batches SET paused = NULL, budget = COALESCE(?, budget) WHERE id = ?",
        (text_of(budget), batch_id),
    )
    db.execute(
        "UPDATE items SET place = 2, back_at = due_at WHERE batch = ? AND state = 'queued' AND place IS NULL",
        (batch_id,),
    )


def found(db: sqlite3.Connection, item_id: str, task_id: str) -> bool:
    """See `BatchStore.found`."""
    row = row_of(db, item_id)
    if row is None or row.state not in (_SENDING, ItemState.UNKNOWN):
        return False
    if known(db, [task_id]).get(task_id, item_id) != item_id:
        return False
    _run(db, row, item_id, task_id)
    return True


def settle(db: sqlite3.Connection, item_id: str) -> bool:
    """See `BatchStore.settle`."""
    row = row_of(db, item_id)
    if row is None or row.state is not ItemState.UNKNOWN:
        return False
    _requeue(db, row)
    return True


# --- the ledger


def sent(db: sqlite3.Connection, submission: Submission) -> None:
    """See `BatchStore.sent`."""
    named = item_of(submission.number)
    row = row_of(db, named[0]) if named else None
    if named is None or row is None or not _may_send(row, named[1], submission.number):
        raise ClaimLost(ErrorCode.UNKNOWN, detail="the item is another worker's, or was called off")
    _hold(db, row, row.quoted, is_guarded=True)
    db.execute(
        f"UPDATE items SET state = 'sending', {_BEGUN}, sent = ?, submission = ?, sent_at = ?"  # noqa: S608 -- ours
        " WHERE number = ?",
        (submission.number, dump(submission.to_json()), submission.sent_at, row.number),
    )


def _may_send(row: Row, epoch: int, number: str) -> bool:
    is_same = row.state is _SENDING and row.sent == number
    return row.epoch == epoch and row.is_claimed and (row.state is _QUEUED or is_same)


def closed(db: sqlite3.Connection, number: str, task_id: str | None) -> bool:
    """See `BatchStore.closed`.

    Returns:
        Whether the submission is an item's last one.
    """
    named = item_of(number)
    row = row_of(db, named[0]) if named else None
    if named is None or row is None:
        return False
    if task_id:
        _note_task(db, task_id, named[0])
    if row.sent != number:
        return False
    is_open = row.state in (_SENDING, ItemState.UNKNOWN)
    if task_id is not None and (is_open or row.state is _QUEUED):
        _run(db, row, named[0], task_id)
    elif task_id is None and is_open:
        _requeue(db, row)
    return True


def _run(db: sqlite3.Connection, row: Row, item_id: str, task_id: str) -> None:
    if task_id:
        _note_task(db, task_id, item_id)
    _hold(db, row, row.quoted)
    db.execute(
        f"UPDATE items SET state = 'running', {_BEGUN}, task = ?, tries = tries + 1, due_at = 0, code = NULL,"  # noqa: S608 -- ours
        " reason = NULL WHERE number = ?",
        (task_id or None, row.number),
    )
    if not row.is_claimed:
        _free(db, row)


def _requeue(db: sqlite3.Connection, row: Row) -> None:
    """Queue an item whose submission was surely not accepted; who holds it goes on holding it."""
    _hold(db, row, Decimal(0))
    db.execute(
        "UPDATE items SET state = 'queued', place = CASE place WHEN 0 THEN 1 ELSE place END, due_at = 0"
        " WHERE number = ?",
        (row.number,),
    )
    if row.is_claimed:
        _mind_batch(db, row)
    else:
        _free(db, row)


def _note_task(db: sqlite3.Connection, task_id: str, item_id: str) -> None:
    db.execute("INSERT OR IGNORE INTO tasks VALUES (?, ?)", (task_id, item_id))


# --- money


def _hold(db: sqlite3.Connection, row: Row, credits: Decimal, *, is_guarded: bool = False) -> None:
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
        _spend(db, row.batch, more)


def _spend(db: sqlite3.Connection, batch_id: str, more: Decimal) -> None:
    if more:
        spent = Decimal(db.execute("SELECT spent FROM batches WHERE id = ?", (batch_id,)).fetchone()[0])
        db.execute("UPDATE batches SET spent = ? WHERE id = ?", (str(spent + more), batch_id))
