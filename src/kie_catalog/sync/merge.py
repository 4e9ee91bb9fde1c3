"""From three states to changes, and the base that follows: `reconcile`, applied to everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    FieldChanged,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Repriced,
    SchemaChanged,
    Version,
)
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.domain.values import ABSENT, NOT_MEASURED, Absence, Fields
from kie_catalog.sync.reconcile import Conflict, TheirsWins, reconcile, same
from kie_catalog.sync.schema_diff import schema_details
from kie_catalog.sync.state import HUMAN_MODE_FIELDS, PRICE_FIELDS, ModelState, State
from kie_catalog.sync.theirs import Theirs, gaps

_NOTHING: Final = ModelState({}, {})
_MISSING: Final = Status.MISSING.value


@dataclass
class Merge:
    """One run of the merge over a whole catalog: what changes, and the base that follows.

    Afterwards `changes` holds what to do, in the order of the models' ids, and `base` what to remember.
    """

    base_before: State
    ours: State
    theirs: Theirs
    schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The input schemas the catalog has now, by model."""
    changes: list[Change] = field(default_factory=list)
    base: dict[str, ModelState] = field(default_factory=dict)

    def run(self) -> Merge:
        """Merge every model that any of the three versions knows."""
        for model_id in sorted({*self.base_before, *self.ours, *self.theirs.state}):
            merged = _ModelMerge(
                model_id,
                self.base_before.get(model_id),
                self.ours.get(model_id),
                self._theirs(model_id),
                self.theirs,
            )
            self.changes += merged.changes()
            if merged.next_base is not None:
                self.base[model_id] = merged.next_base
            if change := self._schema_change(model_id):
                self.changes.append(change)
        return self

    def _theirs(self, model_id: str) -> ModelState | Absence:
        """What upstream says of a model; gone only if every source that once spoke of it was asked."""
        if model_id in self.theirs.state:
            return self.theirs.state[model_id]
        base = self.base_before.get(model_id)
        if base is None or not base.seen_in <= self.theirs.measured:
            return NOT_MEASURED
        unsettled = self.theirs.unresolved_texts & set(base.rows.values())
        return NOT_MEASURED if unsettled else ABSENT

    def _schema_change(self, model_id: str) -> SchemaChanged | None:
        """Input schemas have one owner: what people correct stands apart, in overrides."""
        theirs = self.theirs.schemas.get(model_id)
        ours = self.schemas.get(model_id)
        is_ours = model_id in self.ours or model_id not in self.base_before
        if theirs is None or not is_ours or theirs == ours:
            return None
        return SchemaChanged(model_id, theirs, schema_details(ours, theirs) if ours is not None else ())


