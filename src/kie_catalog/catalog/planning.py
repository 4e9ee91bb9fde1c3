"""From upstream and a workspace to a plan: the rooms that know nothing of each other, put together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kie_catalog.catalog.nodes import YamlDocument
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.declared import Declarations, DeclaredModel, OtherPage
from kie_catalog.domain.finding import Severity
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.snapshot import Snapshot, Upstream
from kie_catalog.schemas import extraction
from kie_catalog.schemas.findings import describe, note_finding
from kie_catalog.schemas.overrides import Override, stray_overrides
from kie_catalog.schemas.records import amended, record_of, render_record
from kie_catalog.sync.plan import Settings, make_plan
from kie_catalog.sync.tokens import anchor_model


def plan_sync(upstream: Upstream, workspace: Workspace, settings: Settings | None = None) -> Plan:
    """Plan a sync of a workspace.

    Raises:
        CatalogInvalid: a file of the workspace has not the form it must have.
    """
    document: YamlDocument = workspace.document_or_new()
    require_form(document)
    declared = declared_by(upstream, workspace.overrides())
    errors: dict[str, tuple[str, ...]] = {model.id: model.errors for model in declared.models if model.errors}
    settings = replace(settings or Settings(), schema_errors=errors)
    return make_plan(upstream, declared, workspace.ours(document), settings)


def declared_by(upstream: Upstream, overrides: Mapping[str, Override] | None = None) -> Declarations:
    """What upstream's pages declare, with the reviewed corrections carried out.

    Ids that the playground, the keyed API or an anchor names are evidence where a page contradicts itself.
    """
    overrides = overrides or {}
    pages = upstream.pages.content if isinstance(upstream.pages, Snapshot) else ()
    found = extraction.declarations(pages, known=sorted(set(_named(upstream))))
    strays = stray_overrides(overrides.values(), [model.id for model in found.models]) if pages else ()
    return Declarations(
        models=tuple(_declared(model, overrides.get(model.id)) for model in found.models),
        without=tuple(OtherPage(each.page, each.reason) for each in found.without),
        contested=tuple(OtherPage(each.page, each.reason) for each in found.contested),
        remarks=tuple(f"override {doubt.pointer}: {doubt.fact}" for doubt in strays),
    )


def _named(upstream: Upstream) -> Iterator[str]:
    for source in (upstream.model_ids, upstream.models):
        yield from source.content if isinstance(source, Snapshot) else ()
    for row in upstream.prices.content if isinstance(upstream.prices, Snapshot) else ():
        if named := anchor_model(row.anchor):
            yield named


def _declared(model: extraction.DeclaredModel, override: Override | None) -> DeclaredModel:
    record = record_of(model)
    whole = amended(record, override)
    document: dict[str, Any] = json.loads(render_record(record))
    return DeclaredModel(
        id=model.id,
        title=model.title,
        category=model.category,
        provider=model.provider,
        type=model.type,
        page=model.page,
        record=document,
        schema=whole.schema,
        faults=(
            *(f"{doubt.pointer}: {doubt.fact}" for doubt in whole.doubts),
            *(f"mended {note.rule}: {describe(note)}" for note in model.corrections),
        ),
        errors=tuple(
            f"{doubt.pointer}: {doubt.fact}"
            for doubt in whole.doubts
            if note_finding(doubt, model.page).severity is Severity.ERROR
        ),
    )
