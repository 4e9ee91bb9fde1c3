"""Handing in, reading, people and the ledger: what happens in one transaction of the embedded store."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.submission import Submission
from kie_catalog.service.batch.items import (
    Added,
    Batch,
    Item,
    ItemState,
    NewItem,
    Progress,
    Row,
    id_of,
    item_of,
    place_of,
)
from kie_catalog.service.batch.sqlite_moves import BEGUN, OUT, hold, note_task, requeue, row_of, run
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

_QUEUED, _SENDING = ItemState.QUEUED, ItemState.SENDING
_AT_ONCE: Final = 500


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


def cancel(db: sqlite3.Connection, batch_id: str, now: float) -> int:
    """See `BatchStore.cancel`."""
    db.execute("UPDATE batches SET cancelled_at = COALESCE(cancelled_at, ?) WHERE id = ?", (now, batch_id))
    return db.execute(
        f"UPDATE items SET {OUT}, state = 'cancelled', ended_at = ?"  # noqa: S608 -- ours
        " WHERE batch = ? AND state = 'queued'",
        (now, batch_id),
    ).rowcount


def pause(db: sqlite3.Connection, batch_id: str, reason: str) -> None:
    """See `BatchStore.pause`."""
    db.execute("UPDATE batches SET paused = ? WHERE id = ?", (reason, batch_id))
    db.execute(f"UPDATE items SET {OUT} WHERE batch = ? AND state = 'queued'", (batch_id,))  # noqa: S608 -- ours


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
    run(db, row, item_id, task_id)
    return True


def settle(db: sqlite3.Connection, item_id: str) -> bool:
    """See `BatchStore.settle`."""
    row = row_of(db, item_id)
    if row is None or row.state is not ItemState.UNKNOWN:
        return False
    requeue(db, row)
    return True


def sent(db: sqlite3.Connection, submission: Submission) -> None:
    """See `BatchStore.sent`."""
    named = item_of(submission.number)
    row = row_of(db, named[0]) if named else None
    if named is None or row is None or not _may_send(row, named[1], submission.number):
        raise ClaimLost(ErrorCode.UNKNOWN, detail="the item is another worker's, or was called off")
    hold(db, row, row.quoted, is_guarded=True)
    db.execute(
        f"UPDATE items SET state = 'sending', {BEGUN}, sent = ?, submission = ?, sent_at = ?"  # noqa: S608 -- ours
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
        note_task(db, task_id, named[0])
    if row.sent != number:
        return False
    is_open = row.state in (_SENDING, ItemState.UNKNOWN)
    if task_id is not None and (is_open or row.state is _QUEUED):
        run(db, row, named[0], task_id)
    elif task_id is None and is_open:
        requeue(db, row)
    return True
