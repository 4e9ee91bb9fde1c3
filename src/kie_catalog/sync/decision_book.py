"""The decisions of people as one run uses them: which hold today, which were needed, which rot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from kie_catalog.domain.change import Version
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.sync.decisions import Decision, Hold, KeepOurs, Rename, Tombstone, kind_of
from kie_catalog.sync.reconcile import same

EXPIRED: Final = ("KC611", "expired-decision")
UNUSED: Final = ("KC612", "unused-decision")
UNDEAD: Final = ("KC613", "tombstone-in-catalog")

Known: TypeAlias = Callable[[str, str | None], bool]


class DecisionBook:
    """Answers questions about decisions, and remembers which of them were of use."""

    def __init__(self, decisions: Iterable[Decision], today: str) -> None:
        self._all = tuple(decisions)
        self._expired = [each for each in self._all if each.grounds.expires and each.grounds.expires <= today]
        live = [each for each in self._all if each not in self._expired]
        self._keeps = {
            (each.model, each.mode, each.field): each for each in live if isinstance(each, KeepOurs)
        }
        self._tombstones = {(each.model, each.mode): each for each in live if isinstance(each, Tombstone)}
        self._holds = {(each.model, each.mode, each.field): each for each in live if isinstance(each, Hold)}
        self.renames: Final = tuple(each for each in live if isinstance(each, Rename))
        self._used: list[Decision] = []
        self._undead: list[Tombstone] = []

    def keeps_ours(self, model: str, mode: str | None, field: str, *, ours: Version, theirs: Version) -> bool:
        """Whether a divergence between exactly these two values is accepted."""
        keep = self._keeps.get((model, mode, field))
        if keep is None or not (same(keep.ours, ours) and same(keep.theirs, theirs)):
            return False
        self.use(keep)
        return True

    def tombstone(self, model: str, mode: str | None = None) -> Tombstone | None:
        """The tombstone of a model, or of one of its modes."""
        found = self._tombstones.get((model, mode))
        if found:
            self.use(found)
        return found

    def hold(self, model: str, mode: str | None, field: str | None) -> Hold | None:
        """The hold of exactly a field, a mode as a whole, or a model as a whole."""
        return self._holds.get((model, mode, field))

    def use(self, decision: Decision) -> None:
        """Note that a decision was of use."""
        if decision not in self._used:
            self._used.append(decision)

    def note_undead(self, tombstone: Tombstone) -> None:
        """Note that what a tombstone buried stands in the catalog again."""
        if tombstone not in self._undead:
            self._undead.append(tombstone)

    def findings(self, is_known: Known, *, is_whole: bool) -> tuple[Finding, ...]:
        """What is wrong with the decisions, by their place in the file.

        Args:
            is_known: whether base, catalog or upstream know a model, or a mode of it.
            is_whole: whether every source was read that could have made a decision useful.
        """
        found = [*self._past(), *self._risen()]
        if is_whole:
            found += self._idle(is_known)
        return tuple(sorted(found, key=lambda finding: finding.order))

    def _past(self) -> Iterator[Finding]:
        for each in self._expired:
            fact = f"{kind_of(each)} of {each.target} ended on {each.grounds.expires}"
            yield _finding(EXPIRED, each, f"{fact}; decide anew, or remove it")

    def _risen(self) -> Iterator[Finding]:
        for each in self._undead:
            fact = f"{each.target} was removed for good and stands in the catalog again"
            yield _finding(UNDEAD, each, f"{fact}; remove it there, or the tombstone here")

    def _idle(self, is_known: Known) -> Iterator[Finding]:
        for each in self._all:
            if each in self._expired or each in self._used:
                continue
            if isinstance(each, Hold) and is_known(each.model, each.mode):
                continue  # it waits for a move, which is what it is for
            yield _finding(UNUSED, each, f"{kind_of(each)} of {each.target} {_idleness(each)}; remove it")


def _idleness(decision: Decision) -> str:
    match decision:
        case KeepOurs():
            return "settles nothing: the two values are others by now"
        case Rename():
            return "is done, or its new id is not upstream"
        case _:
            return "is about nothing that anybody knows"


def _finding(rule: tuple[str, str], decision: Decision, message: str) -> Finding:
    code, name = rule
    mode = None if isinstance(decision, Rename) else decision.mode
    return Finding(code, name, Severity.WARNING, decision.grounds.where, message, decision.model, mode)
