"""`kie-catalog batch status`: how far a batch is, or all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.opening import looking, store_option
from kie_catalog.cli.batch.showing import json_of, line_of, note_ways_on
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.items import Progress
from kie_catalog.service.batch.store import BatchStore


@click.command(
    "status",
    epilog=examples(
        "batch status",
        "batch status 3f9a2c1b7d --format json",
    ),
)
@click.argument("batch_id", metavar="[ID]", required=False)
@store_option
@format_option(TEXT, JSON)
def status_command(batch_id: str | None, store: Path, form: str) -> None:
    """Show how far batch ID is, or every batch, newest first; also while it runs."""
    asyncio.run(_status(batch_id, store, form))


async def _status(batch_id: str | None, store: Path, form: str) -> None:
    async with looking(store) as opened:
        if batch_id is None:
            told = [await progress_of(opened, each.id) for each in await opened.batches()]
        else:
            told = [await progress_of(opened, batch_id)]
    if form == JSON:
        data = [json_of(each) for each in told]
        console.say_json(data if batch_id is None else data[0])
        return
    for each in told:
        console.say(line_of(each))
    if batch_id is not None:
        note_ways_on(told[0])


async def progress_of(store: BatchStore, batch_id: str) -> Progress:
    """How far a batch is.

    Raises:
        UsageError: there is no such batch.
    """
    progress = await store.progress(batch_id)
    if progress is None:
        raise UsageError(batch_id, "is no batch of this store", "`kie-catalog batch status` lists them")
    return progress
