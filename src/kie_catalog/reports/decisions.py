"""What people have to decide: each with both sides, why it matters, the evidence, and the commands."""

from __future__ import annotations

from dataclasses import dataclass

from kie_catalog.domain.change import Conflicted, RenameAsked, Version, Withheld
from kie_catalog.domain.values import ABSENT
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.text import clean
from kie_catalog.reports.ways_out import ways_out, word

_PRICE = frozenset({"credits", "official_usd", "unit", "per", "charge", "included"})
_WHY = {
    "price": "Every quote of this mode rests on it: a wrong value is money lost, or a user charged too much.",
    "when": "It decides which requests get this price.",
    "status": "It decides whether bots offer the model.",
    "whole": "People took it out, and upstream has moved it since: it is sold there, and here it is not.",
    "schema": "It decides which requests bots accept.",
    "text": "Users read it; no price depends on it.",
    "withheld": "All old values of this model stay, right or wrong, until somebody looks.",
    "rename": "If it is one model, what people wrote about it goes along; if not, both stand apart.",
}


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One thing to decide."""

    model: str
    mode: str | None
    field: str | None
    base: Version
    ours: Version
    theirs: Version
    has_sides: bool
    """Whether there are two values to compare."""
    why: str
    evidence: tuple[str, ...]
    commands: tuple[str, ...]


def conflict_view(conflict: Conflicted, facts: Facts) -> DecisionView:
    """A field that people and upstream both moved, apart."""
    out = ways_out(conflict)
    row = facts.rows.get((conflict.model, conflict.mode or ""))
    return DecisionView(
        model=conflict.model,
        mode=conflict.mode,
        field=conflict.field,
        base=conflict.base,
        ours=conflict.ours,
        theirs=conflict.theirs,
        has_sides=True,
        why=_WHY[_kind(conflict.field)],
        evidence=(f"the feed's row: {row}",) if row else (),
        commands=tuple(command for command in (out.take, out.keep, out.share) if command),
    )


def withheld_view(withheld: Withheld) -> DecisionView:
    """A model that guards keep as it was."""
    lifts = " ".join(f"--lift {guard}@{clean(withheld.model)}" for guard in withheld.guards)
    return DecisionView(
        model=withheld.model,
        mode=None,
        field=None,
        base=ABSENT,
        ours=ABSENT,
        theirs=ABSENT,
        has_sides=False,
        why=_WHY["withheld"],
        evidence=withheld.details,
        commands=(f"kie-catalog sync {lifts}",),
    )


def rename_view(asked: RenameAsked) -> DecisionView:
    """A missing model and a new one that look alike."""
    command = f"kie-catalog decide rename {word(asked.model)} --to {word(asked.to)} --reason 'WHY'"
    return DecisionView(
        model=asked.model,
        mode=None,
        field="id",
        base=asked.model,
        ours=asked.model,
        theirs=asked.to,
        has_sides=True,
        why=_WHY["rename"],
        evidence=asked.evidence,
        commands=(command,),
    )


def _kind(field: str | None) -> str:
    if field is None:
        return "whole"
    if field in _PRICE:
        return "price"
    return field if field in {"when", "status", "schema"} else "text"
