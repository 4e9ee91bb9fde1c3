"""A JSON file says where each of its parts stands."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.json_document import JsonDocument

TEXT = '{\n  "a b": [1, {"c/d": "x\\"y"}],\n  "e": {}\n}\n'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def document(text: str) -> JsonDocument:
    return JsonDocument("a.json", text.encode(), json.loads(text))


def test_a_value_stands_where_it_stands():
    where = document(TEXT).where(("a b", 1, "c/d"))
    assert (where.line, where.column, where.end_line, where.end_column) == (2, 22, 2, 28)


def test_a_key_stands_before_its_value():
    where = document(TEXT).where(("e",), key=True)
    assert (where.line, where.column) == (3, 3)


def test_what_is_not_there_gets_the_nearest_part():
    where = document(TEXT).where(("e", "x", 0))
    assert (where.line, where.column) == (3, 8)


def test_what_is_no_json_has_the_place_of_the_file():
    where = JsonDocument("a.json", b"{", {}).where(("a",))
    assert (where.path, where.line) == ("a.json", 0)


@given(value=VALUES, indent=st.sampled_from([None, 1, 2]))
def test_every_part_is_found_at_its_own_text(value, indent):
    """The text between the two ends of a place is the part."""
    text = json.dumps(value, indent=indent)
    lines = text.split("\n")
    read = document(text)
    for pointer, part in parts(value, ()):
        where = read.where(pointer)
        begin, end = (where.line, where.column), (where.end_line, where.end_column)
        assert json.loads(between(lines, begin, end)) == part


def parts(value: Any, pointer: tuple[str | int, ...]) -> list[tuple[tuple[str | int, ...], Any]]:
    inner = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    return [(pointer, value), *(each for key, part in inner for each in parts(part, (*pointer, key)))]


def between(lines: list[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    text = "\n".join(lines)
    return text[offsets[begin[0] - 1] + begin[1] - 1 : offsets[end[0] - 1] + end[1] - 1]
