"""The embedded store: one SQLite file, no server, any number of processes of one machine.

A claim or an end that a power cut loses is harmless: the item is claimed again, and asked for again. What is
sent, and what became of it, is on the disk before anything goes on. The file holds the requests, prompts and
all: guard it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from kie_catalog.client.store import OpenStore
from kie_catalog.client.submission import Submission
from kie_catalog.service.batch import sqlite_acts as acts
from kie_catalog.service.batch import sqlite_claims as claims
from kie_catalog.service.batch.closing import Closing
from kie_catalog.service.batch.items import Added, Batch, Ended, Item, ItemState, NewItem, Progress
from kie_catalog.service.batch.sqlite_rows import BATCH, SCHEMA, VERSION, read_batch
from kie_catalog.service.batch.store import StoreUnavailable

T = TypeVar("T")


class SqliteStore:
    """A `BatchStore` in a file. Use it as an async context manager, or `close` it."""

    def __init__(self, file: Path | str, *, patience: float = 30.0) -> None:
        """Open the file, or make it.

        Args:
            file: where it is.
            patience: seconds to wait for another process's act to end.

        Raises:
            StoreUnavailable: it can't be opened, is no such file, or a newer version made it.
        """
        self.file = Path(file)
        self._closing = Closing(self._close)
        try:
            self._require_version()
            self._store = OpenStore(file, SCHEMA, patience=patience)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _require_version(self) -> None:
        if not self.file.exists():
            return
        db = sqlite3.connect(self.file)
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'event%'"
            others = db.execute(sql).fetchall()  # events of generations may have come first
        finally:
            db.close()
        if version not in (0, VERSION) or (version == 0 and others):
            raise StoreUnavailable(f"{self.file}: is no store of this version; name another file")

    def _unavailable(self, error: sqlite3.Error) -> StoreUnavailable:
        return StoreUnavailable(f"{self.file}: cannot be used as a store ({error}); name another file")

    async def __aenter__(self) -> Self:
        """It is open already."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file."""
        await self.close()

    async def close(self) -> None:
        """Let go of the file."""
        await self._store.close()

    async def _do(self, act: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        try:
            return await self._store.do(act, durable=durable)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    async def _read(self, act: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._store.read(act)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    async def add(self, batch: Batch, items: Sequence[NewItem]) -> Added:
        """See `BatchStore.add`."""
        return await self._do(lambda db: acts.add(db, batch, items), durable=True)

    async def batch(self, batch_id: str) -> Batch | None:
        """See `BatchStore.batch`."""
        return await self._read(lambda db: acts.find_batch(db, "id", batch_id))

    async def batches(self) -> list[Batch]:
        """See `BatchStore.batches`."""
        sql = f"SELECT {BATCH} FROM batches ORDER BY added_at DESC, number DESC"  # noqa: S608 -- ours
        return await self._read(lambda db: [read_batch(row) for row in db.execute(sql).fetchall()])

    async def progress(self, batch_id: str) -> Progress | None:
        """See `BatchStore.progress`."""
        return await self._read(lambda db: acts.progress(db, batch_id))

    async def items(
        self, batch_id: str, *, states: Collection[ItemState] | None = None, after: int = 0, most: int = 1000
    ) -> list[Item]:
        """See `BatchStore.items`."""
        return await self._read(lambda db: acts.items(db, batch_id, states, after, most))

    async def item(self, item_id: str) -> Item | None:
        """See `BatchStore.item`."""
        return await self._read(lambda db: acts.item(db, item_id))

    async def claim(
        self, worker: str, now: float, lease: float, most: int, *, batch_id: str | None = None
    ) -> list[Item]:
        """See `BatchStore.claim`."""
        return await self._do(lambda db: claims.claim(db, worker, now, lease, most, batch_id))

    async def take(self, item_id: str, worker: str, now: float, lease: float) -> Item | None:
        """See `BatchStore.take`."""
        return await self._do(lambda db: claims.take(db, item_id, worker, now, lease))

    async def keep(self, worker: str, now: float, lease: float) -> None:
        """See `BatchStore.keep`."""
        await self._do(lambda db: claims.keep(db, worker, now, lease))
        await self._closing.catch_up()

    async def release(self, item: Item, due_at: float, *, code: str | None, reason: str | None) -> bool:
        """See `BatchStore.release`."""
        await self._closing.catch_up()
        return await self._do(lambda db: claims.release(db, item, due_at, code, reason))

    async def again(self, item: Item, due_at: float, *, code: str, reason: str) -> bool:
        """See `BatchStore.again`."""
        await self._closing.catch_up()
        return await self._do(lambda db: claims.again(db, item, due_at, code, reason))

    async def park(self, item: Item, *, code: str, reason: str) -> bool:
        """See `BatchStore.park`."""
        return await self._do(lambda db: claims.park(db, item, code, reason))

    async def finish(self, ended: Sequence[Ended]) -> int:
        """See `BatchStore.finish`."""
        return await self._do(lambda db: claims.finish(db, ended))

    async def next_due(self, now: float, *, batch_id: str | None = None) -> float | None:
        """See `BatchStore.next_due`."""
        return await self._read(lambda db: claims.next_due(db, now, batch_id))

    async def cancel(self, batch_id: str, now: float) -> int:
        """See `BatchStore.cancel`."""
        return await self._do(lambda db: acts.cancel(db, batch_id, now), durable=True)

    async def pause(self, batch_id: str, reason: str) -> None:
        """See `BatchStore.pause`."""
        await self._do(lambda db: acts.pause(db, batch_id, reason))

    async def resume(self, batch_id: str, *, budget: Decimal | None = None) -> None:
        """See `BatchStore.resume`."""
        await self._do(lambda db: acts.resume(db, batch_id, budget))

    async def found(self, item_id: str, task_id: str) -> bool:
        """See `BatchStore.found`."""
        return await self._do(lambda db: acts.found(db, item_id, task_id), durable=True)

    async def known(self, task_ids: Collection[str]) -> dict[str, str]:
        """See `BatchStore.known`."""
        return await self._read(lambda db: acts.known(db, task_ids))

    async def settle(self, item_id: str) -> bool:
        """See `BatchStore.settle`."""
        return await self._do(lambda db: acts.settle(db, item_id), durable=True)

    async def sent(self, submission: Submission) -> None:
        """See `BatchStore.sent`."""
        await self._do(lambda db: acts.sent(db, submission), durable=True)

    async def closed(self, number: str, task_id: str | None) -> None:
        """See `BatchStore.closed`."""
        await self._closing.closed(number, task_id)

    async def _close(self, number: str, task_id: str | None) -> bool:
        return await self._do(lambda db: acts.closed(db, number, task_id), durable=True)
