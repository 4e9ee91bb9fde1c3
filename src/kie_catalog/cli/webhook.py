"""`kie-catalog webhook`: accept KIE's callbacks and say which tasks have ended."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from kie_catalog.cli import console
from kie_catalog.cli.databases import database_option, open_database
from kie_catalog.cli.examples import examples
from kie_catalog.client.client import KieClient
from kie_catalog.client.settings import ClientSettings, Hosts
from kie_catalog.client.signature import Verifier
from kie_catalog.client.states import Details, Failed, Succeeded
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.confirming import Confirmer
from kie_catalog.service.inbox import Callbacks, Inbox
from kie_catalog.service.webhook import PATH, Webhook, webhook_app

if TYPE_CHECKING:
    from kie_catalog.service.analytics.metrics import MetricsCollector
    from kie_catalog.service.postgres.database import Database

KEYS_VARIABLE: Final = "KIE_WEBHOOK_HMAC_KEY"
DATABASE: Final = "database"
"""In place of a file: the database that `--database` names."""
_SERVING: Final[Mapping[str, Any]] = {
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "ws": "none",
    # Seconds that requests may go on after Ctrl-C; polling learns of what was not answered by then.
    "timeout_graceful_shutdown": 10,
}


@click.command(
    "webhook",
    epilog=examples(
        "webhook --port 8788 --inbox callbacks.sqlite",
        "webhook --metrics batches.sqlite",
        "webhook --unsigned --upstream http://127.0.0.1:8787",
    ),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8788, show_default=True, help="0 for any.")
@click.option("--path", default=PATH, show_default=True, help="Path of the callback address.")
@click.option(
    "--inbox",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("kie-callbacks.sqlite"),
    show_default=True,
    help="File that keeps accepted callbacks.",
)
@database_option()
@click.option(
    "--window", type=click.FloatRange(1), default=300.0, show_default=True, help="Seconds of freshness."
)
@click.option(
    "--metrics",
    metavar="FILE|database",
    help="Serve GET /metrics of the events and batches in this file, or in the database of --database.",
)
@click.option("--unsigned", is_flag=True, help="Accept callbacks that nobody signed.")
@click.option("--upstream", metavar="URL", help="A stand-in on this machine; KIE by default.")
def webhook_command(  # noqa: PLR0913 -- one argument an option
    *,
    host: str,
    port: int,
    path: str,
    inbox: Path,
    database: str | None,
    window: float,
    metrics: str | None,
    unsigned: bool,
    upstream: str | None,
) -> None:
    """Accept callbacks until Ctrl-C, and print each task that has ended as a line of JSON.

    `KIE_WEBHOOK_HMAC_KEY` holds the key of kie.ai/settings: two, with a comma, while one replaces the other.
    A callback is believed only after KIE's own details say the same, so `KIE_API_KEY` is needed too.
    With --metrics whoever reaches the port may read the numbers: let a proxy show the world PATH alone.
    """
    keys = [each.strip() for each in os.environ.get(KEYS_VARIABLE, "").split(",") if each.strip()]
    if not keys and not unsigned:
        raise UsageError(
            KEYS_VARIABLE, "holds no key", "set it, or accept anybody's callbacks with --unsigned"
        )
    server = _uvicorn()
    client = KieClient(settings=ClientSettings(hosts=Hosts.at(upstream) if upstream else Hosts()))
    is_file_named = click.get_current_context().get_parameter_source("inbox") is ParameterSource.COMMANDLINE
    shared = _prepared(database) if database and not is_file_named else None
    kept = _inbox(inbox, shared)
    webhook = Webhook(
        inbox=kept,
        verifier=Verifier(keys, window=window) if keys else None,
        confirmer=Confirmer(kept, client, _say),
        path=path,
    )
    collector = _metrics_of(metrics, database) if metrics else None
    app = webhook_app(webhook, metrics=collector, during=_opened(client, shared))
    console.note(f"listening on http://{host}:{port}{path}; Ctrl-C ends it")
    server.run(app, host=host, port=port, **_SERVING)


def _uvicorn() -> ModuleType:
    """What serves.

    Raises:
        UsageError: the extra `webhook` is not installed.
    """
    try:
        import uvicorn  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "the webhook", "needs uvicorn, which is not installed", "pip install 'kie-catalog[webhook]'"
        ) from error
    return uvicorn


@asynccontextmanager
async def _opened(client: KieClient, database: Database | None) -> AsyncIterator[None]:
    async with client, database.opened() if database else nullcontext():
        yield


def _metrics_of(place: str, url: str | None) -> MetricsCollector:
    """What tells the metrics of a file, or of the database.

    Raises:
        UsageError: it is no such file, no database is named, or an extra is not installed.
        StoreUnavailable: the database can't be asked, or a newer version made it.
    """
    from kie_catalog.service.analytics.metrics import MetricsCollector, items_of  # noqa: PLC0415 -- who asks pays

    if place == DATABASE:
        from kie_catalog.service.batch.postgres_store import PostgresStore  # noqa: PLC0415 -- an extra
        from kie_catalog.service.postgres.event_log import PostgresEventLog  # noqa: PLC0415 -- an extra

        return MetricsCollector(
            PostgresEventLog(_prepared(url)), items=items_of(lambda: PostgresStore(open_database(url)))
        )
    from kie_catalog.service.analytics.sqlite_log import SqliteEventLog  # noqa: PLC0415 -- who asks pays
    from kie_catalog.service.batch.sqlite_store import SqliteStore  # noqa: PLC0415 -- who asks pays

    if not Path(place).is_file():
        raise UsageError(place, "is no file", "name the file of the events, or make it by an application")
    try:
        events = SqliteEventLog(place)
        has_batches = _holds_batches(place)
    except sqlite3.Error as error:
        raise UsageError(place, f"is no log of events ({error})", "name the file of the events") from error
    return MetricsCollector(events, items=items_of(lambda: SqliteStore(place)) if has_batches else None)


def _holds_batches(file: str) -> bool:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'batches'").fetchone() is not None


def _prepared(url: str | None) -> Database:
    """A database that has been looked at, and has its tables.

    Raises:
        UsageError: none is named, it is no URL of one, or the extra is not installed.
        StoreUnavailable: it can't be asked, or a newer version made its tables.
    """
    database = open_database(url)
    asyncio.run(database.prepare())
    return database


def _inbox(file: Path, database: Database | None) -> Callbacks:
    if database is None:
        return Inbox(file)
    from kie_catalog.service.postgres.inbox import PostgresInbox  # noqa: PLC0415 -- an extra

    return PostgresInbox(database)


async def _say(details: Details) -> None:
    state = details.state
    told: dict[str, Any] = {"task_id": details.task_id, "model": details.model}
    if isinstance(state, Succeeded):
        told |= {"state": "succeeded", "urls": list(state.urls)}
    elif isinstance(state, Failed):
        told |= {"state": "failed", "code": state.code.value, "reason": state.reason}
    console.say(json.dumps(told, ensure_ascii=False))
