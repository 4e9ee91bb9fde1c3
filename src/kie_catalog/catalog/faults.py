"""What can be wrong with a text before its content counts: the findings KC001 to KC006, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import yaml
from yaml.tokens import KeyToken, ScalarToken

from kie_catalog.catalog.lines import Lines
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.domain.values import Pointer

CODES: Final = {
    "syntax": "KC001",
    "duplicate-key": "KC002",
    "unsafe-yaml": "KC003",
    "encoding": "KC004",
    "empty": "KC005",
    "ambiguous-scalar": "KC006",
}
"""The code of each name."""
TAB: Final = "a tab outside quotes; use blanks, or quote the text"

# The parser in C is some ten times as fast as the other, but PyYAML may come without it.
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's safe reader, of which only scanner and parser are used."""

_Gap: TypeAlias = tuple[int, int]

_ODD: Final = re.compile(
    "[^\t\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)
_LINE_BREAKS: Final = frozenset("\r\x85\u2028\u2029")
_SEPARATORS: Final = re.compile(r"\t|(?:^|[\s\[{,])\?(?=\s|\Z)", re.MULTILINE)
_COMMENT: Final = re.compile("#[^\n]*")


class Faults:
    """Collects what is wrong with one text."""

    def __init__(self, path: str, body: str) -> None:
        self._path = path
        self._body = body
        self._lines = Lines(body)
        self._found: list[Finding] = []
        self._given_up = len(body) + 1  # the last tokens stand behind the last character

    def add(self, offset: int, name: str, message: str, pointer: Pointer = ()) -> None:
        """Add a finding, named as in `CODES`, at an offset."""
        where = Where(self._path, *self._lines.position(offset), pointer)
        self._found.append(Finding(CODES[name], name, Severity.ERROR, where, message))

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return self._lines.position(offset)[0]

    def invalid(self) -> CatalogInvalid:
        """The error of all findings, in the order of the text."""
        return CatalogInvalid(sorted(self._found, key=lambda finding: finding.order))

    def refuse(self) -> None:
        """Raise the error if there is a finding."""
        if self._found:
            raise self.invalid()

    def odd_characters(self) -> None:
        """Report the characters that YAML cannot hold or not hold safely, the first one of each line."""
        for found in {
            self.line(odd.start()): odd for odd in reversed(list(_ODD.finditer(self._body)))
        }.values():
            point = f"character U+{ord(found[0]):04X}"
            if found[0] in _LINE_BREAKS:
                fact = f"{point} ends a line for some programs only; write a plain line break"
                self.add(found.start(), "unsafe-yaml", fact)
            else:
                fact = f"{point} cannot stand in YAML; remove it, or write its escape in double quotes"
                self.add(found.start(), "encoding", fact)

    def too_deep(self, offset: int, depth: int) -> None:
        """Report that the parser was stopped in front of a collection that is nested too deeply."""
        self._given_up = offset
        self.add(offset, "syntax", f"nested deeper than {depth}; make it flatter")

    def syntax(self, error: yaml.YAMLError) -> None:
        """Report where the parser gave up, and why, in one line."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        offset = self._given_up = mark.index if mark else 0
        if self._body.startswith("\t", offset):
            self.add(offset, "unsafe-yaml", TAB)
            return
        reasons = (getattr(error, "problem", None), getattr(error, "context", None))
        said = " ".join(" ".join(filter(None, reasons)).split())
        self.add(offset, "syntax", f"not YAML: {said or 'unreadable'}; mend it, or quote the text")

    def separators(self) -> None:
        """Report tabs outside quoted texts and `? ` keys, up to where the parser gave up.

        Events are too coarse to tell them from tabs in texts, tokens are slow: they are made only if need be.
        """
        if not _SEPARATORS.search(self._body):
            return
        for token, (start, end) in self._gaps():
            blank = _COMMENT.sub(lambda comment: " " * len(comment[0]), self._body[start:end])
            if isinstance(token, ScalarToken) and token.plain:
                blank += self._body[end : token.end_mark.index]
            for tab in re.finditer("\t+", blank):
                self.add(start + tab.start(), "unsafe-yaml", TAB)
            if isinstance(token, KeyToken) and self._body.startswith("?", end):
                self.add(end, "unsafe-yaml", "an explicit key; write it as `key: value`")

    def _gaps(self) -> Iterator[tuple[Any, _Gap]]:
        """Every token, with the span of what stands between it and the one before."""
        scanner, reached = LOADER(self._body), 0
        while reached < self._given_up:
            try:
                token = scanner.get_token()
            except yaml.YAMLError:
                return
            if token is None or token.start_mark.index >= self._given_up:
                return
            yield token, (reached, max(reached, token.start_mark.index))
            reached = max(reached, token.end_mark.index)
