"""A plan in one line: what waits for people, what they should look at, and what is only news."""

from __future__ import annotations

from typing import Final, TypeVar

from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    Corrected,
    Held,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    RenameAsked,
    Repriced,
    Retired,
    SchemaChanged,
    StillRemoved,
    Withheld,
)
from kie_catalog.domain.plan import Plan
from kie_catalog.reports.text import count

Kind = TypeVar("Kind")

DECISIONS: Final = (Conflicted, RenameAsked)
_REVIEWED: Final = (Added, Corrected, Held, Lost, ModeAdded, ModeLost, Repriced, Retired, StillRemoved)
_PRICING: Final = frozenset({"unit", "per", "charge", "included", "when"})
"""Fields of a mode that say what a price is for."""
HARMLESS: Final = frozenset({"", "compatible"})
"""Changes of an input schema that no caller has to look at."""


def of_kind(plan: Plan, kind: type[Kind]) -> list[Kind]:
    """The changes of one kind, in the plan's order."""
    return [change for change in plan.changes if isinstance(change, kind)]


def weights(plan: Plan) -> str:
    """How much of it waits for people: `1 decision needed, 4 to review, 20 informational, 2 withheld`."""
    if not plan.changes:
        return "No change"
    decisions = sum(isinstance(each, DECISIONS) for each in plan.changes)
    withheld = len(of_kind(plan, Withheld))
    review = sum(map(needs_review, plan.changes))
    rest = len(plan.changes) - decisions - withheld - review
    needed = f"{count(decisions, 'decision')} needed" if decisions else "No decision needed"
    return f"{needed}, {review} to review, {rest} informational, {withheld} withheld"


def needs_review(change: Change) -> bool:
    """Whether somebody should look at a change before it is merged."""
    if isinstance(change, SchemaChanged):
        return change.compatibility not in HARMLESS
    if isinstance(change, ModeChanged):
        return change.field in _PRICING
    return isinstance(change, _REVIEWED)


def verdict(plan: Plan) -> str:
    """The plan's news in one line, by kind: what waits, what moved, what is new."""
    prices = of_kind(plan, Repriced)
    new = {each.model for each in of_kind(plan, Added)}
    schemas = [each for each in of_kind(plan, SchemaChanged) if each.model not in new]
    said = (
        (len(of_kind(plan, Conflicted)), "decision", "needed"),
        (len(of_kind(plan, RenameAsked)), "rename", "to confirm"),
        (len(of_kind(plan, Withheld)), "model", "withheld"),
        (len(of_kind(plan, Held)), "value", "held"),
        (sum((each.share or 0) > 0 for each in prices), "price", "up"),
        (sum((each.share or 0) < 0 for each in prices), "price", "down"),
        (sum(not each.share for each in prices) + len(of_kind(plan, Corrected)), "price", "corrected"),
        (len(new), "new model", ""),
        (len(of_kind(plan, ModeAdded)), "new mode", ""),
        (len(of_kind(plan, Lost)), "model", "missing"),
        (len(of_kind(plan, ModeLost)), "mode", "missing"),
        (len(schemas), "input schema", "changed"),
        (sum(not isinstance(each, _NAMED) for each in plan.changes), "other change", ""),
    )
    parts = [f"{count(number, noun)} {state}".rstrip() for number, noun, state in said if number]
    return ", ".join(parts) or "No change"


_NAMED: Final[tuple[type[Change], ...]] = (
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
