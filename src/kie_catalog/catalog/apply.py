"""Applying a plan: every file it makes, worked out and checked before the first is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.gaps import open_points
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.reporting import Said, outcome_of
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import HISTORY, OPEN_POINTS, REPORTS, Workspace, digest_of
from kie_catalog.domain.errors import StalePlan, UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import to_json
from kie_catalog.reports.markdown import render_index, render_open
from kie_catalog.sync.history import appended, entries_of

_VERDICT: Final = re.compile(r"^\*\*(.+?)\.?\*\*(: .+?)?\.?$", re.MULTILINE)
WHOLE: Final = "whole"
"""The folder beside the reports that holds those which had to be shortened, whole."""
_REPORT_NAME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a plan wrote."""

    written: tuple[Path, ...]
    report: Path | None
    """The change report, if the plan changed anything."""
    said: Said
    """What the report says, whether it was stored or not."""


def apply_plan(plan: Plan, workspace: Workspace, *, transaction: Transaction | None = None) -> Applied:
    """Write a plan's files, together or not at all.

    Raises:
        StalePlan: the catalog, the base or a decision moved since the plan was made.
        CatalogInvalid: the catalog would not have the form of one afterwards.
        WriteFailed: a file could not be written; all are as before.
        UsageError: another run is at work here.
    """
    transaction = transaction or Transaction(workspace.root)
    # Nobody may write between the look at the files and their replacement.
    with transaction.exclusive():
        require_fresh(plan, workspace)
        made = files_of(plan, workspace)
        written = transaction.commit(made.contents)
    return Applied(written, made.report if made.report in written else None, made.said)


def require_fresh(plan: Plan, workspace: Workspace) -> None:
    """Refuse a plan that was made for other files.

    Raises:
        StalePlan: with the places that moved.
    """
    known = {**plan.made_for, **plan.made_from}
    moved = [place for place, digest in known.items() if digest_of(workspace.root / place) != digest]
    if moved:
        raise StalePlan(moved)


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan makes: every file by path, and its report."""

    contents: Mapping[Path, bytes | None]
    """A file that is to go has no content."""
    report: Path | None
    """The change report, if the plan changes anything."""
    said: Said
    """What the report says, whether it is stored or not."""


def files_of(plan: Plan, workspace: Workspace) -> Made:
    """Everything that a plan makes. Nothing is written."""
    outcome = outcome_of(plan, workspace)
    contents: dict[Path, bytes | None] = {workspace.base_file: json_bytes(plan.base)}
    contents |= {
        workspace.schema_file(model_id): None if schema is None else json_bytes(schema)
        for model_id, schema in outcome.written.items()
    }
    contents |= outcome.moved
    contents[workspace.catalog_file] = outcome.after.text.encode()
    if workspace.artefact_folder:
        facts = workspace.aliases_data()
        contents |= artefact.build_for(outcome.after, outcome.schemas, facts, workspace.artefact_folder)
    if history := _history_after(plan, workspace):
        contents[workspace.root / HISTORY] = history.encode()
    if not plan.is_effective:
        return Made(contents, None, Said(plan, outcome))
    report = _report_file(plan, workspace)
    said = Said(plan, outcome, f"{WHOLE}/{report.name}")
    contents |= _reports(report, said, workspace)
    points = tuple(open_points(catalog_of(outcome.after.data), outcome.schemas, plan.unresolved))
    contents[workspace.root / OPEN_POINTS] = render_open(plan.taken_at, points).encode()
    return Made(contents, report, said)


def _reports(report: Path, said: Said, workspace: Workspace) -> dict[Path, bytes]:
    """The report, the whole of it where it was shortened, and the list of all."""
    files = {report: said.text.encode(), report.with_name("index.md"): _index(said.text, report, workspace)}
    if said.whole != said.text:
        files[report.parent / WHOLE / report.name] = said.whole.encode()
    return files


def _history_after(plan: Plan, workspace: Workspace) -> str:
    try:
        return appended(workspace.history(), entries_of(plan))
    except ValueError as error:
        raise UsageError(str(HISTORY), str(error), "restore it from version control") from None


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """A JSON file as this project writes it."""
    return (json.dumps(to_json(value), ensure_ascii=False, indent=2) + "\n").encode()


def _report_file(plan: Plan, workspace: Workspace) -> Path:
    """`reports/<date>.md`; a second change of one day gets a number, since a report is never rewritten."""
    folder = workspace.root / REPORTS
    number = 1
    file = folder / f"{plan.taken_at}.md"
    while file.exists():
        number += 1
        file = folder / f"{plan.taken_at}-{number}.md"
    return file


def _index(newest: str, report: Path, workspace: Workspace) -> bytes:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in report_files(workspace)}
    texts[report.stem] = newest
    listed = [(name, verdict_of(texts[name])) for name in sorted(texts, key=_report_order, reverse=True)]
    return render_index(listed).encode()


def report_files(workspace: Workspace) -> list[Path]:
    """The stored reports, oldest first."""
    files = [file for file in (workspace.root / REPORTS).glob("*.md") if _REPORT_NAME.fullmatch(file.stem)]
    return sorted(files, key=lambda file: _report_order(file.stem))


def _report_order(name: str) -> tuple[str, int]:
    return name[:10], int(name[11:] or 1)


def verdict_of(text: str) -> str:
    """The verdict line of a stored report."""
    found = _VERDICT.search(text)
    return found.group(1) + (found.group(2) or "") if found else ""
