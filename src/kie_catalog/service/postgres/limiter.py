"""The limits of an account for all processes on all hosts, in one database."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from kie_catalog.client.settings import Clock, Quotas
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.postgres.database import Database, fetch

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection

T = TypeVar("T")
_LOG: Final = logging.getLogger("kie_catalog.postgres")
_LOST_AFTER: Final = 120.0
"""Seconds after which a creation whose process said nothing more counts as ended."""
_PAUSE: Final = 0.25
_NOW: Final = "SELECT extract(epoch FROM clock_timestamp())::float8"


class PostgresLimiter:
    """As `LocalLimiter`, for every process that names the same database and account.

    Moments are the server's, so that no host's clock matters. In each process one creation and one task at
    a time look for a place; the others wait behind it without asking. A process that dies keeps its creation
    for two minutes and its running tasks for the lease.
    """

    def __init__(
        self,
        database: Database,
        quotas: Quotas | None = None,
        clock: Clock | None = None,
        *,
        account: str = "default",
        lost_after: float = _LOST_AFTER,
    ) -> None:
        """Make a limiter.

        Args:
            database: opened.
            quotas: of the account.
            clock: for pauses.
            account: whose limits; one name for each account that a database serves.
            lost_after: seconds after which a creation whose process said nothing more counts as ended; longer
                than any request may take.
        """
        self._database = database
        self.quotas = quotas or Quotas()
        self._clock = clock or Clock()
        self._account = account
        self._lost_after = lost_after
        self._turn = asyncio.Lock()
        self._door = asyncio.Lock()

    async def _do(self, act: Callable[[Connection, float], Awaitable[T]]) -> T:
        """Act while nobody else acts on the account's limits."""

        async def whole(connection: Connection) -> T:
            await fetch(
                connection, "INSERT INTO accounts (name) VALUES (%s) ON CONFLICT DO NOTHING", self._account
            )
            await fetch(connection, "SELECT FROM accounts WHERE name = %s FOR UPDATE", self._account)
            ((now,),) = await fetch(connection, _NOW)
            return await act(connection, now)

        return await self._database.do(whole)

    async def _afterwards(self, act: Callable[[Connection, float], Awaitable[object]]) -> None:
        """Act after the fact: what was paid for is worth more than an exact count, which mends itself."""
        try:
            await asyncio.shield(self._do(act))
        except StoreUnavailable as error:
            _LOG.warning("the limits could not be kept (%s)", error)

    @asynccontextmanager
    async def creation(self) -> AsyncIterator[None]:
        """A context that one creation's request is sent in; entering it waits for a place, in turn.

        Raises:
            StoreUnavailable: the limits can't be asked for.
        """
        name = uuid.uuid4().hex
        try:
            async with self._turn:
                while (wait := await self._do(lambda db, now: self._begin(db, now, name))) is not None:
                    await self._clock.sleep(wait)
        except asyncio.CancelledError:
            await self._end(name)
            raise
        try:
            yield
        finally:
            await self._end(name)

    async def _begin(self, db: Connection, now: float, name: str) -> float | None:
        """Take a place, or say how long to wait for one."""
        lost = "UPDATE creations SET ended = %s WHERE account = %s AND ended IS NULL AND begun < %s"
        await fetch(db, lost, now, self._account, now - self._lost_after)
        gone = "DELETE FROM creations WHERE account = %s AND ended <= %s"
        await fetch(db, gone, self._account, now - self.quotas.period)
        asked = "SELECT count(*), min(ended) FROM creations WHERE account = %s"
        ((count, oldest),) = await fetch(db, asked, self._account)
        if count < self.quotas.creations:
            taken = "INSERT INTO creations (account, id, begun) VALUES (%s, %s, %s)"
            await fetch(db, taken, self._account, name, now)
            return None
        wait = _PAUSE if oldest is None else oldest + self.quotas.period - now
        return float(min(max(wait, 0.005), self.quotas.period)) * (1 + self._clock.chance() / 50)

    async def _end(self, name: str) -> None:
        """Note that a creation has ended, if it has begun at all."""
        sql = "UPDATE creations SET ended = %s WHERE account = %s AND id = %s"
        await self._afterwards(lambda db, now: fetch(db, sql, now, self._account, name))

    async def enter(self, submission: str) -> None:
        """Wait for a place among the running tasks, and take it under this name; called off, take none.

        Raises:
            StoreUnavailable: the limits can't be asked for.
        """

        async def act(db: Connection, now: float) -> bool:
            await fetch(db, "DELETE FROM running WHERE account = %s AND until <= %s", self._account, now)
            others = "SELECT count(*) FROM running WHERE account = %s AND name <> %s"
            ((count,),) = await fetch(db, others, self._account, submission)
            if count >= self.quotas.running:
                return False
            taken = (
                "INSERT INTO running VALUES (%s, %s, %s)"
                " ON CONFLICT (account, name) DO UPDATE SET until = excluded.until"
            )
            await fetch(db, taken, self._account, submission, now + self.quotas.lease)
            return True

        try:
            async with self._door:
                while not await self._do(act):
                    await self._clock.sleep(_PAUSE * (1 + self._clock.chance()))
        except asyncio.CancelledError:
            await self.leave(submission)
            raise

    async def rename(self, submission: str, task_id: str) -> None:
        """Keep a place under the task's id, once it has one."""
        sql = (
            "WITH kept AS (DELETE FROM running WHERE account = %s AND name = %s RETURNING until)"
            " INSERT INTO running SELECT %s, %s, until FROM kept"
            " ON CONFLICT (account, name) DO UPDATE SET until = excluded.until"
        )
        names = (self._account, submission, self._account, task_id)
        if submission != task_id:
            await self._afterwards(lambda db, _: fetch(db, sql, *names))

    async def leave(self, name: str) -> None:
        """Give a place back; a name that holds none is nothing to mind."""
        sql = "DELETE FROM running WHERE account = %s AND name = %s"
        await self._afterwards(lambda db, _: fetch(db, sql, self._account, name))

    async def metadata(self) -> None:
        """Wait for a turn at the keyed models API.

        Raises:
            StoreUnavailable: the limits can't be asked for.
        """

        async def act(db: Connection, now: float) -> float:
            sql = (
                "UPDATE accounts SET next_metadata = greatest(next_metadata, %s) + %s"
                " WHERE name = %s RETURNING next_metadata"
            )
            ((after,),) = await fetch(db, sql, now, self.quotas.metadata_interval, self._account)
            return float(after) - self.quotas.metadata_interval - now

        if (wait := await self._do(act)) > 0:
            await self._clock.sleep(wait)
