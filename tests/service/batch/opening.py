"""The stores that every test of the contract runs against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.procrastinate_jobs import shared_store
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.postgres.database import Database
from tests import postgres

Opener = Callable[[], BatchStore]


class StoreKind(Protocol):
    """A kind of store."""

    name: str

    def missing(self) -> str | None:
        """Why it can't be tested on this machine; `None` where it can."""

    def fresh(self) -> AbstractContextManager[Opener]:
        """An empty store, as a function that opens it, and opens it once more, as another process would."""


class Embedded:
    """A SQLite file."""

    name = "embedded"

    def missing(self) -> None:
        return None

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with tempfile.TemporaryDirectory() as folder:
            yield lambda: SqliteStore(Path(folder) / "batches.sqlite")


class Shared:
    """A PostgreSQL database whose items are claimed."""

    name = "postgres"

    def missing(self) -> str | None:
        return postgres.missing()

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with postgres.session_server().emptied() as url:
            yield lambda: PostgresStore(Database(url, most=3))


class Queued(Shared):
    """The same with a queue of jobs beside it."""

    name = "procrastinate"

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with postgres.session_server().emptied() as url:
            yield lambda: shared_store(Database(url, most=3))


KINDS: tuple[StoreKind, ...] = (Embedded(), Shared(), Queued())
