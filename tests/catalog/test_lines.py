"""Where the lines of a text start and end, and which comments follow one, with either line break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.lines import Lines

texts = st.lists(st.sampled_from(["a", " ", "#", "\n", "\r\n", "é"])).map("".join)


@given(texts, st.data())
def test_an_offset_stands_in_its_line(text, data):
    offset = data.draw(st.integers(0, len(text)).filter(lambda at: text[at - 1 : at + 1] != "\r\n"))
    lines = Lines(text)
    before = text[:offset].split("\n")
    assert lines.position(offset) == (len(before), len(before[-1]) + 1)
    assert lines.column(offset) == len(before[-1])
    assert lines.start(offset) == offset - len(before[-1])
    rest = text[offset:].split("\n")
    end = offset + len(rest[0].removesuffix("\r") if len(rest) > 1 else rest[0])
    assert lines.end(offset) == end
    assert lines.below(offset) == (offset + len(rest[0]) + 1 if len(rest) > 1 else len(text))
    above = lines.start(lines.start(offset) - 1) if lines.start(offset) else None
    assert lines.above(offset) == (0 if above is None else lines.end(above))


@pytest.mark.parametrize(
    ("text", "newline"), [("", "\n"), ("a", "\n"), ("a\nb\r\n", "\n"), ("a\r\nb\n", "\r\n")]
)
def test_the_line_break_is_the_first_one(text, newline):
    assert Lines(text).newline == newline


@pytest.mark.parametrize(
    ("text", "offset", "held"),
    [("a", 0, False), ("\na", 1, True), ("\n  a", 3, True), ("a\nb a", 4, False), ("  a", 2, False)],
)
def test_what_is_held_has_a_line_above_and_only_blanks_before_it(text, offset, held):
    assert Lines(text).is_held(offset) is held


@pytest.mark.parametrize(
    ("text", "column", "taken"),
    [
        ("a:\nb", 0, "a:"),
        ("a:\n  # deep\nb", 0, "a:\n  # deep"),
        ("a:\n# flat\n  # deep\nb", 0, "a:"),
        ("a:\n\n  # deep\n\nb", 0, "a:\n\n  # deep"),
        ("a:\n  \n  # deep", 0, "a:\n  \n  # deep"),
        ("a:\r\n  # deep\r\n  # deep\r\nb", 0, "a:\r\n  # deep\r\n  # deep"),
        ("a:\n  # deep\n  b", 0, "a:\n  # deep"),
        ("a:\n  # deep", 1, "a:\n  # deep"),
        ("a:\n  # deep", 2, "a:"),
    ],
)
def test_comments_below_go_along_as_far_as_they_are_deeper(text, column, taken):
    assert text[: Lines(text).after_comments(2, column)] == taken


@pytest.mark.parametrize(
    ("text", "rest"), [("a", "a"), ("  a", "a"), ("# c\n\n  a", "a"), ("  # c\r\n a", "a"), ("# c", "# c")]
)
def test_content_is_behind_blanks_and_comments(text, rest):
    assert text[Lines(text).content(0) :] == rest
