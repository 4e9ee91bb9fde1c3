"""A parsed document: its nodes with their offsets, and the places of its data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from kie_catalog.catalog.lines import Lines
from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer, Value

BOM: Final = "\ufeff"
"""The byte order mark that some editors put in front of a text."""


# Nodes are not frozen: there are thousands, and a frozen one takes three times as long to make.
@dataclass(slots=True)
class ScalarNode:
    """A scalar; the end of a block scalar is that of its last line, before the line break."""

    start: int
    end: int
    style: str
    """Its first character where that is a quote, `|` or `>`; else nothing."""


@dataclass(slots=True)
class SequenceNode:
    """A sequence, from its first dash or its bracket to the end of its content."""

    start: int
    end: int
    flow: bool
    items: list[Node]

    @property
    def is_empty(self) -> bool:
        """Whether it has no items."""
        return not self.items


@dataclass(slots=True)
class MappingNode:
    """A mapping, from its first key or its brace to the end of its content; entries are key and value."""

    start: int
    end: int
    flow: bool
    entries: dict[str, tuple[ScalarNode, Node]]

    @property
    def is_empty(self) -> bool:
        """Whether it has no entries."""
        return not self.entries


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


@dataclass(frozen=True)
class YamlDocument:
    """A parsed file: its data, and its nodes, from which places are looked up when they are asked for."""

    path: str
    text: str
    """The whole text, with its byte order mark if it has one."""
    data: Value
    """Dicts, lists, texts, exact numbers (`Decimal`), booleans, `None`."""
    root: Node
    """Offsets of nodes count the characters of `body`."""

    @cached_property
    def body(self) -> str:
        """The text without a byte order mark."""
        return self.text.removeprefix(BOM)

    @cached_property
    def lines(self) -> Lines:
        """The lines of the body."""
        return Lines(self.body)

    def locate(self, pointer: Pointer) -> tuple[ScalarNode | None, Node]:
        """The key and the value at a pointer, or at the nearest part that exists.

        The key is `None` for the items of sequences and for the whole document.
        """
        key: ScalarNode | None = None
        node = self.root
        for part in pointer:
            if isinstance(node, MappingNode) and isinstance(part, str) and part in node.entries:
                key, node = node.entries[part]
            elif isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.items):
                key, node = None, node.items[part]
            else:
                break
        return key, node

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        """The place of a value or, with `key`, of the key it stands under.

        A pointer that leads nowhere gets the place of the nearest part that exists.
        """
        key_node, node = self.locate(pointer)
        found = key_node if key and key_node else node
        end = self.lines.position(max(found.start, found.end))
        return Where(self.path, *self.lines.position(found.start), pointer, *end)
