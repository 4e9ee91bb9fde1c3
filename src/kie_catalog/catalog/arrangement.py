"""Edits brought in order: checked against the data and each other, and made on plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from kie_catalog.catalog.edits import Edit, Insert, InsertItem, InsertKey, Remove, Set, SpliceRefused
from kie_catalog.catalog.rendering import flow_text, is_sequence
from kie_catalog.domain.values import Pointer, Value, show_pointer

Place: TypeAlias = Callable[[Pointer], str]
"""How an error names a pointer."""
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the parts of one collection; parts have numbers from 0, in mappings too."""

    removed: set[int] = field(default_factory=set)
    inserts: dict[int, list[Insert]] = field(default_factory=dict)
    """New parts in their order, by the number of the part before which they come."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Edits that fit the data and each other, by where they apply."""

    sets: dict[Pointer, Value] = field(default_factory=dict)
    changes: dict[Pointer, Change] = field(default_factory=dict)

    def applied(self, data: Value, pointer: Pointer = ()) -> Value:
        """The data at a pointer with the edits made; what is given stays as it is."""
        if pointer in self.sets:
            return self.sets[pointer]
        change = self.changes.get(pointer, _NO_CHANGE)
        if isinstance(data, Mapping):
            entries = ((key, self.applied(each, (*pointer, key))) for key, each in data.items())
            return dict(_parts(entries, change, lambda insert: (insert.key, insert.value)))
        if is_sequence(data):
            items = (self.applied(each, (*pointer, number)) for number, each in enumerate(data))
            return list(_parts(items, change, lambda insert: insert.value))
        return data


_NO_CHANGE: Final = Change()


def _parts(parts: Iterable[_Part], change: Change, made: Callable[[Any], _Part]) -> Iterator[_Part]:
    """The parts of a collection without the removed ones and with the new ones."""
    number = -1
    for number, part in enumerate(parts):
        yield from map(made, change.inserts.get(number, ()))
        if number not in change.removed:
            yield part
    yield from map(made, change.inserts.get(number + 1, ()))


def edited(data: Value, edits: Iterable[Edit]) -> Value:
    """The plain data with the edits made; what is given stays as it is.

    Raises:
        SpliceRefused: for an edit that does not fit the data or another edit.
    """
    return arrange(data, edits).applied(data)


