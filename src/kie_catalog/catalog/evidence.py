"""Evidence for a check: what a workspace holds beside its catalog, as the plain values that rules take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kie_catalog.catalog.billing import billing_evidence
from kie_catalog.catalog.json_document import JsonDocument
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.schema_evidence import read_schema_files
from kie_catalog.catalog.workspace import (
    ALIASES,
    BASE,
    DECISIONS,
    OWNERSHIP,
    SOURCES,
    Workspace,
    read_document,
)
from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import CatalogInvalid, UsageError
from kie_catalog.domain.finding import Finding, Related, Where
from kie_catalog.domain.ids import mode_ids
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.domain.values import ABSENT, Pointer
from kie_catalog.pricing.closure import GapKind, gaps
from kie_catalog.rules.evidence import (
    Decided,
    Evidence,
    Observation,
    Owned,
    Recorded,
    Row,
    SchemaFile,
    by_rule,
)
from kie_catalog.sync.base import Base
from kie_catalog.sync.decisions import Decision, Hold, KeepOurs, Rename, kind_of, read_decisions
from kie_catalog.sync.limits import read_limits
from kie_catalog.sync.ownership import DEFAULT, MODES, Ownership, read_ownership

_CURES: Final[Mapping[GapKind, str]] = {
    GapKind.ILLEGAL_WHEN: "correct the condition, or the schema by an override",
    GapKind.OVERLAP: "narrow one of the conditions; a quote refuses what both are for",
    GapKind.UNPRICED: "add a mode, or leave it: a quote refuses it",
    GapKind.UNKNOWN_VALUE: "add a mode, or leave it: a quote refuses it",
    GapKind.NO_QUANTITY: "measure it, and give it to the quote",
    GapKind.UNCOUNTED: "the rest is not looked at",
}
_PRICE: Final = ("credits", "unit")
_MALFORMED: Final = "malformed-settings"


def workspace_evidence(workspace: Workspace, document: Document, *, today: str | None) -> Evidence:
    """What a workspace knows beside its catalog; a file of it that is damaged is an observation.

    Args:
        workspace: the one the catalog belongs to.
        document: the catalog.
        today: ISO date, for ages and ends.
    """
    seen: list[Observation] = []
    schemas, faults = read_schema_files(workspace)
    seen += faults
    decisions, ownership = _settings(workspace, seen)
    base = _base(workspace, seen)
    seen += closure(document, schemas)
    seen += billing_evidence(workspace, document)
    return Evidence(
        today=today,
        recorded=tuple(_recorded(base, workspace, document)),
        schemas=schemas or None,
        accepted=frozenset(_accepted(document, decisions, ownership, today)),
        decisions=tuple(map(_decided, decisions)),
        owned=tuple(_owned(workspace, ownership)),
        observed=by_rule(seen),
    )


def closure(document: Document, schemas: Mapping[str, SchemaFile]) -> Iterator[Observation]:
    """Where prices and input schemas do not close, for every model that has a schema."""
    try:
        catalog = catalog_of(document.data)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        return  # the rules say what is wrong with the file
    if catalog.version == VERSIONS[0]:
        return  # its modes have no conditions, so nothing can close
    for at, model in enumerate(catalog.models):
        if model.id not in schemas:
            continue
        places: dict[str | None, Pointer] = {None: ("models", at)}
        places |= {mode.id: ("models", at, "modes", number) for number, mode in enumerate(model.modes)}
        for gap in gaps(model, schemas[model.id].schema):
            related = [(gap.other, document, "the other mode", places.get(gap.other, ()))]
            schema_place: Pointer = ("properties", gap.name or "", "enum")
            related.append((gap.name, schemas[model.id].document, "the input schema", schema_place))
            yield Observation(
                gap.kind.value,
                f"{gap.detail}; {_CURES[gap.kind]}",
                gap.model,
                gap.mode,
                places[gap.mode],
                about=gap.detail,
                related=tuple(
                    Related(label, file.where(pointer)) for named, file, label, pointer in related if named
                ),
            )


def observed_findings(findings: Iterable[Finding], rule: str) -> Iterator[Observation]:
    """Findings of another reader as observations of one rule."""
    for each in findings:
        yield Observation(rule, each.message, each.model, each.mode, where=each.where, about=each.about)


def _settings(workspace: Workspace, seen: list[Observation]) -> tuple[tuple[Decision, ...], Ownership]:
    decisions: tuple[Decision, ...] = ()
    ownership = Ownership()
    for place, read in ((DECISIONS, read_decisions), (OWNERSHIP, read_ownership), (SOURCES, read_limits)):
        file = workspace.root / place
        if not file.exists():
            continue
        try:
            found = read(read_document(file, workspace.relative(file)))
        except CatalogInvalid as error:
            seen += observed_findings(error.findings, _MALFORMED)
            continue
        if isinstance(found, tuple):
            decisions = found
        elif isinstance(found, Ownership):
            ownership = found
    try:
        workspace.aliases()
    except CatalogInvalid as error:
        seen += observed_findings(error.findings, _MALFORMED)
    except UsageError as error:
        seen.append(_damaged(workspace, ALIASES.as_posix(), error))
    return decisions, ownership


def _base(workspace: Workspace, seen: list[Observation]) -> Base:
    try:
        return workspace.base()
    except UsageError as error:
        seen.append(_damaged(workspace, BASE.as_posix(), error))
        return Base()


def _damaged(workspace: Workspace, place: str, error: UsageError) -> Observation:
    where = Where(workspace.relative(workspace.root / place))
    return Observation(_MALFORMED, f"{error}".partition(": ")[2] or f"{error}", where=where)


def _recorded(base: Base, workspace: Workspace, document: Document) -> Iterator[Recorded]:
    """What upstream said when it was last accepted; nothing before the first sync."""
    if not base.models:
        return
    place = workspace.relative(workspace.base_file)
    data = document.data
    updated = data.get("last_updated") if isinstance(data, Mapping) else None
    taken_at = base.run.partition(" ")[0] if base.run else updated if isinstance(updated, str) else ""
    yield Recorded(
        taken_at=taken_at,
        place=place,
        rows=tuple(_rows(base, place)) if SourceName.PRICES.value in base.counts else None,
        documented=frozenset(
            model for model, each in base.models.items() if SourceName.PAGES.value in each.seen_in
        )
        if SourceName.PAGES.value in base.counts
        else None,
        document=JsonDocument(place, workspace.base_file.read_bytes(), {}),
    )


def _rows(base: Base, place: str) -> Iterator[Row]:
    for model_id, model in base.models.items():
        if SourceName.PRICES.value not in model.seen_in:
            continue
        for mode_id, fields in model.modes.items():
            where = Where(place, pointer=("models", model_id, "modes", mode_id))
            yield Row(model.rows.get(mode_id, mode_id).strip(), model_id, mode_id, fields, where)


def _decided(decision: Decision) -> Decided:
    grounds = decision.grounds
    ours, theirs = (decision.ours, decision.theirs) if isinstance(decision, KeepOurs) else (ABSENT, ABSENT)
    return Decided(
        kind=kind_of(decision).value,
        model=decision.model,
        mode=None if isinstance(decision, Rename) else decision.mode,
        where=grounds.where,
        decided=grounds.decided,
        expires=grounds.expires,
        field=decision.field if isinstance(decision, KeepOurs | Hold) else None,
        ours=ours,
        theirs=theirs,
        to=decision.to if isinstance(decision, Rename) else None,
    )


def _accepted(
    document: Document, decisions: tuple[Decision, ...], ownership: Ownership, today: str | None
) -> Iterator[tuple[str, str | None, str]]:
    """The prices and units on which upstream has no say: decided on, held, or people's own."""
    for decision in decisions:
        expires = decision.grounds.expires
        if today and expires and expires <= today:
            continue
        if isinstance(decision, KeepOurs):
            yield decision.model, decision.mode, decision.field
        elif isinstance(decision, Hold):
            for field in (decision.field,) if decision.field else _PRICE:
                yield decision.model, decision.mode, field
    if ownership.models or tuple(ownership.patterns) != DEFAULT:
        for model, mode in _modes(document.data):
            yield from (
                (model, mode, field) for field in _PRICE if ownership.is_human(model, (MODES, mode, field))
            )


def _modes(data: Any) -> Iterator[tuple[str, str]]:
    for model in data.get("models") or () if isinstance(data, Mapping) else ():
        if isinstance(model, Mapping) and isinstance(model.get("modes"), list):
            modes = [each for each in model["modes"] if isinstance(each, Mapping)]
            yield from ((str(model.get("id")), mode) for mode in mode_ids(modes))


def _owned(workspace: Workspace, ownership: Ownership) -> Iterator[Owned]:
    if ownership.models:
        file = workspace.root / OWNERSHIP
        document = read_document(file, workspace.relative(file))
        for model in ownership.models:
            yield Owned(model, document.where(("models", model), key=True))
