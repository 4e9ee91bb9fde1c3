"""Reading the settings files of a workspace strictly: every fault of form with its place, all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.domain.values import Pointer, Value

CODE: Final = "KC601"
NAME: Final = "malformed-settings"


class FormReader:
    """Takes one file apart; what has the wrong form is noted, and replaced by nothing."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: list[Finding] = []

    def fault(self, pointer: Pointer, message: str, *, key: bool = False) -> None:
        """Note a fault: the fact, then the cure."""
        where = self._document.where(pointer, key=key)
        self._found.append(Finding(CODE, NAME, Severity.ERROR, where, message))

    def refuse(self) -> None:
        """End the reading.

        Raises:
            CatalogInvalid: anything was noted.
        """
        if self._found:
            raise CatalogInvalid(sorted(self._found, key=lambda finding: finding.order))

    def mapping(
        self,
        value: Value,
        pointer: Pointer,
        *,
        required: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> Mapping[str, Value]:
        """A mapping that has the required keys, and no others than the optional ones."""
        entries = self.entries(value, pointer)
        if entries is value:
            for name in entries:
                if name not in required and name not in optional:
                    self.unknown(name, (*required, *optional), (*pointer, name))
            for name in required:
                if name not in entries:
                    self.fault(pointer, f"`{name}` is missing; add it")
        return entries

    def unknown(self, name: str, known: Collection[str], pointer: Pointer, *, key: bool = True) -> None:
        """Note a key or word that nobody knows, and the one that was probably meant."""
        near = get_close_matches(name, known, n=1)
        cure = f"did you mean {str(near[0])!r}?" if near else f"choose from {', '.join(known)}"
        self.fault(pointer, f"{name!r} is unknown here; {cure}", key=key)

    def entries(self, value: Value, pointer: Pointer) -> Mapping[str, Value]:
        """A mapping with any keys; nothing at all counts as an empty one."""
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self.fault(pointer, f"is {_kind(value)}, no mapping; write `name: value` lines")
        return {}

    def items(self, value: Value, pointer: Pointer) -> Sequence[Value]:
        """A list; nothing at all counts as an empty one."""
        if isinstance(value, Sequence) and not isinstance(value, str):
            return value
        if value is not None:
            self.fault(pointer, f"is {_kind(value)}, no list; write `- ` lines")
        return ()

    def text(self, entries: Mapping[str, Value], name: str, pointer: Pointer) -> str:
        """A text that says something; what is not there is left to `mapping`."""
        value = entries.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if name in entries:
            self.fault((*pointer, name), f"`{name}` is {_kind(value)}; write a text")
        return ""

    def word(
        self, entries: Mapping[str, Value], name: str, pointer: Pointer, *, words: Collection[str]
    ) -> str:
        """One of some words."""
        said = self.text(entries, name, pointer)
        if said and said not in words:
            self.unknown(said, words, (*pointer, name), key=False)
            return ""
        return said

    def day(self, entries: Mapping[str, Value], name: str, pointer: Pointer) -> str:
        """A date as `'2026-08-22'`."""
        said = self.text(entries, name, pointer)
        if said and not is_day(said):
            self.fault(
                (*pointer, name), f"`{name}` is {said!r}, no date; write it as '2026-08-22', in quotes"
            )
            return ""
        return said

    def number(self, value: Value, pointer: Pointer) -> Decimal:
        """A number that is not negative."""
        if isinstance(value, Decimal) and value >= 0:
            return value
        self.fault(pointer, f"is {_kind(value)}; write a number from 0 on")
        return Decimal(0)


def is_day(text: str) -> bool:
    """Whether a text is a date of the calendar, as ISO writes it."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _kind(value: Value) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value) if value.strip() else "an empty text"
        case Decimal():
            return f"the number {value}"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"
