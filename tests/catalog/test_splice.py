"""Laws and examples of the splice writer: only what an edit speaks of changes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kie_catalog.catalog.arrangement import difference
from kie_catalog.catalog.edits import Edit, InsertItem, InsertKey, Remove, Set, SpliceRefused
from kie_catalog.catalog.nodes import YamlDocument, decode, parse
from kie_catalog.catalog.splice import edited, patches_of, splice
from tests.conftest import tried

from .yaml_texts import at, catalog_texts, edits_of, is_closed, pointers, values

PATH = "catalog/models_pricing.yaml"
MODELS = ("models",)


def spliced(text: str, *edits: Edit) -> str:
    return splice(parse(text, PATH), edits)


def spliced_unless_refused(document: YamlDocument, edits: Iterable[Edit]) -> str:
    """The result; edits at the edge of a block scalar may be refused, and prove nothing."""
    try:
        return splice(document, edits)
    except SpliceRefused as refused:
        assume("block scalars" not in refused.fact)
        raise


def changed(before: str, after: str) -> list[str]:
    """The lines that a reviewer sees: taken ones with a minus, new ones with a plus."""
    lines = unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def is_subsequence(some: Iterable[str], every: Iterable[str]) -> bool:
    rest = iter(every)
    return all(one in rest for one in some)


# --- laws


@tried(100)
@given(catalog_texts(), st.data())
def test_saying_the_same_writes_the_same(text, data):
    """No edits, and edits that set what is there already, give the same bytes."""
    document = parse(text, PATH)
    pointer = data.draw(st.sampled_from(pointers(document.data)))
    assert splice(document, []) == text
    assert splice(document, [Set(pointer, at(document.data, pointer))]) == text


@tried(200)
@given(catalog_texts(), st.data())
def test_the_result_reads_as_the_edited_data(text, data):
    """Splicing text and editing data are the same thing, whatever the order of the edits."""
    document = parse(text, PATH)
    edits = data.draw(edits_of(document))
    result = spliced_unless_refused(document, edits)
    expected = edited(document.data, edits)
    assert difference(parse(result, PATH).data, expected, ordered=True) is None
    assert splice(document, data.draw(st.permutations(edits))) == result
    assert edited(document.data, edits[::-1]) == expected
    assert result.startswith("\ufeff") == text.startswith("\ufeff")


@tried(150)
@given(catalog_texts(), st.data(), values)
def test_a_set_scalar_changes_one_line(text, data, value):
    """Where the old value stands in one line, that line changes and no other byte."""
    document = parse(text, PATH)
    scalars = [
        each for each in pointers(document.data) if not isinstance(at(document.data, each), dict | list)
    ]
    pointer = data.draw(st.sampled_from(scalars))
    _, node = document.locate(pointer)
    assume("\n" not in document.body[node.start : node.end])
    assume(difference(at(document.data, pointer), value) is not None)
    before, after = text.split("\n"), splice(document, [Set(pointer, value)]).split("\n")
    line = document.where(pointer).line - 1
    assert before[:line] + before[line + 1 :] == after[:line] + after[line + 1 :]
    assert before[line] != after[line]


@tried(150)
@given(catalog_texts(), st.data())
def test_lines_of_no_edit_survive(text, data):
    """Every line outside of what is set, removed, or opened for a first part, is still there, in order."""
    document = parse(text, PATH)
    edits = data.draw(edits_of(document))
    after = spliced_unless_refused(document, edits).removeprefix("\ufeff")
    touched = {line for edit in edits for line in lines_of(document, edit)}
    lines = document.body.split("\n")
    kept = [line.rstrip("\r") for number, line in enumerate(lines, 1) if number not in touched]
    assert is_subsequence(kept, [line.rstrip("\r") for line in after.split("\n")])


def lines_of(document: YamlDocument, edit: Edit) -> range:
    """The lines that an edit may change.

    A part that stands behind the dash of its collection shares the line with it, so for its removal these
    are the lines of the whole collection; an insert may change the line of an empty collection's brackets.
    """
    key, node = document.locate(edit.pointer)
    start = key.start if key else node.start
    if isinstance(edit, Remove):
        key, above = document.locate(edit.pointer[:-1])
        start, node = (key.start if key else above.start), above
    elif isinstance(edit, InsertItem | InsertKey) and at(document.data, edit.pointer):
        in_line = key is None and edit.pointer and isinstance(edit, InsertItem)
        return range(document.where(edit.pointer).line, document.where(edit.pointer).line + bool(in_line))
    first, last = document.lines.position(start)[0], document.lines.position(node.end)[0]
    return range(first - (key is None), last + 1)


@tried(100)
@given(catalog_texts(), st.data())
def test_a_removal_takes_its_own_lines(text, data):
    """A part that shares no line with another leaves with its lines; all comments around it stay."""
    document = parse(text, PATH)
    pointer = data.draw(st.sampled_from(pointers(document.data)[1:]))
    assume(not is_closed(document, pointer[:-1]))
    assume(len(at(document.data, pointer[:-1])) > 1)
    key, node = document.locate(pointer)
    start = key.start if key else document.lines.start(node.start)
    assume(key is None or document.lines.is_held(key.start))
    assume(key or pointer[-1] > 0)
    after = spliced_unless_refused(document, [Remove(pointer)]).removeprefix("\ufeff")
    first, last = document.lines.position(start)[0], document.lines.position(node.end)[0]
    lines = document.body.split("\n")
    assert after.rstrip("\r").split("\n") == "\n".join(lines[: first - 1] + lines[last:]).rstrip("\r").split(
        "\n"
    )


@tried(80)
@given(catalog_texts(), st.data())
def test_line_breaks_are_those_of_the_document(text, data):
    """New lines end as the old ones do, and a last line break stays."""
    document = parse(text, PATH)
    result = spliced_unless_refused(document, data.draw(edits_of(document)))
    if "\r\n" in text:
        assert result.count("\n") == result.count("\r\n")
    else:
        assert "\r" not in result
    assert result.endswith("\n") or not text.endswith("\n")


# --- scalars


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("14.0", Decimal("14.50"), "14.5"),
        ("14.0", Decimal(14), "14.0"),
        ("14.0  # why", Decimal("1E+2"), "100  # why"),
        ("0.07", Decimal("0.0700000"), "0.07"),
        ("image", "video", "video"),
        ("image", "no", "'no'"),
        ("image", "1.0", "'1.0'"),
        ("image", "2025-12-21", "'2025-12-21'"),
        ("image", "16:9", "'16:9'"),
        ("image", "", "''"),
        ("image", " a", "' a'"),
        ("image", "a: b", "'a: b'"),
        ("image", "a #b", "'a #b'"),
        ("image", "it's", "it's"),
        ("image", "'tis", "'''tis'"),
        ("image", "a\nb", r'"a\nb"'),
        ("image", "\u2028", r'"\u2028"'),
        ("image", "http://k.ie/?a=1&b,c", "http://k.ie/?a=1&b,c"),
        ("'1.0'", "2.0", "'2.0'"),
        ("'a'", "it's", "'it''s'"),
        ('"a"', "b", '"b"'),
        ('"a"', 'say "b" \\', r'"say \"b\" \\"'),
        ("'a'", "Цена\t", r'"Цена\t"'),
        ("'5'", Decimal(5), "5"),
        ("image", True, "true"),
        ("image", None, "null"),
        ("null", "x", "x"),
        ("", "x", "x"),
        ("# why", "x", "x # why"),
        (">-\n  a\n  b", "c", "c"),
        ("|\n  a\n\n", "c", "c\n\n"),
        ("a\n  b # why", "c", "c # why"),
        ("image", ["a", "1K", "no", "x, y"], "[a, 1K, 'no', 'x, y']"),
        (
            "image",
            {"resolution": "480p", "video": {"present": False}},
            "{resolution: 480p, video: {present: false}}",
        ),
        ("image", {"a, b": "x, y"}, "{'a, b': 'x, y'}"),
        ("image", "0o7", "'0o7'"),
        ("[a, b]  # why", ["a"], "[a]  # why"),
        ("\n  x: 1 # why\n  # inside\n  y: 2 # why", {"x": Decimal(2)}, "{x: 2}"),
        ("# why\n- 1\n# inside\n- 2", Decimal(3), "3 # why"),
        ("image", [], "[]"),
    ],
)
def test_set(old, value, new):
    before, after = f"version: '1.0'\nkey: {old}\nlast: 1\n", f"version: '1.0'\nkey: {new}\nlast: 1\n"
    before, after = before.replace("key: \n", "key:\n"), after.replace("key: \n", "key:\n")
    assert spliced(before, Set(("key",), value)) == after


@pytest.mark.parametrize(
    ("before", "pointer", "value", "after"),
    [
        ("{a: 1, b: x}", ("b",), "x, y", "{a: 1, b: 'x, y'}"),
        ("{a, b: }", ("a",), "x", "{a: x, b: }"),
        ("{a, b: }", ("b",), "x", "{a, b: x }"),
        ("[a: b]", (0, "a"), "c", "[a: c]"),
        ('{"a":1}', ("a",), True, '{"a":true}'),
        ("-\n- b\n", (0,), "a", "- a\n- b\n"),
        ("- a: 1\n  b: 2\n- c\n", (0,), "x", "- x\n- c\n"),
        ("a: 1 # c\n", (), {"b": "x"}, "{b: x}\n"),
    ],
)
def test_set_in_odd_places(before, pointer, value, after):
    assert spliced(before, Set(pointer, value)) == after


# --- parts that come and go

CATALOG = """\
# yaml-language-server: $schema=x
version: '1.0'
models:
# A
- id: a
  modes:
  - unit: image   # c
    credits: 14.0
    # deeper
  # dash
  - unit: video
    credits: 3
  title: 'x'

