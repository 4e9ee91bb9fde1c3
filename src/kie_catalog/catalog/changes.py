"""From the changes of a plan to edits of the catalog file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, assert_never

from kie_catalog.catalog.edits import Edit, InsertItem, InsertKey, Remove, Set
from kie_catalog.domain.catalog import Status
from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    Corrected,
    FieldChanged,
    Held,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Removed,
    RenameAsked,
    Renamed,
    Repriced,
    Retired,
    Returned,
    SchemaChanged,
    StillRemoved,
    Version,
    Withheld,
)
from kie_catalog.domain.shape import MODE_FIELDS, MODEL_FIELDS, Field
from kie_catalog.domain.values import Absence, Fields, Pointer, Value

_MISSING: Final = Status.MISSING.value
_RETIRED: Final = Status.RETIRED.value


def model_mapping(model_id: str, fields: Fields, modes: Mapping[str, Fields]) -> dict[str, Value]:
    """A model as the file writes it, its keys in the file's order.

    A new model has no Russian title yet; upstream's stands in for it until people write one.
    """
    whole: dict[str, Value] = {"id": model_id, "title_ru": fields.get("title", model_id), **fields}
    whole["modes"] = [mode_mapping(mode_id, mode) for mode_id, mode in modes.items()]
    return _ordered(whole, MODEL_FIELDS)


def mode_mapping(mode_id: str, fields: Fields) -> dict[str, Value]:
    """A mode as the file writes it."""
    return _ordered({"id": mode_id, **fields}, MODE_FIELDS)


def _ordered(mapping: Mapping[str, Value], shape: Sequence[Field]) -> dict[str, Value]:
    return {field.name: mapping[field.name] for field in shape if field.name in mapping}


def edits_of(changes: Iterable[Change], data: Mapping[str, Any], *, taken_at: str) -> list[Edit]:
    """The edits that make a catalog file say what the changes say.

    Args:
        changes: of a plan made for exactly this file.
        data: the file's content.
        taken_at: what `last_updated` becomes if anything changes.
    """
    listed = tuple(changes)
    index = _Index(data)
    for change in listed:
        if isinstance(change, Renamed):
            index.rename(change)
    edits = [edit for change in listed for edit in index.edits(change)]
    if edits and data.get("last_updated") != taken_at:
        edits.append(Set(("last_updated",), taken_at))
    return edits


def schemas_of(
    changes: Iterable[Change], before: Callable[[], Mapping[str, Mapping[str, Any]]]
) -> dict[str, Mapping[str, Any] | None]:
    """The input schemas that changes write, by model; `None` for one that goes.

    Args:
        changes: of a plan.
        before: gives the schemas there are, for the changes that move one.
    """
    after: dict[str, Mapping[str, Any] | None] = {}
    for change in changes:
        match change:
            case Renamed(model, was):
                after[was] = None
                if was in before():
                    after.setdefault(model, before()[was])
            case Removed(model, None):
                after[model] = None
            case SchemaChanged(model, schema):
                after[model] = schema
    return after


def renames_of(changes: Iterable[Change]) -> dict[str, str]:
    """By the id that a model had, the one that it has from now on."""
    renames: dict[str, str] = {}
    for change in changes:
        match change:
            case Renamed(model, was):
                renames[was] = model
            case Removed(was, None, str(to)):
                renames[was] = to
    return renames


class _Index:
    """Where each model and mode stands in the file."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._models: Sequence[Mapping[str, Any]] = data.get("models") or ()
        self._ids = [str(model["id"]) for model in self._models]
        self._places = {model_id: at for at, model_id in enumerate(self._ids)}
        self._is_sorted = all(one <= other for one, other in pairwise(self._ids))
        self._inserted: dict[tuple[str, str], int] = {}

    def rename(self, change: Renamed) -> None:
        """Find a model under the id it gets, since the other changes of the plan name it so."""
        self._places[change.model] = self._places.pop(change.was)

    def edits(self, change: Change) -> Iterator[Edit]:  # noqa: C901 -- one line a kind of change
        """The edits of one change."""
        match change:
            case Added(model, fields, modes, _):
                new = model_mapping(model, fields, modes)
                yield InsertItem(("models",), self._place_of_new(model), new, order=model)
            case Renamed(model, _):
                yield Set((*self._model(model), "id"), model)
            case Removed(model, mode):
                yield Remove(self._model(model) if mode is None else self._mode(model, mode))
            case Lost() | Returned() | Retired() | ModeLost() | ModeReturned():
                yield self._status(change)
            case FieldChanged(model, field, _, theirs):
                yield self._put(self._model(model), field, theirs, MODEL_FIELDS)
            case ModeAdded():
                yield self._insert_mode(change)
            case Repriced(model, mode, _, prices) | Corrected(model, mode, _, prices):
                for field, price in prices.items():
                    yield self._put(self._mode(model, mode), field, price, MODE_FIELDS)
            case ModeChanged(model, mode, field, _, theirs):
                yield self._put(self._mode(model, mode), field, theirs, MODE_FIELDS)
            case SchemaChanged() | Conflicted() | Held() | Withheld() | RenameAsked() | StillRemoved():
                return
            case _:
                assert_never(change)

    def _status(self, change: Lost | Returned | Retired | ModeLost | ModeReturned) -> Edit:
        """Where a model or a mode is in its life; a mode that is active says nothing of it."""
        match change:
            case Lost(model):
                return self._put(self._model(model), "status", _MISSING, MODEL_FIELDS)
            case Returned(model, status):
                return self._put(self._model(model), "status", status, MODEL_FIELDS)
            case Retired(model, mode):
                if mode is None:
                    return self._put(self._model(model), "status", _RETIRED, MODEL_FIELDS)
                return self._put(self._mode(model, mode), "status", _RETIRED, MODE_FIELDS)
            case ModeLost(model, mode):
                return self._put(self._mode(model, mode), "status", _MISSING, MODE_FIELDS)
            case ModeReturned(model, mode):
                return Remove((*self._mode(model, mode), "status"))
            case _:
                assert_never(change)

    def _place_of_new(self, model_id: str) -> int:
        """Models sort by id; a file in another order gets its new ones at the end."""
        return bisect_left(self._ids, model_id) if self._is_sorted else len(self._ids)

    def _model(self, model_id: str) -> Pointer:
        return ("models", self._places[model_id])

    def _modes(self, model_id: str) -> Sequence[Mapping[str, Any]]:
        return self._models[self._places[model_id]].get("modes") or ()

    def _mode(self, model_id: str, mode_id: str) -> Pointer:
        modes = self._modes(model_id)
        place = next(at for at, mode in enumerate(modes) if mode.get("id") == mode_id)
        return (*self._model(model_id), "modes", place)

    def _insert_mode(self, change: ModeAdded) -> InsertItem:
        """Behind the mode that it follows upstream, be that one old or new itself."""
        ids = [mode.get("id") for mode in self._modes(change.model)]
        if change.after in ids:
            place = ids.index(change.after) + 1
        else:
            place = self._inserted.get((change.model, change.after or ""), 0)
        self._inserted[change.model, change.mode] = place
        pointer = (*self._model(change.model), "modes")
        new = mode_mapping(change.mode, change.fields)
        return InsertItem(pointer, place, new, order=f"{len(self._inserted):06}")

    def _put(self, pointer: Pointer, field: str, value: Version, shape: Sequence[Field]) -> Edit:
        """Set a field, add it in its place in the order, or take it away."""
        mapping: Any = self._models
        for step in pointer[1:]:
            mapping = mapping[step]
        if isinstance(value, Absence):
            return Remove((*pointer, field))
        if field in mapping:
            return Set((*pointer, field), value)
        names = [each.name for each in shape]
        before = [name for name in names[: names.index(field)] if name in mapping]
        return InsertKey(pointer, field, value, after=before[-1] if before else None, first=not before)
