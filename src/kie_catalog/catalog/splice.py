"""The splice writer: edits change the spans of text they speak of, and every other byte stays as it is.

Comments, order, quotes, folding, line breaks, a byte order mark and a missing last line break survive.
Where new parts go, and what goes with removed ones:

- A new scalar keeps the quotes of the old one where it can be written in them; a new collection is written
  in one line. In a new item, sequences of mappings get a line per field, all other collections one line.
- Comments that are indented deeper than a part stay behind it, so the next part comes after them; all other
  comments stay in front of the part that they stood above, and so do blank lines.
- A removed part takes its lines and the comment in its last line along; comments above and below it stay.
- A collection that loses its last part becomes `[]` or `{}`; an empty one that gets a part becomes a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from kie_catalog.catalog.arrangement import Arrangement, Change, Place, arrange, difference, edited
from kie_catalog.catalog.blocks import Block, Patch, behind_colon, opened, steps
from kie_catalog.catalog.edits import Edit, Insert, InsertItem, InsertKey, Remove, Set, SpliceRefused
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.rendering import entry_lines, inline_text, item_lines
from kie_catalog.catalog.tree import BOM, Node, ScalarNode, YamlDocument
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.values import Pointer, Value, show_pointer

__all__ = ["Edit", "InsertItem", "InsertKey", "Remove", "Set", "SpliceRefused", "edited", "splice"]


def splice(document: YamlDocument, edits: Iterable[Edit]) -> str:
    """The text of a document with the edits made, whatever the order in which they are given.

    The result is read back before it is returned, so that no text gets out that says anything else.

    Raises:
        SpliceRefused: for edits that do not fit the document or each other, that would open a collection
            written in brackets or braces, or whose result would not read back.
    """
    arrangement, patches = _arranged(document, edits)
    if not patches:
        return document.text
    text = BOM * document.text.startswith(BOM) + _patched(document.body, patches)
    _check_reads_back(text, arrangement.applied(document.data), document.path)
    return text


def patches_of(document: YamlDocument, edits: Iterable[Edit]) -> list[Patch]:
    """The spans of the body that edits replace, from top to bottom, without a look at what comes of it.

    Raises:
        SpliceRefused: for edits that do not fit the document or each other.
    """
    return _arranged(document, edits)[1]


def _arranged(document: YamlDocument, edits: Iterable[Edit]) -> tuple[Arrangement, list[Patch]]:
    def place(pointer: Pointer) -> str:
        return f"{document.where(pointer)} {show_pointer(pointer)}".rstrip()

    arrangement = arrange(document.data, edits, place)
    patches = _Splicer(document, place).patches(arrangement)
    return arrangement, sorted(patches, key=lambda patch: patch.rank)


def _patched(body: str, patches: Iterable[Patch]) -> str:
    pieces: list[str] = []
    reached = 0
    for patch in patches:
        pieces += body[reached : patch.start], patch.text
        reached = max(reached, patch.end)
    return "".join((*pieces, body[reached:]))


def _check_reads_back(text: str, wanted: Value, path: str) -> None:
    try:
        read = parse(text, path).data
    except CatalogInvalid as error:
        fact = f"it would not read back ({error.findings[0]})"
        raise SpliceRefused(path, fact, "edit the file by hand") from error
    pointer = difference(read, wanted, ordered=True)
    if pointer is not None:
        fact = "it would read back as something else, as block scalars do when lines behind them change"
        raise SpliceRefused(f"{path} {show_pointer(pointer)}".rstrip(), fact, "edit the file by hand")


class _Splicer:
    """Turns edits of one document into patches of its body."""

    def __init__(self, document: YamlDocument, place: Place) -> None:
        self._document = document
        self._lines = document.lines
        self._place = place

    def patches(self, arrangement: Arrangement) -> Iterator[Patch]:
        """The patches of all edits, in no order."""
        for pointer, value in arrangement.sets.items():
            yield from self._set(pointer, value)
        for pointer, change in arrangement.changes.items():
            yield from self._changed(pointer, change)

    def _set(self, pointer: Pointer, value: Value) -> Iterator[Patch]:
        key, node = self._document.locate(pointer)
        flow, depth = self._is_in_flow(pointer), len(pointer)
        if node.start == node.end:
            yield self._filled(key, node, inline_text(value, flow=flow), depth)
        elif isinstance(node, ScalarNode):
            yield Patch(node.start, node.end, inline_text(value, style=node.style, flow=flow), depth)
        elif node.flow or key is None:
            end = node.end if node.flow else self._lines.end(node.end)
            yield Patch(node.start, end, inline_text(value, flow=flow), depth)
        else:
            yield self._filled(key, node, inline_text(value), depth)
            yield Patch(self._lines.above(node.start), self._lines.end(node.end), "", depth)

    def _filled(self, key: ScalarNode | None, node: Node, text: str, depth: int) -> Patch:
        """A value behind a dash or key that has none in its line; in braces, the colon may lack too."""
        if key is None:
            return Patch(node.start, node.start, f" {text}", depth)
        colon = behind_colon(self._lines, key)
        offset = colon or key.end
        return Patch(offset, offset, f" {text}" if colon else f": {text}", depth)

    def _changed(self, pointer: Pointer, change: Change) -> Iterator[Patch]:
        key, node = self._document.locate(pointer)
        if isinstance(node, ScalarNode):
            raise TypeError(f"parts of {pointer} were arranged, which has none")
        step = next(chain(steps(self._lines, node), steps(self._lines, self._document.root)), 0)
        texts = {
            slot: [_lines(insert, step) for insert in inserts] for slot, inserts in change.inserts.items()
        }
        if not node.flow:
            yield from Block(self._lines, key, node, len(pointer)).patches(change.removed, texts)
        elif node.is_empty and not self._is_in_flow(pointer):
            yield from opened(self._lines, key, node, texts[0], depth=len(pointer), step=step)
        else:
            fact = "it is written in brackets or braces, or stands inside them"
            raise SpliceRefused(self._place(pointer), fact, "set the outermost of them as a whole")

    def _is_in_flow(self, pointer: Pointer) -> bool:
        _, above = self._document.locate(pointer[:-1])
        return bool(pointer) and not isinstance(above, ScalarNode) and above.flow


def _lines(insert: Insert, step: int) -> Sequence[str]:
    if isinstance(insert, InsertKey):
        return entry_lines(insert.key, insert.value, step)
    return item_lines(insert.value, step)
