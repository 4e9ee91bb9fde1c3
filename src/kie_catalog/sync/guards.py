"""Guards: limits that stop what looks like a broken upstream rather than a moved one.

A guard over the whole run refuses it. A guard over one model withholds that model, whose old values stay,
and the rest goes on, until so many are withheld that the run is refused after all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from statistics import median
from typing import Any, Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Change,
    Corrected,
    FieldChanged,
    Lost,
    ModeChanged,
    ModeLost,
    Repriced,
    Withheld,
    is_effective,
)
from kie_catalog.domain.errors import PlanRefused
from kie_catalog.domain.plan import Effect, GuardReading
from kie_catalog.sync.limits import GUARDS, Guard, Limits
from kie_catalog.sync.merge_model import MergedModel
from kie_catalog.sync.state import ModelState, State, status_of
from kie_catalog.sync.suspicion import Suspect, Suspicion, suspicions

ALL: Final = "all"
NAMES: Final = tuple(guard.name for guard in GUARDS)
"""Every guard, as `--lift` names them; `NAME@MODEL` lifts one of a single model for that model."""

_OFFERED: Final = frozenset({Status.ACTIVE.value, Status.HIDDEN.value})
_TELLING: Final = frozenset({"type", "category", "provider"})
_TELLING_OF_MODES: Final = frozenset({"unit", "per", "charge", "when"})
_PARTS: Final = 2


@dataclass(frozen=True)
class Scene:
    """What the guards look at."""

    merged: Mapping[str, MergedModel]
    ours: State
    base: State
    theirs: State
    counts_before: Mapping[str, int]
    """Rows and pages of the last accepted upstream, by source."""
    counts_now: Mapping[str, int]
    """The same of this one; a source that was not read is not in it."""
    claimed_usd: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    unresolved_texts: Collection[str] = ()
    """Descriptions of the rows that are in the feed and price nothing."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The merge after the guards: suspicious models withheld, and every guard's reading."""

    merged: Mapping[str, MergedModel]
    readings: tuple[GuardReading, ...]


def judge(scene: Scene, limits: Limits, lifted: Collection[str] = ()) -> Judged:
    """Withhold what is suspicious, and measure every guard: the numbers belong in each report.

    Args:
        scene: the merge and what it came from.
        limits: those of the workspace.
        lifted: names of guards that the operator lifts for this run, or `all`.
    """
    found = [each for model in scene.merged.values() for each in _suspicions(model, scene, limits)]
    guards = {guard.name: guard for guard in GUARDS}
    reasons: dict[str, list[Suspicion]] = {}
    for each in found:
        if guards[each.guard].effect is Effect.WITHHOLD and not _is_lifted(each.guard, each.model, lifted):
            reasons.setdefault(each.model, []).append(each)
    merged = {
        model: _withheld(each, scene.base.get(model), reasons[model]) if model in reasons else each
        for model, each in scene.merged.items()
    }
    measured = _Measured(replace(scene, merged=merged), limits, len(reasons), found).readings()
    return Judged(merged, lift(measured, lifted))


def _suspicions(model: MergedModel, scene: Scene, limits: Limits) -> Iterator[Suspicion]:
    if model.changes:
        claims = scene.claimed_usd.get(model.model, {})
        yield from suspicions(Suspect(model.model, model.changes, claims), limits)


def _is_lifted(guard: str, model: str, lifted: Collection[str]) -> bool:
    return not {ALL, guard, f"{guard}@{model}"}.isdisjoint(lifted)


def _withheld(model: MergedModel, base: ModelState | None, reasons: Sequence[Suspicion]) -> MergedModel:
    """The model with nothing of it written or accepted; what waits for people is told all the same."""
    # Neither follows the order of the rows: the same suspicion is the same text on every day.
    guards = tuple(name for name in NAMES if any(each.guard == name for each in reasons))
    told = Withheld(model.model, guards, tuple(sorted({each.detail for each in reasons})))
    waiting = (change for change in model.changes if not is_effective(change))
    if base is not None and model.base is not None:
        # What upstream said counts for its flipping, whether it was believed or not.
        base = replace(base, memory=replace(base.memory, recent=model.base.memory.recent))
    return replace(model, changes=(told, *waiting), base=base)


