"""Catalog files as people and programs write them: texts for laws, with no writer of ours involved."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import strategies as st

from kie_catalog.catalog.edits import Edit, InsertItem, InsertKey, Remove, Set, SpliceRefused
from kie_catalog.catalog.nodes import MappingNode, SequenceNode, YamlDocument
from kie_catalog.catalog.splice import edited
from kie_catalog.catalog.tree import BOM
from kie_catalog.domain.values import Pointer, Value

WORDS = (
    "image",
    "1K",
    "480p no video",
    "Создание картинок",
    "твой выбор!",
    "pro — max",
    "a#b",
    "x:y",
    "http://k.ie/?a=1&b",
)
TRAPS = (
    "",
    "no",
    "1.0",
    "16:9",
    "012",
    "null",
    "~",
    "2025-12-21",
    "1e5",
    "a: b",
    "a #b",
    "- a",
    "*a",
    "'",
    '"',
    " a",
    "a ",
)
TRAPS += (
    "[a",
    "{a}",
    "a, b",
    "y",
    "=",
    "<<",
    "---",
    "? a",
    "#",
    "a\nb\n",
    "\ta",
    "%a",
    "@",
    "`",
    "a\\n",
    "é\x85\u2028\ufeff",
    "😀",
)
KEYS = (
    "id",
    "title",
    "title_ru",
    "type",
    "unit",
    "credits",
    "notes",
    "when",
    "modes",
    "free",
    "texts",
    "ключ",
    "a b",
)

texts = st.sampled_from(WORDS + TRAPS) | st.text(max_size=8).filter(str.isprintable)
numbers = st.decimals("-999", "99999", places=3).map(lambda number: number.normalize() + 0)
scalars: st.SearchStrategy[Value] = texts | numbers | st.booleans() | st.none()
flat = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.sampled_from(KEYS), scalars, max_size=3)
values = flat | st.lists(st.dictionaries(st.sampled_from(KEYS), flat, min_size=1, max_size=3), max_size=2)

_PLAIN = (*WORDS, "14.0", "0.07", "+5", "true", "False", "null", "~", "2025-12-21")
_COMMENTS = ("#", "# c", "# комментарий: a", "# - b\t{")
_FLOW_WORDS = ("image", "1K", "'no'", '"16:9"', "5", "true", "null")
_FLOW_KEYS = ("p", "'q'", "ключ")
_BLOCK_HEADS = (" |", " >-", " >", " |-  # c", " |+")


class _Pen:
    """Writes the lines of a file by the dice."""

    def __init__(self, dice: Random, step: int) -> None:
        self.dice = dice
        self.pick = dice.choice
        self.step = step

    def chance(self, one_in: int) -> bool:
        return self.dice.randrange(one_in) == 0

    def between(self, indent: int) -> list[str]:
        """What may stand between parts: comments at any indentation, blank lines."""
        if not self.chance(6):
            return []
        return [
            "" if self.chance(2) else " " * self.dice.randrange(indent + 4) + self.pick(_COMMENTS)
            for _ in range(self.dice.randint(1, 2))
        ]

    def trail(self) -> str:
        return "  " + self.pick(_COMMENTS) if self.chance(8) else ""

    def flow(self, *, deep: bool = True) -> str:
        words = [
            self.flow() if deep and self.chance(5) else self.pick(_FLOW_WORDS)
            for _ in range(self.dice.randrange(4))
        ]
        if self.chance(2):
            return "[" + ", ".join(words) + "]"
        return "{ " + ", ".join(map("{}: {}".format, self.dice.sample(_FLOW_KEYS, 3), words)) + " }"

    def scalar(self) -> str:
        text = self.pick(WORDS + TRAPS)
        if self.chance(2) or not text.isprintable():
            return self.pick(_PLAIN)
        if self.chance(2):
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=False)

    def value(self, indent: int) -> list[str]:
        """A value behind a key at an indentation: in its line, folded over some, or a block scalar."""
        inner = " " * (indent + 2)
        match self.dice.randrange(12):
            case 0:
                return [" слово слово", inner + "слово" + self.trail()]
            case 1:
                return [" 'a: b", "", inner + "c'" + self.trail()]
            case 2:
                blank = [""] if self.chance(4) else []
                return [self.pick(_BLOCK_HEADS), inner + "строка: 1", inner + "  # text", *blank]
            case 3:
                return [" " + self.flow() + self.trail()]
            case 4:
                return [self.trail()]
        return [" " + self.scalar() + self.trail()]

    def entry(self, key: str, indent: int, *, depth: int) -> list[str]:
        if depth and self.chance(2):
            return self.nest(key, indent, depth=depth)
        first, *rest = self.value(indent)
        return [f"{key}:{first}", *rest]

    def nest(self, key: str, indent: int, *, depth: int) -> list[str]:
        inner = indent + self.step
        match self.dice.randrange(8):
            case 0:
                return [f"{key}: " + self.pick(("[]", "{}", "[ ]", "{ }")) + self.trail()]
            case 1:
                rest = self.mapping(indent + 2, depth=0)
            case _:
                rest = self.items(inner, depth=depth - 1)
        return [f"{key}:{self.trail()}", *self.between(inner), *rest]

    def items(self, indent: int, *, depth: int) -> list[str]:
        lines: list[str] = []
        for number in range(self.dice.randint(1, 3)):
            lines += self.between(indent) if number else []
            match self.dice.randrange(8):
                case 0:
                    item = [self.pick((self.scalar(), self.flow(), "[]")) + self.trail()]
                case 1:
                    item = self.items(indent + 2, depth=0) if depth else [self.trail()]
                case _:
                    item = self.mapping(indent + 2, depth=depth)
            lines += [" " * indent + "- " + item[0].lstrip(" "), *item[1:]]
        return lines

    def mapping(self, indent: int, *, depth: int) -> list[str]:
        lines: list[str] = []
        for number, key in enumerate(self.dice.sample(KEYS, self.dice.randint(1, 4))):
            first, *rest = self.entry(key, indent, depth=depth)
            lines += [*(self.between(indent) if number else []), " " * indent + first, *rest]
        return lines


@st.composite
def catalog_texts(draw: Any) -> str:
    """A file: a head, and models with modes, in any of the ways in which such files are written."""
    pen = _Pen(draw(st.randoms(use_true_random=True)), draw(st.sampled_from((0, 2))))
    lines = [*pen.between(0), "version: '1.0'", *pen.between(0)]
    lines += [f"models:{pen.trail()}", *pen.between(0), *pen.items(pen.step, depth=draw(st.integers(0, 2)))]
    lines += ["last: 1"] if pen.chance(4) else []
    newline = "\r\n" if pen.chance(3) else "\n"
    return BOM * pen.chance(4) + newline.join(lines) + newline * (not pen.chance(4))


def pointers(value: Value, above: Pointer = ()) -> list[Pointer]:
    """Every pointer into a value, the one to itself first."""
    found = [above]
    if isinstance(value, dict):
        return found + [each for key in value for each in pointers(value[key], (*above, key))]
    if isinstance(value, list):
        return found + [
            each for number, part in enumerate(value) for each in pointers(part, (*above, number))
        ]
    return found


def at(value: Any, pointer: Pointer) -> Any:
    for part in pointer:
        value = value[part]
    return value


def is_closed(document: YamlDocument, pointer: Pointer) -> bool:
    """Whether the parts of a collection cannot be moved one by one: it is written in brackets or braces."""
    _, node = document.locate(pointer)
    _, above = document.locate(pointer[:-1])
    assert isinstance(node, MappingNode | SequenceNode)
    inside = bool(pointer) and isinstance(above, MappingNode | SequenceNode) and above.flow
    return node.flow and (not node.is_empty or inside)


def _edits_at(document: YamlDocument, pointer: Pointer) -> list[st.SearchStrategy[Edit]]:
    old = at(document.data, pointer)
    found: list[st.SearchStrategy[Edit]] = [values.map(lambda value: Set(pointer, value))] if pointer else []
    if pointer and not is_closed(document, pointer[:-1]):
        found.append(st.just(Remove(pointer)))
    if isinstance(old, list) and not is_closed(document, pointer):
        found.append(
            st.builds(
                InsertItem, st.just(pointer), st.integers(0, len(old)), values, st.sampled_from(("", "a"))
            )
        )
    if isinstance(old, dict) and not is_closed(document, pointer):
        key, after = st.sampled_from((*KEYS, *TRAPS)), st.sampled_from((None, *old))
        found.append(st.builds(InsertKey, st.just(pointer), key, values, after, st.sampled_from(("", "a"))))
    return found


@st.composite
def edits_of(draw: Any, document: YamlDocument, max_size: int = 5) -> list[Edit]:
    """Edits that fit a document and each other."""
    chosen: list[Edit] = []
    every = pointers(document.data)
    for pointer in draw(st.lists(st.sampled_from(every), max_size=max_size)):
        found = _edits_at(document, pointer)
        if found:
            edit = draw(draw(st.sampled_from(found)))
            try:
                edited(document.data, [*chosen, edit])
            except SpliceRefused:
                continue
            chosen.append(edit)
    return chosen
