"""`ci propose`: the rolling pull request."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from kie_catalog.automation.actions import answer, require_repository, surroundings
from kie_catalog.automation.bundle import read_bundle
from kie_catalog.automation.git import BRANCH, clone_at
from kie_catalog.automation.github import github
from kie_catalog.automation.outcome import forget_outcome, write_outcome
from kie_catalog.automation.propose import Target, propose
from kie_catalog.automation.saying import one_line
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import FOLDER, annotate, ending_in
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import require_workspace, root_option
from kie_catalog.domain.errors import UsageError
from kie_catalog.sync.guards import require_safe


@click.command("propose", epilog=examples("ci propose build/sync"))
@click.argument("folder", type=FOLDER)
@root_option
@click.option(
    "--base",
    envvar="KIE_CATALOG_PROPOSE_TO",
    help="The branch to propose to. Default: $KIE_CATALOG_PROPOSE_TO, else $GITHUB_REF_NAME.",
)
@click.option("--branch", default=BRANCH, show_default=True, help="The branch of the rolling pull request.")
def propose_command(folder: Path, root: Path | None, base: str | None, branch: str) -> int:
    """Open, update, leave alone or close the rolling pull request for the plan in FOLDER."""
    here = surroundings(os.environ)
    with ending_in(folder, here):
        forget_outcome(folder)
        require_repository(here)
        workspace = require_workspace(root)
        plan = read_bundle(folder)
        require_safe(plan.guards)
        target_branch = base or here.ref_name
        if not target_branch or target_branch == branch:
            cure = "name the branch that pull requests go to"
            raise UsageError("--base", f"is {target_branch or 'not given'}", cure)
        with github(here) as hub:
            git = clone_at(workspace.root, here)
            web = f"{here.server}/{here.repository}"
            outcome = propose(plan, Target(git, hub, workspace.root, target_branch, branch, web))
    write_outcome(folder, outcome)
    answer(
        here,
        outcome=outcome.word,
        digest=outcome.digest,
        pull=str(outcome.pull or ""),
        url=outcome.url,
        news="true" if outcome.is_news else "false",
        told=json.dumps(outcome.told),
    )
    if outcome.message:
        annotate(here, "warning", outcome.message)
    console.say(one_line(outcome))
    return 0
