"""The limits of an account for all processes of one machine, in one SQLite file."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

from kie_catalog.client.settings import Clock, Quotas
from kie_catalog.client.store import Store

T = TypeVar("T")
_LOG: Final = logging.getLogger("kie_catalog.client")
_LOST_AFTER: Final = 120.0
"""Seconds after which a creation whose process said nothing more counts as ended."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS creations (id TEXT PRIMARY KEY, begun REAL NOT NULL, ended REAL);
CREATE TABLE IF NOT EXISTS running (name TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS metadata (one INTEGER PRIMARY KEY CHECK (one = 1), next REAL NOT NULL);
"""
_PAUSE: Final = 0.25


class SharedLimiter:
    """As `LocalLimiter`, for every process that names the same file; use one file an account.

    A process that dies keeps its creation for two minutes and its running tasks for the lease.
    """

    def __init__(
        self,
        file: Path | str,
        quotas: Quotas | None = None,
        clock: Clock | None = None,
        *,
        lost_after: float = _LOST_AFTER,
    ) -> None:
        """Open the file, or make it.

        Args:
            file: where it is.
            quotas: what the account may do.
            clock: tells the time.
            lost_after: seconds after which a creation whose process said nothing more counts as ended; no
                request may take longer.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        # Counts mend themselves, so none of them is worth a wait for the disk.
        self._store = Store(file, _SCHEMA, durable=False)
        self.quotas = quotas or Quotas()
        self._clock = clock or Clock()
        self._lost_after = lost_after

    async def _do(self, act: Callable[[sqlite3.Connection, float], T]) -> T:
        """Act in one transaction that no other process's can interleave with."""

        def whole(db: sqlite3.Connection) -> T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = act(db, self._clock.now())
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
            return result

        acting = asyncio.ensure_future(self._store.do(whole))
        try:
            return await asyncio.shield(acting)
        except asyncio.CancelledError:
            # The thread goes on all the same, and whoever undoes what it does must come after it.
            await asyncio.wait([acting])
            raise

    async def _afterwards(self, act: Callable[[sqlite3.Connection, float], object]) -> None:
        """Act after the fact: what was paid for is worth more than an exact count, which mends itself."""
        try:
            await asyncio.shield(self._do(act))
        except sqlite3.Error as error:
            _LOG.warning("the limits in %s could not be kept (%s)", self._store.file, error)

    @asynccontextmanager
    async def creation(self) -> AsyncIterator[None]:
        """A context that one creation's request is sent in; entering it waits for a place."""
        name = uuid.uuid4().hex
        try:
            while (wait := await self._do(lambda db, now: self._begin(db, now, name))) is not None:
                await self._clock.sleep(wait)
        except asyncio.CancelledError:
            await self._afterwards(lambda db, now: _end(db, now, name))
            raise
        try:
            yield
        finally:
            await self._afterwards(lambda db, now: _end(db, now, name))

    def _begin(self, db: sqlite3.Connection, now: float, name: str) -> float | None:
        """Take a place, or say how long to wait for one."""
        db.execute(
            "UPDATE creations SET ended = ? WHERE ended IS NULL AND begun < ?", (now, now - self._lost_after)
        )
        db.execute("DELETE FROM creations WHERE ended <= ?", (now - self.quotas.period,))
        count, oldest = db.execute("SELECT count(*), min(ended) FROM creations").fetchone()
        if count < self.quotas.creations:
            db.execute("INSERT INTO creations VALUES (?, ?, NULL)", (name, now))
            return None
        wait = _PAUSE if oldest is None else oldest + self.quotas.period - now
        return float(min(max(wait, 0.005), self.quotas.period)) * (1 + self._clock.chance() / 50)

    async def enter(self, submission: str) -> None:
        """Wait for a place among the running tasks, and take it under this name; called off, take none."""

        def act(db: sqlite3.Connection, now: float) -> bool:
            db.execute("DELETE FROM running WHERE until <= ?", (now,))
            if db.execute("SELECT count(*) FROM running").fetchone()[0] >= self.quotas.running:
                return False
            db.execute("INSERT OR REPLACE INTO running VALUES (?, ?)", (submission, now + self.quotas.lease))
            return True

        try:
            while not await self._do(act):
                await self._clock.sleep(_PAUSE * (1 + self._clock.chance()))
        except asyncio.CancelledError:
            await self.leave(submission)
            raise

    async def rename(self, submission: str, task_id: str) -> None:
        """Keep a place under the task's id, once it has one."""
        sql = "UPDATE OR REPLACE running SET name = ? WHERE name = ?"
        await self._afterwards(lambda db, _: db.execute(sql, (task_id, submission)))

    async def leave(self, name: str) -> None:
        """Give a place back; a name that holds none is nothing to mind."""
        await self._afterwards(lambda db, _: db.execute("DELETE FROM running WHERE name = ?", (name,)))

    async def metadata(self) -> None:
        """Wait for a turn at the keyed models API."""

        def act(db: sqlite3.Connection, now: float) -> float:
            row = db.execute("SELECT next FROM metadata").fetchone()
            turn = max(now, row[0] if row else 0.0)
            db.execute(
                "INSERT OR REPLACE INTO metadata VALUES (1, ?)", (turn + self.quotas.metadata_interval,)
            )
            return float(turn - now)

        if (wait := await self._do(act)) > 0:
            await self._clock.sleep(wait)


def _end(db: sqlite3.Connection, now: float, name: str) -> None:
    db.execute("UPDATE creations SET ended = ? WHERE id = ?", (now, name))
