"""Proving a pull request: what on its branch is its plan's, what is of people, and what is of neither."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kie_catalog.automation.comments import Note
from kie_catalog.automation.commits import plan_of
from kie_catalog.automation.git import Git
from kie_catalog.automation.keeping import REF, kept_plan
from kie_catalog.catalog.revision import workspace_before
from kie_catalog.catalog.verify import Verified, verify
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.change import Change
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.reports.lines import headline
from kie_catalog.reports.text import code, count
from kie_catalog.sync.compare import compare
from kie_catalog.sync.state import State, state_of_catalog

_MOST: tuple[int, int] = (200, 100)
"""How many changes and how many faults are listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What a branch is."""

    changes: tuple[Change, ...]
    """What it makes of the catalog, by meaning."""
    verified: Verified | None
    """What of it is the plan's and what is not; `None` for a branch that no sync has written to."""
    digest: str
    """Of the plan; empty for a branch of people."""


def look_at(workspace: Workspace, git: Git, before: str) -> Branch:
    """Compare a branch with the one it goes to, and with the plan it was made from.

    Args:
        workspace: of the branch, checked out.
        git: its clone, with enough history to reach where the branch left the other.
        before: the revision or branch that it goes to.

    Raises:
        UsageError: there is no such revision, or the plan that the branch names is not on the remote.
        CatalogInvalid: a catalog has not the form of one.
    """
    fork = git.asked("merge-base", before, "HEAD")
    if fork is None:
        cure = "name the branch that the pull request goes to, and fetch its history"
        raise UsageError(f"--before {before}", "has no commit in common with this branch", cure)
    with workspace_before(workspace, fork) as earlier:
        changes = compare(_state(earlier), _state(workspace))
    found = plan_of(git, fork, "HEAD")
    if found is None:
        return Branch(changes, None, "")
    made, digest = found
    with workspace_before(workspace, git.text("rev-parse", f"{made}^")) as earlier:
        return Branch(changes, verify(_require_plan(git, digest), earlier, workspace), digest)


def _state(workspace: Workspace) -> State:
    data: Any = workspace.document_or_new().data
    return state_of_catalog(data)


def _require_plan(git: Git, digest: str) -> Plan:
    plan = kept_plan(git)
    if plan is None or plan.digest != digest:
        fact = f"does not hold plan {digest[7:19]}, which the branch names"
        raise UsageError(REF, fact, "run the sync again, which puts it there")
    return plan


def note_of(branch: Branch, sha: str) -> Note:
    """What to say of a branch under its pull request.

    Args:
        branch: what was found.
        sha: its commit.
    """
    return Note("check", sha[:12], "\n\n".join(_parts(branch)) + "\n")


def _parts(branch: Branch) -> Iterator[str]:
    yield "### What this branch makes of the catalog"
    yield (
        _listed([headline(each) for each in branch.changes], _MOST[0])
        or "No model, no mode and no price changes."
    )
    yield "### Where it comes from"
    if branch.verified is None:
        yield "Edits of people; no sync has written to this branch."
        return
    found = branch.verified
    edits = count(len(found.edits) + len(found.files), "edit")
    yield f"Plan {code(branch.digest[:19])} and {edits} of people."
    if people := [*map(headline, found.edits), *found.files]:
        yield _listed(people, _MOST[1])
    if found.faults:
        yield f"**{count(len(found.faults), 'thing')} that neither the plan nor people can have made:**"
        yield _listed(list(found.faults), _MOST[1])


def _listed(lines: list[str], most: int) -> str:
    shown = [f"- {code(line)}" for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"- and {len(lines) - most} more")
    return "\n".join(shown)


def to_json(branch: Branch) -> Mapping[str, object]:
    """The same as data."""
    found = branch.verified
    return {
        "plan": branch.digest or None,
        "changes": [headline(each) for each in branch.changes],
        "edits": [headline(each) for each in found.edits] if found else [],
        "files": list(found.files) if found else [],
        "faults": list(found.faults) if found else [],
    }
