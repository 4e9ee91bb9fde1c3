"""Anchors: pointers that say ids where others say indexes, so that they outlive moves in their file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from kie_catalog.domain.values import Pointer, Value

_TRAITS: Final = ("unit", "charge", "notes", "when")
"""What tells a mode from others where it has no id: what it is the price of."""


class Anchors:
    """Gives the anchors of one file's parts.

    An item of a list is called by its id, a mode without one by what it prices, any other by its value; the
    second of the same name is `name#2`.
    """

    def __init__(self, data: Value) -> None:
        self._data = data
        self._names: dict[Pointer, list[str]] = {}

    def anchor(self, pointer: Pointer) -> Pointer:
        """The anchor of a pointer; parts that lead nowhere stay as they are."""
        value: Value | object = self._data
        named: list[str | int] = []
        for depth, part in enumerate(pointer):
            if isinstance(value, Mapping):
                named.append(part)
                value = value.get(str(part))
            elif _is_list(value) and isinstance(part, int) and 0 <= part < len(value):
                named.append(self._names_of(pointer[:depth], value)[part])
                value = value[part]
            else:
                named.append(part)
                value = None
        return tuple(named)

    def value(self, pointer: Pointer) -> Value:
        """What stands at a pointer; `None` where it leads nowhere."""
        value = self._data
        for part in pointer:
            if isinstance(value, Mapping):
                value = value.get(str(part))
            elif _is_list(value) and isinstance(part, int) and 0 <= part < len(value):
                value = value[part]
            else:
                return None
        return value

    def _names_of(self, pointer: Pointer, items: Sequence[Value]) -> list[str]:
        if pointer not in self._names:
            self._names[pointer] = _told_apart([_name(item) for item in items])
        return self._names[pointer]


def _is_list(value: object) -> TypeGuard[Sequence[Value]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _name(item: Value) -> str:
    if not isinstance(item, Mapping):
        return _text(item)
    name = item.get("id")
    if isinstance(name, str) and name:
        return name
    return _text({key: item[key] for key in _TRAITS if key in item})


def _text(value: Value) -> str:
    """Any value as a text, even a number out of all proportion."""
    if isinstance(value, Mapping):
        return ",".join(f"{key}={_text(value[key])}" for key in sorted(value, key=str))
    if _is_list(value):
        return "|".join(map(_text, value))
    return str(value)


def _told_apart(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return told
