"""The tables of the embedded store, and how a batch and an item stand in their rows.

`place` says where an item is to be found: 0 begun, let go of and due; 1 in the queue and due; 2 out until
`back_at`, because it is claimed or not due; nothing where no time brings it back. A claim looks at what is
due only, so it costs the same however many items wait, are paused or have ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from kie_catalog.client.submission import Submission
from kie_catalog.service.batch.items import Batch, Item, ItemState, NewItem, id_of, rank

VERSION: Final = 1
"""Of the tables; stands in the file."""
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS batches (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  added_at REAL NOT NULL,
  title TEXT NOT NULL,
  key TEXT UNIQUE,
  fingerprint TEXT NOT NULL,
  budget TEXT,
  tries INTEGER NOT NULL,
  callback_url TEXT,
  paused TEXT,
  cancelled_at REAL,
  quoted TEXT NOT NULL,
  spent TEXT NOT NULL DEFAULT '0'
);
CREATE TABLE IF NOT EXISTS items (
  number INTEGER PRIMARY KEY,
  batch TEXT NOT NULL,
  row INTEGER NOT NULL,
  model TEXT NOT NULL,
  payload TEXT NOT NULL,
  measurements TEXT NOT NULL,
  key TEXT,
  fingerprint TEXT NOT NULL,
  priority INTEGER NOT NULL,
  rank REAL NOT NULL,
  added_at REAL NOT NULL,
  quoted TEXT,
  state TEXT NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  place INTEGER,
  back_at REAL,
  due_at REAL NOT NULL DEFAULT 0,
  sent TEXT,
  submission TEXT,
  sent_at REAL,
  held TEXT NOT NULL DEFAULT '0',
  task TEXT,
  charged TEXT,
  urls TEXT,
  files TEXT,
  data TEXT,
  code TEXT,
  reason TEXT,
  ended_at REAL,
  UNIQUE (batch, row)
);
CREATE UNIQUE INDEX IF NOT EXISTS items_key ON items (key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_next ON items (place, rank) WHERE place <= 1;
CREATE INDEX IF NOT EXISTS items_next_of ON items (batch, place, rank) WHERE place <= 1;
CREATE INDEX IF NOT EXISTS items_back ON items (back_at) WHERE place = 2;
CREATE INDEX IF NOT EXISTS items_worker ON items (worker) WHERE worker IS NOT NULL;
CREATE INDEX IF NOT EXISTS items_state ON items (batch, state);
CREATE TABLE IF NOT EXISTS tasks (task TEXT PRIMARY KEY, item TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
"""

ITEM: Final = (
    "batch, row, model, state, payload, measurements, key, priority, quoted, charged, epoch, tries, task,"
    " submission, urls, files, data, code, reason, added_at, sent_at, ended_at, due_at"
)
BATCH: Final = (
    "id, added_at, title, key, fingerprint, budget, tries, callback_url, paused, cancelled_at IS NOT NULL"
)


def read_item(row: tuple[Any, ...], epoch: int | None = None) -> Item:
    """An item out of the columns of `ITEM`.

    Args:
        row: of the table.
        epoch: that it has by now, where it was read before it was claimed.
    """
    (batch, place, model, state, payload, measurements, key, priority, quoted, charged, was, tries) = row[:12]
    (task, submission, urls, files, data, code, reason, added_at, sent_at, ended_at, due_at) = row[12:]
    return Item(
        id=id_of(batch, place),
        batch_id=batch,
        row=place,
        model_id=model,
        state=ItemState(state),
        payload=json.loads(payload),
        measurements=json.loads(measurements),
        key=key,
        priority=priority,
        quoted=money(quoted),
        charged=money(charged),
        epoch=was if epoch is None else epoch,
        tries=tries,
        task_id=task,
        submission=Submission.from_json(json.loads(submission)) if submission else None,
        urls=tuple(json.loads(urls)) if urls else (),
        files=tuple(json.loads(files)) if files else (),
        data=json.loads(data) if data else None,
        code=code,
        reason=reason,
        added_at=added_at,
        sent_at=sent_at,
        ended_at=ended_at,
        due_at=due_at,
    )


def read_batch(row: tuple[Any, ...]) -> Batch:
    """A batch out of the columns of `BATCH`."""
    batch, added_at, title, key, fingerprint, budget, tries, callback_url, paused, is_cancelled = row
    return Batch(
        id=batch,
        added_at=added_at,
        title=title,
        key=key,
        fingerprint=fingerprint,
        budget=money(budget),
        tries=tries,
        callback_url=callback_url,
        paused=paused,
        is_cancelled=bool(is_cancelled),
    )


NEW_ITEM: Final = (
    "INSERT INTO items (batch, row, model, payload, measurements, key, fingerprint, priority, rank, added_at,"
    " quoted, state, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)"
)


def new_row(batch: Batch, item: NewItem) -> tuple[Any, ...]:
    """What `NEW_ITEM` takes."""
    return (
        batch.id,
        item.row,
        item.model_id,
        dump(item.payload),
        dump(item.measurements),
        item.key,
        item.fingerprint,
        item.priority,
        rank(batch.added_at, item.priority),
        batch.added_at,
        text_of(item.quoted),
        None if batch.paused is not None else 1,
    )


def dump(value: Any) -> str:
    """A value as JSON, which holds whatever a text may."""
    return json.dumps(dict(value) if isinstance(value, Mapping) else value, separators=(",", ":"))


def money(text: str | None) -> Decimal | None:
    """Credits out of a column."""
    return None if text is None else Decimal(text)


def text_of(credits: Decimal | None) -> str | None:
    """Credits for a column."""
    return None if credits is None else str(credits)
