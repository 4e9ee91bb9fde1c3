"""Applying a plan: every file it makes, worked out and checked before the first is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.changes import edits_of, schemas_of
from kie_catalog.catalog.gaps import open_points
from kie_catalog.catalog.inputs import with_corrections
from kie_catalog.catalog.moves import in_place
from kie_catalog.catalog.nodes import YamlDocument, parse
from kie_catalog.catalog.read import catalog_of, require_form
from kie_catalog.catalog.splice import splice
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import HISTORY, OPEN_POINTS, REPORTS, Workspace, digest_of_file
from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.change import Renamed
from kie_catalog.domain.errors import StalePlan, UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import to_json
from kie_catalog.reports.markdown import render_index, render_open, render_plan
from kie_catalog.sync.history import appended, entries_of

_VERDICT: Final = re.compile(r"^\*\*(.+?)\.?\*\*$", re.MULTILINE)
_REPORT_NAME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a plan wrote."""

    written: tuple[Path, ...]
    report: Path | None
    """The change report, if the plan changed anything."""


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
        contents, report = files_of(plan, workspace)
        written = transaction.commit(contents)
    return Applied(written, report if report in written else None)


def require_fresh(plan: Plan, workspace: Workspace) -> None:
    """Refuse a plan that was made for other files.

    Raises:
        StalePlan: with the places that moved.
    """
    moved = [
        place for place, digest in plan.made_for.items() if digest_of_file(workspace.root / place) != digest
    ]
    if moved:
        raise StalePlan(moved)


def files_of(plan: Plan, workspace: Workspace) -> tuple[dict[Path, bytes | None], Path | None]:
    """Every file that a plan makes, by path, and which of them is the report. Nothing is written.

    A file that is to go has no content.
    """
    document = workspace.document_or_new()
    contents: dict[Path, bytes | None] = {workspace.base_file: json_bytes(plan.base)}
    schemas = schemas_of(plan.changes, cache(workspace.records))
    contents |= {
        workspace.schema_file(model_id): None if schema is None else json_bytes(schema)
        for model_id, schema in schemas.items()
    }
    after = _catalog_after(plan, document)
    contents[workspace.catalog_file] = after.text.encode()
    amended = cache(lambda: _schemas_after(schemas, workspace))
    if workspace.artefact_folder:
        contents |= artefact.build_for(after, amended(), workspace.aliases_data(), workspace.artefact_folder)
    if history := _history_after(plan, workspace):
        contents[workspace.root / HISTORY] = history.encode()
    if not plan.is_effective:
        return contents, None
    report = _report_file(plan, workspace)
    text = render_plan(plan)
    contents[report] = text.encode()
    contents[workspace.root / REPORTS / "index.md"] = _index(text, report, workspace)
    points = tuple(open_points(catalog_of(after.data), amended(), plan.unresolved))
    contents[workspace.root / OPEN_POINTS] = render_open(plan.taken_at, points).encode()
    return contents, report


def _schemas_after(
    written: Mapping[str, Mapping[str, Any] | None], workspace: Workspace
) -> Mapping[str, Mapping[str, Any]]:
    """The input schemas that count once the plan is applied."""
    every = {**workspace.records(), **written}
    left = {model_id: record for model_id, record in every.items() if record is not None}
    return with_corrections(left, workspace.overrides())


def _catalog_after(plan: Plan, document: YamlDocument) -> YamlDocument:
    data: Any = document.data
    edits = edits_of(plan.changes, data, taken_at=plan.taken_at)
    if not edits:
        return document
    if data.get("version") != VERSIONS[-1]:
        raise UsageError(document.path, "is of version 1", "run kie-catalog migrate first")
    after = parse(splice(document, edits), document.path)
    after = in_place(after, (each.model for each in plan.changes if isinstance(each, Renamed)))
    require_form(after)
    return after


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
    return found.group(1) if found else ""
