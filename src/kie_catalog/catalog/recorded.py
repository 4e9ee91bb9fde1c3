"""Upstream as evidence: what its sources say of a catalog, also of one that is not ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog.evidence import closure
from kie_catalog.catalog.json_document import JsonDocument
from kie_catalog.catalog.planning import declared_by, plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.declared import Declarations
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Where
from kie_catalog.domain.ids import ModelId, is_model_id
from kie_catalog.domain.plan import GuardReading
from kie_catalog.domain.snapshot import Announcement, Fault, PriceRow, Snapshot, SourceName, Upstream
from kie_catalog.rules.evidence import Evidence, Observation, Recorded, Row, SchemaFile, by_rule
from kie_catalog.schemas.overrides import Override
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.plan import Settings
from kie_catalog.sync.resolution import Reason, Resolutions, Resolved, Unresolved
from kie_catalog.sync.stale_aliases import stale
from kie_catalog.sync.theirs import read_theirs
from kie_catalog.sync.tokens import anchor_model

_FEED: Final = "pricing.json"
_LINK: Final = "anchor names "
"""What a remark about a row's link begins with."""
_RULES: Final[Mapping[Reason, str]] = {
    Reason.NO_MODEL: "unresolved-row",
    Reason.UNEXPLAINED: "unresolved-row",
    Reason.AMBIGUOUS: "unresolved-row",
    Reason.CONFLICT: "conflicting-rows",
    Reason.BAD_UNIT: "unknown-unit",
    Reason.BAD_CREDITS: "unread-credits",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one recording says, resolved."""

    place: str
    upstream: Upstream
    declared: Declarations
    resolutions: Resolutions


def read_recordings(
    recordings: Sequence[tuple[str, Upstream]],
    document: Document,
    *,
    overrides: Mapping[str, Override],
    aliases: Aliases,
) -> tuple[Reading, ...]:
    """Resolve recordings, the newest first.

    Args:
        recordings: each with its place, as the user named it.
        document: the catalog; its ids are known models where no recording has pages.
        overrides: reviewed corrections of input schemas.
        aliases: reviewed facts about rows.
    """
    newest_first = sorted(recordings, key=lambda each: each[1].taken_at, reverse=True)
    declared = [declared_by(upstream, overrides) for _, upstream in newest_first]
    models = next((each.models for each in declared if each.models), ())
    known = [
        KnownModel(model.id, model.category, model.schema, model.title, model.page, model.provider or "")
        for model in models
    ] or [KnownModel(ModelId(each)) for each in _ids(document.data)]
    return tuple(
        Reading(
            place, upstream, own, read_theirs(upstream, own, () if own.models else known, aliases).resolutions
        )
        for (place, upstream), own in zip(newest_first, declared, strict=True)
    )


def foreign_evidence(readings: Sequence[Reading], document: Document, *, today: str | None) -> Evidence:
    """What recordings say of a catalog that belongs to no workspace."""
    models = next((each.declared.models for each in readings if each.declared.models), ())
    schemas = {
        str(model.id): SchemaFile(JsonDocument(f"{model.page}.md", b"", {}), model.schema) for model in models
    }
    return Evidence(
        today=today,
        is_foreign=True,
        recorded=tuple(map(_recorded, readings)),
        schemas=schemas or None,
        observed=by_rule(closure(document, schemas)),
    )


def with_recordings(
    evidence: Evidence, readings: Sequence[Reading], workspace: Workspace, settings: Settings
) -> Evidence:
    """The evidence of a workspace together with what recordings say, the newest of them being judged."""
    seen = {rule: [*found] for rule, found in evidence.observed.items()}
    for each in (*_accounted(readings, workspace), *_guarded(readings, workspace, settings)):
        seen.setdefault(each.rule, []).append(each)
    return replace(
        evidence,
        recorded=tuple(
            sorted(
                (*map(_recorded, readings), *evidence.recorded),
                key=lambda recorded: recorded.taken_at,
                reverse=True,
            )
        ),
        observed={rule: tuple(found) for rule, found in seen.items()},
    )


def _recorded(reading: Reading) -> Recorded:
    upstream, declared = reading.upstream, reading.declared
    warned = {each.page: " and ".join(each.kinds) for each in _announced(upstream)}
    return Recorded(
        taken_at=upstream.taken_at,
        place=reading.place,
        rows=tuple(_rows(reading)) if isinstance(upstream.prices, Snapshot) else None,
        documented=frozenset(str(model.id) for model in declared.models)
        if isinstance(upstream.pages, Snapshot)
        else None,
        document=_feed(reading.place),
        ending={str(model.id): warned[model.page] for model in declared.models if model.page in warned},
    )


def _feed(place: str) -> JsonDocument | None:
    """The file of a recording's rows, if they are all that it holds."""
    file = Path(place) / _FEED
    raw = file.read_bytes() if file.is_file() else b""
    return JsonDocument(str(file), raw, []) if raw.lstrip().startswith(b"[") else None


def _rows(reading: Reading) -> Iterator[Row]:
    for answer in reading.resolutions.resolved:
        where = _where(reading.place, answer.row)
        for price in answer.prices:
            fields = price.fields()
            anchor = anchor_model(answer.row.anchor)
            yield Row(
                answer.row.description.strip(), str(price.model), str(price.mode), fields, where, anchor
            )


def _where(place: str, row: PriceRow) -> Where:
    return Where(f"{place}/{_FEED}", pointer=(row.number - 1,))


def _announced(upstream: Upstream) -> Iterable[Announcement]:
    source = upstream.announcements
    return source.content if isinstance(source, Snapshot) else ()


def _accounted(readings: Sequence[Reading], workspace: Workspace) -> Iterator[Observation]:
    """Where the rows of the newest feed, and the facts about them, went."""
    feed = next((each for each in readings if isinstance(each.upstream.prices, Snapshot)), None)
    if feed is not None:
        yield from (each for answer in feed.resolutions.answers for each in _of_row(answer, feed.place))
        rows = feed.upstream.prices.content if isinstance(feed.upstream.prices, Snapshot) else ()
        for alias in stale(workspace.aliases(), (row.description for row in rows)):
            message = f"{alias}: no row of {feed.upstream.taken_at} says it any more; remove it"
            where = Where(workspace.relative(workspace.root / "sync/aliases.yaml"))
            yield Observation("stale-alias", message, where=where, about=str(alias))
    for reading in readings[:1]:
        yield from _unread(reading)


def _of_row(answer: Any, place: str) -> Iterator[Observation]:
    if isinstance(answer, Unresolved):
        message = f"row {answer.row.number} '{_shown(answer.row)}': {answer.reason.value}, {answer.detail}"
        rule = _RULES[answer.reason]
        yield Observation(rule, message, where=_where(place, answer.row), about=_shown(answer.row))
    elif isinstance(answer, Resolved):
        for remark in answer.remarks:
            rule = "link-against-text" if remark.startswith(_LINK) else "odd-row"
            message = f"row {answer.row.number} '{_shown(answer.row)}': {remark}"
            yield Observation(
                rule, message, str(answer.prices[0].model), where=_where(place, answer.row), about=remark
            )


def _unread(reading: Reading) -> Iterator[Observation]:
    """The pages and rows of a recording that could not be read, or not be believed."""
    for source in reading.upstream.measured:
        for fault in source.faults:
            message = f"{fault.place} {fault.fact}; look at it, or record anew"
            where = Where(_place_of(reading.place, fault))
            yield Observation("unread-page", message, where=where, about=fault.place)
    for page in reading.declared.contested:
        where = Where(f"{reading.place}/docs/{page.page}.md")
        yield Observation("unread-page", f"{page.reason}; look at the page", where=where)


def _place_of(folder: str, fault: Fault) -> str:
    """The file of a fault; what stands in no page stands in the feed, or in the recording as a whole."""
    match fault.source:
        case SourceName.PAGES:
            return f"{folder}/docs/{fault.place.removesuffix('.md').removeprefix('docs/')}.md"
        case SourceName.PRICES:
            return f"{folder}/{_FEED}"
        case _:
            return folder


def _guarded(readings: Sequence[Reading], workspace: Workspace, settings: Settings) -> Iterator[Observation]:
    """The guards that the newest recording would trip."""
    for reading in readings[:1]:
        try:
            plan = plan_sync(reading.upstream, workspace, settings)
        except CatalogInvalid:
            return  # the rules say what is wrong with the file
        yield from tripped(plan.guards)


def tripped(guards: Iterable[GuardReading]) -> Iterator[Observation]:
    """The guards that refuse, withhold or ask, and that nobody lifted."""
    for guard in guards:
        if guard.is_tripped and not guard.is_lifted:
            message = f"{guard.measured}, limit {guard.limit}; look at upstream, or lift it for a run"
            yield Observation(f"guard-{guard.name}", message, about=guard.name)


def _shown(row: PriceRow) -> str:
    return " ".join(row.description.split())


def _ids(data: Any) -> Iterator[str]:
    models = data.get("models") if isinstance(data, Mapping) else None
    for model in models if isinstance(models, list) else ():
        named = model.get("id") if isinstance(model, Mapping) else None
        if isinstance(named, str) and is_model_id(named):
            yield named
