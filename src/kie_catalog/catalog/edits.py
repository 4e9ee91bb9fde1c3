"""Edits of a document, as values that all speak of the original: what to set, insert and remove."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kie_catalog.domain.errors import CatalogError
from kie_catalog.domain.values import Pointer, Value


@dataclass(frozen=True, slots=True)
class Set:
    """Another value for what stands at a pointer; an equal value is no edit."""

    pointer: Pointer
    value: Value


@dataclass(frozen=True, slots=True)
class InsertKey:
    """A new entry of the mapping at a pointer: the first, behind the entry `after`, or at the end.

    Several entries for one place are ordered by `order`, then by key.
    """

    pointer: Pointer
    key: str
    value: Value
    after: str | None = None
    order: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class InsertItem:
    """A new item of the sequence at a pointer: before the item that has this index, or at the end.

    Several items for one place are ordered by `order`, then by how their values are written.
    """

    pointer: Pointer
    index: int
    value: Value
    order: str = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """The end of the mapping entry or sequence item at a pointer."""

    pointer: Pointer


Insert: TypeAlias = InsertKey | InsertItem
Edit: TypeAlias = Set | InsertKey | InsertItem | Remove


@dataclass(eq=False)
class SpliceRefused(CatalogError):
    """Edits that cannot be made; nothing was changed."""

    place: str
    fact: str
    cure: str

    def __str__(self) -> str:
        return f"{self.place}: {self.fact}; {self.cure}"