def difference(one: Value, other: Value, *, ordered: bool = False, pointer: Pointer = ()) -> Pointer | None:
    """Where two values first differ; `None` if they are equal.

    Numbers are compared as numbers, a boolean is never one, and keys are in any order unless `ordered`.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if (list(one) != list(other)) if ordered else (one.keys() != other.keys()):
            return pointer
        pairs = ((key, each, other[key]) for key, each in one.items())
        return _first_difference(pairs, pointer, ordered=ordered)
    if is_sequence(one) and is_sequence(other):
        if len(one) != len(other):
            return pointer
        triples = ((number, *pair) for number, pair in enumerate(zip(one, other, strict=True)))
        return _first_difference(triples, pointer, ordered=ordered)
    return None if isinstance(one, bool) == isinstance(other, bool) and one == other else pointer


def _first_difference(
    pairs: Iterable[tuple[str | int, Value, Value]], pointer: Pointer, *, ordered: bool
) -> Pointer | None:
    found = (difference(one, two, ordered=ordered, pointer=(*pointer, part)) for part, one, two in pairs)
    return next((each for each in found if each is not None), None)


def _part(value: Value, part: str | int) -> Value:
    if isinstance(value, Mapping) and isinstance(part, str):
        return value[part]
    if is_sequence(value) and isinstance(part, int) and part >= 0:
        return value[part]
    raise LookupError(part)


def arrange(data: Value, edits: Iterable[Edit], place: Place | None = None) -> Arrangement:
    """Edits by where they apply, with no trace of the order in which they were given.

    Args:
        data: the data of which the edits speak.
        edits: what to change; a `Set` of an equal value is dropped.
        place: how an error names a pointer; as RFC 6901 text if not given.

    Raises:
        SpliceRefused: for an edit that does not fit the data or another edit.
    """
    return _Arranger(data, place or _pointer_text).arranged(tuple(edits))


def _pointer_text(pointer: Pointer) -> str:
    return show_pointer(pointer) or "the whole document"


def _rank(insert: Insert) -> tuple[str, str]:
    return insert.order, insert.key if isinstance(insert, InsertKey) else flow_text(insert.value)


class _Arranger:
    """Checks edits against one document's data, and sorts them."""

    def __init__(self, data: Value, place: Place) -> None:
        self._data = data
        self._place = place

    def arranged(self, edits: Sequence[Edit]) -> Arrangement:
        """The edits by where they apply."""
        self._check_once(edits)
        self._check_apart(edits)
        arrangement = Arrangement()
        for edit in edits:
            self._add(edit, arrangement)
        for change in arrangement.changes.values():
            for inserts in change.inserts.values():
                inserts.sort(key=_rank)
        return arrangement

    def _add(self, edit: Edit, arrangement: Arrangement) -> None:
        old = self._at(edit.pointer)
        if isinstance(edit, Set):
            if difference(old, edit.value) is not None:
                arrangement.sets[edit.pointer] = edit.value
        elif isinstance(edit, Remove):
            if not edit.pointer:
                raise self._refused((), "the whole document cannot be removed", "remove the file")
            above, part = edit.pointer[:-1], edit.pointer[-1]
            parts = self._at(above)
            number = (*parts,).index(part) if isinstance(parts, Mapping) else int(part)
            arrangement.changes.setdefault(above, Change()).removed.add(number)
        else:
            slot = self._entry_slot(edit, old) if isinstance(edit, InsertKey) else self._item_slot(edit, old)
            change = arrangement.changes.setdefault(edit.pointer, Change())
            change.inserts.setdefault(slot, []).append(edit)

    def _check_once(self, edits: Iterable[Edit]) -> None:
        ends = Counter(edit.pointer for edit in edits if isinstance(edit, Set | Remove))
        keys = Counter((*edit.pointer, edit.key) for edit in edits if isinstance(edit, InsertKey))
        for pointer, times in (ends + keys).items():
            if times > 1:
                raise self._refused(pointer, f"it is edited {times} times", "make one edit of them")

    def _check_apart(self, edits: Iterable[Edit]) -> None:
        ends = {edit.pointer for edit in edits if isinstance(edit, Set | Remove)}
        for edit in edits:
            # A part is inserted into the collection that its pointer names; all else stands in the one above.
            depth = len(edit.pointer) + isinstance(edit, InsertItem | InsertKey)
            above = next((edit.pointer[:size] for size in range(depth) if edit.pointer[:size] in ends), None)
            if above is not None:
                fact = f"another edit replaces or removes {_pointer_text(above)} as a whole"
                raise self._refused(edit.pointer, fact, "keep one of the two")

    def _at(self, pointer: Pointer) -> Value:
        """The value at a pointer."""
        value = self._data
        for depth, part in enumerate(pointer):
            try:
                value = _part(value, part)
            except LookupError:
                fact = f"there is no {_pointer_text(pointer[: depth + 1])}"
                raise self._refused(pointer, fact, "name a part that exists") from None
        return value

    def _entry_slot(self, edit: InsertKey, old: Value) -> int:
        if not isinstance(old, Mapping):
            raise self._refused(
                edit.pointer, "it is no mapping", f"set it as a whole to give it a key {edit.key}"
            )
        if edit.key in old:
            raise self._refused((*edit.pointer, edit.key), "it exists already", "set it")
        if edit.after is None:
            return 0 if edit.first else len(old)
        if edit.after not in old:
            raise self._refused(
                edit.pointer, f"it has no key {edit.after}", "name a key that it has, or none"
            )
        return list(old).index(edit.after) + 1

    def _item_slot(self, edit: InsertItem, old: Value) -> int:
        if not is_sequence(old):
            raise self._refused(edit.pointer, "it is no sequence", "set it as a whole to give it items")
        if not 0 <= edit.index <= len(old):
            fact = f"it has {len(old)} items, none at {edit.index}"
            raise self._refused(edit.pointer, fact, f"insert at 0 to {len(old)}")
        return edit.index

    def _refused(self, pointer: Pointer, fact: str, cure: str) -> SpliceRefused:
        return SpliceRefused(self._place(pointer), fact, cure)
