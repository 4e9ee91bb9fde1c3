"""The stores that every test of the contract runs against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kie_catalog.client.bucket import SharedLimiter
from kie_catalog.client.limits import Limiter
from kie_catalog.client.settings import Quotas
from kie_catalog.service.batch.engine import EmbeddedEngine, Engine
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.procrastinate_engine import ProcrastinateEngine
from kie_catalog.service.batch.procrastinate_jobs import shared_store
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.inbox import Callbacks, Inbox
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.inbox import PostgresInbox
from kie_catalog.service.postgres.limiter import PostgresLimiter
from tests import postgres

INTERVAL = 0.1


class Opener(Protocol):
    """Opens one store, each time as another process would, and what its processes share beside it."""

    spec: str
    """By which `opener_of` gives the same in another process."""

    def __call__(self) -> BatchStore: ...

    def engine(self, store: Any, lease: float) -> Engine:
        """What works the store off in a process."""

    def limiter(self, store: Any, file: Path, quotas: Quotas, lost_after: float) -> Limiter:
        """What keeps the account's limits for all processes."""

    def inbox(self, file: Path) -> Callbacks:
        """Where a webhook keeps callbacks."""


class StoreKind(Protocol):
    """A kind of store."""

    name: str

    def missing(self) -> str | None:
        """Why it can't be tested on this machine; `None` where it can."""

    def fresh(self) -> AbstractContextManager[Opener]:
        """An empty store, as a function that opens it, and opens it once more, as another process would."""


@dataclass(frozen=True)
class FileOpener:
    """Opens a SQLite file."""

    spec: str

    def __call__(self) -> SqliteStore:
        return SqliteStore(Path(self.spec.partition(":")[2]))

    def engine(self, store: SqliteStore, lease: float) -> Engine:
        return EmbeddedEngine(store, lease=lease, interval=INTERVAL)

    def limiter(self, store: SqliteStore, file: Path, quotas: Quotas, lost_after: float) -> Limiter:  # noqa: ARG002 -- the protocol's
        return SharedLimiter(file, quotas, lost_after=lost_after)

    def inbox(self, file: Path) -> Callbacks:
        return Inbox(file)


@dataclass(frozen=True)
class DatabaseOpener:
    """Opens a PostgreSQL database, with a queue of jobs beside it or without."""

    spec: str

    @property
    def has_jobs(self) -> bool:
        return self.spec.startswith(f"{Queued.name}:")

    def __call__(self) -> PostgresStore:
        database = Database(self.spec.partition(":")[2], most=3)
        return shared_store(database) if self.has_jobs else PostgresStore(database)

    def engine(self, store: PostgresStore, lease: float) -> Engine:
        make = ProcrastinateEngine if self.has_jobs else EmbeddedEngine
        return make(store, lease=lease, interval=INTERVAL)

    def limiter(self, store: PostgresStore, file: Path, quotas: Quotas, lost_after: float) -> Limiter:  # noqa: ARG002 -- the protocol's
        return PostgresLimiter(store.database, quotas)

    def inbox(self, file: Path) -> Callbacks:  # noqa: ARG002 -- the protocol's
        return PostgresInbox(Database(self.spec.partition(":")[2], most=3))


class Embedded:
    """A SQLite file."""

    name = "embedded"

    def missing(self) -> None:
        return None

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with tempfile.TemporaryDirectory() as folder:
            yield FileOpener(f"{self.name}:{folder}/batches.sqlite")


class Shared:
    """A PostgreSQL database whose items are claimed."""

    name = "postgres"

    def missing(self) -> str | None:
        return postgres.missing()

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with postgres.session_server().emptied() as url:
            yield DatabaseOpener(f"{self.name}:{url}")


class Queued(Shared):
    """The same with a queue of jobs beside it."""

    name = "procrastinate"


OPENERS: dict[str, Callable[[str], Opener]] = {
    Embedded.name: FileOpener,
    Shared.name: DatabaseOpener,
    Queued.name: DatabaseOpener,
}


def opener_of(spec: str) -> Opener:
    """The opener that has this `spec`."""
    return OPENERS[spec.partition(":")[0]](spec)


KINDS: tuple[StoreKind, ...] = (Embedded(), Shared(), Queued())
