"""`kie-catalog worker`: work off what is in a database, with any number of others on any number of hosts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.showing import stopping
from kie_catalog.cli.clock import now
from kie_catalog.cli.databases import account_option, database_option, open_database
from kie_catalog.cli.examples import examples
from kie_catalog.cli.hosts import client_settings
from kie_catalog.cli.opened import open_catalog, open_schemas
from kie_catalog.cli.options import require_workspace, root_option
from kie_catalog.service.batch.batch_service import CONCURRENCY

if TYPE_CHECKING:
    from kie_catalog.service.batch.procrastinate_engine import Schedule


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says."""

    database: str | None
    concurrency: int
    account: str
    download: Path | None
    upstream: str | None
    root: Path | None
    cron: str | None
    sync_upstream: str | None
    is_endless: bool


@click.command(
    "worker",
    epilog=examples(
        "worker --database postgresql://kie@db.example/kie --concurrency 50",
        "worker --until-idle --download out",
        "worker --sync-cron '0 */6 * * *' --root /srv/catalog",
    ),
)
@database_option()
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=CONCURRENCY,
    show_default=True,
    help="Most items at once in this process; the account's limits are kept besides, by all together.",
)
@account_option
@click.option(
    "--download", type=click.Path(path_type=Path, file_okay=False), help="Fetch the results into DIR."
)
@click.option(
    "--sync-cron", "cron", metavar="CRON", help="Sync the catalog of --root at these times, in UTC."
)
@click.option("--sync-upstream", metavar="URL-OR-FOLDER", help="What that reads; the live hosts by default.")
@click.option("--until-idle", is_flag=True, help="End when nothing is left that time alone would bring.")
@click.option("--upstream", metavar="URL", help="A stand-in on this machine; KIE by default.")
@root_option
def worker_command(  # noqa: PLR0913 -- an option each
    *,
    database: str | None,
    concurrency: int,
    account: str,
    download: Path | None,
    cron: str | None,
    sync_upstream: str | None,
    until_idle: bool,
    upstream: str | None,
    root: Path | None,
) -> int:
    """Work off the batches of a database until Ctrl-C or SIGTERM; `KIE_API_KEY` holds the key.

    Start as many as needed, on any hosts. One that is killed loses nothing: others take up what it held. Of
    all that are given --sync-cron, one at a time syncs.
    """
    wish = _Wish(
        database=database,
        concurrency=concurrency,
        account=account,
        download=download,
        upstream=upstream,
        root=root,
        cron=cron,
        sync_upstream=sync_upstream,
        is_endless=not until_idle,
    )
    return asyncio.run(_work(wish))


async def _work(wish: _Wish) -> int:
    from kie_catalog.service.batch.opening import Parts, open_batches  # noqa: PLC0415 -- slow
    from kie_catalog.service.batch.procrastinate_engine import ProcrastinateEngine  # noqa: PLC0415 -- see above
    from kie_catalog.service.batch.procrastinate_jobs import shared_store  # noqa: PLC0415 -- see above

    settings = client_settings(wish.upstream)
    database = open_database(wish.database)
    schedule = _schedule(wish)
    async with shared_store(database) as store:
        await database.require_same_time(now().timestamp())
        parts = Parts(
            settings=settings,
            catalog=open_catalog(wish.root),
            schemas=open_schemas(wish.root),
            engine=ProcrastinateEngine(store, settings.clock, schedule=schedule),
            account=wish.account,
            downloads=wish.download,
        )
        async with open_batches(store, parts) as batches:
            console.note(f"working for {database.place}, {wish.concurrency} items at once; Ctrl-C ends it")
            with stopping() as stop:
                reason = await batches.run(
                    concurrency=wish.concurrency, stop=stop, is_endless=wish.is_endless
                )
    if reason is not None:
        console.error(str(reason))
        return reason.exit_code
    return 0


def _schedule(wish: _Wish) -> Schedule | None:
    """The scheduled sync; its workspace must be there from the start."""
    if wish.cron is None:
        return None
    from kie_catalog.service.batch.procrastinate_engine import Schedule  # noqa: PLC0415 -- slow
    from kie_catalog.service.sync_service import KIESyncService  # noqa: PLC0415 -- see above

    service = KIESyncService(require_workspace(wish.root).root, upstream=wish.sync_upstream)
    return Schedule(wish.cron, service.update_catalog)
