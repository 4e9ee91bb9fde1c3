"""The log of events that belongs to a store of batches, and a breaker that knows its last minutes."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.analytics.events import GenerationEvent
from kie_catalog.service.analytics.log import EventLog, EventReader
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.stored_log import StoredLog
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore, StoreUnavailable
from kie_catalog.service.breaker import CircuitBreaker
from kie_catalog.service.postgres.event_log import PostgresEventLog

_LOG: Final = logging.getLogger("kie_catalog.analytics")
_CODES: Final = frozenset(code.value for code in ErrorCode)


@asynccontextmanager
async def events_in(file: Path | None) -> AsyncIterator[SqliteEventLog | None]:
    """The log of events in a file, written to its end when the context is left; nothing without a file.

    Raises:
        UsageError: it can't be opened.
    """
    if file is None:
        yield None
        return
    try:
        log = SqliteEventLog(file)
    except sqlite3.Error as error:
        raise UsageError(str(file), f"cannot keep events ({error})", "name another file") from error
    try:
        yield log
    finally:
        await asyncio.to_thread(log.close)


@asynccontextmanager
async def watched(store: BatchStore, clock: Clock) -> AsyncIterator[tuple[EventLog | None, CircuitBreaker]]:
    """The log of a store's events, in the same file or database, and a breaker that knows its last minutes.

    Where the log can't be had the work goes on without it: a generation is worth more than its event.

    Args:
        store: of the batches.
        clock: of the breaker.
    """
    breaker = CircuitBreaker(clock=clock)
    log = await asyncio.to_thread(_opened, store, breaker, clock.now())
    try:
        yield log, breaker
    finally:
        if log is not None:
            await asyncio.to_thread(log.close)


def _opened(store: BatchStore, breaker: CircuitBreaker, now: float) -> StoredLog | None:
    try:
        log = _log_of(store)
    except sqlite3.Error as error:
        _LOG.warning("events cannot be kept (%s); the work goes on", error)
        return None
    try:
        if log is not None:
            recall(breaker, log, now)
    except (sqlite3.Error, StoreUnavailable) as error:
        _LOG.warning("what was seen in the last minutes cannot be read (%s); the work goes on", error)
    return log


def _log_of(store: BatchStore) -> StoredLog | None:
    """The log beside the batches; a store that is neither file nor database has none."""
    if isinstance(store, SqliteStore):
        return SqliteEventLog(store.file)
    return PostgresEventLog(store.database) if isinstance(store, PostgresStore) else None


def recall(breaker: CircuitBreaker, log: EventReader, now: float) -> None:
    """Tell a breaker what the log saw in its window.

    Args:
        breaker: that knows nothing yet.
        log: of the generations.
        now: Unix seconds.
    """
    since = now - breaker.settings.window - breaker.settings.pause
    breaker.restore(_past(log.events(since, now)))


def _past(events: Iterator[GenerationEvent]) -> Iterator[tuple[float, str, ErrorCode | None]]:
    for each in events:
        if not each.code or each.code in _CODES:
            yield each.at, each.model, ErrorCode(each.code) if each.code else None
