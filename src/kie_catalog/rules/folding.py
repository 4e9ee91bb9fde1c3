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
    heads = list(range(len(findings)))
    first: dict[tuple[str, str], int] = {}
    causes: dict[tuple[str, Pointer], list[int]] = {}
    for at, each in enumerate(findings):
        if each.cause:
            heads[at] = first.setdefault((each.where.path, each.cause), at)
        if each.name in FOLLOW_UPS and heads[at] == at:
            causes.setdefault((each.where.path, _entry(each)), []).append(at)
    for at, each in enumerate(findings):
        if heads[at] != at:
            continue
        for cause in causes.get((each.where.path, _entry(each)), ()):
            if cause != at and _explains(findings[cause], each):
                heads[at] = cause
                break
    return heads


def _explains(cause: Finding, other: Finding) -> bool:
    """Whether one follows from the other: where both say what they are about, it must be the same."""
    is_same = not (cause.about and other.about) or cause.about == other.about
    return is_same and other.name in FOLLOW_UPS[cause.name] and cause.severity >= other.severity


def _entry(finding: Finding) -> Pointer:
    """The file, model or mode that a finding is about: its pointer up to that one's index."""
    pointer = finding.where.pointer
    indexes = [at for at in (1, 3) if at < len(pointer) and isinstance(pointer[at], int)]
    return pointer[: indexes[-1] + 1] if indexes else ()
