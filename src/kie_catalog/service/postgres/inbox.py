"""The callbacks in one database: a webhook on any host hears them, and workers on every host are woken."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from kie_catalog.client.callbacks import CallbackBody
from kie_catalog.client.settings import Clock
from kie_catalog.client.submission import mark_of
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.inbox import Delivery, told_of
from kie_catalog.service.postgres.database import Database, count, fetch, storable
from kie_catalog.service.wakes import LocalWake

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection

_LOG: Final = logging.getLogger("kie_catalog.postgres")
_CHANNEL: Final = "kie_callbacks"
_ANSWER_WITHIN: Final = 0.7
"""Seconds that a callback may wait for the database: it is answered within a second, kept or not."""
_LONGEST_PAUSE: Final = 30.0


class PostgresInbox:
    """The callbacks in a database; see `service.inbox.Callbacks`."""

    def __init__(self, database: Database) -> None:
        """Make an inbox of an opened database."""
        self._database = database

    async def put(self, body: CallbackBody, raw: bytes, moment: int | None, now: float) -> bool:
        """Keep a callback, and wake whoever waits for its task."""
        row = (
            storable(body.task_id),
            storable(body.stage),
            told_of(raw, moment),
            storable(mark_of(body.callback_url)),
            body.is_last,
            " ".join(body.statuses),
            now,
            now,
        )
        sql = (
            "INSERT INTO callbacks (task, stage, moment, mark, is_last, statuses, received, next_try)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
        )

        async def act(db: Connection) -> bool:
            if await count(db, sql, *row) == 0:
                return False
            await fetch(db, "SELECT pg_notify(%s, %s)", _CHANNEL, row[0])
            return True

        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return await self._database.do(act)
        except TimeoutError:
            raise StoreUnavailable(
                f"{self._database.place}: does not answer in time; see what the server waits for"
            ) from None

    async def due(self, now: float, most: int = 50) -> list[Delivery]:
        """The callbacks to deal with now, oldest first."""
        sql = (
            "SELECT number, task, is_last, statuses, tries FROM callbacks"
            " WHERE done IS NULL AND next_try <= %s ORDER BY number LIMIT %s"
        )
        return [
            Delivery(number, task, last, tuple(known.split()), tries)
            for number, task, last, known, tries in await self._database.rows(sql, now, most)
        ]

    async def close_task(self, task_id: str, now: float) -> None:
        """Note that all callbacks of a task so far are dealt with."""
        sql = "UPDATE callbacks SET done = %s WHERE task = %s AND done IS NULL"
        await self._database.rows(sql, now, storable(task_id))

    async def close(self, delivery: Delivery, now: float) -> None:
        """Note that one callback is dealt with."""
        await self._database.rows("UPDATE callbacks SET done = %s WHERE number = %s", now, delivery.number)

    async def put_off(self, delivery: Delivery, until: float) -> None:
        """Note that a callback could not be dealt with, and when to try again."""
        sql = "UPDATE callbacks SET tries = tries + 1, next_try = %s WHERE number = %s"
        await self._database.rows(sql, until, delivery.number)

    async def heard_of(self, task_id: str, after: int = 0) -> int:
        """The number of the newest callback of a task, if it is newer than this; else 0."""
        sql = "SELECT max(number) FROM callbacks WHERE task = %s AND number > %s"
        ((newest,),) = await self._database.rows(sql, storable(task_id), after)
        return int(newest or 0)

    async def news(self, after: int) -> list[tuple[int, str]]:
        """The callbacks with a number above this, oldest first; see `Callbacks`."""
        sql = "SELECT number, task FROM callbacks WHERE number > %s ORDER BY number LIMIT 1000"
        return [(int(number), str(task)) for number, task in await self._database.rows(sql, after)]

    async def candidates(self, *, since: float = 0.0, number: str | None = None) -> list[str]:
        """The tasks that callbacks told of; see `Callbacks`."""
        sql = (
            "SELECT DISTINCT task FROM callbacks"
            " WHERE received >= %s AND (mark IS NULL OR %s::text IS NULL OR mark = %s)"
        )
        return [task for (task,) in await self._database.rows(sql, since, number, number)]

    async def forget(self, before: float) -> None:
        """Drop what was dealt with before this moment."""
        await self._database.rows("DELETE FROM callbacks WHERE done < %s", before)


class PostgresFeed:
    """Tells a `LocalWake` what any host puts into the inbox: one connection listens for the whole process.

    What is said while that is broken is not heard: then a pause takes as long as without webhooks.
    """

    def __init__(self, database: Database, wake: LocalWake, clock: Clock | None = None) -> None:
        """Make a feed of a database."""
        self._database = database
        self._wake = wake
        self._clock = clock or Clock()
        self.is_listening = asyncio.Event()
        """Set once the server knows, or could not be had."""

    async def run(self) -> None:
        """Go on until cancelled; while the database can't be asked, polling goes on without it."""
        pause = 1.0
        while True:
            try:
                async with self._database.connection() as connection:
                    await connection.execute(f"LISTEN {_CHANNEL}")
                    self.is_listening.set()
                    pause = 1.0
                    async for notice in connection.notifies():
                        self._wake.tell(notice.payload)
            except StoreUnavailable as error:
                self.is_listening.set()
                _LOG.warning("callbacks are not heard (%s); trying again in %.0f s", error, pause)
            await self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
