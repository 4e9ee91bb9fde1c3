"""The stores that every test of the contract runs against."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore

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


KINDS: tuple[StoreKind, ...] = (Embedded(),)
