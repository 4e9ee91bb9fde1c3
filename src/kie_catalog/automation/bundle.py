"""What the job that reads hands to the job that writes: a folder with plan, report, patch and outcome."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kie_catalog.automation.outcome import REPORT, SUMMARY, Outcome, write_text
from kie_catalog.automation.proposal import labels_of, title_of
from kie_catalog.catalog.apply import files_of
from kie_catalog.catalog.reporting import outcome_of as made_of
from kie_catalog.catalog.workspace import Workspace, exact_json, read_exact_json
from kie_catalog.domain.errors import CatalogError, UsageError
from kie_catalog.domain.plan import Plan, plan_from_json
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.markdown import render_plan, render_summary

PLAN: Final = "plan.json"
PATCH: Final = "change.patch"


def is_worth_proposing(plan: Plan, workspace: Workspace) -> bool:
    """Whether there is anything to propose.

    Beside changes of the catalog and its schemas these are the counts of runs in which something was
    missing: without them nothing would ever be given up. What else the base notes alone can wait.
    """
    return plan.is_effective or _absences(plan.base) != _absences(_base_of(workspace))


def _base_of(workspace: Workspace) -> Mapping[str, Any]:
    if not workspace.base_file.exists():
        return {}
    found: Mapping[str, Any] = exact_json(workspace.base_file.read_bytes())
    return found


def _absences(base: Mapping[str, Any]) -> dict[str, Any]:
    memories = {model: each.get("memory") or {} for model, each in (base.get("models") or {}).items()}
    return {
        model: (int(memory.get("absent") or 0), memory.get("absent_modes") or {})
        for model, memory in memories.items()
        if memory.get("absent") or memory.get("absent_modes")
    }


def write_plan(folder: Path, plan: Plan, workspace: Workspace) -> None:
    """Write a plan with its report, and the patch that it is; nothing reads the patch but people.

    Raises:
        CatalogInvalid: the catalog would not have the form of one afterwards.
        WriteFailed: the folder can't be written.
    """
    write_text(folder / PLAN, json.dumps(plan.to_json(), ensure_ascii=False, indent=1) + "\n")
    facts = _facts(plan, workspace)
    write_text(folder / REPORT, render_plan(plan, facts, None))
    write_text(folder / SUMMARY, render_summary(plan, facts))
    is_patch = is_worth_proposing(plan, workspace) and not any(each.refuses for each in plan.guards)
    write_text(folder / PATCH, patch_of(plan, workspace) if is_patch else "")


def _facts(plan: Plan, workspace: Workspace) -> Facts | None:
    """What a report says beside the plan; a plan that can't be carried out is told without."""
    try:
        return made_of(plan, workspace).facts(plan)
    except CatalogError:
        return None


def outcome_of(plan: Plan, workspace: Workspace) -> Outcome:
    """What there is to say of a plan that no guard refuses."""
    word = "pending" if is_worth_proposing(plan, workspace) else idle_word(plan)
    return Outcome(0, word, digest=plan.digest, title=title_of(plan), labels=labels_of(plan))


def idle_word(plan: Plan) -> str:
    """What to call a plan that writes nothing: people may still be asked something."""
    return "waiting" if plan.changes else "nothing"


def read_bundle(folder: Path) -> Plan:
    """The plan in a folder.

    Raises:
        UsageError: there is none, or it was edited.
    """
    file = folder / PLAN
    try:
        return plan_from_json(read_exact_json(file))
    except OSError as error:
        cure = "name the folder that kie-catalog ci prepare wrote"
        raise UsageError(str(file), f"cannot be read ({error.strerror})", cure) from error
    except ValueError as error:
        raise UsageError(str(file), f"is no plan ({error})", "run kie-catalog ci prepare again") from None


def patch_of(plan: Plan, workspace: Workspace) -> str:
    """A plan as a patch that `git apply` takes."""
    contents = files_of(plan, workspace).contents
    with tempfile.TemporaryDirectory(prefix="kie-catalog-") as name:
        folder = Path(name)
        for side in ("a", "b"):
            (folder / side).mkdir()
        for path, content in contents.items():
            place = path.relative_to(workspace.root)
            _lay(folder / "a" / place, path.read_bytes() if path.exists() else None)
            _lay(folder / "b" / place, content)
        # The folders are named as the sides of a patch are, so their names need no further prefix.
        command = [
            "git",
            "diff",
            "--no-index",
            "--no-color",
            "--no-ext-diff",
            "--src-prefix=",
            "--dst-prefix=",
        ]
        done = subprocess.run([*command, "a", "b"], cwd=folder, capture_output=True, check=False)  # noqa: S603 -- git, no shell
        return done.stdout.decode(errors="replace")


def _lay(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