class _Measured:
    """The readings of all guards, in the order of their table."""

    def __init__(self, scene: Scene, limits: Limits, withheld: int, found: Sequence[Suspicion]) -> None:
        self._scene = scene
        self._limits = limits
        self._withheld = withheld
        self._found = found
        self._changes = [change for model in scene.merged.values() for change in model.changes]
        offered = {name: each for name, each in scene.ours.items() if status_of(each.fields) in _OFFERED}
        self._models = len(offered)
        self._modes = sum(1 for each in offered.values() for mode in each.modes.values() if _is_offered(mode))

    def readings(self) -> tuple[GuardReading, ...]:
        """One reading a guard; what was not measured has none."""
        whole = dict(self._of_run())
        return tuple(
            whole[guard.name] if guard.name in whole else self._of_models(guard)
            for guard in GUARDS
            if guard.name in whole or guard.effect is not Effect.REFUSE
        )

    def _of_run(self) -> Iterator[tuple[str, GuardReading]]:
        lost, modes_lost = self._count(Lost), self._count(ModeLost)
        yield self._loss("models-lost", lost, self._models)
        yield self._loss("modes-lost", modes_lost, self._modes)
        yield self._loss("modes-unread", self._unread(), self._modes)
        yield self._share("models-changed", len(self._changed_models()), self._models)
        yield self._share("modes-changed", len(self._changed_modes()), self._modes)
        yield from self._rows()
        yield self._provider()
        yield self._shift()
        yield self._share("models-withheld", self._withheld, max(self._models, self._withheld))

    def _count(self, kind: type[Change]) -> int:
        return sum(isinstance(change, kind) for change in self._changes)

    def _unread(self) -> int:
        """Modes whose row is there, and nobody can read it any more: their old prices stand, unchecked."""
        return sum(
            model.rows.get(mode_id) in self._scene.unresolved_texts and _is_offered(mode)
            for model_id, model in self._scene.base.items()
            for mode_id, mode in model.modes.items()
            if model_id not in self._scene.theirs or mode_id not in self._scene.theirs[model_id].modes
        )

    def _changed_models(self) -> set[str]:
        return {model for model, _ in self._changed_modes()} | {
            change.model
            for change in self._changes
            if isinstance(change, FieldChanged) and change.field in _TELLING and isinstance(change.ours, str)
        }

    def _changed_modes(self) -> set[tuple[str, str]]:
        return {
            (change.model, change.mode)
            for change in self._changes
            if isinstance(change, Repriced | Corrected)
            or (isinstance(change, ModeChanged) and change.field in _TELLING_OF_MODES)
        }

    def _rows(self) -> Iterator[tuple[str, GuardReading]]:
        before, now = self._scene.counts_before, self._scene.counts_now
        for source, dropped, grown in (
            ("prices", "rows-dropped", "rows-grown"),
            ("pages", "pages-dropped", ""),
        ):
            if source in now:
                less = max(before.get(source, 0) - now[source], 0)
                yield self._loss(dropped, less, before.get(source, 0))
            if grown and source in now:
                more = max(now[source] - before.get(source, now[source]), 0)
                yield self._share(grown, more, before.get(source, 0))

    def _provider(self) -> tuple[str, GuardReading]:
        """The provider that lost the largest part of its modes."""
        had, lost = self._by_provider()
        worst = max(sorted(lost), key=lambda name: Decimal(lost[name]) / had[name], default=None)
        if worst is None:
            return self._share("provider-lost", 0, 0)
        name, reading = self._share("provider-lost", lost[worst], had[worst])
        return name, replace(reading, measured=f"{worst}: {reading.measured}")

    def _by_provider(self) -> tuple[Counter[str], Counter[str]]:
        had: Counter[str] = Counter()
        lost: Counter[str] = Counter()
        gone = {change.model for change in self._changes if isinstance(change, Lost)}
        gone_modes = {(change.model, change.mode) for change in self._changes if isinstance(change, ModeLost)}
        for model_id, model in self._scene.ours.items():
            provider = model.fields.get("provider")
            if isinstance(provider, str) and status_of(model.fields) in _OFFERED:
                modes = [mode_id for mode_id, mode in model.modes.items() if _is_offered(mode)]
                had[provider] += len(modes)
                lost[provider] += sum(
                    model_id in gone or (model_id, mode_id) in gone_modes for mode_id in modes
                )
        return had, +lost

    def _shift(self) -> tuple[str, GuardReading]:
        """By how much the median price moved, among those that upstream had before and has now."""
        factors = list(self._factors())
        limit = self._limits.of("median-shift")
        shift = abs(Decimal(median(factors)) - 1) if len(factors) > self._limits.few else Decimal(0)
        is_tripped = limit is not None and shift > limit
        return self._reading("median-shift", f"{100 * shift:.1f} % over {len(factors)} prices", is_tripped)

    def _factors(self) -> Iterator[Decimal]:
        for model_id, theirs in self._scene.theirs.items():
            base = self._scene.base.get(model_id)
            for mode_id, mode in theirs.modes.items() if base else ():
                old, new = (base.modes.get(mode_id, {}) if base else {}).get("credits"), mode.get("credits")
                if isinstance(old, Decimal) and isinstance(new, Decimal) and old:
                    yield new / old

    def _loss(self, name: str, count: int, total: int) -> tuple[str, GuardReading]:
        """Of what is gone, more than half is never few, however small the catalog is."""
        return self._share(name, count, total, few=min(self._limits.few, max(1, total // 2)))

    def _share(
        self, name: str, count: int, total: int, *, few: int | None = None
    ) -> tuple[str, GuardReading]:
        limit = self._limits.of(name)
        few = self._limits.few if few is None else few
        is_tripped = limit is not None and count > few and Decimal(count) > limit * total
        share = f" ({100 * count / total:.1f} %)" if total else ""
        return self._reading(name, f"{count} of {total}{share}", is_tripped)

    def _reading(self, name: str, measured: str, is_tripped: bool) -> tuple[str, GuardReading]:
        return name, GuardReading(name, measured, self._limits.shown(name), is_tripped)

    def _of_models(self, guard: Guard) -> GuardReading:
        """What a guard of single models saw: how many models, and the largest case."""
        found = [each for each in self._found if each.guard == guard.name]
        models = len({each.model for each in found})
        worst = max(found, key=lambda each: (each.size, each.model, each.detail), default=None)
        seen = f"{models} model{'' if models == 1 else 's'}"
        measured = f"{seen}, most {worst.model} {worst.detail}" if worst else seen
        limit = self._limits.shown(guard.name)
        return GuardReading(guard.name, measured, limit, bool(found), effect=guard.effect.value)


def _is_offered(mode: Mapping[str, Any]) -> bool:
    return status_of(mode) == Status.ACTIVE


def is_guard(name: str) -> bool:
    """Whether `--lift` knows a name."""
    parts = name.split("@", _PARTS - 1)
    return parts[0] in NAMES or name == ALL


def lift(readings: Iterable[GuardReading], names: Collection[str]) -> tuple[GuardReading, ...]:
    """Lift the named guards, or with `all` every one; what was lifted before stays so."""
    return tuple(
        replace(each, is_lifted=each.is_lifted or (each.is_tripped and bool({each.name, ALL} & set(names))))
        for each in readings
    )


def require_safe(readings: Sequence[GuardReading]) -> None:
    """Refuse a plan that a guard stopped and nobody lifted.

    Raises:
        PlanRefused: with one reason a guard, each naming the option that lifts it.
    """
    reasons = [
        f"{each.name}: {each.measured}, limit {each.limit}; if that is right, pass --lift {each.name}"
        for each in readings
        if each.refuses
    ]
    if reasons:
        raise PlanRefused(reasons)
