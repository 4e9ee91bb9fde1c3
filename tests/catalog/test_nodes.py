"""Laws and examples of reading: what YAML is let in, what it means, and where its parts stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.nodes import MAX_DEPTH, decode, parse
from kie_catalog.catalog.scalars import Ambiguous, resolve, scalar_text
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Where
from tests.conftest import tried

from .yaml_texts import catalog_texts, pointers, texts

ALPHABET = "abc:-?[]{},&*!|>'\"%@`# \n\t\r0123.~<=_\ufeff\u2028\x85\x00\x7f\ud800ыё\U0001f600"
fragments = st.lists(
    st.sampled_from((*ALPHABET, "\r\n", "\n  ", "\n- ", "- ", "? ", ": ", "---\n", "...", "<<: ", "!!"))
)
T = TypeVar("T")
PATH = "catalog/models_pricing.yaml"


def problems(read: Callable[[T, str], object], given: T) -> list[Finding]:
    """What reading complains about; nothing if it does not."""
    try:
        read(given, PATH)
    except CatalogInvalid as error:
        return list(error.findings)
    return []


def is_placed(finding: Finding) -> bool:
    return finding.where.line > 0 and finding.where.column > 0 and len(finding.message.splitlines()) == 1


def findings_of(text: str) -> list[Finding]:
    with pytest.raises(CatalogInvalid) as caught:
        parse(text, PATH)
    return list(caught.value.findings)


def places_of(text: str) -> list[tuple[str, int, int]]:
    return [(finding.code, finding.where.line, finding.where.column) for finding in findings_of(text)]


def as_safe_load_says(value: object) -> object:
    """What PyYAML reads, in our terms: exact numbers, dates as texts."""
    match value:
        case dict():
            return {key: as_safe_load_says(each) for key, each in value.items()}
        case list():
            return [as_safe_load_says(each) for each in value]
        case dt.date():
            return value.isoformat()
        case int() | float() if not isinstance(value, bool):
            return Decimal(str(value))
    return value


# --- laws


@tried(150)
@given(catalog_texts())
def test_a_version_1_loader_reads_the_same(text):
    """What is let in means the same to `yaml.safe_load`, but for the type of numbers and dates."""
    document = parse(text, PATH)
    expected = as_safe_load_says(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 -- it is safe
    assert document.data == expected
    assert document.text == text


@tried(150)
@given(catalog_texts())
def test_every_part_is_where_it_says(text):
    """At the place of a scalar stands the scalar, at the place of a key the key."""
    document = parse(text, PATH)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for pointer in pointers(document.data):
        key, node = document.locate(pointer)
        place, key_place = document.where(pointer), document.where(pointer, key=True)
        written = document.body[node.start : node.end].replace("\r\n", "\n").split("\n")[0]
        assert lines[place.line - 1][place.column - 1 :].startswith(written)
        if key is None:
            assert key_place == place
        else:
            written = document.body[key.start : key.end]
            assert lines[key_place.line - 1][key_place.column - 1 :].startswith(written)


@tried(300)
@given(fragments.map("".join) | st.text())
def test_any_text_is_a_document_or_has_findings(text):
    """Nothing but `CatalogInvalid` is raised; every finding has a line, a column and one line of words."""
    assert all(is_placed(finding) for finding in problems(parse, text))


@tried(100)
@given(catalog_texts(), st.randoms(use_true_random=True))
def test_a_damaged_file_is_a_document_or_has_findings(text, dice):
    """So do files that were nearly right."""
    damaged = list(text)
    for _ in range(3):
        damaged[dice.randrange(len(damaged))] = dice.choice(ALPHABET)
    assert all(is_placed(finding) for finding in problems(parse, "".join(damaged)))


@given(st.binary())
def test_any_bytes_are_text_or_have_a_finding(raw):
    """Bytes decode to what encodes to them, or the first bad one is named."""
    found = problems(decode, raw)
    assert found or decode(raw, PATH).encode() == raw
    assert all(is_placed(finding) and finding.code == "KC004" for finding in found)


@given(texts | st.text(), st.sampled_from(("", "'", '"')), st.booleans())
def test_what_is_written_reads_back(text, style, flow):
    """A text comes back as itself, whatever quotes it is asked to have, in block and in flow."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return
    written = scalar_text(text, style=style, flow=flow)
    document = parse(f"{{a: {written}, b: 1}}" if flow else f"a: {written}\nb: 1\n", PATH)
    assert document.data == {"a": text, "b": Decimal(1)}
    assert "\n" not in written


