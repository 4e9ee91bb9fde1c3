"""The lines of a text: where an offset stands, where its line ends, what comments follow it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Final

_BREAK: Final = re.compile(r"\r?\n")
_IDLE: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*|\r?)\n)*[ ]*")
_IDLE_LINE: Final = re.compile(r"([ \t]*)(#?)[^\r\n]*")


class Lines:
    """A text and its geometry; offsets are in characters, from 0."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def newline(self) -> str:
        r"""The line break of the text: the first one in it, `\n` if there is none."""
        first = _BREAK.search(self.text)
        return first.group() if first else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def column(self, offset: int) -> int:
        """How many characters stand before an offset in its line."""
        return offset - self.start(offset)

    def start(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return self.text.rfind("\n", 0, offset) + 1

    def end(self, offset: int) -> int:
        """Where the line of an offset ends: at its line break, or with the text."""
        found = _BREAK.search(self.text, offset)
        return found.start() if found else len(self.text)

    def above(self, offset: int) -> int:
        """Where the line above ends; 0 in the first line."""
        start = self.start(offset)
        return self.end(self.start(start - 1)) if start else 0

    def below(self, offset: int) -> int:
        """Where the line below starts; the end of the text in the last line."""
        found = _BREAK.search(self.text, offset)
        return found.end() if found else len(self.text)

    def is_held(self, offset: int) -> bool:
        """Whether an offset stands in a line below another one, with nothing but blanks before it."""
        start = self.start(offset)
        return start > 0 and not self.text[start:offset].strip(" ")

    def content(self, offset: int) -> int:
        """The first character at or after an offset that is neither blank nor part of a comment."""
        found = _IDLE.match(self.text, offset)
        return found.end() if found else len(self.text)

    def after_comments(self, end: int, column: int) -> int:
        """The end of the last comment line below a line end that is indented deeper than a column.

        The first other comment, and the first line that is no comment, ends the search; blank lines do not.
        """
        reached = end
        while found := _BREAK.match(self.text, end):
            line = _IDLE_LINE.match(self.text, found.end())
            if line is None or (not line[2] and line.end() > line.end(1)):
                break
            if line[2] and len(line[1]) <= column:
                break
            end = line.end()
            reached = end if line[2] else reached
        return reached
