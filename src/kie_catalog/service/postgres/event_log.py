"""Events in one database: of all processes of all hosts, added up as they come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

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
from kie_catalog.service.analytics.tally import EVER, HOUR, tallied
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.schema import SCHEMA

if TYPE_CHECKING:
    import psycopg

    Line: TypeAlias = psycopg.Connection[tuple[Any, ...]]

T = TypeVar("T")
_LOCK: Final = 0x6B69_6565_7674
"""Number of the advisory lock of whoever writes: sums are read, added to and written by one at a time."""
_PATIENCE: Final = 30
"""Seconds to wait for the server, or for another writer."""
_EVENTS: Final = (
    "SELECT number, key, at, model, modes, outcome, code, quoted, charged, wait, run, extra FROM events"
    " WHERE (at, number) > (%s::float8, %s::bigint) AND at < %s::float8"
    " AND (%s::text IS NULL OR model = %s) ORDER BY at, number LIMIT %s"
)
_NEW_EVENT: Final = (
    "INSERT INTO events (key, at, model, modes, outcome, code, quoted, charged, wait, run, extra)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_OPEN: Final = "SELECT key, at, model, modes, quoted, state, extra FROM event_open WHERE key = ANY(%s)"
_NEW_OPEN: Final = (
    "INSERT INTO event_open (key, at, model, modes, quoted, state, extra) VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
_OF: Final = "hour, model, modes, outcome, code"
_COUNTS: Final = (
    "count, quoted, charged, billed, billed_quoted, billed_charged, ratios, waits, wait_seconds, runs,"
    " run_seconds"
)
_SUMS: Final = (
    f"SELECT {_OF}, {_COUNTS} FROM event_sums"  # noqa: S608 -- ours
    " WHERE hour >= %s AND hour < %s AND (%s::text IS NULL OR model = %s)"
)
_SUMS_OF: Final = (
    f"SELECT {_OF}, {_COUNTS} FROM event_sums"  # noqa: S608 -- ours
    " JOIN unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])"
    f" AS wanted ({_OF}) USING ({_OF})"
)
_NEW_SUMS: Final = (
    f"INSERT INTO event_sums ({_OF}, {_COUNTS}) VALUES ({', '.join(['%s'] * 16)})"  # noqa: S608 -- ours
    f" ON CONFLICT ({_OF}) DO UPDATE SET ({_COUNTS}) ="
    f" ({', '.join(f'excluded.{each}' for each in _COUNTS.split(', '))})"
)


class PostgresEventLog(StoredLog):
    """A log of events in a database that any number of processes on any number of hosts share.

    It has connections of its own, apart from those of `Database`: it works in threads, without an event loop.
    """

    SUMS = _SUMS
    EVENTS = _EVENTS

    def __init__(
        self,
        database: Database,
        *,
        keeps_content: bool = False,
        keep_days: float | None = None,
        most: int = 20_000,
    ) -> None:
        """Name the database; nothing is opened before the first entry or question.

        Args:
            database: where it is; it need not be open, and is left as it is.
            keeps_content: whether inputs and addresses of results are kept too: guard the database then.
            keep_days: days after which an event is dropped by itself; `None` keeps them until `forget`.
            most: entries that may wait to be written; see `Appender`.
        """
        self._database = database
        self._acting = threading.Lock()
        self._line: Line | None = None
        self._is_prepared = False
        super().__init__(away=StoreUnavailable, keeps_content=keeps_content, keep_days=keep_days, most=most)

    def close(self) -> None:
        """Write what waits, take nothing more, and let go of the server."""
        super().close()
        with self._acting:
            self._let_go()

    def _put(self, entries: Sequence[Entry]) -> None:
        self._act(lambda line: _write(line, entries))

    def _all(self, sql: str, given: Sequence[Any] = ()) -> Rows:
        """Ask on a connection of its own: who writes is not kept waiting."""
        with self._database.told(), closing(self._connect()) as line:
            return line.execute(sql, given).fetchall()

    def forget(self, before: float, *, sums: bool = False) -> int:
        """Drop the events before a moment; see `StoredLog`.

        The server takes what was dropped off its disk in its own time, as it does with all rows.
        """
        return self._act(lambda line: _forget(line, before, sums=sums))

    # --- the server

    def _act(self, act: Callable[[Line], T]) -> T:
        """Act in one transaction, while no other process writes."""
        import psycopg  # noqa: PLC0415 -- an extra

        with self._acting, self._database.told():
            try:
                line = self._line = self._line or self._connect()
                with line.transaction():
                    line.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                    return act(line)
            except psycopg.DataError as error:
                # What the server says of it repeats it.
                raise ValueError(f"an entry that can't be kept ({type(error).__name__})") from None
            except psycopg.Error:
                self._let_go()
                raise

    def _connect(self) -> Line:
        """A connection; each statement is a transaction of its own unless one is begun."""
        import psycopg  # noqa: PLC0415 -- an extra

        if not self._is_prepared:
            self._prepare()
        line = psycopg.connect(
            self._database.url,
            autocommit=True,
            connect_timeout=_PATIENCE,
            keepalives_idle=_PATIENCE,
            tcp_user_timeout=_PATIENCE * 1000,
            application_name="kie-catalog",
        )
        # Else the sums would be seen as they were before the lock was waited for.
        line.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        line.execute(f"SET search_path TO {SCHEMA}")
        line.execute(f"SET lock_timeout TO '{_PATIENCE}s'")
        return line

    def _prepare(self) -> None:
        """Make the tables, in a thread of its own: the caller's may have an event loop that is running."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(self._database.prepare())).result()
        self._is_prepared = True

    def _let_go(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _write(line: Line, entries: Sequence[Entry]) -> None:
    """Bring all entries in at once: what they speak of is read, changed here, and written."""
    keys = [*{key for each in entries for key in (each.key, _new_key(each)) if key}]
    before = {row[0]: row for row in line.execute(_OPEN, (keys,))}
    ended = {key for (key,) in line.execute("SELECT key FROM events WHERE key = ANY(%s)", (keys,))}
    after = dict(before)
    new = [event for each in entries if (event := _applied(each, after, ended)) is not None]
    gone = [key for key, row in before.items() if after.get(key) != row]
    line.execute("DELETE FROM event_open WHERE key = ANY(%s)", (gone,))
    cursor = line.cursor()
    cursor.executemany(_NEW_OPEN, [row for key, row in after.items() if before.get(key) != row])
    cursor.executemany(_NEW_EVENT, [row_of_event(event) for event in new])
    sums = dict(tallied(new))
    for row in line.execute(
        _SUMS_OF, [list(column) for column in zip(*sums, strict=True)] if sums else [[]] * 5
    ):
        group, kept = sums_of(row)
        sums[group].merge(kept)
    cursor.executemany(_NEW_SUMS, [(*group, *row_of_tally(tally)) for group, tally in sums.items()])


def _new_key(entry: Entry) -> str | None:
    return entry.new_key if isinstance(entry, Moved) else None


def _applied(entry: Entry, opened: dict[str, tuple[Any, ...]], ended: set[str]) -> GenerationEvent | None:
    """Bring an entry into the open generations and the ends; an event whose end is new, completed."""
    row = opened.get(entry.key)
    if isinstance(entry, Begun):
        if row is None and entry.key not in ended:
            opened[entry.key] = row_of_begun(entry)
        return None
    if row is not None:
        del opened[entry.key]
    if isinstance(entry, Moved):
        if row is not None:
            _move(row, entry, opened, ended)
        return None
    if entry.key in ended:
        return None
    ended.add(entry.key)
    return completed(entry, None if row is None else (*row[1:5], row[6]))


def _move(row: tuple[Any, ...], moved: Moved, opened: dict[str, tuple[Any, ...]], ended: set[str]) -> None:
    """Put an open generation under its key of now; what has ended under it is open no more."""
    key = moved.new_key or moved.key
    if key not in ended:
        opened[key] = (key, *row[1:5], moved.state.value, row[6])


def _forget(line: Line, before: float, *, sums: bool) -> int:
    gone = line.execute("DELETE FROM events WHERE at < %s", (before,)).rowcount
    line.execute("DELETE FROM event_open WHERE at < %s", (before,))
    if sums:
        line.execute("DELETE FROM event_sums WHERE hour > %s AND hour < %s", (EVER, int(before // HOUR)))
    return gone
