"""The comments of a document that speak to this tool, and the lines that each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kie_catalog.catalog.faults import LOADER
from kie_catalog.catalog.lines import Lines
from kie_catalog.catalog.tree import MappingNode, Node, ScalarNode, SequenceNode, YamlDocument
from kie_catalog.domain.finding import Where
from kie_catalog.rules.suppressions import MARK, Comment

_MARK: Final = re.compile(r"#\s*" + MARK.replace(" ", r"\s*"))
_COMMENT: Final = re.compile(r"#[^\r\n]*")


def comments_of(document: YamlDocument) -> tuple[Comment, ...]:
    """Every comment that begins as one that accepts findings, from top to bottom."""
    if not _MARK.search(document.body):
        return ()  # to find comments for sure takes the scanner, which is slow
    spans: dict[int, int] = {}
    _spans(document.root, document.lines, spans)
    return tuple(_comment(start, text, document, spans) for start, text in _comments(document.body))


def _comments(body: str) -> Iterator[tuple[int, str]]:
    """Offset and text of each; a text in quotes or in a block scalar is no comment."""
    scanner: Any = LOADER(body)
    reached = 0
    while True:
        token = scanner.get_token()
        end = token.start_mark.index if token else len(body)
        for found in _COMMENT.finditer(body, reached, max(reached, end)):
            if _MARK.match(found[0]):
                yield found.start(), found[0]
        if token is None:
            return
        reached = max(reached, token.end_mark.index)


def _comment(start: int, text: str, document: YamlDocument, spans: dict[int, int]) -> Comment:
    lines = document.lines
    line, column = lines.position(start)
    where = Where(document.path, line, column, (), line, column + len(text))
    if lines.text[lines.start(start) : start].strip():
        return Comment(where, text, line, line)
    first = next((each for each in sorted(spans) if each > line), line)
    return Comment(where, text, first, spans.get(first, first))


def _spans(node: Node, lines: Lines, spans: dict[int, int]) -> None:
    """For each line in which a part begins, the last line of the largest such part."""
    parts: list[tuple[int, Node]] = []
    if isinstance(node, MappingNode):
        parts = [(key.start, value) for key, value in node.entries.values()]
    elif isinstance(node, SequenceNode):
        parts = [(item.start, item) for item in node.items]
    for start, value in parts:
        line, _ = lines.position(start)
        spans.setdefault(line, lines.position(max(start, value.end))[0])
        if not isinstance(value, ScalarNode):
            _spans(value, lines, spans)
