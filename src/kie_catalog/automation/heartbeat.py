"""The heartbeat of a schedule: when a sync last ended well, kept in a ref of its own on the remote.

A ref outside of `refs/heads/` needs no right but `contents: write`, which the job that proposes has anyway;
it starts no workflow, protects no branch, shows in no list of branches, and adds nothing to any history: each
beat replaces the one before. Any clone can read it, without a token where the repository is public. A
repository variable would need an administrator's token; a commit on the main branch would be one a day.
"""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Final

from kie_catalog.automation.commits import commit
from kie_catalog.automation.git import Git, PushLost

REF: Final = "refs/kie-catalog/heartbeat"
FILE: Final = "heartbeat.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sync that ended well."""

    at: dt.datetime
    """With its time zone."""
    outcome: str
    """In the word of `outcome.Outcome`."""
    plan: str
    """The digest of its plan."""
    version: str
    """Of kie-catalog."""
    run: str
    """Where its log is; empty for a run by hand."""


def beat(git: Git, heartbeat: Heartbeat) -> None:
    """Put a heartbeat into the place of the last.

    Raises:
        GitFailed: the remote refuses it.
    """
    written = {"format": FORMAT, **asdict(heartbeat), "at": heartbeat.at.isoformat(timespec="seconds")}
    content = (json.dumps(written, indent=1) + "\n").encode()
    message = f"Heartbeat: {heartbeat.outcome}\n"
    made = commit(git, {FILE: content}, message, parent=None, seconds=int(heartbeat.at.timestamp()))
    with suppress(PushLost):  # the beat of a run beside us is as good
        git.push(made, REF, seen=git.fetch(REF))


def last_beat(git: Git) -> Heartbeat | None:
    """The last heartbeat; `None` where there never was one, or it can't be read.

    Raises:
        GitFailed: the remote can't be read.
    """
    found = git.fetch(REF)
    content = git.read(found, FILE) if found else None
    try:
        written = json.loads(content or b"")
        at = dt.datetime.fromisoformat(written["at"])
        texts = (str(written[name]) for name in ("outcome", "plan", "version", "run"))
        return Heartbeat(at if at.tzinfo else at.replace(tzinfo=dt.UTC), *texts)
    except (ValueError, KeyError, TypeError):
        return None
