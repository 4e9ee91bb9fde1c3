"""`ci heartbeat`: a sync ended well."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click

from kie_catalog.automation.actions import surroundings
from kie_catalog.automation.git import clone_at
from kie_catalog.automation.heartbeat import Heartbeat, beat
from kie_catalog.automation.outcome import read_outcome
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import FOLDER, ending_in
from kie_catalog.cli.examples import examples
from kie_catalog.domain.errors import UsageError
from kie_catalog.version import __version__


@click.command("heartbeat", epilog=examples("ci heartbeat build/sync"))
@click.argument("folder", type=FOLDER)
@click.option("--root", type=FOLDER, default=Path(), help="A folder in the clone. Default: the current one.")
def heartbeat_command(folder: Path, root: Path) -> int:
    """Note on the remote that a sync ended well, for `kie-catalog doctor` to find."""
    here = surroundings(os.environ)
    with ending_in(folder, here):
        outcome = read_outcome(folder)
        if outcome is None or outcome.code:
            raise UsageError(str(folder), "holds no sync that ended well", "see the step before")
        now = dt.datetime.now(dt.UTC)
        git = clone_at(root, here)
        beat(git, Heartbeat(now, outcome.word, outcome.digest, __version__, here.run_url))
    console.say(f"heartbeat: {outcome.word}")
    return 0
