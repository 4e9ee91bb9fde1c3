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


class Opener(Protocol):
    """Opens one store, each time as another process would."""

    spec: str
    """By which `opener_of` gives the same in another process."""

    def __call__(self) -> BatchStore: ...

    def engine(self, store: Any, lease: float) -> Engine:
        """What works the store off in a process."""

    def limiter(self, store: Any, file: Path, quotas: Quotas, lost_after: float) -> Limiter:
        """What its processes share the limits by."""

    def inbox(self, file: Path) -> Callbacks:
        """What its processes share callbacks by."""


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
            yield FileOpener(f"{self.name}:{folder}/batches.sqlite")


@dataclass(frozen=True)
class FileOpener:
    """Opens a SQLite file."""

    spec: str

    def __call__(self) -> SqliteStore:
        return SqliteStore(Path(self.spec.partition(":")[2]))

    def engine(self, store: SqliteStore, lease: float) -> EmbeddedEngine:
        """What works the store off in a process."""
        return EmbeddedEngine(store, lease=lease, interval=0.1)

    def limiter(self, store: SqliteStore, file: Path, quotas: Quotas, lost_after: float) -> SharedLimiter:  # noqa: ARG002 -- see the protocol
        """What its processes share the limits by."""
        return SharedLimiter(file, quotas, lost_after=lost_after)

    def inbox(self, file: Path) -> Inbox:
        """What its processes share callbacks by."""
        return Inbox(file)


class Shared:
    """A PostgreSQL database whose items are claimed."""

    name = "postgres"

    def missing(self) -> str | None:
        return postgres.missing()

    @contextmanager
    def fresh(self) -> Iterator[Opener]:
        with postgres.session_server().emptied() as url:
            yield opener_of(f"{self.name}:{url}")


class Queued(Shared):
    """The same with a queue of jobs beside it."""

    name = "procrastinate"


@dataclass(frozen=True)
class UrlOpener:
    """Opens a database whose items are claimed."""

    spec: str

    @property
    def database(self) -> Database:
        """The database, with few connections: a shared server has not many."""
        return Database(self.spec.partition(":")[2], most=4)

    def __call__(self) -> PostgresStore:
        return PostgresStore(self.database)

    def engine(self, store: PostgresStore, lease: float) -> Engine:
        """What works the store off in a process."""
        return EmbeddedEngine(store, lease=lease, interval=0.1)

    def limiter(self, store: PostgresStore, file: Path, quotas: Quotas, lost_after: float) -> PostgresLimiter:  # noqa: ARG002 -- see the protocol
        """What its processes share the limits by."""
        return PostgresLimiter(store.database, quotas, lost_after=lost_after)

    def inbox(self, file: Path) -> PostgresInbox:  # noqa: ARG002 -- see the protocol
        """What its processes share callbacks by."""
        return PostgresInbox(self.database)


@dataclass(frozen=True)
class QueueOpener(UrlOpener):
    """Opens a database with a queue of jobs."""

    def __call__(self) -> PostgresStore:
        return shared_store(self.database)

    def engine(self, store: PostgresStore, lease: float) -> Engine:
        """What works the store off in a process."""
        return ProcrastinateEngine(store, lease=lease, interval=0.5)


OPENERS: dict[str, Callable[[str], Opener]] = {
    "embedded": FileOpener,
    "postgres": UrlOpener,
    "procrastinate": QueueOpener,
}


def opener_of(spec: str) -> Opener:
    """The opener that has this `spec`."""
    return OPENERS[spec.partition(":")[0]](spec)


KINDS: tuple[StoreKind, ...] = (Embedded(), Shared(), Queued())
