"""What a plan would make of a workspace, and the report that says so; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from kie_catalog.catalog.changes import edits_of, renames_of, schemas_of
from kie_catalog.catalog.inputs import override_file, read_overrides_with, with_corrections
from kie_catalog.catalog.moves import in_place
from kie_catalog.catalog.nodes import YamlDocument, parse
from kie_catalog.catalog.read import catalog_of, require_form
from kie_catalog.catalog.report_facts import facts_of
from kie_catalog.catalog.splice import splice
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.change import Renamed
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.markdown import render_plan


@dataclass(frozen=True, slots=True)
class Outcome:
    """A workspace before and after a plan."""

    before: YamlDocument
    after: YamlDocument
    written: Mapping[str, Mapping[str, Any] | None]
    """The records of inputs that the plan writes, by model; `None` for one that is to go."""
    moved: Mapping[Path, bytes | None]
    """The files of reviewed corrections that go along with a renamed model."""
    schemas: Mapping[str, Mapping[str, Any]]
    """The input schemas that count afterwards."""

    def facts(self, plan: Plan) -> Facts:
        """What a report says beside the plan."""
        return facts_of(plan, catalog_of(self.before.data), catalog_of(self.after.data), self.schemas)


@dataclass(frozen=True)
class Said:
    """The report of a plan, worked out when it is first asked for."""

    plan: Plan
    outcome: Outcome
    link: str = ""
    """Where the whole of it is read, should it be shortened."""

    @cached_property
    def facts(self) -> Facts:
        """What it says beside the plan."""
        return self.outcome.facts(self.plan)

    @cached_property
    def text(self) -> str:
        """The report, no longer than a pull request takes."""
        return self.linked(self.link)

    @cached_property
    def whole(self) -> str:
        """The report, however long."""
        return render_plan(self.plan, self.facts, None)

    def linked(self, link: str) -> str:
        """The report as `text`, with the whole of it at another place."""
        return render_plan(self.plan, replace(self.facts, link=link))


def outcome_of(plan: Plan, workspace: Workspace) -> Outcome:
    """Work out what a plan makes of the catalog and of the input schemas.

    Raises:
        CatalogInvalid: the catalog would not have the form of one afterwards.
        UsageError: the catalog is of another version.
    """
    document = workspace.document_or_new()
    written = schemas_of(plan.changes, cache(workspace.records))
    every = {**workspace.records(), **written}
    left = {model_id: record for model_id, record in every.items() if record is not None}
    moved = _overrides_after(plan, workspace)
    return Outcome(
        before=document,
        after=_catalog_after(plan, document),
        written=written,
        moved=moved,
        schemas=with_corrections(left, read_overrides_with(workspace.root, moved)),
    )


def _overrides_after(plan: Plan, workspace: Workspace) -> dict[Path, bytes | None]:
    """The reviewed corrections of renamed models, moved along; a model that has its own keeps them."""
    moved: dict[Path, bytes | None] = {}
    for was, to in renames_of(plan.changes).items():
        old, new = override_file(workspace.root, was), override_file(workspace.root, to)
        if old.exists() and not new.exists():
            moved |= {old: None, new: old.read_bytes()}
    return moved


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
