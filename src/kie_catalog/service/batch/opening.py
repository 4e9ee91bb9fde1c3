"""A `BatchService` with all its parts, out of a few words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kie_catalog.client.bucket import SharedLimiter
from kie_catalog.client.client import KieClient
from kie_catalog.client.limits import Limiter
from kie_catalog.client.settings import ClientSettings
from kie_catalog.domain.catalog import Catalog
from kie_catalog.service.analytics.watching import watched
from kie_catalog.service.batch.batch_service import BatchService
from kie_catalog.service.batch.engine import Engine
from kie_catalog.service.batch.patience import Patience
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.procrastinate_engine import ProcrastinateEngine
from kie_catalog.service.batch.procrastinate_jobs import ProcrastinateJobs
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.inbox import Callbacks, Inbox
from kie_catalog.service.postgres.inbox import PostgresFeed, PostgresInbox
from kie_catalog.service.postgres.limiter import PostgresLimiter
from kie_catalog.service.service import KIEService
from kie_catalog.service.wakes import Feed, InboxFeed, LocalWake
from kie_catalog.sources.secret import Key


@dataclass(frozen=True, slots=True)
class Parts:
    """What may differ from the default."""

    api_key: str | Key | None = None
    """By default that of the environment's `KIE_API_KEY`."""
    settings: ClientSettings | None = None
    catalog: Catalog | None = None
    schemas: Mapping[str, Mapping[str, Any]] | None = None
    limits: Path | None = None
    """The file that processes of this account share limits by; beside the store by default."""
    limiter: Limiter | None = None
    """Keeps the limits instead of that file."""
    engine: Engine | None = None
    inbox: Callbacks | Path | None = None
    """The inbox that a webhook keeps callbacks in, or its file; by default the database, where it is one."""
    account: str = "default"
    """Whose limits are kept in a database; a name for each account that it serves."""
    downloads: Path | None = None
    patience: Patience | None = None


@asynccontextmanager
async def open_batches(
    store: BatchStore | Path | str, parts: Parts | None = None
) -> AsyncIterator[BatchService]:
    """Open a store of batches, with a client that writes every paid request down in it.

    Args:
        store: a file for the embedded one, which is made where it is not; or an open store, which is left
            open.
        parts: what differs from the default.

    Raises:
        StoreUnavailable: it can't be opened.
        UsageError: a setting is wrong.
        sqlite3.Error: the file of limits or the inbox can't be opened.
    """
    given = parts or Parts()
    kept = SqliteStore(store) if isinstance(store, Path | str) else store
    try:
        async with _service(kept, given) as service:
            yield service
    finally:
        if kept is not store:
            await kept.close()


@asynccontextmanager
async def _service(store: BatchStore, given: Parts) -> AsyncIterator[BatchService]:
    settings = given.settings or ClientSettings()
    beside = _beside(store, given, settings)
    limiter = given.limiter or beside.limiter
    async with (
        watched(store, settings.clock) as (events, breaker),
        KieClient(given.api_key, settings=settings, limiter=limiter, ledger=store) as client,
    ):
        yield BatchService(
            KIEService(
                client,
                catalog=given.catalog,
                schemas=given.schemas,
                wake=beside.wake,
                events=events,
                breaker=breaker,
            ),
            store,
            engine=given.engine or beside.engine,
            inbox=beside.inbox,
            feed=beside.feed,
            downloads=given.downloads,
            patience=given.patience,
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a store: what processes share beside the batches."""

    limiter: Limiter | None = None
    inbox: Callbacks | None = None
    wake: LocalWake | None = None
    feed: Feed | None = None
    engine: Engine | None = None


def _beside(store: BatchStore, given: Parts, settings: ClientSettings) -> Beside:
    if isinstance(store, PostgresStore):
        return _in_database(store, given, settings)
    file = given.limits or (limits_beside(store.file) if isinstance(store, SqliteStore) else None)
    limiter = SharedLimiter(file, settings.quotas, settings.clock) if file else None
    if given.inbox is None:
        return Beside(limiter)
    inbox = Inbox(given.inbox) if isinstance(given.inbox, Path) else given.inbox
    wake = LocalWake()
    return Beside(limiter, inbox, wake, InboxFeed(inbox, wake, settings.clock))


def _in_database(store: PostgresStore, given: Parts, settings: ClientSettings) -> Beside:
    database, wake = store.database, LocalWake()
    has_jobs = isinstance(store.jobs, ProcrastinateJobs)
    return Beside(
        limiter=PostgresLimiter(database, settings.quotas, settings.clock, account=given.account),
        inbox=PostgresInbox(database),
        wake=wake,
        feed=PostgresFeed(database, wake, settings.clock),
        engine=ProcrastinateEngine(store, settings.clock) if has_jobs else None,
    )


def limits_beside(store: Path) -> Path:
    """The file by which all processes on a store share the limits: `x-limits.sqlite` beside `x.sqlite`."""
    return store.with_name(f"{store.stem}-limits{store.suffix or '.sqlite'}")
