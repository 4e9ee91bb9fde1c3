"""`notify`: tell people of new models and of prices that rose."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kie_catalog.automation.notify import (
    MEMORY,
    VARIABLE,
    Memory,
    addresses_in,
    apprise_sender,
    known_in,
    tell,
)
from kie_catalog.catalog.transaction import STATE
from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import workspace_here
from kie_catalog.cli.planning import read_plan
from kie_catalog.domain.errors import UsageError


@click.command("notify", epilog=examples("notify plan.json"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with catalog/ in it, where is remembered who was told what. Default: found upwards.",
)
def notify_command(file: Path, root: Path | None) -> int:
    """Tell people of the new models and the price rises of the plan in FILE, each address once.

    The addresses are Apprise URLs in KIE_CATALOG_NOTIFY, with blanks between. What does not arrive is a
    warning and no failure; the next run tries again.
    """
    plan = read_plan(file)
    addresses = addresses_in(os.environ)
    if not addresses:
        console.say(f"nobody to tell: {VARIABLE} is not set")
        return 0
    workspace = workspace_here(root)
    memory = Memory((workspace.root if workspace else Path.cwd()) / STATE / MEMORY)
    try:
        with apprise_sender() as send:
            warnings = list(tell(plan, addresses, memory, send, known_in(os.environ)))
    except UsageError as error:
        warnings = [str(error)]
    for warning in warnings:
        console.note(f"kie-catalog: not told: {warning}")
    if not warnings:
        console.say(f"told {len(addresses)} of {len(addresses)} addresses")
    return 0
