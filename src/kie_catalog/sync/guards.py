"""Guards: limits that refuse a plan which looks like a broken upstream rather than a moved one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import Change, Lost, ModeLost
from kie_catalog.domain.errors import PlanRefused
from kie_catalog.domain.plan import GuardReading
from kie_catalog.sync.state import State

ALL: Final = "all"
NAMES: Final = ("models-lost", "modes-lost", "rows-dropped", "pages-dropped")
"""Every guard, as `--lift` names them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may go in one run, as shares; below `few` in number nothing is refused."""

    models_lost: Decimal = Decimal("0.10")
    modes_lost: Decimal = Decimal("0.15")
    dropped: Decimal = Decimal("0.30")
    few: int = 3


def read_guards(
    changes: Sequence[Change],
    ours: State,
    counts_before: Mapping[str, int],
    counts_now: Mapping[str, int],
    *,
    limits: Limits,
    lifted: Collection[str] = (),
) -> tuple[GuardReading, ...]:
    """Measure every guard, tripped or not: the numbers belong in each report.

    Args:
        changes: what the plan would do.
        ours: the catalog as it is.
        counts_before: rows and pages of the last accepted upstream, by source.
        counts_now: the same of this one; a source that was not read is not in it.
        limits: the shares.
        lifted: names of guards that the operator lifts for this run, or `all`.
    """
    models = sum(model.fields.get("status") != Status.MISSING.value for model in ours.values())
    modes = sum(len(model.modes) for model in ours.values())
    lost_models = sum(isinstance(change, Lost) for change in changes)
    lost_modes = sum(isinstance(change, ModeLost) for change in changes)
    readings = [
        _share("models-lost", lost_models, models, limits.models_lost, limits.few),
        _share("modes-lost", lost_modes, modes, limits.modes_lost, limits.few),
    ]
    for name, source in (("rows-dropped", "prices"), ("pages-dropped", "pages")):
        if source in counts_now:
            before = counts_before.get(source, 0)
            dropped = max(before - counts_now[source], 0)
            readings.append(_share(name, dropped, before, limits.dropped, limits.few))
    return lift(readings, lifted)


def _share(name: str, count: int, total: int, limit: Decimal, few: int) -> GuardReading:
    is_tripped = count > few and Decimal(count) > limit * total
    share = f" ({100 * count / total:.1f} %)" if total else ""
    return GuardReading(name, f"{count} of {total}{share}", f"{limit * 100:.0f} %", is_tripped)


def lift(readings: Iterable[GuardReading], names: Collection[str]) -> tuple[GuardReading, ...]:
    """Lift the named guards, or with `all` every one; what was lifted before stays so."""
    return tuple(
        replace(each, is_lifted=each.is_lifted or (each.is_tripped and bool({each.name, ALL} & set(names))))
        for each in readings
    )


def require_safe(readings: Sequence[GuardReading]) -> None:
    """Refuse a plan that a guard tripped on and nobody lifted.

    Raises:
        PlanRefused: with one reason a guard, each naming the option that lifts it.
    """
    reasons = [
        f"{each.name}: {each.measured}, limit {each.limit}; if that is right, pass --lift {each.name}"
        for each in readings
        if each.is_tripped and not each.is_lifted
    ]
    if reasons:
        raise PlanRefused(reasons)
