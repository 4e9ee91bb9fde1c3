"""`report`: a change report, stored, of a plan file, or of what is pending."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.catalog.apply import report_files, verdict_of
from kie_catalog.catalog.workspace import REPORTS, Workspace
from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, MARKDOWN, format_option, require_workspace, root_option
from kie_catalog.domain.errors import NothingChecked


@click.command("report", epilog=examples("report", "report 2026-08-22 --format json"))
@click.argument("date", required=False)
@root_option
@format_option(MARKDOWN, JSON)
def report_command(date: str | None, root: Path | None, form: str) -> int:
    """Print the stored change report of DATE; default: the newest.

    What is pending is printed by plan --format markdown.
    """
    workspace = require_workspace(root)
    file = _find(workspace, date)
    text = file.read_text(encoding="utf-8")
    if form == JSON:
        place = file.relative_to(workspace.root).as_posix()
        console.say_json({"date": file.stem, "file": place, "verdict": verdict_of(text), "markdown": text})
    else:
        console.say(text, end="")
    return 0


def _find(workspace: Workspace, date: str | None) -> Path:
    files = [file for file in report_files(workspace) if date is None or file.stem == date]
    if not files:
        raise NothingChecked(str(REPORTS / f"{date}.md" if date else REPORTS))
    return files[-1]
