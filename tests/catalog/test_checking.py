"""A check finds everything at once, whatever became of the file, and names a place for each finding."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kie_catalog.catalog.checking import Checked, check_bytes
from kie_catalog.catalog.fixing import mend
from kie_catalog.catalog.nodes import parse
from kie_catalog.cli.forms import FORMS, rendered, view_of
from kie_catalog.domain.finding import Finding, Fix, FixEdit, Severity, Where
from kie_catalog.rules.registry import check
from tests.conftest import ROOT

TODAY = "2026-08-25"
CATALOG = (ROOT / "catalog" / "models_pricing.yaml").read_bytes()
LINES = CATALOG.splitlines(keepends=True)
HEAD = LINES[:5]
STARTS = [at for at, line in enumerate(LINES) if line.startswith(b"- id: ")]
SMALL = b"".join([*HEAD, *LINES[STARTS[60] : STARTS[72]]])
EXAMPLE = (ROOT / "tests" / "examples" / "forms" / "catalog.yaml").read_bytes()


def checked(raw: bytes) -> Checked:
    return check_bytes(raw, "c.yaml", today=TODAY)


def test_the_catalog_itself_has_no_error():
    assert [each for each in checked(CATALOG).findings if each.severity is Severity.ERROR] == []


def broken(line: int, text: bytes) -> bytes:
    lines = SMALL.splitlines(keepends=True)
    lines[line] = text
    return b"".join(lines)


def models_of(found: Checked) -> set[str | None]:
    return {each.model for each in found.findings}


def test_a_model_that_is_no_yaml_hides_no_other():
    """Every fourth model of the example cannot be read; what is wrong with the others is told as before."""
    lines = SMALL.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if line.startswith(b"- id: ")]
    for at in starts[::4]:
        lines[at + 1] = b"  title: 'never closed\n"
    for at in starts[1::4]:
        lines[at + 3] = b"  type: nonsense\n"
    found = checked(b"".join(lines)).findings
    assert [each.where.line for each in found if each.name == "unknown-word"] == [
        at + 4 for at in starts[1::4]
    ]
    syntax = [each.where.line - 1 for each in found if each.name == "syntax"]
    assert len(syntax) == len(starts[::4])
    ends = [*starts[1:], len(lines)]
    for line, start in zip(syntax, starts[::4], strict=True):
        assert start <= line <= ends[starts.index(start)]


def test_a_byte_that_is_no_text_costs_its_model_only():
    raw = broken(7, b"  title_ru: \xff\xfe\n").replace(b"type: t2i", b"type: t3i")
    found = checked(raw).findings
    assert [(each.name, each.where.line) for each in found if each.name == "encoding"] == [("encoding", 8)]
    assert len([each for each in found if each.name == "unknown-word"]) == raw.count(b"type: t3i")


SIGNS = [b"'", b'"', b"[", b"}", b"&a ", b"*a", b"!!x ", b"\t", b": ", b"\0", b"? "]


def flipped(line: bytes, draw) -> list[bytes]:
    raw = bytearray(line)
    for _ in range(min(1, len(raw))):
        raw[draw(st.integers(0, len(raw) - 1))] ^= 1 << draw(st.integers(0, 7))
    return [bytes(raw)]


def cut(line: bytes, draw) -> list[bytes]:
    return [line[: draw(st.integers(0, len(line)))]]


def signed(line: bytes, draw) -> list[bytes]:
    place = draw(st.integers(0, len(line)))
    return [line[:place] + draw(st.sampled_from(SIGNS)) + line[place:]]


ACCIDENTS = [
    flipped,
    cut,
    signed,
    lambda _, __: [],
    lambda line, _: [line, line],
    lambda line, draw: [b" " * draw(st.integers(1, 5)) + line],
]


@st.composite
def corruptions(draw) -> bytes:
    """A catalog with a few accidents: bytes flipped, lines cut, lost, doubled or indented, keys doubled."""
    lines = list(draw(st.sampled_from([SMALL, EXAMPLE])).splitlines(keepends=True))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = draw(st.sampled_from(ACCIDENTS))(lines[at], draw)
    whole = b"".join(lines)
    return whole[: draw(st.integers(1, len(whole)))] if draw(st.integers(0, 9)) == 0 else whole


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=corruptions(), form=st.sampled_from(list(FORMS)))
def test_a_thousand_accidents_give_findings_with_places_and_never_a_traceback(raw, form):
    found = checked(raw)
    last = raw.count(b"\n") + 1
    for each in found.findings:
        for one in (each, *each.follow_ups):
            assert one.where.path == "c.yaml"
            assert 1 <= one.where.line <= last
            assert one.where.column >= 1
            assert one.where.end_line == 0 or one.where.line <= one.where.end_line <= last
            assert one.message
    text = rendered(form, view_of([found], Severity.ERROR, with_rules=True))
    assert text or not found.findings


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=corruptions())
def test_safe_fixes_leave_no_safe_fix_and_change_no_other_finding(raw):
    """After mending, nothing safe is left to mend, and no error is there that was not there before."""
    document = checked(raw).document
    if document is None:
        return
    before = check(document)
    after = check(mend(document, check).document)
    assert not [each for each in after if each.fix and each.fix.is_safe]
    known = {each.fingerprint for each in before}
    assert {each.fingerprint for each in after if each.severity is Severity.ERROR} <= known


def test_fixes_that_touch_each_other_are_made_one_after_the_other():
    document = parse("a: 1\nb:\n- x\n- x\n", "c.yaml")

    def judged(read):
        items = read.data["b"]
        if len(items) > 1:
            for at in range(len(items)):
                yield finding("remove", FixEdit(("b", at)))
            yield finding("all", FixEdit(("b",), ["x"]))
        if "c" not in read.data:
            yield finding("add", FixEdit(("c",), "new"))
        yield finding("impossible", FixEdit(("no", "where"), "x"))

    def finding(label, *edits):
        where = Where("c.yaml", 1, 1, edits[0].pointer)
        return Finding("KC100", label, Severity.ERROR, where, label, fix=Fix(label, edits, is_safe=True))

    mended = mend(document, judged)
    assert mended.document.text == "a: 1\nb: []\nc: new\n"
    assert [each.name for each in mended.made] == ["remove", "remove", "add"]
