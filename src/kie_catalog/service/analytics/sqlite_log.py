"""Events in a SQLite file: that of the batches, or one of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from kie_catalog.client.store import Store
from kie_catalog.service.analytics.events import (
    Begun,
    Entry,
    GenerationEvent,
    Moved,
)
from kie_catalog.service.analytics.rows import (
    completed,
    row_of_begun,
    row_of_event,
    row_of_tally,
    sums_of,
)
from kie_catalog.service.analytics.stored_log import Rows, StoredLog
from kie_catalog.service.analytics.tally import EVER, HOUR, Group, Tally, tallied

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS events (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  at REAL NOT NULL,
  model TEXT NOT NULL,
  modes TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  quoted TEXT,
  charged TEXT,
  wait REAL,
  run REAL,
  extra TEXT
);
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE TABLE IF NOT EXISTS event_open (
  key TEXT PRIMARY KEY,
  at REAL NOT NULL,
  model TEXT NOT NULL,
  modes TEXT NOT NULL,
  quoted TEXT,
  state TEXT NOT NULL,
  extra TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS event_sums (
  hour INTEGER NOT NULL,
  model TEXT NOT NULL,
  modes TEXT NOT NULL,
  outcome TEXT NOT NULL,
  code TEXT NOT NULL,
  count INTEGER NOT NULL,
  quoted TEXT NOT NULL,
  charged TEXT NOT NULL,
  billed INTEGER NOT NULL,
  billed_quoted TEXT NOT NULL,
  billed_charged TEXT NOT NULL,
  ratios TEXT NOT NULL,
  waits BLOB NOT NULL,
  wait_seconds REAL NOT NULL,
  runs BLOB NOT NULL,
  run_seconds REAL NOT NULL,
  PRIMARY KEY (hour, model, modes, outcome, code)
) WITHOUT ROWID;
"""
_EVENTS: Final = (
    "SELECT number, key, at, model, modes, outcome, code, quoted, charged, wait, run, extra FROM events"
    " WHERE (at, number) > (?, ?) AND at < ? AND (? IS NULL OR model = ?) ORDER BY at, number LIMIT ?"
)
_NEW_EVENT: Final = (
    "INSERT OR IGNORE INTO events"
    " (key, at, model, modes, outcome, code, quoted, charged, wait, run, extra)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SUMS: Final = "SELECT * FROM event_sums WHERE hour >= ? AND hour < ? AND (? IS NULL OR model = ?)"
_SUMS_OF: Final = (
    "SELECT * FROM event_sums WHERE hour = ? AND model = ? AND modes = ? AND outcome = ? AND code = ?"
)
_NEW_SUMS: Final = "INSERT OR REPLACE INTO event_sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class SqliteEventLog(StoredLog):
    """A log of events in a SQLite file that other processes may use as well; writes and reads.

    It makes its own tables and touches no others, so it may be the file of a batch store.
    """

    SUMS = _SUMS
    EVENTS = _EVENTS

    def __init__(
        self,
        file: Path | str,
        *,
        keeps_content: bool = False,
        keep_days: float | None = None,
        most: int = 20_000,
    ) -> None:
        """Open the file, or make it.

        Args:
            file: where it is.
            keeps_content: whether inputs and addresses of results are kept too: guard the file then.
            keep_days: days after which an event is dropped by itself; `None` keeps them until `forget`.
            most: entries that may wait to be written; see `Appender`.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        # What the last second before a power cut left is not worth a wait for the disk at each event.
        self._store = Store(file, _SCHEMA, durable=False)
        super().__init__(
            away=sqlite3.OperationalError, keeps_content=keeps_content, keep_days=keep_days, most=most
        )

    def _put(self, entries: Sequence[Entry]) -> None:
        self._store.act(lambda db: _whole(db, lambda: _write(db, entries)))

    def _all(self, sql: str, given: Sequence[Any] = ()) -> Rows:
        return self._store.act(lambda db: db.execute(sql, given).fetchall())

    def forget(self, before: float, *, sums: bool = False) -> int:
        """Drop the events before a moment; see `StoredLog`. They are gone from the disk as well."""

        def act(db: sqlite3.Connection) -> int:
            db.execute("PRAGMA secure_delete = ON")  # what was kept on request must not be left in free pages
            gone = _whole(db, lambda: _forget(db, before, sums=sums))
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

        return self._store.act(act)


def _whole(db: sqlite3.Connection, work: Callable[[], int]) -> int:
    """Do work as one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        done = work()
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    return done


def _write(db: sqlite3.Connection, entries: Sequence[Entry]) -> int:
    new = []
    for each in entries:
        if isinstance(each, Begun):
            _open(db, each)
        elif isinstance(each, Moved):
            _move(db, each)
        elif (event := _end(db, each)) is not None:
            new.append(event)
    for group, tally in tallied(new).items():
        _add_up(db, group, tally)
    return len(new)


def _open(db: sqlite3.Connection, begun: Begun) -> None:
    sql = (
        "INSERT OR IGNORE INTO event_open (key, at, model, modes, quoted, state, extra)"
        " SELECT ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM events WHERE key = ?)"
    )
    db.execute(sql, (*row_of_begun(begun), begun.key))


def _move(db: sqlite3.Connection, moved: Moved) -> None:
    """Give an open generation its new key or state; what has ended under its new key is open no more."""
    key = moved.new_key or moved.key
    sql = "UPDATE OR REPLACE event_open SET key = ?, state = ? WHERE key = ?"
    db.execute(sql, (key, moved.state, moved.key))
    db.execute(
        "DELETE FROM event_open WHERE key = ? AND EXISTS (SELECT 1 FROM events WHERE key = ?)", (key, key)
    )


def _end(db: sqlite3.Connection, event: GenerationEvent) -> GenerationEvent | None:
    """Write an event, completed from what was known when it was sent; `None` if its end was seen before."""
    sql = "DELETE FROM event_open WHERE key = ? RETURNING at, model, modes, quoted, extra"
    whole = completed(event, db.execute(sql, (event.key,)).fetchone())
    return whole if db.execute(_NEW_EVENT, row_of_event(whole)).rowcount == 1 else None


def _add_up(db: sqlite3.Connection, group: Group, tally: Tally) -> None:
    kept = db.execute(_SUMS_OF, group).fetchone()
    if kept:
        tally.merge(sums_of(kept)[1])
    db.execute(_NEW_SUMS, (*group, *row_of_tally(tally)))


def _forget(db: sqlite3.Connection, before: float, *, sums: bool) -> int:
    gone = db.execute("DELETE FROM events WHERE at < ?", (before,)).rowcount
    db.execute("DELETE FROM event_open WHERE at < ?", (before,))
    if sums:
        db.execute("DELETE FROM event_sums WHERE hour > ? AND hour < ?", (EVER, int(before // HOUR)))
    return gone
