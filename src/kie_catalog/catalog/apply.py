"""Applying a plan: every file it makes, worked out and checked before the first is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.changes import edits_of
from kie_catalog.catalog.inputs import with_corrections
from kie_catalog.catalog.nodes import YamlDocument, parse
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.splice import splice
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import REPORTS, Workspace, digest_of_file
from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.change import SchemaChanged
from kie_catalog.domain.errors import StalePlan, UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import to_json
from kie_catalog.reports.markdown import render_index, render_plan

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
        StalePlan: the catalog or the base moved since the plan was made.
        CatalogInvalid: the catalog would not have the form of one afterwards.
        WriteFailed: a file could not be written; all are as before.
    """
    _require_fresh(plan, workspace)
    contents, report = files_of(plan, workspace)
    written = (transaction or Transaction(workspace.root)).commit(contents)
    return Applied(written, report if report in written else None)


def _require_fresh(plan: Plan, workspace: Workspace) -> None:
    moved = [
        place for place, digest in plan.made_for.items() if digest_of_file(workspace.root / place) != digest
    ]
    if moved:
        raise StalePlan(moved)


def files_of(plan: Plan, workspace: Workspace) -> tuple[dict[Path, bytes], Path | None]:
    """Every file that a plan makes, by path, and which of them is the report. Nothing is written."""
    document = workspace.document_or_new()
    contents = {workspace.base_file: _json(plan.base)}
    schemas = {each.model: each.schema for each in plan.changes if isinstance(each, SchemaChanged)}
    contents |= {workspace.schema_file(model_id): _json(schema) for model_id, schema in schemas.items()}
    after = _catalog_after(plan, document)
    contents[workspace.catalog_file] = after.text.encode()
    if workspace.artefact_folder:
        every = with_corrections({**workspace.records(), **schemas}, workspace.overrides())
        contents |= artefact.build_for(after, every, workspace.aliases_data(), workspace.artefact_folder)
    if not plan.is_effective:
        return contents, None
    report = _report_file(plan, workspace)
    contents[report] = render_plan(plan).encode()
    contents[workspace.root / REPORTS / "index.md"] = _index(contents[report], report, workspace)
    return contents, report


def _catalog_after(plan: Plan, document: YamlDocument) -> YamlDocument:
    data: Any = document.data
    edits = edits_of(plan.changes, data, taken_at=plan.taken_at)
    if not edits:
        return document
    if data.get("version") != VERSIONS[-1]:
        raise UsageError(document.path, "is of version 1", "run kie-catalog migrate first")
    after = parse(splice(document, edits), document.path)
    require_form(after)
    return after


def _json(value: Mapping[str, Any]) -> bytes:
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


def _index(newest: bytes, report: Path, workspace: Workspace) -> bytes:
    texts = {file.stem: file.read_text(encoding="utf-8") for file in report_files(workspace)}
    texts[report.stem] = newest.decode()
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