# B
- id: b
  modes: []  # none
# end
last: |
  text
"""

MODEL = {
    "id": "n/n",
    "title": "New: 1.0",
    "modes": [
        {
            "unit": "image",
            "credits": Decimal("4.50"),
            "when": {"size": ["1K", "2K"], "count": {"max": Decimal(2)}},
        },
        {"unit": "video", "credits": Decimal(1), "texts": []},
    ],
}
MODEL_LINES = """\
- id: n/n
  title: 'New: 1.0'
  modes:
  - unit: image
    credits: 4.5
    when: {size: [1K, 2K], count: {max: 2}}
  - unit: video
    credits: 1
    texts: []
"""


def added(line_above: str, lines: str) -> str:
    assert CATALOG.count(line_above) == 1
    return CATALOG.replace(line_above, line_above + lines)


@pytest.mark.parametrize(
    ("edit", "after"),
    [
        (InsertItem(MODELS, 0, MODEL), added("models:\n", MODEL_LINES)),
        (InsertItem(MODELS, 1, MODEL), added("  title: 'x'\n", MODEL_LINES)),
        (InsertItem(MODELS, 2, MODEL), added("  modes: []  # none\n", MODEL_LINES)),
        (InsertItem((*MODELS, 0, "modes"), 0, "x"), added("- id: a\n  modes:\n", "  - x\n")),
        (InsertItem((*MODELS, 0, "modes"), 1, {"unit": "x"}), added("    # deeper\n", "  - unit: x\n")),
        (InsertItem((*MODELS, 0, "modes"), 2, {}), added("    credits: 3\n", "  - {}\n")),
        (InsertKey((*MODELS, 0), "type", "t2i", after="id"), added("- id: a\n", "  type: t2i\n")),
        (InsertKey((*MODELS, 0), "type", "t2i", after="modes"), added("    credits: 3\n", "  type: t2i\n")),
        (InsertKey((), "kind", "x", first=True), CATALOG.replace("version: '1", "kind: x\nversion: '1")),
        (
            InsertKey((*MODELS, 0), "kind", "x", first=True),
            CATALOG.replace("- id: a\n", "- kind: x\n  id: a\n"),
        ),
        (InsertKey((*MODELS, 0), "type", "t2i"), added("  title: 'x'\n", "  type: t2i\n")),
        (
            InsertKey((*MODELS, 0, "modes", 0), "per", Decimal(2)),
            added("    credits: 14.0\n", "    per: 2\n"),
        ),
        (InsertKey((), "a: b", [{"x": None}]), added("  text\n", "'a: b':\n- x: null\n")),
        (
            InsertItem((*MODELS, 1, "modes"), 0, {"unit": "x", "credits": Decimal(1)}),
            CATALOG.replace("modes: []  # none\n", "modes:  # none\n  - unit: x\n    credits: 1\n"),
        ),
        (Remove((*MODELS, 0, "modes", 0)), CATALOG.replace("  - unit: image   # c\n    credits: 14.0\n", "")),
        (Remove((*MODELS, 0, "modes", 1)), CATALOG.replace("  - unit: video\n    credits: 3\n", "")),
        (Remove((*MODELS, 0, "title")), CATALOG.replace("  title: 'x'\n", "")),
        (Remove((*MODELS, 0, "modes", 0, "credits")), CATALOG.replace("    credits: 14.0\n", "")),
        (
            Remove((*MODELS, 0, "modes", 0, "unit")),
            CATALOG.replace("- unit: image   # c\n    credits: 14.0", "- credits: 14.0"),
        ),
        (Remove((*MODELS, 1)), CATALOG.replace("- id: b\n  modes: []  # none\n", "")),
        (Remove(("last",)), CATALOG.replace("last: |\n  text\n", "")),
        (Remove(("version",)), CATALOG.replace("version: '1.0'\n", "")),
    ],
)
def test_one_edit_of_a_catalog(edit, after):
    assert spliced(CATALOG, edit) == after
    assert spliced(CATALOG.replace("\n", "\r\n"), edit) == after.replace("\n", "\r\n")
    assert spliced("\ufeff" + CATALOG, edit) == "\ufeff" + after


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        ("a:\n# c\n- 1 # d\n# e\n- 2\nb: 1\n", [Remove(("a", 0)), Remove(("a", 1))],
         "a: []\n# c\n# e\nb: 1\n"),
        ("a: # c\n  b: 1\n", [Remove(("a", "b"))], "a: {} # c\n"),
        ("- a: 1 # c\n- b\n", [Remove((0, "a"))], "- {}\n- b\n"),
        ("a: 1 # c\n# d\n", [Remove(("a",))], "{}\n# d\n"),
        ("a: 1\nb: 2", [Remove(("b",))], "a: 1"),
        ("a: 1\nb: 2", [InsertKey((), "c", "x")], "a: 1\nb: 2\nc: x"),
        ("a: 1\nb: 2", [Remove(("a",)), Remove(("b",)), InsertKey((), "c", "x")], "c: x"),
        ("a: 1\n# c\nb: 2\n", [Remove(("a",))], "# c\nb: 2\n"),
        ("- a: 1\n  # c\n  b: 2\n", [Remove((0, "a"))], "-\n  # c\n  b: 2\n"),
        ("- a: 1\n  b: 2\n  c: 3\n", [Remove((0, "a")), Remove((0, "b"))], "- c: 3\n"),
        ("- a: 1\n  b: 2\n", [Remove((0, "a")), InsertKey((0,), "c", "x", after="a")], "- c: x\n  b: 2\n"),
        ("- - a\n  - b\n", [InsertItem((0,), 0, "x"), Remove((0, 1))], "- - x\n  - a\n"),
        ("- - a\n  - b\n", [InsertItem((0,), 0, "x"), Remove((0, 0))], "- - x\n  - b\n"),
        ("- a\n- b\n", [InsertItem((), 0, "x")], "- x\n- a\n- b\n"),
        ("# head\n- a\n- b\n", [InsertItem((), 0, "x")], "# head\n- x\n- a\n- b\n"),
        ("# head\n- a: 1\n  b: 2\n", [InsertItem((), 0, "x")], "# head\n- x\n- a: 1\n  b: 2\n"),
        ("a: 1\n", [InsertKey((), "b", "x, y")], "a: 1\nb: x, y\n"),
        ("a:\n  b: 1\n", [InsertKey((), "c", "p"), InsertKey(("a",), "d", "q")],
         "a:\n  b: 1\n  d: q\nc: p\n"),
        ("a:\n  b:\n    c: 1\n", [InsertKey(("a",), "d", "p"), InsertKey(("a", "b"), "e", "q")],
         "a:\n  b:\n    c: 1\n    e: q\n  d: p\n"),
        ("- b:\n    - c\n", [InsertItem((), 1, {"d": [{"e": "p"}]})],
         "- b:\n    - c\n- d:\n    - e: p\n"),
        ("[] # c\n", [InsertItem((), 0, {"a": Decimal(1)})], "- a: 1 # c\n"),
        ("- []\n", [InsertItem((0,), 0, "a"), InsertItem((0,), 0, "b")], "- - a\n  - b\n"),
        ("a: {}\n", [InsertKey(("a",), "b", "x")], "a:\n  b: x\n"),
        ("a: 1\n\n\nb: 2\n", [InsertKey((), "c", "x", after="a")], "a: 1\nc: x\n\n\nb: 2\n"),
        ("a:\n  - b: 1\n    c:\n      - d: 1\n", [InsertItem(("a",), 1, {"c": [{"d": "x"}]})],
         "a:\n  - b: 1\n    c:\n      - d: 1\n  - c:\n      - d: x\n"),
        ("a:\n  - b\nc: []\n", [InsertItem(("c",), 0, "x")], "a:\n  - b\nc:\n  - x\n"),
        ("a: |+\n  x\n\n\nb: 1\n", [InsertKey((), "c", "x", after="a")], "a: |+\n  x\n\n\nc: x\nb: 1\n"),
        ("a: |\n  x\n\n\nb: 1\n", [InsertKey((), "c", "x", after="a")], "a: |\n  x\nc: x\n\n\nb: 1\n"),
        ("a: 1\n...\n", [InsertKey((), "c", "x")], "a: 1\nc: x\n...\n"),
        ("a: 1\n   \nb: 2\n", [InsertKey((), "c", "x", after="a")], "a: 1\nc: x\n   \nb: 2\n"),
        ("- a\n- b\n", [Remove((0,)), Remove((1,))], "[]\n"),
    ],
)  # fmt: skip
def test_parts_in_odd_places(before, edits, after):
    assert spliced(before, *edits) == after
    assert spliced(before, *reversed(edits)) == after


def test_inserts_at_one_place_have_an_order_of_their_own():
    """By `order`, then by what is written; for keys, by key."""
    items = [
        InsertItem(("a",), 1, text, order=order)
        for text, order in (("z", ""), ("v", "2"), ("x", "1"), ("w", "1"))
    ]
    keys = [InsertKey((), "c", "x"), InsertKey((), "b", "x", after="a"), InsertKey((), "d", "x", order="0")]
    after = "a:\n- 1\n- z\n- w\n- x\n- v\nb: x\nc: x\nd: x\n"
    assert spliced("a:\n- 1\n", *items, *keys) == after
    assert spliced("a:\n- 1\n", *keys[::-1], *items[::-1]) == after


# --- refusals


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([Set(("x",), "y")], ":2:1 /x: there is no /x; name a part that exists"),
        ([Set((*MODELS, 9, "id"), "y")], ":5:1 /models/9/id: there is no /models/9; name a part that exists"),
        ([Set(("version", 0), "y")], "there is no /version/0"),
        ([Set(("version",), "1"), Set(("version",), "2")], "it is edited 2 times; make one edit of them"),
        ([Set(("version",), "2.0"), Remove(("version",))], "it is edited 2 times"),
        ([InsertKey((), "x", "1"), InsertKey((), "x", "1", after="last")], "/x: it is edited 2 times"),
        (
            [Remove((*MODELS, 0)), Set((*MODELS, 0, "id"), "y")],
            "another edit replaces or removes /models/0 as a whole",
        ),
        (
            [Set((*MODELS, 1, "modes"), ["y"]), InsertItem((*MODELS, 1, "modes"), 0, "x")],
            "keep one of the two",
        ),
        ([Remove(())], ": the whole document cannot be removed; remove the file"),
        ([Set((*MODELS, -1), "y")], "there is no /models/-1"),
        ([Set((*MODELS, "id"), "y")], "there is no /models/id"),
        ([Set(("version", "id"), "y")], "there is no /version/id"),
        ([InsertItem(MODELS, 3, "x")], "it has 2 items, none at 3; insert at 0 to 2"),
        ([InsertItem(MODELS, -1, "x")], "none at -1"),
        ([InsertItem((), 0, "x")], "it is no sequence"),
        ([InsertKey(MODELS, "x", "x")], "it is no mapping"),
        ([InsertKey((), "version", "x")], "/version: it exists already; set it"),
        ([InsertKey((), "x", "x", after="y")], "it has no key y"),
        ([Set(("version",), "\ud800")], "it would not read back"),
        ([Set(("version",), Decimal("NaN"))], "/version: it would read back as something else"),
    ],
)
def test_edits_that_do_not_fit(edits, said):
    with pytest.raises(SpliceRefused) as caught:
        spliced(CATALOG, *edits)
    assert said in str(caught.value)
    assert str(caught.value).startswith(PATH)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "edit",
    [
        Remove(("a", 0)),
        InsertItem(("a",), 1, "x"),
        InsertKey(("b",), "d", "x"),
        InsertItem(("b", "c"), 0, "x"),
    ],
)
def test_brackets_are_not_opened(edit):
    with pytest.raises(SpliceRefused, match="brackets or braces"):
        spliced("a: [1]\nb: {c: []}\n", edit)


def test_patches_are_the_spans_that_edits_replace_from_top_to_bottom():
    document = parse("\ufeffa: 1\nb: 2\nc: 3\n", PATH)
    patches = patches_of(document, [Set(("c",), "z"), Remove(("b",)), Set(("a",), "x")])
    assert [(document.body[each.start : each.end], each.text) for each in patches] == [
        ("1", "x"),
        ("\nb: 2", ""),
        ("3", "z"),
    ]


def test_a_block_scalar_at_the_edge_of_an_edit():
    """What would change a text that no edit speaks of is refused: here, its last line break."""
    with pytest.raises(SpliceRefused, match="block scalars"):
        spliced("a: |\n  x", InsertKey((), "b", "y"))


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": "x", "b": "y"}, {"b": "y", "a": "x"}, None),
        ({"a": "x"}, {"b": "x"}, ()),
        ({"a": "x"}, {"a": "x", "b": "x"}, ()),
        ({"a": [{"b": "x"}, "y"]}, {"a": [{"b": "x"}, "z"]}, ("a", 1)),
        (["x"], ["x", "x"], ()),
        (["x"], {"x": "x"}, ()),
        ("x", ["x"], ()),
        (Decimal("1.0"), Decimal(1), None),
        (Decimal(1), True, ()),
        (True, True, None),
        (None, "null", ()),
    ],
)
def test_values_differ_at_the_first_place_where_they_do(one, other, where):
    assert difference(one, other) == where
    assert difference(other, one) == where


@pytest.mark.parametrize("keys", ["ab", "ba"])
def test_the_order_of_keys_counts_where_it_is_asked_for(keys):
    one, other = dict.fromkeys("ab", "x"), dict.fromkeys(keys, "x")
    assert difference(one, other, ordered=True) == (None if keys == "ab" else ())
    assert difference(other, one, ordered=True) == (None if keys == "ab" else ())
    assert difference({"k": [one]}, {"k": [other]}, ordered=True) == (None if keys == "ab" else ("k", 0))


# --- real files


def original(shared: Path, name: str = "models_pricing.yaml") -> YamlDocument:
    return parse(decode((shared / "origin" / name).read_bytes(), name), name)


def test_one_price(shared: Path):
    document = original(shared)
    after = splice(document, [Set((*MODELS, 0, "modes", 1, "credits"), Decimal("25.5"))])
    assert changed(document.text, after) == ["-    credits: 24.0", "+    credits: 25.5"]


def test_a_model_between_two(shared: Path):
    document = original(shared)
    after = splice(document, [InsertItem(MODELS, 7, MODEL)])
    assert changed(document.text, after) == ["+" + line for line in MODEL_LINES.splitlines()]
    assert splice(parse(after, PATH), [Remove((*MODELS, 7))]) == document.text


def test_a_mode_less(shared: Path):
    document = original(shared)
    after = splice(document, [Remove((*MODELS, 0, "modes", 0))])
    taken = ["-  - unit: image", "-    credits: 14.0", "-    official_usd: 0.07", "-    notes: 1.0s-1K"]
    assert changed(document.text, after) == taken
    mode = document.data["models"][0]["modes"][0]
    back = splice(parse(after, PATH), [InsertItem((*MODELS, 0, "modes"), 0, mode)])
    assert changed(document.text, back) == ["-    credits: 14.0", "+    credits: 14"]


@tried(10)
@given(data=st.data())
def test_edits_of_real_files(shared: Path, data):
    """The laws hold for the files that people have."""
    document = original(shared, data.draw(st.sampled_from(["models_pricing.yaml", "kie_models.yaml"])))
    edits = data.draw(edits_of(document))
    result = splice(document, edits)
    assert difference(parse(result, PATH).data, edited(document.data, edits), ordered=True) is None


def test_where_nothing_shows_how_far_a_list_stands_in_it_stands_below_its_key():
    before = "shop:\n  models: []\n"
    after = spliced(before, InsertItem(("shop", "models"), 0, {"id": "a"}))
    assert after == "shop:\n  models:\n  - id: a\n"
