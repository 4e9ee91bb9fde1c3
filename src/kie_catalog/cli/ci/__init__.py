"""`ci`: what the workflows of GitHub Actions run. Their logic is here and in `automation`, not in YAML."""

from __future__ import annotations

from typing import Final

import click

from kie_catalog.cli.examples import examples
from kie_catalog.cli.lazy import LazyGroup

STEPS: Final = {
    "prepare": ("prepare", "Make the plan of a sync, its report and its patch; needs no right to write."),
    "propose": ("propose", "Open, update, leave alone or close the rolling pull request."),
    "heartbeat": ("heartbeat", "Note on the remote that a sync ended well."),
    "summary": ("summary", "Say in the summary of the job what happened and what to do."),
    "verify": ("verify", "Prove that a branch is a plan plus edits of people."),
    "comment": ("tell", "Write a comment under a pull request, or bring it up to date."),
    "sarif": ("tell", "Hand findings to code scanning."),
}


@click.command(
    "ci",
    cls=LazyGroup,
    table=STEPS,
    package=__name__,
    epilog=examples("ci prepare --out build/sync", "ci propose build/sync"),
)
def ci_command() -> None:
    """Steps of the workflows, in their order."""
