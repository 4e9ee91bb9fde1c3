"""A JSON file as a document: its places are looked for only if somebody asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from json.decoder import JSONDecoder
from typing import Any, Final, TypeAlias

from kie_catalog.catalog.lines import Lines
from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SIGNS: Final = re.compile(r"[ \t\r\n,:]*")
_DECODER: Final = JSONDecoder(strict=False)
_Span: TypeAlias = tuple[int, int]
_Spans: TypeAlias = tuple[_Span | None, _Span]
_Entries: TypeAlias = dict[str | int, _Spans]


class JsonDocument:
    """One JSON file of ours."""

    def __init__(self, path: str, raw: bytes, data: Any) -> None:
        """Know the file.

        Args:
            path: as the user named it.
            raw: its bytes.
            data: what they hold, read already.
        """
        self.path = path
        self.data = data
        self._raw = raw
        self._known: dict[int, _Entries] = {}

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        """The place of a value or, with `key`, of the key it stands under.

        A pointer that leads nowhere gets the place of the nearest part that exists.
        """
        lines = self._lines
        name, value = self._locate(pointer)
        start, end = name if key and name else value
        if start == end:
            return Where(self.path, pointer=pointer)
        return Where(self.path, *lines.position(start), pointer, *lines.position(end))

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._raw.decode("utf-8", "replace"))

    def _locate(self, pointer: Pointer) -> tuple[_Span | None, _Span]:
        """The spans of the last key and of its value, as far as the pointer leads."""
        text = self._lines.text
        start = _skip(_BLANK, text, 0)
        name: _Span | None = None
        try:
            value = start, _DECODER.raw_decode(text, start)[1]
            for part in pointer:
                entries = self._entries(value[0])
                if part not in entries:
                    break
                name, value = entries[part]
        except ValueError:
            return None, (0, 0)
        return name, value

    def _entries(self, start: int) -> _Entries:
        if start not in self._known:
            self._known[start] = dict(_entries(self._lines.text, start))
        return self._known[start]


def _entries(text: str, start: int) -> Iterator[tuple[str | int, _Spans]]:
    """The entries of the object or list that begins at an offset, each with its key's span and its own."""
    opening = text[start]
    if opening not in "{[":
        return
    at, index = _skip(_BLANK, text, start + 1), 0
    while text[at] not in "}]":
        name: str | int = index
        key: _Span | None = None
        if opening == "{":
            key_start = at
            name, at = _DECODER.raw_decode(text, at)
            key = key_start, at
            at = _skip(_SIGNS, text, at)
        end = _DECODER.raw_decode(text, at)[1]
        yield name, (key, (at, end))
        at, index = _skip(_SIGNS, text, end), index + 1


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
