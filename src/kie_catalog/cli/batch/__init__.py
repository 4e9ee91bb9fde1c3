"""`batch`: many generations from a file, that outlive whatever happens meanwhile."""

from __future__ import annotations

from typing import Final

import click

from kie_catalog.cli.examples import examples
from kie_catalog.cli.lazy import LazyGroup

STEPS: Final = {
    "run": ("run", "Check and price a file as a whole, then run it."),
    "status": ("status", "Show how far a batch is, or all of them."),
    "cancel": ("cancel", "Call off what was not sent yet."),
    "resume": ("resume", "Go on with what was interrupted, paused, or left unknown."),
    "results": ("results", "Print the results so far."),
}


@click.command(
    "batch",
    cls=LazyGroup,
    table=STEPS,
    package=__name__,
    epilog=examples("batch run photos.jsonl --budget 50", "batch status", "batch resume"),
)
def batch_command() -> None:
    """Many generations that outlive a crash: none is lost, none is paid twice."""
