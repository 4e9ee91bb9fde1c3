"""The stores that every test of the contract runs against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kie_catalog.service.batch.engine import EmbeddedEngine, Engine
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore


class Opener(Protocol):
    """Opens one store, each time as another process would."""

    spec: str
    """By which `opener_of` gives the same in another process."""

    def __call__(self) -> BatchStore: ...

    def engine(self, store: Any, lease: float) -> Engine:
        """What works the store off in a process."""


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


OPENERS: dict[str, Callable[[str], Opener]] = {"embedded": FileOpener}


def opener_of(spec: str) -> Opener:
    """The opener that has this `spec`."""
    return OPENERS[spec.partition(":")[0]](spec)


KINDS: tuple[StoreKind, ...] = (Embedded(),)
