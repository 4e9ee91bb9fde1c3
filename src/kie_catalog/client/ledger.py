"""Paid requests on a disk: what a crash leaves open is known after it, and can be reconciled."""

from __future__ import annotations

import json
import logging
import sqlite3
from pathlib import Path
from typing import Final, Protocol

from kie_catalog.client.store import Store
from kie_catalog.client.submission import Submission
from kie_catalog.schemas.endpoints import Call

_LOG: Final = logging.getLogger("kie_catalog.client")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS submissions (
  number TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  call TEXT NOT NULL,
  body TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  sent_at REAL NOT NULL,
  task TEXT,
  closed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS submissions_open ON submissions (closed);
"""


class Ledger(Protocol):
    """Is told of paid requests before they are sent, and of what became of them."""

    async def sent(self, submission: Submission) -> None:
        """A request is about to be sent; it must be on the disk when this returns."""

    async def closed(self, number: str, task_id: str | None) -> None:
        """It was accepted as this task, or (`None`) surely not.

        The task is an empty text where the call answered with the result itself, and made none.
        """


class SubmissionLedger:
    """A ledger in one SQLite file. It holds the requests as they were sent, prompts and all: guard it."""

    def __init__(self, file: Path | str) -> None:
        """Open the file, or make it.

        Raises:
            sqlite3.Error: it can't be opened, or is no such file.
        """
        self._store = Store(file, _SCHEMA)

    async def sent(self, submission: Submission) -> None:
        """Keep a request that is about to be sent; one that is sent again is the same."""
        row = (
            submission.number,
            submission.model,
            json.dumps(submission.call.to_json()),
            json.dumps(dict(submission.body), ensure_ascii=False),
            submission.fingerprint,
            submission.sent_at,
        )
        sql = (
            "INSERT OR REPLACE INTO submissions (number, model, call, body, fingerprint, sent_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
        )
        await self._store.do(lambda db: db.execute(sql, row))

    async def closed(self, number: str, task_id: str | None) -> None:
        """Note what became of it; where that fails it stays open here, and the caller still gets the task."""
        sql = "UPDATE submissions SET closed = 1, task = ? WHERE number = ?"
        try:
            await self._store.do(lambda db: db.execute(sql, (task_id, number)))
        except sqlite3.Error as error:
            _LOG.warning("the ledger %s could not be written (%s)", self._store.file, error)

    async def open(self) -> list[Submission]:
        """What was sent and is not known to have been accepted or refused, oldest first."""
        sql = (
            "SELECT model, call, body, sent_at, number, fingerprint FROM submissions"
            " WHERE closed = 0 ORDER BY sent_at"
        )
        rows = await self._store.do(lambda db: db.execute(sql).fetchall())
        return [
            Submission(model, Call.from_json(json.loads(call)), json.loads(body), sent_at, number, printed)
            for model, call, body, sent_at, number, printed in rows
        ]

    async def tasks(self) -> list[str]:
        """The tasks that are known to be of a submission, oldest first."""
        sql = "SELECT task FROM submissions WHERE task <> '' ORDER BY sent_at"
        return [task for (task,) in await self._store.do(lambda db: db.execute(sql).fetchall())]
