"""What a change report says, as values: sorted, counted and complete before a template sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kie_catalog.domain.change import (
    Added,
    Conflicted,
    Corrected,
    FieldChanged,
    Held,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Removed,
    RenameAsked,
    Renamed,
    Repriced,
    Retired,
    Returned,
    SchemaChanged,
    StillRemoved,
    Withheld,
)
from kie_catalog.domain.plan import Effect, GuardReading, Plan, UnresolvedRow
from kie_catalog.reports.charts import price_chart, provider_chart
from kie_catalog.reports.contracts import ContractClass, contract_classes
from kie_catalog.reports.decisions import DecisionView, conflict_view, rename_view, withheld_view
from kie_catalog.reports.entries import (
    ModelView,
    ModeView,
    PriceView,
    RequestView,
    by_size,
    mode_view,
    model_view,
    price_view,
)
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.lines import headline
from kie_catalog.reports.verdict import of_kind, verdict, weights


@dataclass(frozen=True, slots=True)
class GuardView:
    """A guard's numbers, what they led to, and how to lift it."""

    name: str
    measured: str
    limit: str
    state: str
    is_tripped: bool


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider's models in numbers."""

    name: str
    offered: int
    new: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report says, in its order."""

    plan: Plan
    facts: Facts
    title: str
    weights: str
    """How much of it waits for people."""
    verdict: str
    """What is new in it."""
    counts: tuple[tuple[str, int], ...]
    guards: tuple[GuardView, ...]
    decisions: tuple[DecisionView, ...]
    """What waits for people: conflicts, renames, and models that guards withhold."""
    withheld: tuple[str, ...]
    """The models that guards withhold."""
    held: tuple[Held, ...]
    prices: tuple[PriceView, ...]
    requests: tuple[RequestView, ...]
    """The default requests of the models whose prices moved."""
    price_chart: str
    modes_added: tuple[tuple[str, ModeView], ...]
    contracts: tuple[ContractClass, ...]
    """Input schemas that moved, by class; those of new models are part of them."""
    offered: tuple[ModelView, ...]
    """New models that enter active."""
    hidden: tuple[ModelView, ...]
    """New models that enter hidden, since something is lacking."""
    providers: tuple[ProviderView, ...]
    provider_chart: str
    gone: tuple[str, ...]
    """What came and went, a line each."""
    fields: tuple[FieldChanged | ModeChanged, ...]
    unresolved: tuple[tuple[str, tuple[UnresolvedRow, ...]], ...]
    """Unresolved rows by reason, the most frequent first."""


def view(plan: Plan, facts: Facts | None = None) -> ReportView:
    """Make the view of a plan. Pure: the same plan and facts give the same view.

    Args:
        plan: the plan.
        facts: what is known beside it; a report without them leaves out what they tell.
    """
    facts = facts or Facts()
    new = [model_view(each, facts) for each in of_kind(plan, Added)]
    moved = [change for change in plan.changes if isinstance(change, Repriced | Corrected)]
    prices = sorted(map(price_view, moved), key=by_size)
    providers = tuple(_providers(new, facts))
    return ReportView(
        plan=plan,
        facts=facts,
        title=f"KIE AI catalog, {plan.taken_at}",
        weights=weights(plan),
        verdict=verdict(plan),
        counts=_counts(plan),
        guards=tuple(map(_guard, plan.guards)),
        decisions=tuple(_decisions(plan, facts)),
        withheld=tuple(each.model for each in of_kind(plan, Withheld)),
        held=tuple(of_kind(plan, Held)),
        prices=tuple(prices),
        requests=tuple(_requests(prices, facts)),
        price_chart=price_chart(prices),
        modes_added=tuple(
            (each.model, mode_view(each.mode, each.fields)) for each in of_kind(plan, ModeAdded)
        ),
        contracts=contract_classes(of_kind(plan, SchemaChanged), facts),
        offered=tuple(each for each in new if not each.gaps),
        hidden=tuple(each for each in new if each.gaps),
        providers=providers,
        provider_chart=provider_chart({each.name: each.offered for each in providers if each.offered}),
        gone=tuple(headline(each)[2:] for each in plan.changes if isinstance(each, _LIVES)),
        fields=(*of_kind(plan, FieldChanged), *of_kind(plan, ModeChanged)),
        unresolved=_by_reason(plan.unresolved),
    )


_LIVES = (Lost, ModeLost, Retired, Renamed, Removed, StillRemoved, Returned, ModeReturned)
_STATES = {
    Effect.REFUSE.value: "refuses the run",
    Effect.WITHHOLD.value: "withholds",
    Effect.REVIEW.value: "to review",
}


def _decisions(plan: Plan, facts: Facts) -> Iterable[DecisionView]:
    yield from (conflict_view(each, facts) for each in of_kind(plan, Conflicted))
    yield from map(rename_view, of_kind(plan, RenameAsked))
    yield from map(withheld_view, of_kind(plan, Withheld))


def _guard(reading: GuardReading) -> GuardView:
    state = _STATES[reading.effect] if reading.is_tripped else "ok"
    state = "lifted" if reading.is_lifted else state
    return GuardView(reading.name, reading.measured, reading.limit, state, reading.is_tripped)


def _requests(prices: Iterable[PriceView], facts: Facts) -> Iterable[RequestView]:
    for model in dict.fromkeys(price.model for price in prices):
        known = facts.of(model)
        if known.after is not None:
            yield RequestView(model, known)


def _providers(new: Iterable[ModelView], facts: Facts) -> Iterable[ProviderView]:
    added = Counter(model.provider or "unknown" for model in new)
    names = {**facts.providers, **dict.fromkeys(added, 0)}
    ordered = sorted(names, key=lambda name: (-facts.providers.get(name, 0), -added[name], name))
    yield from (ProviderView(name, facts.providers.get(name, 0), added[name]) for name in ordered)


def _counts(plan: Plan) -> tuple[tuple[str, int], ...]:
    added = of_kind(plan, Added)
    new_modes = len(of_kind(plan, ModeAdded)) + sum(len(each.modes) for each in added)
    return (
        ("models before", plan.before.models),
        ("models new", len(added)),
        ("models missing now", len(of_kind(plan, Lost))),
        ("modes before", plan.before.modes),
        ("modes new", new_modes),
        ("modes missing now", len(of_kind(plan, ModeLost))),
        ("prices changed", len(of_kind(plan, Repriced))),
        ("prices corrected", len(of_kind(plan, Corrected))),
        ("input schemas new or changed", len(of_kind(plan, SchemaChanged))),
        ("models withheld", len(of_kind(plan, Withheld))),
        ("edits of people kept", len(plan.kept)),
        ("decisions needed", len(of_kind(plan, Conflicted)) + len(of_kind(plan, RenameAsked))),
    )


def _by_reason(rows: Iterable[UnresolvedRow]) -> tuple[tuple[str, tuple[UnresolvedRow, ...]], ...]:
    listed = list(rows)
    frequent = Counter(row.reason for row in listed)
    reasons = sorted(frequent, key=lambda reason: (-frequent[reason], reason))
    return tuple((reason, tuple(row for row in listed if row.reason == reason)) for reason in reasons)