@given(texts)
def test_what_is_written_plain_is_text_to_old_loaders(text):
    """No text is written so that PyYAML takes it for something else."""
    assert yaml.safe_load(scalar_text(text)) == text


@pytest.mark.parametrize("text", ["a, b", "x[1]", "{y}z"])
def test_a_text_is_quoted_for_brackets_only_where_it_stands_in_them(text):
    assert scalar_text(f"say {text}") == f"say {text}"
    assert scalar_text(f"say {text}", flow=True) == f"'say {text}'"


# --- what scalars mean


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14.0", Decimal("14.0")),
        ("0.07", Decimal("0.07")),
        ("-3", Decimal(-3)),
        ("+.5", Ambiguous("write a plain decimal number, or quote it")),
        (".5", Decimal("0.5")),
        ("1.", Decimal(1)),
        ("1.5e-05", Decimal("0.000015")),
        ("1.0e+100", Ambiguous("write a plain decimal number, or quote it")),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2025-12-21", "2025-12-21"),
        ("480p", "480p"),
        ("y", "y"),
    ],
)
def test_plain_scalars(text, value):
    assert repr(resolve(text)) == repr(value)


AMBIGUOUS = (
    "yes",
    "No",
    "ON",
    "off",
    "010",
    "0x1F",
    "0b1",
    "0o7",
    "1_000",
    "16:9",
    "1:30.5",
    ".inf",
    "-.INF",
)
AMBIGUOUS += (".nan", "1e5", "08", "-.5", "=", "<<", "9" * 41)


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_ambiguous_scalars(text):
    """A scalar that programs read differently is a finding, and is text in quotes."""
    assert places_of(f"a: 1\nb: {text}\n") == [("KC006", 2, 4)]
    assert parse(f"b: '{text}'\n", PATH).data == {"b": text}


# --- what is not let in


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: [1, 2\nb: 3\n", [("KC001", 2, 2)]),
        ("a: 'b\n", [("KC001", 2, 1)]),
        ("a: b: c\n", [("KC001", 1, 5)]),
        ("a: 1\nb: 2\na: 3\n", [("KC002", 3, 1)]),
        ("- {a: 1, a: 2}\n", [("KC002", 1, 10)]),
        ("a: &x 1\nb: *x\n", [("KC003", 1, 4), ("KC003", 2, 4)]),
        ("a: &x\n- 1\n", [("KC003", 1, 4)]),
        ("&x a: 1\n!t b: 2\n", [("KC003", 1, 1), ("KC003", 2, 1)]),
        ("<<: {a: 1}\n", [("KC003", 1, 1)]),
        ("a: !!str 1\nb: ! x\nc: !x []\n", [("KC003", 1, 4), ("KC003", 2, 4), ("KC003", 3, 4)]),
        ("a:\tb\n", [("KC003", 1, 3)]),
        ("a: b\t# c\td\n", [("KC003", 1, 5)]),
        ("a: b\tc\n", [("KC003", 1, 5)]),
        ("a:\n\tb: c\n", [("KC003", 2, 1)]),
        ("a: 1\n---\nb: 2\n", [("KC003", 2, 1)]),
        ("%YAML 1.1\n---\na: 1\n", [("KC003", 1, 1)]),
        ("? a\n: b\n", [("KC003", 1, 1)]),
        ("{? a : b}\n", [("KC003", 1, 2)]),
        ("1: a\ntrue: b\n~: c\n", [("KC003", 1, 1), ("KC003", 2, 1), ("KC003", 3, 1)]),
        ("[a]: b\n", [("KC003", 1, 1)]),
        ("a: b\u2028c: d\n", [("KC003", 1, 5)]),
        ("a: b\rc: d\n", [("KC003", 1, 5)]),
        ("a: \x00\nb: \x7f\x01\n", [("KC004", 1, 4), ("KC004", 2, 4)]),
        ("", [("KC005", 1, 1)]),
        ("\ufeff# nothing\n", [("KC005", 1, 1)]),
        ("---\n", [("KC005", 1, 1)]),
    ],
)
def test_what_is_not_let_in(text, places):
    assert places_of(text) == places


