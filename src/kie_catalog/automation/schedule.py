"""What the doctor looks at on the remote: whether the schedule is alive."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from kie_catalog.automation.actions import surroundings
from kie_catalog.automation.doctor import Look, Patient, Sign, State
from kie_catalog.automation.git import REMOTE, GitFailed, clone_at
from kie_catalog.automation.heartbeat import last_beat

WORKFLOW: Final = Path(".github/workflows/catalog-sync.yml")
LONGEST_SILENCE: Final = dt.timedelta(hours=50)
"""Two daily runs, and the hours by which GitHub may be late."""
_REVIVE: Final = (
    "look at the workflow's page under Actions; GitHub switches schedules off after 60 quiet days, "
    "and Enable workflow brings one back"
)


def heartbeat(patient: Patient) -> Iterator[Sign]:
    """When a sync last ended well."""
    if patient.workspace is None or shutil.which("git") is None:
        return
    git = clone_at(patient.workspace.root, surroundings(patient.environment), patient.environment)
    if git.asked("remote", "get-url", REMOTE) is None:
        yield Sign(
            "schedule", State.UNKNOWN, "this is no clone with a remote, so there is no schedule to see"
        )
        return
    if not patient.is_online:
        yield Sign("schedule", State.UNKNOWN, "was not asked for")
        return
    try:
        last = last_beat(git)
    except GitFailed as error:
        yield Sign("schedule", State.UNKNOWN, f"the remote can't be read: {error}")
        return
    if last is None:
        is_there = (patient.workspace.root / WORKFLOW).exists()
        state = State.FAULT if is_there else State.UNKNOWN
        yield Sign("schedule", state, "no sync has ever ended well here", _REVIVE if is_there else "")
        return
    silence = patient.now - last.at
    at = last.at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    fact = f"the last sync that ended well was {at} ({last.outcome})"
    if silence <= LONGEST_SILENCE:
        yield Sign("schedule", State.OK, fact)
    else:
        yield Sign("schedule", State.FAULT, f"{fact}, {silence.days} days ago", _REVIVE)


LOOKS: Final[Mapping[str, Look]] = {"schedule": heartbeat}
