"""The merge of one mode: what changes in it, and what the base remembers of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Change,
    Conflicted,
    Corrected,
    Held,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Removed,
    Repriced,
    Retired,
    StillRemoved,
    Version,
    is_effective,
)
from kie_catalog.domain.money import Agreement, agreement
from kie_catalog.domain.plan import Kept
from kie_catalog.domain.values import ABSENT, Fields
from kie_catalog.sync.memory import RUNS_TO_RETIRE
from kie_catalog.sync.ownership import MODES
from kie_catalog.sync.policy import Place, Policy, Recall, Settled
from kie_catalog.sync.price_group import settle_price
from kie_catalog.sync.state import PRICE_FIELDS, in_order, present, status_of
from kie_catalog.sync.wording import moved_lines

_MISSING: Final = Status.MISSING.value
_RETIRED: Final = Status.RETIRED.value
STATUS: Final = "status"


@dataclass
class ModeMerge:
    """Merges one mode; afterwards `base` is what to remember, and `kept` what people keep."""

    model_id: str
    mode_id: str
    before: Fields | None
    """The mode as it was last accepted."""
    ours: Fields | None
    theirs: Fields | None
    previous: str | None
    """The mode in front of it upstream."""
    policy: Policy
    recall: Recall
    base: Fields | None = None
    kept: list[Kept] = field(default_factory=list)
    absent: int = 0
    is_removed: bool = False

    def changes(self) -> list[Change]:
        """What changes; a mode on hold stays as it is."""
        self.base = self.before
        self.is_removed = self.mode_id in self.recall.before.removed_modes
        changes = list(self._changes())
        reason = self.policy.held(self.model_id, self.mode_id, None)
        if reason is None or not any(map(is_effective, changes)):
            return changes
        self.base = self.before
        return [Held(self.model_id, self.mode_id, None, ABSENT, ABSENT, reason)]

    def _changes(self) -> Iterator[Change]:
        buried = self.policy.book.tombstone(self.model_id, self.mode_id)
        if buried and self.ours is not None:
            if self.before is not None and not self.is_removed:
                self.is_removed = True
                yield Removed(self.model_id, self.mode_id)
                return
            self.policy.book.note_undead(buried)
        if self.theirs is None:
            yield from self._gone()
        elif self.ours is None:
            yield from self._not_ours(self.theirs, is_buried=buried is not None)
        else:
            yield from self._merge(self.ours, self.theirs)

    def _gone(self) -> Iterator[Change]:
        """No row prices it any more: it is marked, and given up in time, but never deleted."""
        if self.before is None or self.ours is None:
            return  # people's own, or removed by both sides
        runs = self.recall.before.absent_modes.get(self.mode_id, 0)
        self.absent = self.recall.misses(runs, RUNS_TO_RETIRE)
        before, now = status_of(self.before), status_of(self.ours)
        gone = _RETIRED if before == _RETIRED else _MISSING
        settled = self._settle(STATUS, before, now, gone, is_remembered=False)
        if settled.waits:
            yield settled.waits
            return
        self.base = {**self.before, STATUS: gone}
        if settled.takes:
            yield ModeLost(self.model_id, self.mode_id)
        elif self.absent >= RUNS_TO_RETIRE and before == now == _MISSING and not settled.is_human:
            self.base = {**self.before, STATUS: _RETIRED}
            yield Retired(self.model_id, self.mode_id)

    def _not_ours(self, theirs: Fields, *, is_buried: bool) -> Iterator[Change]:
        """Upstream has it and the catalog does not: new, or removed by people."""
        moved = (
            tuple(moved_lines(_plain(self.before), theirs)) if self.before is not None else ("new upstream",)
        )
        belongs_to_people = self.policy.ownership.is_human(self.model_id, (MODES, self.mode_id))
        if not moved:
            self.kept.append(Kept(self.model_id, self.mode_id, None, ABSENT, theirs))
        elif is_buried or belongs_to_people:
            self.base = theirs
            yield from (StillRemoved(self.model_id, self.mode_id, moved),) if is_buried else ()
        elif self.before is None:
            self.base = theirs
            yield ModeAdded(self.model_id, self.mode_id, theirs, self.previous)
        else:
            yield Conflicted(self.model_id, self.mode_id, None, self.before, ABSENT, theirs)

    def _merge(self, ours: Fields, theirs: Fields) -> Iterator[Change]:
        before = self.before or {}
        names = [name for name in in_order(theirs, before, ours) if name != STATUS]
        settled = {
            name: self._settle(
                name, before.get(name, ABSENT), ours.get(name, ABSENT), theirs.get(name, ABSENT)
            )
            for name in names
        }
        settled |= settle_price(settled, self.policy)
        # A mode that is there is active, which its file says by saying nothing.
        settled[STATUS] = self._settle(
            STATUS, before.get(STATUS, ABSENT), ours.get(STATUS, ABSENT), ABSENT, is_remembered=False
        )
        self.base = dict(present({name: each.remembered for name, each in settled.items()}))
        self.kept += [kept for each in settled.values() if (kept := each.kept)]
        yield from (each.waits for each in settled.values() if each.waits)
        yield from self._won(ours, {name: each for name, each in settled.items() if each.takes})

    def _settle(
        self, name: str, base: Version, ours: Version, theirs: Version, *, is_remembered: bool = True
    ) -> Settled:
        place = Place(self.model_id, self.mode_id, name)
        recall = self.recall if is_remembered else None
        return self.policy.settle(place, recall, base=base, ours=ours, theirs=theirs)

    def _won(self, ours: Fields, won: Mapping[str, Settled]) -> Iterator[Change]:
        if any(name in won for name in PRICE_FIELDS):
            yield self._price(ours, won)
        for name, each in won.items():
            if name == STATUS:
                yield ModeReturned(self.model_id, self.mode_id)
            elif name not in PRICE_FIELDS:
                yield ModeChanged(self.model_id, self.mode_id, name, each.ours, each.theirs)

    def _price(self, ours: Fields, won: Mapping[str, Settled]) -> Repriced | Corrected:
        names = [name for name in PRICE_FIELDS if name in won]
        before = {name: ours[name] for name in names if name in ours}
        after = dict(present({name: won[name].theirs for name in names}))
        if why := self._correction(won):
            return Corrected(self.model_id, self.mode_id, before, after, why)
        return Repriced(self.model_id, self.mode_id, before, after)

    def _correction(self, won: Mapping[str, Settled]) -> str | None:
        """What shows that the price before was wrong, rather than another one."""
        credits = won.get("credits")
        if credits is None:
            return "the credits stand, only their USD price moved"
        claimed = self.recall.before.claimed_usd.get(self.mode_id)
        amount: Any = credits.theirs
        if claimed is not None and agreement(amount, claimed) is not Agreement.WRONG:
            return "upstream's own USD price had said so before"
        return "the value between was short-lived" if credits.is_return else None


def _plain(fields: Fields) -> Fields:
    """A mode without its status, which is of the catalog's making."""
    return {name: value for name, value in fields.items() if name != STATUS}