def test_all_findings_come_at_once():
    """A syntax error does not hide what was found before it."""
    text = "a: &x 1\nb:\ton\nb: no\nc: [\n"
    assert [code for code, *_ in places_of(text)] == ["KC003", "KC003", "KC006", "KC002", "KC006", "KC001"]


def test_what_is_allowed():
    """Tabs in comments and quotes, prose with indicators in it, one marked document."""
    text = '---\n# a\tb ? c\na: "x\ty"\nb: R&B! *great* ? yes: no\n...\n'.replace("yes: no", "yes")
    assert parse(text, PATH).data == {"a": "x\ty", "b": "R&B! *great* ? yes"}


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "{a: ", "[? "])
def test_no_nesting_breaks_the_parser(opening):
    """A hundred thousand brackets are a finding, at once."""
    findings = findings_of(opening * 100_000)
    assert any(
        finding.code == "KC001" and f"deeper than {MAX_DEPTH}" in finding.message for finding in findings
    )


def test_a_finding_names_place_fact_and_cure():
    (finding,) = findings_of("models:\n- id: a\n  free: on\n")
    assert str(finding) == (
        "catalog/models_pricing.yaml:3:9: KC006 error ambiguous-scalar: "
        "programs read 'on' differently; write true or false, or quote it"
    )
    assert finding.where.pointer == ("models", 0, "free")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1: a\n", "key '1' is not a text; quote it"),
        ("~: a\n", "key '~' is not a text; quote it"),
        ("=: a\n", "key '=' is not a text; quote it"),
        ("<<: {a: 1}\n", "merge key '<<' is not a text; write the entries out"),
        ("? a\n: b\n", "an explicit key; write it as `key: value`"),
        ("[a]: b\n", "a key that is not a text; write a text"),
        ("a: 1\n---\nb: 2\n", "a second document; keep one in a file"),
        ("a: *x\n", "alias *x; write the value out"),
        ("a: &x 1\n", "anchor &x; write each value out where it is needed"),
        ("a: !x 1\n", "tag !x; remove it"),
        ("%YAML 1.1\n---\na: 1\n", "a directive; remove the line"),
        ("", "nothing in the file; write a catalog"),
        ("---\n", "nothing in the document; write a catalog"),
        ("a: 1\nb: 2\na: 3\n", "key 'a' is in line 1 already; keep one"),
        ("a:\n- 1\na: 2\n", "key 'a' is in line 1 already; keep one"),
        (f"{'k' * 40}: 1\n{'k' * 40}: 2\n", f"key '{'k' * 40}' is in line 1 already; keep one"),
        (f"{'k' * 41}: 1\n{'k' * 41}: 2\n", f"key '{'k' * 39}…' is in line 1 already; keep one"),
    ],
)
def test_what_is_wrong_is_said_with_its_cure(text, said):
    assert findings_of(text)[0].message == said


def nested(depth):
    return "[" * depth + "]" * depth + "\n"


def test_as_deep_as_may_be_is_let_in():
    assert parse(nested(64), PATH).data is not None
    assert [code for code, *_ in places_of(nested(65))] == ["KC001"]


@pytest.mark.parametrize(
    ("text", "value"), [("abc\n", "abc"), ("''\n", ""), ("5\n", Decimal(5)), ("[]\n", [])]
)
def test_a_document_may_be_any_value(text, value):
    assert parse(text, PATH).data == value


