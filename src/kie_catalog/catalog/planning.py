"""From upstream and a workspace to a plan: the rooms that know nothing of each other, put together."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
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
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.plan import Settings, make_plan
from kie_catalog.sync.tokens import anchor_model


def sound_document(workspace: Workspace) -> YamlDocument:
    """The catalog file of a workspace, or that of a new one; worth a look before upstream is asked.

    Raises:
        CatalogInvalid: it has not the form it must have.
    """
    document = workspace.document_or_new()
    require_form(document)
    return document


def plan_sync(
    upstream: Upstream,
    workspace: Workspace,
    settings: Settings | None = None,
    document: YamlDocument | None = None,
) -> Plan:
    """Plan a sync of a workspace.

    Args:
        upstream: the sources of one moment.
        workspace: is to follow it.
        settings: of the merge and the guards.
        document: the workspace's `sound_document`, where the caller has it already.

    Raises:
        CatalogInvalid: a file of the workspace has not the form it must have.
    """
    settings = settings or Settings()
    document = document or sound_document(workspace)
    book = DecisionBook(settings.decisions, settings.today or upstream.taken_at)
    renames = {each.model: each.to for each in book.renames}
    declared = declared_by(upstream, workspace.overrides(), renames)
    errors: dict[str, tuple[str, ...]] = {model.id: model.errors for model in declared.models if model.errors}
    return make_plan(upstream, declared, workspace.ours(document), replace(settings, schema_errors=errors))


def declared_by(
    upstream: Upstream,
    overrides: Mapping[str, Override] | None = None,
    renames: Mapping[str, str] | None = None,
) -> Declarations:
    """What upstream's pages declare, with the reviewed corrections carried out.

    Args:
        upstream: the sources of one moment.
        overrides: the reviewed corrections, by model.
        renames: by the id that a model had, the one that it has from now on; its corrections go with it.

    Ids that the playground, the keyed API or an anchor names are evidence where a page contradicts itself.
    """
    pages = upstream.pages.content if isinstance(upstream.pages, Snapshot) else ()
    found = extraction.declarations(pages, known=sorted(set(_named(upstream))))
    ids = {str(model.id) for model in found.models}
    overrides = _carried(overrides or {}, renames or {}, ids)
    # A page that failed may be the one that a correction is about.
    is_whole = isinstance(upstream.pages, Snapshot) and not upstream.pages.faults
    strays = stray_overrides(overrides.values(), ids) if pages and is_whole else ()
    return Declarations(
        models=tuple(_declared(model, overrides.get(model.id)) for model in found.models),
        without=tuple(OtherPage(each.page, each.reason) for each in found.without),
        contested=tuple(OtherPage(each.page, each.reason) for each in found.contested),
        remarks=tuple(f"override {doubt.pointer}: {doubt.fact}" for doubt in strays),
    )


def _carried(
    overrides: Mapping[str, Override], renames: Mapping[str, str], ids: Collection[str]
) -> Mapping[str, Override]:
    """The corrections, those of a renamed model under its new id, unless that has some of its own."""
    carried = dict(overrides)
    for was, to in renames.items():
        if was in carried and to in ids and to not in carried:
            carried[to] = replace(carried[was], model=to)
            if was not in ids:
                del carried[was]
    return carried


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
