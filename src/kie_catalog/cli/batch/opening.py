"""The one place where the commands of `batch` open their store."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from kie_catalog.cli.databases import database_option, shared_here
from kie_catalog.cli.hosts import client_settings
from kie_catalog.cli.opened import open_catalog, open_schemas
from kie_catalog.cli.options import STORE
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.batch_service import CONCURRENCY, BatchService
from kie_catalog.service.batch.opening import Parts, open_batches
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.batch.store import BatchStore

Command = TypeVar("Command", bound=Callable[..., Any])

_STORE_OPTIONS: Final = (
    click.option(
        "--store",
        type=click.Path(path_type=Path, dir_okay=False),
        default=STORE,
        show_default=True,
        help="File that keeps the batches.",
    ),
    database_option(is_exposed=False),
)
_WORK_OPTIONS: Final = (
    click.option(
        "--concurrency",
        type=click.IntRange(1, 1000),
        default=CONCURRENCY,
        show_default=True,
        help="Most items at once; the account's limits are kept besides.",
    ),
    click.option(
        "--inbox",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File in which `kie-catalog webhook` keeps callbacks.",
    ),
    click.option(
        "--limits",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File that processes of one account share limits by; beside the store by default.",
    ),
    click.option(
        "--download", type=click.Path(path_type=Path, file_okay=False), help="Fetch the results into DIR."
    ),
    click.option("--upstream", metavar="URL", help="A stand-in on this machine; KIE by default."),
)


def store_option(command: Command) -> Command:
    """The options that name the store: a file, or a database where one is given and no file is."""
    for each in reversed(_STORE_OPTIONS):
        command = each(command)
    return command


def work_options(command: Command) -> Command:
    """The options of the commands that send."""
    for each in reversed(_WORK_OPTIONS):
        command = each(command)
    return command


@dataclass(frozen=True, slots=True)
class Place:
    """What the options say of where a batch is kept and worked on."""

    store: Path
    root: Path | None = None
    inbox: Path | None = None
    limits: Path | None = None
    download: Path | None = None
    upstream: str | None = None


@asynccontextmanager
async def working(place: Place) -> AsyncIterator[BatchService]:
    """A service that can send, for as long as the context lasts.

    Raises:
        UsageError: there is no key, or a file can't be opened.
        StoreUnavailable: the store can't be opened.
    """
    parts = Parts(
        settings=client_settings(place.upstream),
        catalog=open_catalog(place.root),
        schemas=open_schemas(place.root),
        limits=place.limits,
        inbox=place.inbox,
        downloads=place.download,
    )
    try:
        async with _opened(place.store) as store, open_batches(store, parts) as batches:
            yield batches
    except sqlite3.Error as error:
        named = place.inbox or place.limits or place.store
        raise UsageError(str(named), f"cannot be used ({error})", "name another file") from error


@asynccontextmanager
async def looking(store: Path) -> AsyncIterator[BatchStore]:
    """A store to look into, without a key or a network.

    Raises:
        UsageError: there is none.
        StoreUnavailable: it can't be opened.
    """
    require_store(store)
    async with _opened(store) as opened:
        yield opened


@asynccontextmanager
async def _opened(file: Path) -> AsyncIterator[BatchStore]:
    database = shared_here()
    if database is None:
        async with SqliteStore(file) as store:
            yield store
        return
    from kie_catalog.service.batch.procrastinate_jobs import shared_store  # noqa: PLC0415 -- slow

    async with shared_store(database) as shared:
        yield shared


def require_store(store: Path) -> None:
    """Refuse to make a store where one is asked about.

    Raises:
        UsageError: there is none.
    """
    if shared_here() is None and not store.exists():
        raise UsageError(str(store), "is not there", "name the store with --store, or run a batch first")
