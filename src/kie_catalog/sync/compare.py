"""Two catalogs compared by meaning: the changes that make one of them say what the other says."""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.domain.change import (
    Added,
    Change,
    FieldChanged,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    Repriced,
)
from kie_catalog.domain.values import ABSENT, Fields
from kie_catalog.sync.reconcile import same
from kie_catalog.sync.state import PRICE_FIELDS, ModelState, State


def compare(one: State, other: State) -> tuple[Change, ...]:
    """What changes from one catalog to the other, in the order of the models' ids."""
    return tuple(_changes(one, other))


def _changes(one: State, other: State) -> Iterator[Change]:
    for model_id in sorted({*one, *other}):
        if model_id not in other:
            yield Lost(model_id)
        elif model_id not in one:
            theirs = other[model_id]
            yield Added(model_id, dict(theirs.fields), theirs.modes, ())  # type: ignore[arg-type]  # a file has no ABSENT
        else:
            yield from _model(model_id, one[model_id], other[model_id])


def _model(model_id: str, one: ModelState, other: ModelState) -> Iterator[Change]:
    for name in dict.fromkeys([*one.fields, *other.fields]):
        before, after = one.fields.get(name, ABSENT), other.fields.get(name, ABSENT)
        if not same(before, after):
            yield FieldChanged(model_id, name, before, after)
    previous = None
    for mode_id in dict.fromkeys([*other.modes, *one.modes]):
        if mode_id not in other.modes:
            yield ModeLost(model_id, mode_id)
        elif mode_id not in one.modes:
            yield ModeAdded(model_id, mode_id, other.modes[mode_id], previous)
        else:
            yield from _mode(model_id, mode_id, one.modes[mode_id], other.modes[mode_id])
        previous = mode_id


def _mode(model_id: str, mode_id: str, one: Fields, other: Fields) -> Iterator[Change]:
    moved = {
        name: (one.get(name, ABSENT), other.get(name, ABSENT))
        for name in dict.fromkeys([*one, *other])
        if not same(one.get(name, ABSENT), other.get(name, ABSENT))
    }
    if any(name in PRICE_FIELDS for name in moved):
        yield Repriced(
            model_id,
            mode_id,
            {name: one[name] for name in PRICE_FIELDS if name in moved and name in one},
            {name: other[name] for name in PRICE_FIELDS if name in moved and name in other},
        )
    for name, (before, after) in moved.items():
        if name not in PRICE_FIELDS:
            yield ModeChanged(model_id, mode_id, name, before, after)
