"""`ci summary`: what happened, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kie_catalog.automation.actions import summarize, surroundings
from kie_catalog.automation.outcome import SUMMARY, read_outcome
from kie_catalog.automation.saying import summary_of
from kie_catalog.cli import console
from kie_catalog.cli.ci.failing import FOLDER
from kie_catalog.cli.examples import examples


@click.command("summary", epilog=examples("ci summary build/sync"))
@click.argument("folder", type=FOLDER)
def summary_command(folder: Path) -> int:
    """Say in the summary of the job how the step before ended, and what to do about it."""
    outcome = read_outcome(folder)
    report = folder / SUMMARY
    text = summary_of(outcome, report.read_text(encoding="utf-8") if report.is_file() else "")
    if not summarize(surroundings(os.environ), text):
        console.say(text, end="")
    return 0
