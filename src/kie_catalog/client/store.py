"""One SQLite file as a store, off the event loop: opened for each act, or kept open for many of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Store:
    """A SQLite file that several processes may use at once, opened for each act: for few of them."""

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


class OpenStore:
    """A SQLite file that several processes may use at once, kept open in one thread: for many acts a second.

    Each act is one transaction that no other's can interleave with. `close` lets go of the file.
    """

    def __init__(self, file: Path | str, schema: str, *, patience: float = 30.0) -> None:
        """Open the file, or make it.

        Args:
            file: where it is.
            schema: the statements that make its tables where they are not there.
            patience: seconds to wait for another process's act to end.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        self.file = Path(file)
        self._db = sqlite3.connect(
            self.file, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(schema)
            self._db.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            self._db.close()
            raise
        # One thread, so that acts come to the file in the order in which they were asked for.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kie-store")

    async def do(self, act: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Act on the file in one transaction; all of it or nothing.

        Args:
            act: what to do.
            durable: whether it is on the disk when this returns; else a power cut may lose it, while no
                crash of a process does.

        Raises:
            sqlite3.Error: it could not be done.
        """

        def work() -> T:
            if durable:
                self._db.execute("PRAGMA synchronous=FULL")
            try:
                return self._whole(act)
            finally:
                if durable:
                    self._db.execute("PRAGMA synchronous=NORMAL")

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _whole(self, act: Callable[[sqlite3.Connection], T]) -> T:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = act(self._db)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return result

    async def read(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Read from the file; nobody is kept waiting by it.

        Raises:
            sqlite3.Error: it could not be done.
        """

        def work() -> T:
            self._db.execute("BEGIN")
            try:
                return act(self._db)
            finally:
                self._db.execute("ROLLBACK")

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def close(self) -> None:
        """Let go of the file, once what is under way is done."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._db.close)
        self._thread.shutdown()
