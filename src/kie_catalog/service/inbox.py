"""The callbacks that were accepted, kept: none is lost by a crash, none is heard twice."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from kie_catalog.client.callbacks import CallbackBody
from kie_catalog.client.store import Store
from kie_catalog.client.submission import mark_of
from kie_catalog.service.batch.store import StoreUnavailable

_ANSWER_WITHIN: Final = 0.7
"""Seconds that a callback may wait for the file: it is answered within a second, kept or not."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS callbacks (
  number INTEGER PRIMARY KEY,
  task TEXT NOT NULL,
  stage TEXT NOT NULL,
  moment TEXT NOT NULL,
  mark TEXT,
  is_last INTEGER NOT NULL,
  statuses TEXT NOT NULL,
  received REAL NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_try REAL NOT NULL,
  done REAL,
  UNIQUE (task, stage, moment)
);
CREATE INDEX IF NOT EXISTS callbacks_open ON callbacks (done, next_try);
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted callback that has not been dealt with."""

    number: int
    task_id: str
    is_last: bool
    statuses: tuple[str, ...]
    tries: int


NOT_ASKED: Final = (sqlite3.Error, StoreUnavailable)
"""What an inbox raises where it can't be asked: its file, or its server."""


class Callbacks(Protocol):
    """Keeps accepted callbacks. What they say is not kept: it is asked for.

    Every method raises one of `NOT_ASKED` where the inbox can't be asked.
    """

    async def put(self, body: CallbackBody, raw: bytes, moment: int | None, now: float) -> bool:
        """Keep a callback.

        Args:
            body: as it was read.
            raw: as it came; tells unsigned ones apart, of which no moment is known.
            moment: that was signed.
            now: Unix seconds.

        Returns:
            Whether it is new; a replay or a duplicate is not.
        """

    async def due(self, now: float, most: int = 50) -> list[Delivery]:
        """The callbacks to deal with now, oldest first."""

    async def close_task(self, task_id: str, now: float) -> None:
        """Note that all callbacks of a task so far are dealt with."""

    async def close(self, delivery: Delivery, now: float) -> None:
        """Note that one callback is dealt with."""

    async def put_off(self, delivery: Delivery, until: float) -> None:
        """Note that a callback could not be dealt with, and when to try again."""

    async def heard_of(self, task_id: str, after: int = 0) -> int:
        """The number of the newest callback of a task, if it is newer than this; else 0."""

    async def news(self, after: int) -> list[tuple[int, str]]:
        """The callbacks with a number above this, oldest first and not all at once: each with its task."""

    async def candidates(self, *, since: float = 0.0, number: str | None = None) -> list[str]:
        """The tasks that callbacks told of, for `KieClient.reconcile`.

        Args:
            since: Unix seconds of the oldest callback that counts.
            number: of the submission that is looked for; a callback to a marked address names it.
        """

    async def forget(self, before: float) -> None:
        """Drop what was dealt with before this moment."""


def told_of(raw: bytes, moment: int | None) -> str:
    """What tells a callback from another one of the same task and stage."""
    return str(moment) if moment is not None else hashlib.sha256(raw).hexdigest()


class Inbox:
    """The callbacks in one SQLite file."""

    def __init__(self, file: Path | str) -> None:
        """Open the file, or make it.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        # What was answered with 200 is on the disk.
        self._store = Store(file, _SCHEMA, patience=5.0)

    async def put(self, body: CallbackBody, raw: bytes, moment: int | None, now: float) -> bool:
        """Keep a callback; see `Callbacks`."""
        row = (
            body.task_id,
            body.stage,
            told_of(raw, moment),
            mark_of(body.callback_url),
            body.is_last,
            " ".join(body.statuses),
            now,
            now,
        )
        sql = (
            "INSERT OR IGNORE INTO callbacks"
            " (task, stage, moment, mark, is_last, statuses, received, next_try)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        return await self._store.do(lambda db: db.execute(sql, row).rowcount == 1, _ANSWER_WITHIN)

    async def due(self, now: float, most: int = 50) -> list[Delivery]:
        """The callbacks to deal with now, oldest first."""
        sql = (
            "SELECT number, task, is_last, statuses, tries FROM callbacks"
            " WHERE done IS NULL AND next_try <= ? ORDER BY number LIMIT ?"
        )
        rows = await self._store.do(lambda db: db.execute(sql, (now, most)).fetchall())
        return [
            Delivery(number, task, bool(last), tuple(known.split()), tries)
            for number, task, last, known, tries in rows
        ]

    async def close_task(self, task_id: str, now: float) -> None:
        """Note that all callbacks of a task so far are dealt with."""
        sql = "UPDATE callbacks SET done = ? WHERE task = ? AND done IS NULL"
        await self._store.do(lambda db: db.execute(sql, (now, task_id)))

    async def close(self, delivery: Delivery, now: float) -> None:
        """Note that one callback is dealt with."""
        sql = "UPDATE callbacks SET done = ? WHERE number = ?"
        await self._store.do(lambda db: db.execute(sql, (now, delivery.number)))

    async def put_off(self, delivery: Delivery, until: float) -> None:
        """Note that a callback could not be dealt with, and when to try again."""
        sql = "UPDATE callbacks SET tries = tries + 1, next_try = ? WHERE number = ?"
        await self._store.do(lambda db: db.execute(sql, (until, delivery.number)))

    async def heard_of(self, task_id: str, after: int = 0) -> int:
        """The number of the newest callback of a task, if it is newer than this; else 0."""
        sql = "SELECT max(number) FROM callbacks WHERE task = ? AND number > ?"
        return int((await self._store.do(lambda db: db.execute(sql, (task_id, after)).fetchone()))[0] or 0)

    async def news(self, after: int) -> list[tuple[int, str]]:
        """The callbacks with a number above this, oldest first: each with its task."""
        sql = "SELECT number, task FROM callbacks WHERE number > ? ORDER BY number LIMIT 1000"
        return await self._store.do(lambda db: db.execute(sql, (after,)).fetchall())

    async def candidates(self, *, since: float = 0.0, number: str | None = None) -> list[str]:
        """The tasks that callbacks told of; see `Callbacks`."""
        sql = (
            "SELECT DISTINCT task FROM callbacks"
            " WHERE received >= ? AND (mark IS NULL OR ? IS NULL OR mark = ?)"
        )
        rows = await self._store.do(lambda db: db.execute(sql, (since, number, number)).fetchall())
        return [task for (task,) in rows]

    async def forget(self, before: float) -> None:
        """Drop what was dealt with before this moment."""
        await self._store.do(lambda db: db.execute("DELETE FROM callbacks WHERE done < ?", (before,)))
