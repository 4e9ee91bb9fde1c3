"""Block collections in a text: the lines of their parts, and how parts come and go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kie_catalog.catalog.lines import Lines
from kie_catalog.catalog.tree import MappingNode, Node, ScalarNode, SequenceNode

Texts: TypeAlias = Sequence[Sequence[str]]
"""New parts in their order, each as its lines from column 0."""

_COLON: Final = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class Patch:
    """A span of the text that is replaced."""

    start: int
    end: int
    text: str
    depth: int
    """How deep the edited collection is nested."""

    @property
    def rank(self) -> tuple[int, int]:
        """Patches are made from top to bottom, at one offset from the inner collection to the outer."""
        return self.start, -self.depth


def behind_colon(lines: Lines, key: ScalarNode) -> int | None:
    """The offset behind the colon of a key; `None` for a key in braces that has none."""
    colon = _COLON.match(lines.text, key.end)
    return colon.end() if colon else None


def steps(lines: Lines, node: Node) -> Iterator[int]:
    """How many columns behind their keys the block sequences of a part stand, from top to bottom."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from steps(lines, item)
    elif isinstance(node, MappingNode) and not node.flow:
        for key, value in node.entries.values():
            if isinstance(value, SequenceNode) and not value.flow:
                yield lines.column(value.start) - lines.column(key.start)
            yield from steps(lines, value)


def opened(
    lines: Lines,
    key: ScalarNode | None,
    node: SequenceNode | MappingNode,
    texts: Texts,
    *,
    depth: int,
    step: int,
) -> Iterator[Patch]:
    """How an empty flow collection becomes a block with the given parts.

    Under a key, a block sequence stands `step` columns behind it; without one, in place of the brackets.
    """
    if key and (colon := behind_colon(lines, key)):
        column = lines.column(key.start) + (step if isinstance(node, SequenceNode) else 2)
        line_break = lines.newline + " " * column
        end = lines.after_comments(lines.end(node.end), column)
        yield Patch(colon, node.end, "", depth)
        yield Patch(end, end, line_break + _joined(texts, line_break), depth)
    else:
        line_break = lines.newline + " " * lines.column(node.start)
        yield Patch(node.start, node.end, _joined(texts, line_break), depth)


def _joined(texts: Texts, line_break: str) -> str:
    return line_break.join(line for lines in texts for line in lines)


class Block:
    """A collection in block style, not empty, with the spans of its parts.

    A part's span goes from its dash or key to the end of its last line; what stands between the spans are
    comments, blank lines and indentation.
    """

    def __init__(
        self, lines: Lines, key: ScalarNode | None, node: SequenceNode | MappingNode, depth: int
    ) -> None:
        self._lines = lines
        self._key = key
        self._depth = depth
        self._column = lines.column(node.start)
        self._break = lines.newline + " " * self._column
        self._spans = list(_spans(lines, node))
        self._marker = "[]" if isinstance(node, SequenceNode) else "{}"

    def patches(self, removed: set[int], inserts: Mapping[int, Texts]) -> Iterator[Patch]:
        """How the text changes when parts are removed, and others come before the parts of given numbers."""
        gone, new = set(removed), {slot: _joined(texts, self._break) for slot, texts in inserts.items()}
        if len(gone) == len(self._spans) and not new:
            yield self._emptied(gone)
        elif not self._lines.is_held(self._spans[0][0]):
            yield from self._head(gone, new)
        for number in gone:
            start, end = self._spans[number]
            yield self._patch(self._lines.above(start), end)
        for slot, text in new.items():
            offset = self._slot(slot)
            yield self._patch(offset, offset, self._break + text)

    def _patch(self, start: int, end: int, text: str = "") -> Patch:
        return Patch(start, end, text, self._depth)

    def _slot(self, slot: int) -> int:
        """The line end behind which new parts come before the part of a number."""
        if slot:
            return self._lines.after_comments(self._spans[slot - 1][1], self._column)
        if self._key:
            return self._lines.after_comments(self._lines.end(self._key.end), self._column)
        return self._lines.above(self._spans[0][0])

    def _emptied(self, gone: set[int]) -> Patch:
        """The mark of an empty collection: behind its key or, without one, in place of the first part."""
        if self._key and (colon := behind_colon(self._lines, self._key)):
            return self._patch(colon, colon, " " + self._marker)
        gone.discard(0)
        return self._patch(*self._spans[0], self._marker)

    def _head(self, gone: set[int], new: dict[int, str]) -> Iterator[Patch]:
        """Changes of a first part that has no line above it to hold on to: that of a file, or behind a dash.

        What is taken care of here leaves `gone` and `new`.
        """
        start, end = self._spans[0]
        kept = next((number for number in range(len(self._spans)) if number not in gone), len(self._spans))
        slot = min(new, default=len(self._spans))
        if 0 not in gone:
            if slot == 0:
                yield self._patch(start, start, new.pop(0) + self._break)
        elif slot <= kept:
            gone.discard(0)
            yield self._patch(start, end, new.pop(slot))
        elif self._is_blank_until(kept):
            gone.difference_update(range(kept))
            yield self._patch(start, self._spans[kept][0])
        else:
            gone.discard(0)
            yield self._comments_stay(start, end)

    def _is_blank_until(self, kept: int) -> bool:
        """Whether no comment stands between the parts up to one."""
        pairs = zip(self._spans[:kept], self._spans[1:], strict=False)
        return not any(self._lines.text[end:start].strip() for (_, end), (start, _) in pairs)

    def _comments_stay(self, start: int, end: int) -> Patch:
        """The end of a first part with comments below it, which get its line or, behind a dash, their own."""
        if not self._lines.text[self._lines.start(start) : start].strip():
            return self._patch(self._lines.start(start), self._lines.below(end))
        return self._patch(len(self._lines.text[:start].rstrip(" ")), end)


def _spans(lines: Lines, node: SequenceNode | MappingNode) -> Iterator[tuple[int, int]]:
    if isinstance(node, MappingNode):
        for key, value in node.entries.values():
            yield key.start, lines.end(value.end)
    else:
        start = node.start
        for item in node.items:
            end = lines.end(item.end)
            yield start, end
            start = lines.content(end)
