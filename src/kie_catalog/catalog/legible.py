"""What can be read of a file: a model that is no YAML costs that model, and the others are judged.

Only where a file does not load as a whole, its models are read one by one; those that fail are left out, and
each has its own findings. Lines stay where they were, so that every place is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kie_catalog.catalog.nodes import decode, parse
from kie_catalog.catalog.tree import BOM, YamlDocument
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_MODELS: Final = re.compile(r"models[ \t]*:[ \t]*(?:#.*)?\s*\Z")
_DASH: Final = re.compile(r"( *)-(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Legible:
    """A file as far as it can be read."""

    text: str
    document: YamlDocument | None
    """The file, or what is left of it; `None` where nothing is."""
    faults: tuple[Finding, ...] = ()
    """What keeps the file, or models of it, from being read; empty if the document is the whole file."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one model, from number `first` to before `end`, both from 0."""

    first: int
    end: int


def read_legible(raw: bytes, path: str) -> Legible:
    """Read what there is to read of a file's bytes; nothing is raised."""
    try:
        text = decode(raw, path)
    except CatalogInvalid as error:
        text = raw.decode("utf-8", "replace").replace("\0", "�")
        return _salvaged(text, path, tuple(error.findings))
    try:
        return Legible(text, parse(text, path))
    except CatalogInvalid as error:
        return _salvaged(text, path, tuple(error.findings))


def _salvaged(text: str, path: str, faults: tuple[Finding, ...]) -> Legible:
    """The models that can be read, out of a text that as a whole can not."""
    lines = _LINE.findall(text.removeprefix(BOM))
    broken, found = set[_Block](), list[Finding]()
    blocks = tuple(_blocks(lines))
    bad_lines = {each.where.line - 1 for each in faults if each.name == "encoding"}
    for block in blocks:
        own = _faults_of(lines, block, path)
        if own or any(block.first <= line < block.end for line in bad_lines):
            broken.add(block)
            found += own
    if not broken or len(broken) == len(blocks):
        return Legible(text, None, faults)
    for block in broken:
        lines[block.first : block.end] = [_emptied(line) for line in lines[block.first : block.end]]
    try:
        document = parse("".join(lines), path)
    except CatalogInvalid:
        return Legible(text, None, _told_once([*found, *faults]))
    # A fault of the file that no model has of itself is the echo of one that has.
    kept = [each for each in faults if each.name == "encoding"] if found else faults
    return Legible(text, document, _told_once([*found, *kept]))


def _emptied(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """The lines of each model, as their indentation shows them."""
    head = next((at for at, line in enumerate(lines) if _MODELS.match(line)), None)
    if head is None:
        return
    indent: int | None = None
    first: int | None = None
    for at in range(head + 1, len(lines)):
        line = lines[at]
        dash = _DASH.match(line)
        if dash and indent is None:
            indent = len(dash[1])
        if dash and len(dash[1]) == indent:
            if first is not None:
                yield _Block(first, at)
            first = at
        elif first is not None and indent is not None and _is_outside(line, indent):
            yield _Block(first, at)
            return
    if first is not None:
        yield _Block(first, len(lines))


def _is_outside(line: str, indent: int) -> bool:
    """Whether a line is a key of the file itself, behind the models."""
    return indent == 0 and bool(re.match(r"[A-Za-z_]\w*[ \t]*:(?:\s|\Z)", line))


def _faults_of(lines: Sequence[str], block: _Block, path: str) -> list[Finding]:
    """What is wrong with the lines of one model alone, at their places in the file."""
    try:
        parse("".join(lines[block.first : block.end]), path)
    except CatalogInvalid as error:
        return [_moved(each, block.first) for each in error.findings]
    return []


def _moved(finding: Finding, lines: int) -> Finding:
    where = finding.where
    end = where.end_line + lines if where.end_line else 0
    return replace(finding, where=replace(where, line=where.line + lines, end_line=end))


def _told_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    by_place = {(each.where.line, each.where.column, each.code): each for each in findings}
    return tuple(sorted(by_place.values(), key=lambda each: each.order))
