"""Making a plan: upstream, the base and the catalog in; ordered changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.change import Change, Removed, RenameAsked, Renamed, SchemaChanged
from kie_catalog.domain.declared import Declarations
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.plan import Plan, Provenance, Totals, Unmeasured, UnresolvedRow
from kie_catalog.domain.snapshot import NotMeasured, Snapshot, Upstream
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.base import Base
from kie_catalog.sync.compatibility import Severities
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.decisions import Decision
from kie_catalog.sync.guards import Judged, Scene, judge
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.limits import Limits
from kie_catalog.sync.memory import Memory
from kie_catalog.sync.merge import Merge
from kie_catalog.sync.ownership import Ownership
from kie_catalog.sync.policy import Policy
from kie_catalog.sync.renames import Candidates, Renaming
from kie_catalog.sync.resolution import Resolutions
from kie_catalog.sync.run import Run
from kie_catalog.sync.setting import Setting
from kie_catalog.sync.stale_aliases import stale
from kie_catalog.sync.state import ModelState, State
from kie_catalog.sync.theirs import Theirs, read_theirs


@dataclass(frozen=True, slots=True)
class Ours:
    """The workspace as a plan sees it."""

    catalog: State
    base: Base
    records: Mapping[str, Mapping[str, Any]]
    """The records of the inputs, as they are stored."""
    made_for: Mapping[str, str]
    """Digests of the files above."""
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The input schemas that count, with reviewed corrections; for what no page declares now."""
    aliases: Aliases = field(default_factory=Aliases)
    """Reviewed facts for the resolver."""
    record_files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Place and digest of each record's file, by model: a plan that rewrites one is made for it."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Digests of what people wrote and a plan is made from."""

    def known(self) -> list[KnownModel]:
        """What the workspace knows of its models: a page that was not read today was read before."""
        ids = sorted({*self.catalog, *self.base.models, *self.schemas})
        return [self._known(ModelId(model_id)) for model_id in ids]

    def _known(self, model_id: ModelId) -> KnownModel:
        fields = {**(self.base.models[model_id].fields if model_id in self.base.models else {})}
        fields = {**(self.catalog[model_id].fields if model_id in self.catalog else {}), **fields}
        category = fields.get("category")
        return KnownModel(
            model_id,
            Category(category) if isinstance(category, str) and category in set(Category) else None,
            self.schemas.get(model_id),
            str(fields.get("title", "")),
            str(fields.get("page", "")),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How a plan is made."""

    limits: Limits = field(default_factory=Limits)
    lifted: Collection[str] = ()
    ownership: Ownership = field(default_factory=Ownership)
    decisions: Collection[Decision] = ()
    today: str | None = None
    """ISO date by which decisions end; the day of upstream's newest source if it is not given."""
    schema_errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By model, the error findings on its input schema; with any of them a new model enters hidden."""
    severities: Severities = field(default_factory=dict)
    """How much a change of an input schema matters here, by rule."""


def make_plan(
    upstream: Upstream, declared: Declarations, ours: Ours, settings: Settings | None = None
) -> Plan:
    """Compare three ways and put what follows into a plan. Pure: the same input gives the same plan.

    Args:
        upstream: the sources of one moment.
        declared: what its pages declare (`schemas.extraction`).
        ours: the workspace.
        settings: the owners, the decisions, the guards with their limits, and which of them are lifted.
    """
    planning = _Planning(upstream, declared, ours, settings or Settings())
    changes, base, judged = planning.outcome()
    theirs = planning.theirs
    return Plan(
        taken_at=upstream.taken_at,
        made_for=_made_for(ours, changes),
        changes=changes,
        base=base.to_json(),
        accounting=_accounting(theirs.resolutions),
        unresolved=_unresolved(theirs.resolutions),
        remarks=tuple(_remarks(upstream, theirs, ours.aliases)),
        unmeasured=_unmeasured(upstream),
        provenance=tuple(
            Provenance(each.source.value, each.taken_at, len(each.content), each.digest)
            for each in upstream.measured
        ),
        guards=judged.readings,
        before=Totals(len(ours.catalog), sum(len(model.modes) for model in ours.catalog.values())),
        kept=tuple(kept for model in judged.merged.values() for kept in model.kept),
        findings=planning.findings(),
        made_from=ours.made_from,
    )


class _Planning:
    """One making of a plan."""

    def __init__(self, upstream: Upstream, declared: Declarations, ours: Ours, settings: Settings) -> None:
        self.theirs = read_theirs(upstream, declared, ours.known(), ours.aliases)
        self._ours = ours
        self._settings = settings
        self._counts = {each.source.value: len(each.content) for each in upstream.measured}
        self._book = DecisionBook(settings.decisions, settings.today or upstream.taken_at)
        self._run = Run(upstream.taken_at, self.theirs, ours.base.run)

    def outcome(self) -> tuple[tuple[Change, ...], Base, Judged]:
        """The changes, the base that follows, and what the guards made of it."""
        renaming = self._renamed()
        theirs = replace(self.theirs, state=renaming.theirs)
        policy = Policy(self._settings.ownership, self._book)
        given = self._settings
        setting = Setting(theirs, policy, self._run, given.schema_errors, given.severities)
        merge = Merge(renaming.base, renaming.ours, theirs, setting, renaming.schemas)
        scene = Scene(
            merge.models(),
            renaming.ours,
            renaming.base,
            renaming.theirs,
            self._ours.base.counts,
            self._counts,
            merge.setting.claimed_usd,
            theirs.unresolved_texts,
        )
        judged = judge(scene, self._settings.limits, self._settings.lifted)
        asked = tuple(self._candidates(judged, renaming).questions())
        changes = [*renaming.changes, *(each for model in judged.merged.values() for each in model.changes)]
        return tuple(sorted([*changes, *asked], key=_model)), self._base(judged, asked), judged

    def _renamed(self) -> Renaming:
        ours = self._ours
        renaming = Renaming(
            dict(ours.base.models), dict(ours.catalog), dict(self.theirs.state), dict(ours.records)
        )
        renaming.carry_out(self._book, self._settings.ownership)
        return renaming

    def _candidates(self, judged: Judged, renaming: Renaming) -> Candidates:
        return Candidates(
            judged.merged,
            renaming.base,
            renaming.ours,
            renaming.theirs,
            renaming.schemas,
            self.theirs.schemas,
        )

    def _base(self, judged: Judged, asked: Iterable[RenameAsked]) -> Base:
        models = {name: each.base for name, each in judged.merged.items() if each.base is not None}
        for question in asked:
            old = models[question.model]
            models[question.model] = replace(old, memory=replace(old.memory, asked=question.to))
        counts = {**self._ours.base.counts, **self._counts}
        return Base(models, counts, self._stamp(models))

    def _stamp(self, models: State) -> str | None:
        """Of this run, if it left something to count on; of an earlier one, if that is all there is."""
        before = self._ours.base.models
        if any(not _memory(models, name).is_moving_as(_memory(before, name)) for name in models):
            is_moving = any(not each.memory.is_moving_as(Memory()) for each in models.values())
            return self._run.stamp if is_moving else None
        return self._ours.base.run

    def findings(self) -> tuple[Any, ...]:
        """What is wrong with the decisions, once all of them had their chance to be of use."""
        states = (self._ours.catalog, self._ours.base.models, self.theirs.state)

        def is_known(model: str, mode: str | None) -> bool:
            return any(model in state and (mode is None or mode in state[model].modes) for state in states)

        is_whole = {"pages", "prices"} <= self.theirs.measured
        return self._book.findings(is_known, is_whole=is_whole)


def _memory(models: Mapping[str, ModelState], name: str) -> Memory:
    return models[name].memory if name in models else Memory()


def _model(change: Change) -> str:
    return change.model


def _made_for(ours: Ours, changes: Iterable[Change]) -> dict[str, str]:
    """The files that must be as they were when the plan is applied."""
    rewritten = {each.model for each in changes if isinstance(each, SchemaChanged | Removed)}
    rewritten |= {each.was for each in changes if isinstance(each, Renamed)}
    files = (ours.record_files[model] for model in sorted(rewritten & ours.record_files.keys()))
    return {**ours.made_for, **dict(files)}


def _accounting(resolutions: Resolutions) -> dict[str, int]:
    accounting = resolutions.accounting()
    if not accounting.balances:  # a fault of ours that must never reach a report
        raise AssertionError(f"rows are lost: {accounting}")
    return {
        "rows": accounting.rows,
        "resolved": accounting.resolved,
        "ignored": accounting.ignored,
        "unresolved": accounting.unresolved,
    }


def _unresolved(resolutions: Resolutions) -> tuple[UnresolvedRow, ...]:
    return tuple(
        UnresolvedRow(each.row.number, each.row.description, each.row.anchor, each.reason.value, each.detail)
        for each in resolutions.unresolved
    )


def _unmeasured(upstream: Upstream) -> tuple[Unmeasured, ...]:
    return tuple(
        Unmeasured(each.source.value, each.reason) for each in upstream.all if isinstance(each, NotMeasured)
    )


def _remarks(upstream: Upstream, theirs: Theirs, aliases: Aliases) -> Iterator[str]:
    """Everything odd that cost nothing, or only itself, in a fixed order."""
    for source in upstream.measured:
        for fault in source.faults:
            yield f"{fault.source.value} {fault.place}: {fault.fact}"
    yield from _remarks_on_pages(theirs.declared)
    if isinstance(upstream.prices, Snapshot):
        for alias in stale(aliases, (row.description for row in upstream.prices.content)):
            yield f"alias {alias}: no row says it any more; remove it from sync/aliases.yaml"
    for answer in theirs.resolutions.resolved:
        for remark in answer.remarks:
            yield f"row {answer.row.number} ({answer.row.description.strip()}): {remark}"


def _remarks_on_pages(declared: Declarations) -> Iterator[str]:
    yield from declared.remarks
    for page in declared.contested:
        yield f"page {page.page}: {page.reason}"
    for model in declared.models:
        for fault in model.faults:
            yield f"page {model.page}: {fault}"
