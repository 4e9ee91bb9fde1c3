"""`ci verify`: what a branch is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from kie_catalog.automation.actions import summarize, surroundings
from kie_catalog.automation.git import clone_at
from kie_catalog.automation.proving import look_at, note_of, to_json
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import FOLDER, annotate
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option, require_workspace, root_option
from kie_catalog.reports.text import clean

FAULTY: Final = 1


@click.command("verify", epilog=examples("ci verify --before origin/main --out build/check"))
@root_option
@click.option("--before", required=True, metavar="REVISION", help="The branch that the pull request goes to.")
@click.option("--out", type=FOLDER, help="Folder for the text of the comment.")
@format_option(TEXT, JSON)
def verify_command(root: Path | None, before: str, out: Path | None, form: str) -> int:
    """Prove that the branch is a plan plus edits of people, and say what it makes of the catalog."""
    here = surroundings(os.environ)
    workspace = require_workspace(root)
    git = clone_at(workspace.root, here)
    branch = look_at(workspace, git, before)
    if out is not None:
        note = note_of(branch, git.text("rev-parse", "HEAD"))
        out.mkdir(parents=True, exist_ok=True)
        (out / "comment.md").write_text(note.body, encoding="utf-8")
        summarize(here, note.body)
    faults = branch.verified.faults if branch.verified else ()
    if form == JSON:
        console.say_json(to_json(branch))
        return FAULTY if faults else 0
    for fault in faults:
        annotate(here, "error", f"not of the plan: {fault}")
        console.say(f"not of the plan: {clean(fault)}")
    made = f"plan {branch.digest[7:19]} and edits of people" if branch.digest else "edits of people"
    console.say(f"{made}; {len(branch.changes)} changes of the catalog, {len(faults)} faults")
    return FAULTY if faults else 0
