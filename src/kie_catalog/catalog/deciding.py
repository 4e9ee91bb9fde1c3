"""What a decision of people writes: a line in the file of decisions, or an edit that needs none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.apply import json_bytes
from kie_catalog.catalog.changes import edits_of
from kie_catalog.catalog.edits import InsertItem
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.splice import splice
from kie_catalog.catalog.workspace import DECISIONS, Workspace, read_document
from kie_catalog.domain.change import Change, FieldChanged, ModeChanged, Version
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import ABSENT, Value
from kie_catalog.sync.base import Base
from kie_catalog.sync.decisions import read_decisions
from kie_catalog.sync.ownership import SCHEMA
from kie_catalog.sync.state import ModelState

NEW_DECISIONS: Final = """\
# What people decided about the catalog. Written with `kie-catalog decide`, or by hand; each with its reason.
decisions: []
"""


def with_decision(workspace: Workspace, decision: Mapping[str, Value]) -> dict[Path, bytes | None]:
    """The file of decisions with one more; all that stands in it stays as it is.

    Raises:
        CatalogInvalid: the file, or the decision, has not the right form.
    """
    file = workspace.root / DECISIONS
    shown = workspace.relative(file)
    document = read_document(file, shown) if file.exists() else parse(NEW_DECISIONS, shown)
    known = read_decisions(document)
    text = splice(document, [InsertItem(("decisions",), len(known), decision)])
    read_decisions(parse(text, shown))
    return {file: text.encode()}


def taking_theirs(
    workspace: Workspace, model: str, mode: str | None, field: str | None
) -> dict[Path, bytes | None]:
    """The files that make the next sync write upstream's value: with ours taken back to the accepted one.

    Raises:
        UsageError: nothing of that name was ever accepted from upstream.
    """
    base = workspace.base()
    known = base.models.get(model)
    if known is None or (mode is not None and mode not in known.modes):
        raise UsageError(" ".join(filter(None, (model, mode))), "was never upstream's", "name what is")
    if field is None:
        return {workspace.base_file: json_bytes(_forgotten(base, model, mode).to_json())}
    if field == SCHEMA:
        return {workspace.schema_file(model): None}
    fields: Mapping[str, Any] = known.fields if mode is None else known.modes[mode]
    return sharing(workspace, model, mode, field, fields.get(field, ABSENT))


def _forgotten(base: Base, model: str, mode: str | None) -> Base:
    """The base without what people removed, so that upstream's version is new again."""
    models = dict(base.models)
    known = models.pop(model)
    if mode is not None:
        models[model] = _without_mode(known, mode)
    return replace(base, models=models)


def _without_mode(model: ModelState, mode: str) -> ModelState:
    modes = {name: fields for name, fields in model.modes.items() if name != mode}
    rows = {name: row for name, row in model.rows.items() if name != mode}
    why = {name: words for name, words in model.why.items() if name != mode}
    memory = replace(model.memory, removed_modes=model.memory.removed_modes - {mode})
    return replace(model, modes=modes, rows=rows, why=why, memory=memory)


def sharing(
    workspace: Workspace, model: str, mode: str | None, field: str, value: Version
) -> dict[Path, bytes | None]:
    """The catalog with a value of its own; where that is upstream's, nothing is left to decide.

    Raises:
        UsageError: the catalog has no such model, mode or field.
    """
    document = workspace.document()
    data: Any = document.data
    change: Change = (
        FieldChanged(model, field, ABSENT, value)
        if mode is None
        else ModeChanged(model, mode, field, ABSENT, value)
    )
    try:
        edits = edits_of([change], data, taken_at=data["last_updated"])
    except (KeyError, ValueError, StopIteration, RuntimeError):
        place = " ".join(filter(None, (model, mode, field)))
        raise UsageError(place, "is not in the catalog", "name a model, a mode and a field of it") from None
    after = parse(splice(document, edits), document.path)
    require_form(after)
    contents: dict[Path, bytes | None] = {workspace.catalog_file: after.text.encode()}
    if workspace.artefact_folder:
        contents |= artefact.build_for(
            after, workspace.schemas(), workspace.aliases_data(), workspace.artefact_folder
        )
    return contents
