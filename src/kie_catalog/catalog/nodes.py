"""Text to a located document: strict YAML whose every part knows where it stands.

Only what all readers of YAML agree on is let in; the rest is a finding with line and column, and all findings
of a text come at once:

- KC001 `syntax`: not YAML at all, or nested deeper than `MAX_DEPTH`
- KC002 `duplicate-key`: a key that stands twice in one mapping
- KC003 `unsafe-yaml`: anchors, aliases, merge keys, tags, directives, `? ` keys, keys that are no texts,
  a second document, tabs outside of quotes and comments, line breaks that only some programs see
- KC004 `encoding`: bytes that are not UTF-8, characters that YAML cannot hold
- KC005 `empty`: no content
- KC006 `ambiguous-scalar`: a plain scalar that programs read differently; `scalars` says which
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from kie_catalog.catalog.faults import LOADER, Faults
from kie_catalog.catalog.scalars import Ambiguous, resolve
from kie_catalog.catalog.tree import BOM, MappingNode, Node, ScalarNode, SequenceNode, YamlDocument
from kie_catalog.domain.quiet import quiet
from kie_catalog.domain.values import Scalar, Value

__all__ = [
    "MAX_DEPTH",
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "YamlDocument",
    "decode",
    "parse",
]

MAX_DEPTH: Final = 64
"""How deep collections may nest; a catalog needs eight."""
_NOTHING: Final = ScalarNode(0, 0, "")
"""Stands for the content of a text that has none, or none that could be read."""
MAX_QUOTED: Final = 40
"""How much of a text a message quotes."""

_ENDS: Final = frozenset({SequenceEndEvent, MappingEndEvent})
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def decode(raw: bytes, path: str) -> str:
    """The text of a file; a byte order mark stays its first character, so that it is written back.

    Raises:
        CatalogInvalid: for bytes that are not UTF-8 text, with the byte offset (KC004).
    """
    try:
        text = raw.decode("utf-8")
        offset, fact = raw.find(b"\0"), "is NUL"
    except UnicodeDecodeError as error:
        offset = error.start
        fact = "begins UTF-16" if raw.startswith(_UTF_16) else f"(0x{raw[offset]:02x}) is not UTF-8"
    else:
        if offset < 0:
            return text
    before = raw[:offset].decode("utf-8", "replace").removeprefix(BOM)
    faults = Faults(path, before)
    faults.add(len(before), "encoding", f"byte {offset} {fact}; save the file as UTF-8 text")
    raise faults.invalid()


def parse(text: str, path: str) -> YamlDocument:
    """Read a text as one strict YAML document.

    Args:
        text: the whole text, with or without a byte order mark, with either line break.
        path: the file it came from, as the user named it.

    Raises:
        CatalogInvalid: with every finding in the order of the text. Nothing more is looked for after
            characters that YAML cannot hold, nor behind a syntax error.
    """
    body = text.removeprefix(BOM)
    faults = Faults(path, body)
    faults.odd_characters()
    faults.refuse()
    with quiet():
        root, data = _Composer(body, faults).document()
    faults.separators()
    faults.refuse()
    return YamlDocument(path, text, data, root)


def _short(text: str) -> str:
    """A text as a message of one line quotes it."""
    return repr(text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…")


class _TooDeep(Exception):
    """A collection was reached that is nested too deeply."""


class _Composer:
    """Builds nodes and data out of the parser's events, in one pass."""

    def __init__(self, body: str, faults: Faults) -> None:
        self._body = body
        self._faults = faults
        self._next: Callable[[], Any] = LOADER(body).get_event
        self._pointer: list[str | int] = []

    def document(self) -> tuple[Node, Value]:
        """The only document; an empty scalar, and a finding, where there is none."""
        try:
            return self._document()
        except _TooDeep:
            return _NOTHING, None  # told where it was met
        except yaml.YAMLError as error:
            self._faults.syntax(error)
        return _NOTHING, None

    def _document(self) -> tuple[Node, Value]:
        self._next()  # the start of the stream
        opening = self._next()
        if type(opening) is StreamEndEvent:
            self._faults.add(0, "empty", "nothing in the file; write a catalog")
            return _NOTHING, None
        if opening.version or opening.tags:
            self._unsafe(opening, "a directive; remove the line")
        root, data = self._node(self._next())
        if root.start == root.end and isinstance(root, ScalarNode):
            self._faults.add(0, "empty", "nothing in the document; write a catalog")
        self._next()  # the end of the document
        further = self._next()
        if type(further) is not StreamEndEvent:
            self._unsafe(further, "a second document; keep one in a file")
        return root, data

    def _node(self, event: Any) -> tuple[Node, Value]:
        kind = type(event)
        if kind is AliasEvent:
            self._unsafe(event, f"alias *{event.anchor}; write the value out")
            return ScalarNode(event.start_mark.index, event.end_mark.index, ""), None
        if event.anchor is not None:
            self._unsafe(event, f"anchor &{event.anchor}; write each value out where it is needed")
        if event.tag is not None:
            self._unsafe(event, f"tag {event.tag}; remove it")
        if kind is ScalarEvent:
            return self._scalar(event)
        if len(self._pointer) >= MAX_DEPTH:
            self._faults.too_deep(event.start_mark.index, MAX_DEPTH)
            raise _TooDeep
        return self._mapping(event) if kind is MappingStartEvent else self._sequence(event)

    def _scalar(self, event: Any) -> tuple[ScalarNode, Scalar]:
        style = event.style or ""
        start, end = event.start_mark.index, event.end_mark.index
        if style:
            end = self._block_end(start, end) if style in "|>" else end
            return ScalarNode(start, end, style), event.value
        value = resolve(event.value)
        if isinstance(value, Ambiguous):
            fact = f"programs read {_short(event.value)} differently"
            self._fault(event, "ambiguous-scalar", f"{fact}; {value.cure}")
            value = None
        return ScalarNode(start, end, style), value

    def _block_end(self, start: int, end: int) -> int:
        """The end of a block scalar: blank lines behind it belong to it only where it says so with `+`."""
        text = self._body[start:end]
        if "+" in text.partition("\n")[0].partition("#")[0]:
            return end - len(text) + len(text.removesuffix("\n").removesuffix("\r"))
        inked = len(text.rstrip(" \r\n"))
        return start + inked + len(text[inked:].partition("\n")[0].rstrip("\r"))

    def _sequence(self, event: Any) -> tuple[SequenceNode, list[Value]]:
        items: list[Node] = []
        data: list[Value] = []
        while type(part := self._next()) not in _ENDS:
            self._pointer.append(len(items))
            node, value = self._node(part)
            self._pointer.pop()
            items.append(node)
            data.append(value)
        end = part.end_mark.index if event.flow_style else items[-1].end
        return SequenceNode(event.start_mark.index, end, bool(event.flow_style), items), data

    def _mapping(self, event: Any) -> tuple[MappingNode, dict[str, Value]]:
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        data: dict[str, Value] = {}
        last: Node | None = None
        while type(part := self._next()) not in _ENDS:
            key_node, key = self._key(part)
            self._pointer.append(key)
            last, value = self._node(self._next())
            if key in entries:
                line = self._faults.line(entries[key][0].start)
                self._fault(part, "duplicate-key", f"key {_short(key)} is in line {line} already; keep one")
            self._pointer.pop()
            entries[key] = key_node, last
            data[key] = value
        end = part.end_mark.index if event.flow_style or last is None else last.end
        return MappingNode(event.start_mark.index, end, bool(event.flow_style), entries), data

    def _key(self, event: Any) -> tuple[ScalarNode, str]:
        kind = type(event)
        if kind is not ScalarEvent:
            self._unsafe(event, "a key that is not a text; write a text")
            self._pointer.append("")
            node, _ = self._node(event)
            self._pointer.pop()
            return ScalarNode(node.start, node.end, ""), self._body[node.start : node.end]
        if event.anchor is not None or event.tag is not None:
            self._unsafe(event, "a key with an anchor or a tag; write the text alone")
        elif not event.style and not isinstance(resolve(event.value), str):
            merge = event.value == "<<"
            cure = "write the entries out" if merge else "quote it"
            self._unsafe(event, f"{'merge ' if merge else ''}key {_short(event.value)} is not a text; {cure}")
        return ScalarNode(event.start_mark.index, event.end_mark.index, ""), event.value

    def _unsafe(self, event: Any, fact: str) -> None:
        self._fault(event, "unsafe-yaml", fact)

    def _fault(self, event: Any, name: str, fact: str) -> None:
        self._faults.add(event.start_mark.index, name, fact, tuple(self._pointer))
