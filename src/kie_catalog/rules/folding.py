"""Folding: findings that one cause brought about are told as one, with the others behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kie_catalog.domain.finding import Finding
from kie_catalog.domain.values import Pointer

FOLLOW_UPS: Final[Mapping[str, frozenset[str]]] = {
    "unknown-key": frozenset({"missing-field"}),
    "wrong-kind": frozenset({"missing-usd", "offered-without-mode", "surcharge-alone"}),
    "impossible-price": frozenset({"credits-against-usd", "excess-decimals"}),
    "not-a-catalog": frozenset({"missing-field"}),
    "per-second-as-clip": frozenset({"seconds-in-notes"}),
}
"""By the name of a rule: the rules that a fault of the same entry breaks along with it."""


def fold(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put follow-ups behind what brought them about; a cause is never milder than what it hides.

    Args:
        findings: of one file, by place.

    Returns:
        All findings that stand on their own, in the same order.
    """
    listed = list(findings)
    heads = _heads(listed)
    behind: dict[int, list[Finding]] = {}
    for at, head in enumerate(heads):
        if head != at:
            behind.setdefault(head, []).append(listed[at])
    return tuple(
        replace(each, follow_ups=(*each.follow_ups, *behind[at])) if at in behind else each
        for at, each in enumerate(listed)
        if heads[at] == at
    )


def _heads(findings: Sequence[Finding]) -> list[int]:
    """For each finding the number of the one it is told behind; its own where it stands on its own."""
    heads = _heads_by_cause(findings)
    causes: dict[tuple[str, Pointer], list[int]] = {}
    for at, each in enumerate(findings):
        if each.name in FOLLOW_UPS and heads[at] == at:
            causes.setdefault((each.where.path, _entry(each)), []).append(at)
    for at, each in enumerate(findings):
        if heads[at] == at:
            near = causes.get((each.where.path, _entry(each)), ())
            heads[at] = next((cause for cause in near if _explains(findings[cause], each)), at)
    return [_end(heads, at) for at in range(len(findings))]


def _heads_by_cause(findings: Sequence[Finding]) -> list[int]:
    """The same by the causes that rules name alone: the worst of a cause stands for all of it."""
    worst: dict[tuple[str, str], int] = {}
    for at, each in enumerate(findings):
        key = each.where.path, each.cause
        if each.cause and (key not in worst or each.severity > findings[worst[key]].severity):
            worst[key] = at
    return [worst.get((each.where.path, each.cause), at) for at, each in enumerate(findings)]


def _end(heads: Sequence[int], at: int) -> int:
    """The end of a chain: what follows from a follow-up follows from its cause."""
    while heads[at] != at:
        at = heads[at]
    return at


def _explains(cause: Finding, other: Finding) -> bool:
    """Whether one follows from the other: where both say what they are about, it must be the same."""
    is_same = not (cause.about and other.about) or cause.about == other.about
    return is_same and other.name in FOLLOW_UPS[cause.name] and cause.severity >= other.severity


def _entry(finding: Finding) -> Pointer:
    """The file, model or mode that a finding is about: its pointer up to that one's index."""
    pointer = finding.where.pointer
    indexes = [at for at in (1, 3) if at < len(pointer) and isinstance(pointer[at], int)]
    return pointer[: indexes[-1] + 1] if indexes else ()
