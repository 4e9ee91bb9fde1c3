"""`kie-catalog batch cancel`: call off what was not sent yet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.opening import looking, store_option
from kie_catalog.cli.batch.showing import json_of, line_of
from kie_catalog.cli.batch.status import progress_of
from kie_catalog.cli.clock import now
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option


@click.command(
    "cancel",
    epilog=examples(
        "batch cancel 3f9a2c1b7d",
    ),
)
@click.argument("batch_id", metavar="ID")
@store_option
@format_option(TEXT, JSON)
def cancel_command(batch_id: str, store: Path, form: str) -> None:
    """Call off what was not sent of batch ID; also while it runs.

    KIE knows no way to call a task off: what runs is paid for, and brought to its end.
    """
    asyncio.run(_cancel(batch_id, store, form))


async def _cancel(batch_id: str, store: Path, form: str) -> None:
    async with looking(store) as opened:
        await progress_of(opened, batch_id)
        count = await opened.cancel(batch_id, now().timestamp())
        progress = await progress_of(opened, batch_id)
    if form == JSON:
        console.say_json({**json_of(progress), "called_off": count})
        return
    console.note(f"{count} items were called off")
    console.say(line_of(progress))
