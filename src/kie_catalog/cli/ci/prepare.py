"""`ci prepare`: plan, report and patch, with no right to write."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kie_catalog.automation.actions import answer, surroundings
from kie_catalog.automation.bundle import outcome_of, write_plan
from kie_catalog.automation.outcome import forget_outcome, write_outcome
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import FOLDER, ending_in
from kie_catalog.cli.completing import recordings
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import lift_option, require_workspace, root_option
from kie_catalog.cli.planning import plan_for, require_settled
from kie_catalog.sync.guards import require_safe


@click.command(
    "prepare",
    epilog=examples(
        "ci prepare --out build/sync", "ci prepare --out build/sync --upstream sync/recordings/2026-08-22"
    ),
)
@root_option
@click.option(
    "--upstream",
    envvar="KIE_CATALOG_UPSTREAM",
    metavar="URL-OR-FOLDER",
    shell_complete=recordings,
    help="A host, or a folder with a recording. Default: $KIE_CATALOG_UPSTREAM, else the live hosts.",
)
@lift_option
@click.option("--out", required=True, type=FOLDER, help="Folder for the plan, its report and its patch.")
def prepare_command(root: Path | None, upstream: str | None, lifted: tuple[str, ...], out: Path) -> int:
    """Make the plan of a sync, its report and its patch. Needs no right to write, and writes to OUT only."""
    here = surroundings(os.environ)
    forget_outcome(out)
    with ending_in(out, here):
        workspace = require_workspace(root)
        require_settled(Transaction(workspace.root), workspace)
        named = (*lifted, *os.environ.get("KIE_CATALOG_LIFT", "").replace(",", " ").split())
        plan = plan_for(workspace, upstream, named)
        write_plan(out, plan, workspace)
        require_safe(plan.guards)
    outcome = outcome_of(plan, workspace)
    write_outcome(out, outcome)
    answer(here, outcome=outcome.word, digest=outcome.digest, title=outcome.title)
    console.say(f"{outcome.title} ({outcome.word})")
    return 0
