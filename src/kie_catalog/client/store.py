"""One SQLite file as a store: opened for each act, off the event loop, safe once the act is done."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Store:
    """A SQLite file that several processes may use at once."""

    def __init__(
        self, file: Path | str, schema: str, *, patience: float = 30.0, durable: bool = True
    ) -> None:
        """Open the file, or make it.

        Args:
            file: where it is.
            schema: the statements that make its tables where they are not there.
            patience: seconds to wait for another process's act to end.
            durable: whether an act is on the disk when it ends; else a power cut may lose the last ones.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        self.file = Path(file)
        self._patience = patience
        self._durable = durable
        with closing(self._connect(patience)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(schema)

    def _connect(self, patience: float) -> sqlite3.Connection:
        db = sqlite3.connect(self.file, timeout=patience, isolation_level=None)
        if self._durable:
            db.execute("PRAGMA synchronous=FULL")
        return db

    def act(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Act on the file in this thread, for callers that have one of their own; see `do`.

        Raises:
            sqlite3.Error: it could not be done.
        """
        with closing(self._connect(self._patience)) as db:
            return act(db)

    async def do(self, act: Callable[[sqlite3.Connection], T], patience: float | None = None) -> T:
        """Act on the file.

        Args:
            act: what to do; each statement is a transaction of its own unless it begins one.
            patience: seconds to wait for another process; as the store was opened if not given.

        Raises:
            sqlite3.Error: it could not be done.
        """

        def work() -> T:
            with closing(self._connect(self._patience if patience is None else patience)) as db:
                return act(db)

        return await asyncio.to_thread(work)
