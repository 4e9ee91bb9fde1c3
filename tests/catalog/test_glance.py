"""A glance is right whenever it says anything: what it calls clean has no error by the rules."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kie_catalog.catalog import glance as module
from kie_catalog.catalog.glance import glance
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.read import catalog_of
from kie_catalog.domain.finding import Severity
from kie_catalog.domain.shape import MODE_FIELDS, MODEL_FIELDS, Kind
from kie_catalog.rules.registry import check
from tests.catalog.test_checking import CATALOG, EXAMPLE, SMALL, corruptions

SIGNS = " \t\xa0'\"[]{},:#&*!|>%@`-?.0123456789eEoxXbn~_/()+=TtrueYyNn\u2028\ufeffяé字"
VALUES = [
    "{a[: 1}",
    "{a: b, c[d: e}",
    "yes", "no", "~", "null", "true", "1_000", "012", "0x1f", "0o7", "1e5", "1.5e-3", "16:9", "-1", "0",
    "00", "1.", ".5", ".inf", "'14'", "''", "' '", "'it''s'", '"x"', "[]", "{}", "[a]", "a: b", "a #b",
    "a#b", "- a", "? a", "x:", "é", "=", "<<", "2026-02-30", "'2026-02-28'", "999999999", "9999999999",
    "0.005", "0.0050", "1000000.000000001", "Image", "image", "{a: 1}", "{a: 1, a: 2}",
    "{a: {min: 5, max: 1}}", "{a: {min: 1}}", "{a: {present: yes}}", "{a: {present: true}}",
    "{a: {present: true, min: 1}}", "{a: [1, 2]}", "{a: [null]}", "{a: null}", "{a: }", "{a: '5'}",
    "{a: 'x, b: y'}", "{a: [[1]]}", "{a: {b: c}}", "{'a': 1}", "{5: 1}", "{a: 16:9}", "{a: b}}",
    "{a: [b}", "{{a: b}", "{a:b}", "{a: b,c: d}", "{a: -1}", "480p", "4", "4-5",
]  # fmt: skip


def errors(raw: bytes) -> list[str]:
    document = parse(raw.decode(), "c.yaml")
    catalog_of(document.data)
    return [str(each) for each in check(document) if each.severity is Severity.ERROR]


def is_right(raw: bytes) -> bool:
    """Whether a glance says of a file what a whole reading says, or leaves it to one."""
    seen = glance(raw)
    if seen is None:
        return True
    data = parse(raw.decode(), "c.yaml").data
    return errors(raw) == [] and seen == (len(data["models"]), data["last_updated"])


@pytest.mark.parametrize("raw", [CATALOG, SMALL])
def test_a_file_of_the_writers_form_is_clean_at_a_glance(raw):
    assert glance(raw) is not None
    assert is_right(raw)


def test_a_file_with_errors_or_suppressions_is_not():
    assert glance(EXAMPLE) is None
    assert glance(SMALL.replace(b"models:", b"# kie-catalog: ignore-file KC1 because\nmodels:")) is None
    assert glance(b"# kie-catalog: ignore-file KC2 because of x\n" + SMALL) is None


@pytest.mark.parametrize("at", range(1, 40))
def test_a_line_that_is_lost_is_never_overlooked(at):
    lines = SMALL.splitlines(keepends=True)
    assert is_right(b"".join([*lines[:at], *lines[at + 1 :]]))


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corruptions())
def test_an_accident_is_never_overlooked(raw):
    assert is_right(raw)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_value_is_taken_for_harmless_that_is_not(data):
    """Another value, another sign, a field twice or elsewhere: at any place of a good file."""
    lines = SMALL.decode().split("\n")[:-1]
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(1, len(lines) - 1))
        name, _, value = lines[at].partition(": ")
        match data.draw(st.integers(0, 3)):
            case 0:
                lines[at] = f"{name}: {data.draw(st.sampled_from(VALUES))}"
            case 1:
                place = data.draw(st.integers(0, len(value)))
                lines[at] = f"{name}: {value[:place]}{data.draw(st.sampled_from(SIGNS))}{value[place:]}"
            case 2:
                line = data.draw(st.sampled_from([lines[at], "# a comment", "      # another"]))
                lines.insert(data.draw(st.integers(1, len(lines))), line)
            case _:
                other = data.draw(st.integers(1, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
    assert is_right("\n".join([*lines, ""]).encode())


@settings(max_examples=1000, deadline=None)
@given(
    value=st.one_of(st.sampled_from(VALUES), st.text(SIGNS, max_size=12)),
    field=st.sampled_from(
        ["when", "notes", "credits", "official_usd", "title", "id", "per", "included", "page"]
    ),
)
def test_no_single_value_is_taken_for_harmless_that_is_not(value, field):
    fields = {
        "id": "a/one", "title": "One", "title_ru": "One", "status": "active", "page": "x",
    }  # fmt: skip
    mode = {
        "unit": "image",
        "per": "1",
        "credits": "14",
        "official_usd": "0.07",
        "included": "1",
        "notes": "x",
    }
    (fields if field in fields else mode)[field] = value
    if field in {"credits", "official_usd"}:
        mode.pop("official_usd" if field == "credits" else "included", None)
    order = [each.name for each in MODE_FIELDS]
    lines = [
        "version: '2.0'", "source: x", "last_updated: '2026-08-22'", "models:",
        f"- id: {fields.pop('id')}", *(f"  {name}: {each}" for name, each in fields.items()), "  modes:",
        "  - id: one",
        *(f"    {name}: {mode[name]}" for name in sorted(mode, key=order.index)),
        "  - id: two", "    unit: image", "    credits: 14", "    when: {a: b}", "",
    ]  # fmt: skip
    assert is_right("\n".join(lines).encode())


def test_the_fields_and_words_are_those_of_the_domain():
    """What is not understood here is left out on purpose: lists of texts."""
    for ours, theirs in ((module.MODEL_FIELDS, MODEL_FIELDS), (module.MODE_FIELDS, MODE_FIELDS)):
        known = [each for each in theirs if each.name != "id" and each.kind is not Kind.TEXTS]
        assert list(ours) == [each.name for each in known]
        for each in known:
            if each.kind is Kind.WORD:
                assert module.WORDS[each.name] >= frozenset(each.words) or each.name == "status"
                assert module.WORDS[each.name] <= frozenset(each.words)
