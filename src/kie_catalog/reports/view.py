"""What a change report says, as values: sorted, counted and complete before a template sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from kie_catalog.domain.change import (
    Added,
    Change,
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
from kie_catalog.domain.values import Fields
from kie_catalog.reports.completion import completion
from kie_catalog.reports.lines import headline
from kie_catalog.reports.text import count
from kie_catalog.reports.ways_out import WaysOut, ways_out

DOCUMENTATION = "https://docs.kie.ai/"
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class ModeView:
    """A mode with its price."""

    id: str
    unit: str
    credits: Decimal | None
    usd: Decimal | None
    charge: str
    notes: str


@dataclass(frozen=True, slots=True)
class ModelView:
    """A new model."""

    id: str
    title: str
    type: str
    provider: str
    status: str
    link: str | None
    gaps: tuple[str, ...]
    modes: tuple[ModeView, ...]
    completion: str
    """What to paste into the catalog once the gaps are known; empty where there is none."""


@dataclass(frozen=True, slots=True)
class PriceView:
    """A price that moved."""

    model: str
    mode: str
    old_credits: Decimal | None
    new_credits: Decimal | None
    old_usd: Decimal | None
    new_usd: Decimal | None
    share: Decimal | None
    why: str = ""
    """For a correction, what shows that the old price was wrong."""


@dataclass(frozen=True, slots=True)
class GuardView:
    """A guard's numbers, what they led to, and how to lift it."""

    name: str
    measured: str
    limit: str
    state: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report says, in its order."""

    plan: Plan
    title: str
    verdict: str
    counts: tuple[tuple[str, int], ...]
    conflicts: tuple[Conflicted, ...]
    ways_out: tuple[WaysOut, ...]
    suspicious: tuple[Withheld, ...]
    """Models that guards withhold."""
    renames: tuple[RenameAsked, ...]
    held: tuple[Held, ...]
    prices: tuple[PriceView, ...]
    offered: tuple[ModelView, ...]
    """New models that enter active."""
    withheld: tuple[ModelView, ...]
    """New models that enter hidden, since something is lacking."""
    modes_added: tuple[tuple[str, ModeView], ...]
    lost: tuple[str, ...]
    modes_lost: tuple[ModeLost, ...]
    modes_returned: tuple[ModeReturned, ...]
    lives: tuple[str, ...]
    """What else came and went: retired, back, taken out, renamed, a line each."""
    fields: tuple[FieldChanged | ModeChanged, ...]
    schemas: tuple[SchemaChanged, ...]
    """Input schemas that moved; those of new models are part of them."""
    unresolved: tuple[tuple[str, tuple[UnresolvedRow, ...]], ...]
    """Unresolved rows by reason, the most frequent first."""
    guards: tuple[GuardView, ...]


def view(plan: Plan) -> ReportView:
    """Make the view of a plan. Pure: the same plan gives the same view."""
    added = _of(plan, Added)
    new = [_model(each) for each in added]
    moved = [change for change in plan.changes if isinstance(change, Repriced | Corrected)]
    repriced = sorted(map(_price, moved), key=_by_size)
    return ReportView(
        plan=plan,
        title=f"KIE AI catalog, {plan.taken_at}",
        verdict=verdict(plan),
        counts=_counts(plan),
        conflicts=tuple(_of(plan, Conflicted)),
        ways_out=tuple(map(ways_out, _of(plan, Conflicted))),
        suspicious=tuple(_of(plan, Withheld)),
        renames=tuple(_of(plan, RenameAsked)),
        held=tuple(_of(plan, Held)),
        prices=tuple(repriced),
        offered=tuple(each for each in new if not each.gaps),
        withheld=tuple(each for each in new if each.gaps),
        modes_added=tuple((each.model, _mode(each.mode, each.fields)) for each in _of(plan, ModeAdded)),
        lost=tuple(each.model for each in _of(plan, Lost)),
        modes_lost=tuple(_of(plan, ModeLost)),
        modes_returned=tuple(_of(plan, ModeReturned)),
        lives=tuple(headline(each)[2:] for each in plan.changes if isinstance(each, _LIVES)),
        fields=(*_of(plan, FieldChanged), *_of(plan, ModeChanged)),
        schemas=tuple(each for each in _of(plan, SchemaChanged) if each.details),
        unresolved=_by_reason(plan.unresolved),
        guards=tuple(map(_guard, plan.guards)),
    )


_LIVES = (Retired, Returned, Removed, Renamed, StillRemoved)
_STATES = {
    Effect.REFUSE.value: "refuses the run",
    Effect.WITHHOLD.value: "withholds",
    Effect.REVIEW.value: "to review",
}


def _guard(reading: GuardReading) -> GuardView:
    state = _STATES[reading.effect] if reading.is_tripped else "ok"
    state = "lifted" if reading.is_lifted else state
    return GuardView(reading.name, reading.measured, reading.limit, state)


def verdict(plan: Plan) -> str:
    """The plan in one line: what waits for a decision, what to look at, what is only news."""
    prices = _of(plan, Repriced)
    new = {each.model for each in _of(plan, Added)}
    schemas = [each for each in _of(plan, SchemaChanged) if each.model not in new]
    said = (
        (len(_of(plan, Conflicted)), "decision", "needed"),
        (len(_of(plan, RenameAsked)), "rename", "to confirm"),
        (len(_of(plan, Withheld)), "model", "withheld"),
        (len(_of(plan, Held)), "value", "held"),
        (sum((each.share or 0) > 0 for each in prices), "price", "up"),
        (sum((each.share or 0) < 0 for each in prices), "price", "down"),
        (sum(not each.share for each in prices) + len(_of(plan, Corrected)), "price", "corrected"),
        (len(_of(plan, Added)), "new model", ""),
        (len(_of(plan, ModeAdded)), "new mode", ""),
        (len(_of(plan, Lost)), "model", "missing"),
        (len(_of(plan, ModeLost)), "mode", "missing"),
        (len(schemas), "input schema", "changed"),
        (sum(not isinstance(each, _NAMED) for each in plan.changes), "other change", ""),
    )
    parts = [f"{count(number, noun)} {state}".rstrip() for number, noun, state in said if number]
    return ", ".join(parts) or "No change"


_NAMED: tuple[type[Change], ...] = (
    Conflicted,
    RenameAsked,
    Withheld,
    Held,
    Repriced,
    Corrected,
    Added,
    ModeAdded,
    Lost,
    ModeLost,
    SchemaChanged,
)
"""The kinds of change that the verdict counts by their names."""


def _of(plan: Plan, kind: type[Kind]) -> list[Kind]:
    return [change for change in plan.changes if isinstance(change, kind)]


def _counts(plan: Plan) -> tuple[tuple[str, int], ...]:
    added = _of(plan, Added)
    new_modes = len(_of(plan, ModeAdded)) + sum(len(each.modes) for each in added)
    return (
        ("models before", plan.before.models),
        ("models new", len(added)),
        ("models missing now", len(_of(plan, Lost))),
        ("modes before", plan.before.modes),
        ("modes new", new_modes),
        ("modes missing now", len(_of(plan, ModeLost))),
        ("prices changed", len(_of(plan, Repriced))),
        ("prices corrected", len(_of(plan, Corrected))),
        ("input schemas new or changed", len(_of(plan, SchemaChanged))),
        ("models withheld", len(_of(plan, Withheld))),
        ("edits of people kept", len(plan.kept)),
        ("decisions needed", len(_of(plan, Conflicted))),
    )


def _model(added: Added) -> ModelView:
    page = _text(added.fields, "page")
    return ModelView(
        id=added.model,
        title=_text(added.fields, "title"),
        type=_text(added.fields, "type"),
        provider=_text(added.fields, "provider"),
        status=_text(added.fields, "status"),
        link=f"{DOCUMENTATION}{page}" if page else None,
        gaps=added.gaps,
        modes=tuple(_mode(mode_id, mode) for mode_id, mode in added.modes.items()),
        completion=completion(added) if added.gaps else "",
    )


def _mode(mode_id: str, fields: Fields) -> ModeView:
    unit, per = _text(fields, "unit"), fields.get("per")
    return ModeView(
        id=mode_id,
        unit=f"{per} {unit}s" if isinstance(per, Decimal) else unit,
        credits=_number(fields, "credits"),
        usd=_number(fields, "official_usd"),
        charge=_text(fields, "charge") or "output",
        notes=_text(fields, "notes"),
    )


def _price(change: Repriced | Corrected) -> PriceView:
    """A side that the change does not name did not move."""
    theirs = {**change.ours, **change.theirs}
    return PriceView(
        model=change.model,
        mode=change.mode,
        old_credits=_number(change.ours, "credits"),
        new_credits=_number(theirs, "credits"),
        old_usd=_number(change.ours, "official_usd"),
        new_usd=_number(theirs, "official_usd"),
        share=change.share,
        why=change.why if isinstance(change, Corrected) else "",
    )


def _by_size(price: PriceView) -> tuple[Decimal, str, str]:
    """The dearest rise first, the deepest cut last."""
    return (-(price.share or Decimal(0)), price.model, price.mode)


def _by_reason(rows: Iterable[UnresolvedRow]) -> tuple[tuple[str, tuple[UnresolvedRow, ...]], ...]:
    listed = list(rows)
    frequent = Counter(row.reason for row in listed)
    reasons = sorted(frequent, key=lambda reason: (-frequent[reason], reason))
    return tuple((reason, tuple(row for row in listed if row.reason == reason)) for reason in reasons)


def _text(fields: Mapping[str, object], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""


def _number(fields: Mapping[str, object], name: str) -> Decimal | None:
    found = fields.get(name)
    return found if isinstance(found, Decimal) else None
