"""Logs of events of each kind, opened where a test needs them and closed after it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import psycopg

from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.event_log import PostgresEventLog
from kie_catalog.service.postgres.schema import SCHEMA

KINDS = ("file", "server")


def log_at(kind, place, **options):
    """A log of a kind; a file or an address of a database."""
    return (
        SqliteEventLog(place, **options) if kind == "file" else PostgresEventLog(Database(place), **options)
    )


@dataclass
class Logs:
    """Logs of one store."""

    kind: ClassVar[str]
    made: list = field(default_factory=list, init=False)

    def opened(self, **options):
        """One more log of the same store."""
        self.made.append(log_at(self.kind, self.place, **options))
        return self.made[-1]

    def lent(self):
        try:
            yield self
        finally:
            for each in self.made:
                each.close()


@dataclass
class FileLogs(Logs):
    """Logs of a file."""

    folder: Path
    number: int = 0
    kind = "file"

    @property
    def place(self):
        return str(self.folder / f"{self.number}.sqlite")

    def anew(self):
        """A log of a new store."""
        self.number += 1
        return self.opened()


@dataclass
class ServerLogs(Logs):
    """Logs of a database, which begins empty."""

    place: str
    kind = "server"

    def lent(self):
        assert self.opened().forget(0) == 0  # its tables are there by then
        with psycopg.connect(self.place, autocommit=True, options=f"-c search_path={SCHEMA}") as self._line:
            self._empty()
            yield from super().lent()

    def _empty(self):
        for statement in ("DELETE FROM events", "DELETE FROM event_open", "DELETE FROM event_sums"):
            self._line.execute(statement)

    def anew(self):
        """A log of the store as it was when it was new."""
        self._empty()
        return self.made[0]
