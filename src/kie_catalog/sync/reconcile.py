"""The merge: one total function over the three versions of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kie_catalog.domain.change import Version
from kie_catalog.domain.values import NOT_MEASURED


@dataclass(frozen=True, slots=True)
class Untouched:
    """Nobody moved."""


@dataclass(frozen=True, slots=True)
class Converged:
    """People and upstream moved to the same value."""


@dataclass(frozen=True, slots=True)
class OursStands:
    """Upstream did not move, or was not asked: what the catalog says stays."""


@dataclass(frozen=True, slots=True)
class TheirsWins:
    """Only upstream moved."""

    theirs: Version


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both moved, apart."""

    base: Version
    ours: Version
    theirs: Version


Verdict: TypeAlias = Untouched | Converged | OursStands | TheirsWins | Conflict


def reconcile(base: Version, ours: Version, theirs: Version) -> Verdict:
    """Decide one value from its three versions.

    Args:
        base: what upstream said when it was last accepted; `ABSENT` if it said nothing.
        ours: what the catalog says; `ABSENT` if nothing.
        theirs: what upstream says now; `ABSENT` if it was asked and has none, `NOT_MEASURED` if not asked.
    """
    if theirs is NOT_MEASURED:
        return OursStands()
    if same(ours, theirs):
        return Untouched() if same(ours, base) else Converged()
    if same(theirs, base):
        return OursStands()
    if same(ours, base):
        return TheirsWins(theirs)
    return Conflict(base, ours, theirs)


def same(one: Version, other: Version) -> bool:
    """Equality that keeps `True` and `1` apart, which Python does not."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other
