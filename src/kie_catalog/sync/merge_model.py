"""The merge of one model: its fields, its modes, its input schema, and where it is in its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Change,
    FieldChanged,
    Held,
    Lost,
    Removed,
    Retired,
    Returned,
    SchemaChanged,
    Version,
    is_effective,
)
from kie_catalog.domain.plan import Kept
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.domain.values import ABSENT, NOT_MEASURED, Absence, Fields, digest
from kie_catalog.sync.compatibility import Compatibility, compare_schemas, worst
from kie_catalog.sync.memory import RUNS_TO_RETIRE, Memory
from kie_catalog.sync.merge_mode import STATUS, ModeMerge
from kie_catalog.sync.newcomer import Newcomer
from kie_catalog.sync.ownership import SCHEMA
from kie_catalog.sync.policy import Place, Recall, Settled
from kie_catalog.sync.schema_diff import schema_details
from kie_catalog.sync.setting import Setting
from kie_catalog.sync.state import ModelState, in_order, present, status_of
from kie_catalog.sync.theirs import gaps

_NOTHING: Final = ModelState({}, {})
_MISSING: Final = Status.MISSING.value
_RETIRED: Final = Status.RETIRED.value
_GONE: Final = frozenset({_MISSING, _RETIRED})


@dataclass(frozen=True, slots=True)
class MergedModel:
    """What becomes of one model."""

    model: str
    changes: tuple[Change, ...]
    base: ModelState | None
    """What to remember of it."""
    kept: tuple[Kept, ...] = ()


class ModelMerge:
    """Merges one model."""

    def __init__(
        self,
        model_id: str,
        before: ModelState | None,
        ours: ModelState | None,
        theirs: ModelState | Absence,
        *,
        setting: Setting,
        schema: Mapping[str, Any] | None,
    ) -> None:
        """Know the versions.

        Args:
            model_id: the model.
            before: the base, which is how it was last accepted.
            ours: the catalog.
            theirs: upstream.
            setting: what the merges of all models share.
            schema: the input schema that the catalog has of it.
        """
        self._id = model_id
        self._before = before or _NOTHING
        self._is_known = before is not None
        self._ours = ours
        self._theirs = theirs
        self._setting = setting
        self._policy = setting.policy
        self._schema = schema
        self._recall = Recall(self._before.memory, setting.run)
        self._base = before
        self._kept: list[Kept] = []

    def merged(self) -> MergedModel:
        """What becomes of the model; one on hold stays as it is."""
        before = self._base
        changes = list(self._changes())
        reason = self._policy.held(self._id, None, None)
        if reason is not None and any(map(is_effective, changes)):
            self._base = before
            changes = [Held(self._id, None, None, ABSENT, ABSENT, reason)]
        return MergedModel(self._id, tuple(changes), self._base, tuple(self._kept))

    def _changes(self) -> Iterator[Change]:
        if self._is_buried():
            self._base = replace(self._before, memory=Memory(is_removed=True))
            yield Removed(self._id, None)
        elif isinstance(self._theirs, Absence):
            yield from self._gone() if self._theirs is ABSENT else ()
        elif self._ours is None:
            newcomer = Newcomer(self._id, self._base, self._theirs, self._setting, self._schema)
            yield from newcomer.changes()
            self._base = newcomer.base
            self._kept += newcomer.kept
        else:
            yield from self._merge(self._ours, self._theirs)

    def _is_buried(self) -> bool:
        """Whether a tombstone takes it out now; what people put back in later is theirs to settle."""
        buried = self._policy.book.tombstone(self._id)
        if buried is None or self._ours is None:
            return False
        if self._is_known and not self._before.memory.is_removed:
            return True
        self._policy.book.note_undead(buried)
        return False

    def _gone(self) -> Iterator[Change]:
        """No source speaks of the model any more: it is marked, and given up in time, but never deleted."""
        if not self._is_known or self._ours is None:
            return  # people's own, or removed by both sides
        before, now = status_of(self._before.fields), status_of(self._ours.fields)
        absent = self._recall.misses(self._before.memory.absent, RUNS_TO_RETIRE)
        self._base = replace(self._before, memory=replace(self._before.memory, absent=absent))
        gone = _RETIRED if before == _RETIRED else _MISSING
        settled = self._settle(STATUS, before, now, gone, is_remembered=False)
        if settled.waits:
            yield settled.waits
            return
        gives_up = absent >= RUNS_TO_RETIRE and before == now == _MISSING and not settled.is_human
        status = _RETIRED if gives_up else gone
        self._base = replace(self._base, fields={**self._before.fields, STATUS: status})
        if settled.takes:
            yield Lost(self._id)
        elif gives_up:
            yield Retired(self._id, None)

    def _merge(self, ours: ModelState, theirs: ModelState) -> Iterator[Change]:
        said: dict[str, Version] = {**theirs.fields, STATUS: self._status(ours, theirs)}
        known, have = self._before.fields, ours.fields
        settled = [
            self._settle(name, known.get(name, ABSENT), have.get(name, ABSENT), value, name != STATUS)
            for name, value in said.items()
        ]
        accepted = {**known, **{each.place.field: each.remembered for each in settled}}
        self._base = replace(self._before, fields=dict(present(accepted)), seen_in=self._seen_in(theirs))
        for each in settled:
            yield from self._told(each, have)
        memory = self._before.memory
        if self._setting.prices_measured:
            merges = list(self._mode_merges(ours, theirs))
            for merge in merges:
                yield from merge.changes()
                self._kept += merge.kept
            memory = self._accept_modes(merges, theirs)
        yield from self._merge_schema(theirs)
        self._base = replace(self._base, memory=replace(memory, absent=0, recent=self._recall.after))

    def _settle(
        self, name: str, base: Version, ours: Version, theirs: Version, is_remembered: bool = True
    ) -> Settled:
        place = Place(self._id, None, name)
        recall = self._recall if is_remembered else None
        return self._policy.settle(place, recall, base=base, ours=ours, theirs=theirs)

    def _told(self, settled: Settled, ours: Mapping[str, Version]) -> Iterator[Change]:
        name = settled.place.field
        if settled.kept:
            self._kept.append(settled.kept)
        if settled.waits:
            yield settled.waits
        if not settled.takes:
            return
        if name == STATUS and settled.base in _GONE:
            yield Returned(self._id, str(settled.theirs))
            return
        yield FieldChanged(self._id, name, settled.ours, settled.theirs)
        if name == "title" and ours.get("title_ru") == settled.ours:
            # upstream's title stands in for a Russian one that nobody has written yet
            yield FieldChanged(self._id, "title_ru", settled.ours, settled.theirs)

    def _seen_in(self, theirs: ModelState) -> frozenset[str]:
        """Where the model was last seen: a source that was not asked keeps what it said."""
        asked = self._setting.theirs.measured
        if self._id in self._setting.theirs.unread:
            asked -= {SourceName.PAGES.value}
        return theirs.seen_in | (self._before.seen_in - asked)

    def _status(self, ours: ModelState, theirs: ModelState) -> Version:
        """Active once nothing is lacking; unknown while a source that could tell was not asked."""
        if not self._setting.is_whole:
            return NOT_MEASURED
        offered = [*theirs.modes, *(mode_id for mode_id in ours.modes if self._stays(mode_id, ours))]
        has_schema = isinstance(theirs.schema, str) or isinstance(self._before.schema, str)
        known = {**self._before.fields, **theirs.fields}
        lacks = gaps(known, has_modes=bool(offered), has_schema=has_schema)
        # Faults keep a model hidden that came in with them; they never hide one that people rely on.
        if not lacks and status_of(self._before.fields) == Status.HIDDEN:
            lacks = self._setting.entry_faults(self._id, theirs)
        return (Status.HIDDEN if lacks else Status.ACTIVE).value

    def _stays(self, mode_id: str, ours: ModelState) -> bool:
        """Whether a mode is offered though no row prices it: people's own, or its row is unresolved now."""
        is_active = status_of(ours.modes[mode_id]) == Status.ACTIVE
        return is_active and (mode_id not in self._before.modes or self._is_unsettled(mode_id))

    def _is_unsettled(self, mode_id: str) -> bool:
        """Whether the row of a mode is there, and nobody can say what it prices."""
        return self._before.rows.get(mode_id) in self._setting.theirs.unresolved_texts

    def _mode_merges(self, ours: ModelState, theirs: ModelState) -> Iterator[ModeMerge]:
        previous: str | None = None
        for mode_id in in_order(theirs.modes, self._before.modes):
            if mode_id not in theirs.modes and self._is_unsettled(mode_id):
                continue
            yield ModeMerge(
                self._id,
                mode_id,
                self._before.modes.get(mode_id),
                ours.modes.get(mode_id),
                theirs.modes.get(mode_id),
                previous,
                self._policy,
                self._recall,
            )
            if mode_id in theirs.modes:
                previous = mode_id

    def _accept_modes(self, merges: Iterable[ModeMerge], theirs: ModelState) -> Memory:
        """Put the merged modes into the base; what is left to remember of them."""
        by_id = {each.mode_id: each for each in merges}
        accepted: dict[str, Fields] = {}
        for mode_id in in_order(theirs.modes, self._before.modes):
            base = by_id[mode_id].base if mode_id in by_id else self._before.modes.get(mode_id)
            if base is not None:
                accepted[mode_id] = base
        rows = {mode_id: theirs.rows.get(mode_id, self._before.rows.get(mode_id, "")) for mode_id in accepted}
        why = {mode_id: theirs.why.get(mode_id, self._before.why.get(mode_id, ())) for mode_id in accepted}
        if self._base is not None:
            self._base = replace(self._base, modes=accepted, rows=rows, why=why)
        removed = self._before.memory.removed_modes - by_id.keys()
        return Memory(
            absent_modes={each.mode_id: each.absent for each in by_id.values() if each.absent},
            claimed_usd=self._setting.claimed_usd.get(self._id, {}),
            removed_modes=removed | {each.mode_id for each in by_id.values() if each.is_removed},
        )

    def _merge_schema(self, theirs: ModelState) -> Iterator[Change]:
        """The input schema counts as one value; what is there no more is written anew."""
        declared = self._setting.theirs.schemas.get(self._id)
        if declared is None or isinstance(theirs.schema, Absence) or self._base is None:
            return
        accepted: Version = self._before.schema if isinstance(self._before.schema, str) else ABSENT
        ours: Version = ABSENT
        if self._schema is None:
            accepted = ABSENT
        else:
            ours = theirs.schema if self._schema == declared else digest(self._schema)
        settled = self._settle(SCHEMA, accepted, ours, theirs.schema)
        if settled.kept:
            self._kept.append(settled.kept)
        if settled.waits:
            yield settled.waits
        if isinstance(settled.remembered, str):
            self._base = replace(self._base, schema=settled.remembered)
        if settled.takes:
            yield self._schema_changed(declared, theirs)

    def _schema_changed(self, declared: Mapping[str, Any], theirs: ModelState) -> SchemaChanged:
        """The change with its differences, and what it does to those who call the model."""
        if self._schema is None:
            return SchemaChanged(self._id, declared, ())
        priced = {name for when in self._conditions(theirs) for name in when}
        severities = self._setting.severities
        judged = compare_schemas(self._schema, declared, priced=priced, severities=severities)
        harm = tuple(
            f"{each.place}: {each.severity}, {each.sentence}"
            for each in judged
            if each.severity > Compatibility.COMPATIBLE
        )
        details = (*harm, *schema_details(self._schema, declared))
        return SchemaChanged(self._id, declared, details, str(worst(judged)))

    def _conditions(self, theirs: ModelState) -> Iterator[Mapping[str, Any]]:
        """The conditions of the prices: a default that moves under one of them moves the price."""
        for fields in (*self._before.modes.values(), *theirs.modes.values()):
            when = fields.get("when")
            if isinstance(when, Mapping):
                yield when
