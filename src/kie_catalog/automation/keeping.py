"""The plan that the branch was made from, kept in a ref of its own on the remote."""

from __future__ import annotations

from typing import Final

from kie_catalog.automation.commits import commit
from kie_catalog.automation.git import Git
from kie_catalog.catalog.apply import json_bytes
from kie_catalog.catalog.workspace import exact_json
from kie_catalog.domain.plan import Plan, plan_from_json

REF: Final = "refs/kie-catalog/plan"
"""Replaced in the same step as the branch; `ci verify` proves the branch by it."""
FILE: Final = "plan.json"


def commit_of(git: Git, plan: Plan, *, seconds: int) -> str:
    """A commit that holds a plan and stands on nothing.

    Args:
        git: the clone.
        plan: what to keep.
        seconds: its date, since 1970.
    """
    return commit(
        git, {FILE: json_bytes(plan.to_json())}, f"Plan {plan.digest}\n", parent=None, seconds=seconds
    )


def kept_plan(git: Git) -> Plan | None:
    """The plan that the remote keeps; `None` where there is none that can be read.

    Raises:
        GitFailed: the remote can't be read.
    """
    found = git.fetch(REF)
    content = git.read(found, FILE) if found else None
    try:
        return plan_from_json(exact_json(content or b""))
    except ValueError:
        return None
