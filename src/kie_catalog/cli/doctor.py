"""`doctor`: what is wrong with the installation, the workspace and its schedule, each with its cure."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict
from pathlib import Path

import click

from kie_catalog.automation.doctor import Patient, State, examine
from kie_catalog.cli import console
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option, workspace_here
from kie_catalog.reports.text import clean, count

ILL = 1


@click.command("doctor", epilog=examples("doctor", "doctor --offline --format json"))
@root_option
@format_option(TEXT, JSON)
@click.option("--offline", is_flag=True, help="Do not ask the remote whether the schedule is alive.")
def doctor_command(root: Path | None, form: str, offline: bool) -> int:
    """Look for what is wrong, each with its cure. Writes nothing; exits with 1 if there is a fault."""
    patient = Patient(workspace_here(root), os.environ, dt.datetime.now(dt.UTC), is_online=not offline)
    signs = list(examine(patient))
    faults = [each for each in signs if each.state is State.FAULT]
    if form == JSON:
        console.say_json({"faults": len(faults), "signs": [asdict(each) for each in signs]})
    else:
        for each in signs:
            console.say(clean(str(each)))
        warnings = sum(each.state is State.WARNING for each in signs)
        console.say(f"{count(len(faults), 'fault')}, {count(warnings, 'warning')}")
    return ILL if faults else 0
