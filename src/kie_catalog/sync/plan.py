"""Making a plan: upstream, the base and the catalog in; ordered changes out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.declared import Declarations
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.plan import Plan, Provenance, Totals, Unmeasured, UnresolvedRow
from kie_catalog.domain.snapshot import NotMeasured, Upstream
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.base import Base
from kie_catalog.sync.guards import Limits, read_guards
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.merge import Merge
from kie_catalog.sync.resolution import Resolutions
from kie_catalog.sync.state import State
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


def make_plan(
    upstream: Upstream, declared: Declarations, ours: Ours, settings: Settings | None = None
) -> Plan:
    """Compare three ways and put what follows into a plan. Pure: the same input gives the same plan.

    Args:
        upstream: the sources of one moment.
        declared: what its pages declare (`schemas.extraction`).
        ours: the workspace.
        settings: limits of the guards, and which of them are lifted.
    """
    settings = settings or Settings()
    theirs = read_theirs(upstream, declared, ours.known(), ours.aliases)
    merge = Merge(ours.base.models, ours.catalog, theirs, ours.records).run()
    counts = {each.source.value: len(each.content) for each in upstream.measured}
    readings = read_guards(
        merge.changes, ours.catalog, ours.base.counts, counts, limits=settings.limits, lifted=settings.lifted
    )
    base = Base(merge.base, {**ours.base.counts, **counts})
    return Plan(
        taken_at=upstream.taken_at,
        made_for=ours.made_for,
        changes=tuple(merge.changes),
        base=base.to_json(),
        accounting=_accounting(theirs.resolutions),
        unresolved=_unresolved(theirs.resolutions),
        remarks=tuple(_remarks(upstream, theirs)),
        unmeasured=_unmeasured(upstream),
        provenance=tuple(
            Provenance(each.source.value, each.taken_at, len(each.content), each.digest)
            for each in upstream.measured
        ),
        guards=readings,
        before=Totals(len(ours.catalog), sum(len(model.modes) for model in ours.catalog.values())),
    )


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


def _remarks(upstream: Upstream, theirs: Theirs) -> Iterator[str]:
    """Everything odd that cost nothing, or only itself, in a fixed order."""
    for source in upstream.measured:
        for fault in source.faults:
            yield f"{fault.source.value} {fault.place}: {fault.fact}"
    yield from theirs.declared.remarks
    for page in theirs.declared.contested:
        yield f"page {page.page}: {page.reason}"
    for model in theirs.declared.models:
        for fault_text in model.faults:
            yield f"page {model.page}: {fault_text}"
    for answer in theirs.resolutions.resolved:
        for remark in answer.remarks:
            yield f"row {answer.row.number} ({answer.row.description.strip()}): {remark}"
