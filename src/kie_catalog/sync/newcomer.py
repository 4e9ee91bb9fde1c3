"""A model that upstream has and the catalog has not: it is new, or people took it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import Added, Change, Conflicted, SchemaChanged, StillRemoved
from kie_catalog.domain.plan import Kept
from kie_catalog.domain.values import ABSENT, Absence
from kie_catalog.sync.memory import Memory
from kie_catalog.sync.setting import Setting
from kie_catalog.sync.state import ModelState, in_order, present
from kie_catalog.sync.theirs import gaps
from kie_catalog.sync.wording import moved_lines

_NOTHING: Final = ModelState({}, {})
_STATUS: Final = "status"


@dataclass
class Newcomer:
    """Decides about one such model; afterwards `base` is what to remember of it."""

    model_id: str
    before: ModelState | None
    """The model as it was last accepted; then people took it out."""
    theirs: ModelState
    setting: Setting
    schema: Mapping[str, Any] | None
    """The input schema that lies there already."""
    base: ModelState | None = None
    kept: list[Kept] = field(default_factory=list)

    def changes(self) -> Iterator[Change]:
        """What changes."""
        self.base = self.before
        buried = self.setting.policy.book.tombstone(self.model_id) is not None
        if self.before is None and not buried:
            yield from self._added()
        else:
            yield from self._removed(is_buried=buried)

    def _added(self) -> Iterator[Change]:
        fields = dict(present(self.theirs.fields))
        has_schema = isinstance(self.theirs.schema, str)
        lacks = gaps(fields, has_modes=bool(self.theirs.modes), has_schema=has_schema)
        lacks += self.setting.entry_faults(self.model_id, self.theirs)
        fields.setdefault("title", self.model_id)
        fields[_STATUS] = (Status.HIDDEN if lacks else Status.ACTIVE).value
        memory = Memory(claimed_usd=self.setting.claimed_usd.get(self.model_id, {}))
        self.base = replace(self.theirs, fields=fields, memory=memory)
        yield Added(self.model_id, fields, self.theirs.modes, lacks)
        schema = self.setting.theirs.schemas.get(self.model_id)
        if schema is not None and schema != self.schema:
            yield SchemaChanged(self.model_id, schema, ())

    def _removed(self, *, is_buried: bool) -> Iterator[Change]:
        """It stays out, and people hear of it when upstream moves it."""
        moved = tuple(self._moved()) if self.before else ("is upstream",)
        theirs = dict(present(self.theirs.fields))
        if is_buried and (moved or not (self.before and self.before.memory.is_removed)):
            self.base = replace(self._accepted(), memory=Memory(is_removed=True))
        if not moved:
            self.kept.append(Kept(self.model_id, None, None, ABSENT, theirs))
        elif is_buried:
            yield StillRemoved(self.model_id, None, moved)
        else:
            before = dict(present((self.before or _NOTHING).fields))
            yield Conflicted(self.model_id, None, None, before, ABSENT, theirs)

    def _moved(self) -> Iterator[str]:
        before = self.before or _NOTHING
        known = {name: before.fields.get(name, ABSENT) for name in self.theirs.fields}
        yield from moved_lines(known, self.theirs.fields)
        if not self.setting.prices_measured:
            return
        for mode_id in in_order(self.theirs.modes, before.modes):
            one, other = before.modes.get(mode_id, {}), self.theirs.modes.get(mode_id, {})
            plain = {name: value for name, value in one.items() if name != _STATUS}
            yield from (f"{mode_id} {line}" for line in moved_lines(plain, other))

    def _accepted(self) -> ModelState:
        """What was accepted, brought up to what was measured now."""
        before, theirs = self.before or _NOTHING, self.theirs
        is_priced = self.setting.prices_measured
        return ModelState(
            fields=dict(present({**before.fields, **theirs.fields})),
            modes=theirs.modes if is_priced else before.modes,
            schema=before.schema if isinstance(theirs.schema, Absence) else theirs.schema,
            seen_in=theirs.seen_in | (before.seen_in - self.setting.theirs.measured),
            rows=theirs.rows if is_priced else before.rows,
            why=theirs.why if is_priced else before.why,
        )
