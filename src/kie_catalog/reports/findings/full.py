"""Findings for a terminal: each with the lines it is about, what explains it and how to mend it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kie_catalog.domain.finding import Finding, Where
from kie_catalog.domain.values import Absence, Value, canonical
from kie_catalog.reports.findings.view import CheckView
from kie_catalog.reports.text import clean

WIDTH: Final = 110
"""Columns of a code line that are shown."""
_WIDE: Final = frozenset("WF")


def render(view: CheckView) -> str:
    """Render the findings as blocks, and one line that counts them."""
    texts = {path: _lines(text) for path, text in view.sources.items()}
    blocks = ["\n".join(_block(each, texts)) for each in view.findings]
    return "\n\n".join([*blocks, view.summary]) + "\n"


def _lines(text: str) -> Sequence[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _block(finding: Finding, texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield f"{finding.severity}[{finding.code}] {finding.name}: {finding.message}"
    places = [finding.where, *(each.where for each in finding.related)]
    gutter = len(str(max(place.line for place in places)))
    yield from _frame(finding.where, texts, gutter, above=1)
    for related in finding.related:
        yield f"{' ' * gutter} ::: {related.label}"
        yield from _frame(related.where, texts, gutter, above=0)
    for note in _notes(finding):
        yield f"{' ' * gutter} = {note}"


def _frame(where: Where, texts: Mapping[str, Sequence[str]], gutter: int, *, above: int) -> Iterator[str]:
    """The place, its line with a caret below, and some lines above it."""
    blank = " " * gutter
    yield f"{blank}--> {where}"
    lines = texts.get(where.path, ())
    if not 0 < where.line <= len(lines):
        return
    yield f"{blank} |"
    for number in range(max(1, where.line - above), where.line):
        yield f"{number:>{gutter}} | {_shown(lines[number - 1])[:WIDTH]}".rstrip()
    line = lines[where.line - 1]
    start = min(where.column - 1, len(line))
    end = where.end_column - 1 if where.end_line == where.line else len(line.rstrip())
    end = min(max(end, start + 1), max(len(line), start + 1))
    if not where.end_line:
        end = start + 1
    before, marked = _shown(line[:start]), _shown(line[start:end]) or " "
    cut = max(0, _width(before) + _width(marked) - WIDTH) if _width(before) > WIDTH // 2 else 0
    shown = _shown(line)[cut : cut + WIDTH]
    yield f"{where.line:>{gutter}} | {shown}".rstrip()
    yield f"{blank} | {' ' * _width(before[cut:])}{'^' * min(_width(marked), WIDTH)}"


def _shown(text: str) -> str:
    """Text of a file as a terminal can show it, one sign a character; a tab is one blank."""
    return "".join(each if each.isprintable() else " " if each in "\t\xa0" else "�" for each in text)


def _width(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in _WIDE else 1
        for each in text
    )


def _notes(finding: Finding) -> Iterator[str]:
    part = ", ".join(
        f"{noun} {clean(name)}" for noun, name in (("model", finding.model), ("mode", finding.mode)) if name
    )
    if part:
        yield part
    if not isinstance(finding.new, Absence):
        was = "" if isinstance(finding.old, Absence) else f"{_value(finding.old)} "
        yield f"change: {was}-> {_value(finding.new)}"
    if finding.help:
        yield f"help: {clean(finding.help)}"
    if finding.fix:
        kind = "`--fix` does it" if finding.fix.is_safe else "not safe to do unseen"
        yield f"fix: {clean(finding.fix.label)} ({kind})"
    for each in finding.follow_ups:
        yield f"follows: line {each.where.line}: {each.code} {each.name}: {clean(each.message)}"


def _value(value: Value) -> str:
    return clean(canonical(value))
