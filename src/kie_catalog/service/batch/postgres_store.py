"""The store for many hosts: one PostgreSQL database, the same acts as in a file.

A claim or an end that a crash of the server loses is harmless: the item is taken up again, and asked for
again. What is sent, and what became of it, is on the server's disk before anything goes on. The database
holds the requests, prompts and all: guard it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Self

from kie_catalog.client.submission import Submission
from kie_catalog.service.batch import postgres_acts as acts
from kie_catalog.service.batch import postgres_ledger as ledger
from kie_catalog.service.batch import postgres_rows as reading
from kie_catalog.service.batch.closing import Closing
from kie_catalog.service.batch.items import Added, Batch, Ended, Item, ItemState, NewItem, Progress
from kie_catalog.service.batch.postgres_rows import Jobs, NoJobs
from kie_catalog.service.batch.sqlite_rows import BATCH, read_batch
from kie_catalog.service.postgres.database import Database


class PostgresStore:
    """A `BatchStore` in a database. Use it as an async context manager, or `close` it."""

    def __init__(self, database: Database, jobs: Jobs | None = None) -> None:
        """Make a store.

        Args:
            database: is closed with the store, unless it was open before.
            jobs: hand items to workers, in the same transactions; none where workers `claim`.
        """
        self.database = database
        self.jobs: Jobs = jobs or NoJobs()
        self._is_owner = not database.is_open
        self._closing = Closing(self._close)

    async def __aenter__(self) -> Self:
        """Open the database, where it is not open.

        Raises:
            StoreUnavailable: it can't be.
        """
        await self.database.pool()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the server."""
        await self.close()

    async def close(self) -> None:
        """Let go of the server, where the store was the one to open it."""
        if self._is_owner:
            await self.database.close()

    async def add(self, batch: Batch, items: Sequence[NewItem]) -> Added:
        """See `BatchStore.add`."""
        return await self.database.do(lambda db: acts.add(db, self.jobs, batch, items))

    async def batch(self, batch_id: str) -> Batch | None:
        """See `BatchStore.batch`."""
        return await self.database.do(lambda db: reading.find_batch(db, "id", batch_id))

    async def batches(self) -> list[Batch]:
        """See `BatchStore.batches`."""
        sql = f"SELECT {BATCH} FROM batches ORDER BY added_at DESC, number DESC"  # noqa: S608 -- ours
        return [read_batch(row) for row in await self.database.rows(sql)]

    async def progress(self, batch_id: str) -> Progress | None:
        """See `BatchStore.progress`."""
        return await self.database.do(lambda db: reading.progress(db, batch_id))

    async def items(
        self, batch_id: str, *, states: Collection[ItemState] | None = None, after: int = 0, most: int = 1000
    ) -> list[Item]:
        """See `BatchStore.items`."""
        return await self.database.do(lambda db: reading.items(db, batch_id, states, after, most))

    async def item(self, item_id: str) -> Item | None:
        """See `BatchStore.item`."""
        return await self.database.do(lambda db: reading.item(db, item_id))

    async def claim(
        self, worker: str, now: float, lease: float, most: int, *, batch_id: str | None = None
    ) -> list[Item]:
        """See `BatchStore.claim`."""
        return await self.database.do(
            lambda db: acts.claim(db, worker, now, lease, most, batch_id), is_lazy=True
        )

    async def take(self, item_id: str, worker: str, now: float, lease: float) -> Item | None:
        """See `BatchStore.take`."""
        return await self.database.do(lambda db: acts.take(db, item_id, worker, now, lease), is_lazy=True)

    async def keep(self, worker: str, now: float, lease: float) -> None:
        """See `BatchStore.keep`."""
        await self.database.do(lambda db: acts.keep(db, worker, now, lease), is_lazy=True)
        await self._closing.catch_up()

    async def release(self, item: Item, due_at: float, *, code: str | None, reason: str | None) -> bool:
        """See `BatchStore.release`."""
        await self._closing.catch_up()
        return await self.database.do(lambda db: acts.release(db, self.jobs, item, due_at, code, reason))

    async def again(self, item: Item, due_at: float, *, code: str, reason: str) -> bool:
        """See `BatchStore.again`."""
        await self._closing.catch_up()
        return await self.database.do(lambda db: acts.again(db, self.jobs, item, due_at, code, reason))

    async def park(self, item: Item, *, code: str, reason: str) -> bool:
        """See `BatchStore.park`."""
        return await self.database.do(lambda db: acts.park(db, self.jobs, item, code, reason))

    async def finish(self, ended: Sequence[Ended]) -> int:
        """See `BatchStore.finish`."""
        return await self.database.do(lambda db: acts.finish(db, ended), is_lazy=True)

    async def next_due(self, now: float, *, batch_id: str | None = None) -> float | None:
        """See `BatchStore.next_due`."""
        return await self.database.do(lambda db: acts.next_due(db, now, batch_id))

    async def cancel(self, batch_id: str, now: float) -> int:
        """See `BatchStore.cancel`."""
        return await self.database.do(lambda db: acts.cancel(db, self.jobs, batch_id, now))

    async def pause(self, batch_id: str, reason: str) -> None:
        """See `BatchStore.pause`."""
        await self.database.do(lambda db: acts.pause(db, self.jobs, batch_id, reason))

    async def resume(self, batch_id: str, *, budget: Decimal | None = None) -> None:
        """See `BatchStore.resume`."""
        await self.database.do(lambda db: acts.resume(db, self.jobs, batch_id, budget))

    async def found(self, item_id: str, task_id: str) -> bool:
        """See `BatchStore.found`."""
        return await self.database.do(lambda db: acts.found(db, self.jobs, item_id, task_id))

    async def known(self, task_ids: Collection[str]) -> dict[str, str]:
        """See `BatchStore.known`."""
        return await self.database.do(lambda db: reading.known(db, task_ids))

    async def settle(self, item_id: str) -> bool:
        """See `BatchStore.settle`."""
        return await self.database.do(lambda db: acts.settle(db, self.jobs, item_id))

    async def sent(self, submission: Submission) -> None:
        """See `BatchStore.sent`."""
        await self.database.do(lambda db: ledger.sent(db, submission))

    async def closed(self, number: str, task_id: str | None) -> None:
        """See `BatchStore.closed`."""
        await self._closing.closed(number, task_id)

    async def _close(self, number: str, task_id: str | None) -> bool:
        return await self.database.do(lambda db: ledger.closed(db, self.jobs, number, task_id))
