"""Moving a model to where its id belongs, as the text it is: with its comments, and no other byte touched."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, Final

from kie_catalog.catalog.lines import Lines
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.tree import BOM, MappingNode, Node, SequenceNode, YamlDocument

_MODELS: Final = "models"


def in_place(document: YamlDocument, model_ids: Iterable[str]) -> YamlDocument:
    """The document with each of the models where the order of ids wants it.

    A file whose other models are in no order, or that writes them in brackets, is left as it is.
    """
    for model_id in model_ids:
        document = _one_in_place(document, model_id)
    return document


def _one_in_place(document: YamlDocument, model_id: str) -> YamlDocument:
    data: Any = document.data
    ids = [str(model["id"]) for model in data[_MODELS]]
    at = ids.index(model_id)
    others = ids[:at] + ids[at + 1 :]
    place = bisect_left(others, model_id)
    nodes = _models(document)
    if place == at or others != sorted(others) or nodes is None:
        return document
    text = _moved(document.body, document.lines, nodes, at, place)
    return parse(BOM * document.text.startswith(BOM) + text, document.path)


def _models(document: YamlDocument) -> list[Node] | None:
    if not isinstance(document.root, MappingNode):
        return None
    _, models = document.root.entries[_MODELS]
    return models.items if isinstance(models, SequenceNode) and not models.flow else None


def _moved(body: str, lines: Lines, items: list[Node], at: int, place: int) -> str:
    """The text with one item's lines before those of another, or behind the last."""
    start, end = _first_line(lines, items[at]), _behind(lines, items[at])
    others = items[:at] + items[at + 1 :]
    target = _first_line(lines, others[place]) if place < len(others) else _behind(lines, others[-1])
    newline = "" if body.endswith("\n") else lines.newline
    whole = body + newline
    # Behind the end of a text without a last line break is behind the break that it has here.
    end, target = (len(whole) if each == len(body) else each for each in (end, target))
    moved = whole[start:end]
    if target <= start:
        text = whole[:target] + moved + whole[target:start] + whole[end:]
    else:
        text = whole[:start] + whole[end:target] + moved + whole[target:]
    return text.removesuffix(newline) if newline else text


def _first_line(lines: Lines, item: Node) -> int:
    """Where an item's lines start: with the comments right above it that are not of the item before."""
    first = start = lines.start(item.start)
    while start and lines.text[lines.start(start - 1) : start].lstrip().startswith("#"):
        start = lines.start(start - 1)
    column = _column(lines, item)
    while start < first and lines.text[start : start + column + 1].isspace():
        start = lines.below(start)
    return start


def _behind(lines: Lines, item: Node) -> int:
    """Where the line below an item and its own comments starts: those that stand deeper than its dash."""
    return lines.below(lines.after_comments(lines.end(item.end), _column(lines, item)))


def _column(lines: Lines, item: Node) -> int:
    """How far an item's dash is indented."""
    return lines.column(lines.text.index("-", lines.start(item.start)))
