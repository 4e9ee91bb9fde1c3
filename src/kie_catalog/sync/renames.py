"""Models that go on under another id: those that people said so of, and those that look like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Any, Final, TypeAlias

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Added,
    Change,
    FieldChanged,
    Lost,
    ModeChanged,
    Removed,
    RenameAsked,
    Renamed,
    Retired,
)
from kie_catalog.domain.values import ABSENT, Fields, canonical
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.decisions import Rename
from kie_catalog.sync.merge_model import MergedModel
from kie_catalog.sync.ownership import MODES, Ownership
from kie_catalog.sync.reconcile import same
from kie_catalog.sync.state import ModelState, State, status_of

Schemas: TypeAlias = Mapping[str, Mapping[str, Any]]

ALIKE: Final = 0.6
"""From which likeness on two titles may be those of one model."""
SAME_PROPERTIES: Final = 0.8
"""The same for the properties of two input schemas, as the share that they have in common."""


@dataclass
class Renaming:
    """The three versions once the renames that people decided on are made."""

    base: dict[str, ModelState]
    ours: dict[str, ModelState]
    theirs: dict[str, ModelState]
    schemas: dict[str, Mapping[str, Any]]
    changes: list[Change] = field(default_factory=list)

    def carry_out(self, book: DecisionBook, ownership: Ownership) -> None:
        """Make every rename whose new id is upstream."""
        for rename in book.renames:
            if rename.to not in self.theirs:
                continue
            was_upstream = self.theirs.pop(rename.model, None) is not None
            if rename.model in self.ours:
                self._move(rename, ownership)
            elif not was_upstream and rename.model not in self.base:
                continue  # long done
            else:
                self.base.pop(rename.model, None)
            book.use(rename)

    def _move(self, rename: Rename, ownership: Ownership) -> None:
        old, new = rename.model, rename.to
        before, ours = self.base.pop(old, None), self.ours.pop(old)
        schema = self.schemas.pop(old, None)
        if new in self.ours:
            self.changes += _carried(new, ours, self.ours[new], ownership)
            self.changes.append(Removed(old, None, new))
            self.ours[new] = _with_texts(self.ours[new], self.changes, new)
            return
        self.ours[new] = ours
        if before is not None:
            self.base.setdefault(new, before)
        if schema is not None:
            self.schemas.setdefault(new, schema)
        self.changes.append(Renamed(new, old))


def _carried(model: str, old: ModelState, new: ModelState, ownership: Ownership) -> Iterator[Change]:
    """What people wrote about the old id, where nobody has written about the new one yet."""
    for name, value in old.fields.items():
        now = new.fields.get(name, ABSENT)
        is_unwritten = now is ABSENT or (name == "title_ru" and same(now, new.fields.get("title", ABSENT)))
        if ownership.is_human(model, (name,)) and is_unwritten and not same(now, value):
            yield FieldChanged(model, name, now, value)
    for mode_id, mode in old.modes.items():
        for name, value in mode.items() if mode_id in new.modes else ():
            if ownership.is_human(model, (MODES, mode_id, name)) and name not in new.modes[mode_id]:
                yield ModeChanged(model, mode_id, name, ABSENT, value)


def _with_texts(new: ModelState, changes: Iterable[Change], model: str) -> ModelState:
    """The model as the carried texts leave it, so that the merge does not see them as missing."""
    fields = {
        each.field: each.theirs for each in changes if isinstance(each, FieldChanged) and each.model == model
    }
    return replace(new, fields={**new.fields, **fields})


@dataclass(frozen=True)
class Candidates:
    """Finds the pairs of a missing and a new model that look like one."""

    merged: Mapping[str, MergedModel]
    base: State
    ours: State
    theirs: State
    schemas: Schemas
    """The input schemas that the catalog has."""
    schemas_now: Schemas
    """Those that upstream declares."""

    def questions(self) -> Iterator[RenameAsked]:
        """One question a missing model, with its likest new one; asked until the model is given up."""
        by_price: dict[str, list[str]] = defaultdict(list)
        for each in self._changes():
            if isinstance(each, Added) and each.modes:
                by_price[_prices(each.modes)].append(each.model)
        for old in self._missing():
            asked = self.base[old].memory.asked
            fresh = by_price.get(_prices(self.base[old].modes), ())
            candidates = [asked] if asked in self.theirs else fresh
            likely = [
                (likeness, new) for new in candidates if (likeness := self._likeness(old, new)) is not None
            ]
            if likely:
                likeness, new = max(likely)
                yield RenameAsked(old, new, self._evidence(old, new, likeness))

    def _missing(self) -> list[str]:
        lost = {each.model for each in self._changes() if isinstance(each, Lost)}
        given_up = {each.model for each in self._changes() if isinstance(each, Retired) and each.mode is None}
        waiting = {
            name
            for name, each in self.ours.items()
            if name not in self.theirs and status_of(each.fields) == Status.MISSING
        }
        return sorted(name for name in (lost | waiting) - given_up if name in self.base)

    def _changes(self) -> Iterator[Change]:
        return (change for model in self.merged.values() for change in model.changes)

    def _likeness(self, old: str, new: str) -> float | None:
        """How alike two models are by title or id; `None` where their inputs differ."""
        one, other = self.schemas.get(old), self.schemas_now.get(new)
        if one is None or other is None or _in_common(one, other) < SAME_PROPERTIES:
            return None
        titles = (self.base[old].fields.get("title", ""), self.theirs[new].fields.get("title", ""))
        likeness = max(_alike(old, new), _alike(str(titles[0]), str(titles[1])))
        return likeness if likeness >= ALIKE else None

    def _evidence(self, old: str, new: str, likeness: float) -> tuple[str, ...]:
        share = _in_common(self.schemas[old], self.schemas_now[new])
        count = len(self.theirs[new].modes)
        return (
            f"titles or ids are alike to {likeness:.0%}",
            f"{share:.0%} of the input's properties are the same",
            f"the same prices in {count} mode{'' if count == 1 else 's'}",
        )


def _prices(modes: Mapping[str, Fields]) -> str:
    """One text for models that cost the same, whatever their modes are called."""
    return canonical(sorted(canonical(_price(mode)) for mode in modes.values()))


def _price(mode: Fields) -> list[Any]:
    return [mode.get(name) for name in ("charge", "unit", "per", "credits")]


def _in_common(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The share of the properties of either schema that both have."""
    names, others = set(one.get("properties", ())), set(other.get("properties", ()))
    return len(names & others) / len(names | others) if names | others else 1.0


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio() if one and other else 0.0