@dataclass
class _ModelMerge:
    model_id: str
    base: ModelState | None
    ours: ModelState | None
    theirs: ModelState | Absence
    context: Theirs
    next_base: ModelState | None = None

    def changes(self) -> list[Change]:
        """The changes of this model; sets `next_base` on the way."""
        self.next_base = self.base
        if isinstance(self.theirs, Absence):
            return list(self._gone()) if self.theirs is ABSENT else []
        if self.ours is None:
            return list(self._not_ours(self.theirs))
        return [*self._merge_fields(self.theirs), *self._merge_modes(self.theirs)]

    def _gone(self) -> Iterator[Change]:
        """No source speaks of the model any more: it is marked, never deleted."""
        if self.base is None:
            return
        self.next_base = replace(self.base, fields={**self.base.fields, "status": _MISSING})
        if self.ours is None:
            return
        before, now = _status(self.base.fields), _status(self.ours.fields)
        match reconcile(before, now, _MISSING):
            case TheirsWins():
                yield Lost(self.model_id)
            case Conflict(base, ours, theirs):
                self.next_base = self.base
                yield Conflicted(self.model_id, None, "status", base, ours, theirs)

    def _not_ours(self, theirs: ModelState) -> Iterator[Change]:
        """Upstream has it and the catalog does not: new, or removed by people."""
        lacks = self._gaps(theirs, theirs.modes)
        status = (Status.HIDDEN if lacks else Status.ACTIVE).value
        fields = {name: value for name, value in theirs.fields.items() if not isinstance(value, Absence)}
        fields.setdefault("title", self.model_id)
        fields["status"] = status
        if self.base is None:
            self.next_base = replace(theirs, fields=fields)
            yield Added(self.model_id, fields, theirs.modes, lacks)
            return
        moved = [
            name for name, value in fields.items() if not same(self.base.fields.get(name, ABSENT), value)
        ]
        if (moved and moved != ["status"]) or (self._prices_measured and self.base.modes != theirs.modes):
            yield Conflicted(
                self.model_id, None, None, dict(_present(self.base.fields)), ABSENT, dict(_present(fields))
            )

    def _merge_fields(self, theirs: ModelState) -> Iterator[Change]:
        base, ours = self.base or _NOTHING, self.ours or _NOTHING
        said: dict[str, Version] = {**theirs.fields, "status": self._status(theirs)}
        accepted = dict(base.fields)
        for name, value in said.items():
            before, now = base.fields.get(name, ABSENT), ours.fields.get(name, ABSENT)
            match reconcile(before, now, value):
                case TheirsWins(won):
                    yield FieldChanged(self.model_id, name, now, won)
                    if name == "title" and ours.fields.get("title_ru") == now:
                        # upstream's title stands in for a Russian one that nobody has written yet
                        yield FieldChanged(self.model_id, "title_ru", now, won)
                case Conflict():
                    yield Conflicted(self.model_id, None, name, before, now, value)
                    continue
            if value is not NOT_MEASURED:
                accepted[name] = value
        schema = base.schema if isinstance(theirs.schema, Absence) else theirs.schema
        self.next_base = replace(
            base, fields=accepted, schema=schema, seen_in=self._seen_in(theirs), modes=base.modes
        )

    def _seen_in(self, theirs: ModelState) -> frozenset[str]:
        """Where the model was last seen: a source that was not asked keeps what it said."""
        before = self.base.seen_in if self.base else frozenset()
        return theirs.seen_in | (before - self.context.measured)

    def _status(self, theirs: ModelState) -> Version:
        """Active once nothing is lacking; unknown while a source that could tell was not asked."""
        if not {SourceName.PAGES.value, SourceName.PRICES.value} <= self.context.measured:
            return NOT_MEASURED
        offered = [
            *theirs.modes,
            *(mode_id for mode_id in (self.ours or _NOTHING).modes if self._stays(mode_id)),
        ]
        return (Status.HIDDEN if self._gaps(theirs, offered) else Status.ACTIVE).value

    def _stays(self, mode_id: str) -> bool:
        """Whether a mode is offered though no row prices it: people's own, or its row is unresolved now."""
        base, ours = self.base or _NOTHING, self.ours or _NOTHING
        is_active = _status(ours.modes[mode_id]) == Status.ACTIVE.value
        is_unsettled = base.rows.get(mode_id) in self.context.unresolved_texts
        return is_active and (mode_id not in base.modes or is_unsettled)

    def _gaps(self, theirs: ModelState, modes: Iterable[str]) -> tuple[str, ...]:
        known = {**(self.base or _NOTHING).fields, **theirs.fields}
        has_schema = isinstance(theirs.schema, str) or isinstance((self.base or _NOTHING).schema, str)
        return gaps(known, has_modes=any(True for _ in modes), has_schema=has_schema)

    @property
    def _prices_measured(self) -> bool:
        return SourceName.PRICES.value in self.context.measured

    def _merge_modes(self, theirs: ModelState) -> Iterator[Change]:
        if not self._prices_measured or self.next_base is None or self.ours is None:
            return
        base = self.base or _NOTHING
        unresolved = self.context.unresolved_texts
        accepted: dict[str, Fields] = {}
        rows: dict[str, str] = {}
        why: dict[str, tuple[str, ...]] = {}
        previous: str | None = None
        for mode_id in _in_order(theirs.modes, base.modes):
            before = base.modes.get(mode_id)
            is_unsettled = mode_id not in theirs.modes and base.rows.get(mode_id) in unresolved
            merged = _ModeMerge(
                self.model_id,
                mode_id,
                before,
                self.ours.modes.get(mode_id),
                theirs.modes.get(mode_id),
                previous,
            )
            if not is_unsettled:
                yield from merged.changes()
            remembered = merged.next_base if not is_unsettled else before
            if remembered is not None:
                accepted[mode_id] = remembered
                rows[mode_id] = theirs.rows.get(mode_id, base.rows.get(mode_id, ""))
                why[mode_id] = theirs.why.get(mode_id, base.why.get(mode_id, ()))
            if mode_id in theirs.modes:
                previous = mode_id
        self.next_base = replace(self.next_base, modes=accepted, rows=rows, why=why)