def test_a_long_number_is_exact_up_to_its_limit():
    assert resolve("9" * 40) == Decimal("9" * 40)
    assert isinstance(resolve("9" * 41), Ambiguous)


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("|\n  x  \nb: 1\n", "|\n  x  "),
        ("|\n  x\n\n\nb: 1\n", "|\n  x"),
        ("|+\n  x\n\n\nb: 1\n", "|+\n  x\n\n"),
        ("| # +\n  x\n\nb: 1\n", "| # +\n  x"),
        (">\n  x\r\n\r\nb: 1\r\n", ">\n  x"),
        ("{x: 1, y: [2]  }\nb: 1\n", "{x: 1, y: [2]  }"),
        ("{ }\nb: 1\n", "{ }"),
        ("[1,\n  2 ]\nb: 1\n", "[1,\n  2 ]"),
        ("\n  x: 1 # c\nb: 1\n", "x: 1"),
        ("\n- x\n# c\nb: 1\n", "- x"),
    ],
)
def test_a_part_ends_where_its_text_does(value, end):
    document = parse(f"a: {value}", PATH)
    _, node = document.locate(("a",))
    assert document.body[node.start : node.end] == end


# --- bytes


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_every_text_without_nul_is_read_as_it_was_written(text):
    assert decode(text.encode(), PATH) == text


@pytest.mark.parametrize(
    ("raw", "place", "said"),
    [
        ("a: 1\nб: é".encode("latin-1", "replace").replace(b"?", b"\xff"), (2, 1), "byte 5 (0xff)"),
        ("a: б\nb: я".encode() + b"\xd1", (2, 5), "byte 11 (0xd1)"),
        ("a: 1".encode("utf-16"), (1, 1), "byte 0 begins UTF-16"),
        (b"a: 1\n\0", (2, 1), "byte 5 is NUL"),
        (b"\0a: 1\n", (1, 1), "byte 0 is NUL"),
        (b"\xef\xbb\xbfa: \xff", (1, 4), "byte 6 (0xff)"),
    ],
)
def test_bytes_that_are_no_text(raw, place, said):
    with pytest.raises(CatalogInvalid) as caught:
        decode(raw, PATH)
    (finding,) = caught.value.findings
    assert (finding.code, finding.name, finding.where.line, finding.where.column) == (
        "KC004",
        "encoding",
        *place,
    )
    assert finding.message.startswith(said)


# --- places


def test_places():
    text = "\ufeffversion: '1.0'\r\nмодели:\r\n- id: a\r\n  notes:\r\n"
    document = parse(text, PATH)
    assert document.where(("version",)) == Where(PATH, 1, 10, ("version",))
    assert document.where(("модели", 0, "id")) == Where(PATH, 3, 7, ("модели", 0, "id"))
    assert document.where(("модели", 0, "id"), key=True) == Where(PATH, 3, 3, ("модели", 0, "id"))
    assert document.where(("модели",), key=True) == Where(PATH, 2, 1, ("модели",))
    assert document.where(("модели", 0, "notes")) == Where(PATH, 4, 9, ("модели", 0, "notes"))


def test_what_is_missing_is_at_the_nearest_part():
    document = parse("models:\n- id: a\n  when: {x: 1}\n", PATH)
    assert document.where(("models", 0, "title", 3)) == Where(PATH, 2, 3, ("models", 0, "title", 3))
    assert document.where(("nowhere", "models", 0)) == Where(PATH, 1, 1, ("nowhere", "models", 0))
    assert document.where(("models", 1)) == Where(PATH, 2, 1, ("models", 1))
    assert document.where(("models", 7)) == Where(PATH, 2, 1, ("models", 7))
    assert document.where(("models", -1, "id")) == Where(PATH, 2, 1, ("models", -1, "id"))
    assert document.where(("models", 0, "when", "y"), key=True) == Where(
        PATH, 3, 3, ("models", 0, "when", "y")
    )


@pytest.mark.parametrize("name", ["models_pricing.yaml", "models_pricing.2025-12-21.yaml", "kie_models.yaml"])
def test_the_first_catalogs_are_let_in(name, shared: Path):
    raw = (shared / "origin" / name).read_bytes()
    document = parse(decode(raw, name), name)
    assert document.data == as_safe_load_says(yaml.safe_load(raw))
    assert document.text.encode() == raw