@dataclass
class _ModeMerge:
    model_id: str
    mode_id: str
    base: Fields | None
    ours: Fields | None
    theirs: Fields | None
    previous: str | None
    next_base: Fields | None = None

    def changes(self) -> list[Change]:
        """The changes of this mode; sets `next_base` on the way."""
        self.next_base = self.base
        if self.theirs is None:
            return list(self._gone())
        if self.ours is None:
            return list(self._not_ours(self.theirs))
        return list(self._merge(self.ours, self.theirs))

    def _gone(self) -> Iterator[Change]:
        if self.base is None:
            return
        lost = {**self.base, "status": _MISSING}
        if self.ours is not None:
            match reconcile(_status(self.base), _status(self.ours), _MISSING):
                case TheirsWins():
                    yield ModeLost(self.model_id, self.mode_id)
                case Conflict(base, ours, theirs):
                    yield Conflicted(self.model_id, self.mode_id, "status", base, ours, theirs)
                    return
        self.next_base = lost

    def _not_ours(self, theirs: Fields) -> Iterator[Change]:
        if self.base is None:
            self.next_base = theirs
            yield ModeAdded(self.model_id, self.mode_id, theirs, self.previous)
        elif self.base != theirs:
            yield Conflicted(self.model_id, self.mode_id, None, self.base, ABSENT, theirs)

    def _merge(self, ours: Fields, theirs: Fields) -> Iterator[Change]:
        base = self.base or {}
        accepted: dict[str, Any] = {}
        won: dict[str, Version] = {}
        names = _in_order(theirs, base, ours)
        for name in (*(each for each in names if each not in HUMAN_MODE_FIELDS | {"status"}), "status"):
            before, now, value = base.get(name, ABSENT), ours.get(name, ABSENT), theirs.get(name, ABSENT)
            remembered = value
            match reconcile(before, now, value):
                case TheirsWins():
                    won[name] = value
                case Conflict():
                    remembered = before
                    yield Conflicted(self.model_id, self.mode_id, name, before, now, value)
            if not isinstance(remembered, Absence):
                accepted[name] = remembered
        self.next_base = accepted
        yield from self._won(ours, won)

    def _won(self, ours: Fields, won: Mapping[str, Version]) -> Iterator[Change]:
        prices = {name: value for name, value in won.items() if name in PRICE_FIELDS}
        if prices:
            before = {name: ours[name] for name in prices if name in ours}
            yield Repriced(self.model_id, self.mode_id, before, dict(_present(prices)))
        for name, value in won.items():
            if name == "status":
                yield ModeReturned(self.model_id, self.mode_id)
            elif name not in PRICE_FIELDS:
                yield ModeChanged(self.model_id, self.mode_id, name, ours.get(name, ABSENT), value)


def _status(fields: Mapping[str, Any]) -> str:
    return str(fields.get("status", Status.ACTIVE.value))


def _present(fields: Mapping[str, Version]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in fields.items() if not isinstance(value, Absence))


def _in_order(*mappings: Mapping[str, object]) -> list[str]:
    """The keys of all mappings, in the order in which they first appear."""
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))
