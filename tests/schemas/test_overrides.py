"""Reviewed corrections: carried out where they meet what was reviewed, told where they do not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.overrides import apply_override, merge, parse_override, stray_overrides

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}, "required": ["n"]}


def override(patch, **more):
    entry = {"patch": patch, "reason": "why", "date": "2026-08-22", "evidence": "the page", **more}
    return parse_override({"corrections": [entry]}, model="a/b", path="schemas/overrides/a/b.json")


def applied(patch, **more):
    schema, notes = apply_override(SCHEMA, override(patch, **more))
    return schema, [(note.rule, note.pointer) for note in notes]


def test_a_patch_changes_what_it_names_and_keeps_both_values():
    schema, notes = apply_override(SCHEMA, override({"properties": {"n": {"maximum": 9}}, "required": None}))
    assert schema == {"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}
    assert [(note.pointer, note.was, note.now) for note in notes] == [
        ("#/properties/n/maximum", 5, 9),
        ("#/required", ["n"], ABSENT),
    ]
    assert notes[0].evidence == "why (the page; reviewed 2026-08-22)"
    assert SCHEMA["properties"]["n"]["maximum"] == 5


def test_a_patch_that_changes_nothing_any_more_is_told():
    assert applied({"properties": {"n": {"maximum": 5}}}) == (SCHEMA, [("override-idle", "#")])
    assert applied({"properties": {"n": {"minimum": None}}}) == (SCHEMA, [("override-idle", "#")])


def test_a_patch_whose_target_is_gone_is_told_and_does_not_make_it_again():
    patch = {"properties": {"m": {"maximum": 9}}}
    assert applied(patch) == (SCHEMA, [("override-astray", "#/properties/m")])
    schema, notes = applied(patch, adds=["#/properties/m"])
    assert schema["properties"]["m"] == {"maximum": 9}
    assert notes == [("override", "#/properties/m")]


def test_a_patch_waits_where_upstream_says_something_else_than_was_reviewed():
    assert applied({"required": []}, was={"#/required": ["n", "m"]}) == (
        SCHEMA,
        [("override-astray", "#/required")],
    )
    assert applied({"required": []}, was={"#/required": ["n"]})[1] == [("override", "#/required")]


def test_the_order_of_a_reviewed_list_does_not_count():
    base = {"required": ["a", "b"]}
    amended, notes = apply_override(base, override({"required": ["a"]}, was={"#/required": ["b", "a"]}))
    assert amended == {"required": ["a"]}
    assert len(notes) == 1


def test_a_patch_that_would_make_no_schema_is_told_and_not_carried_out():
    assert applied({"properties": {"n": {"maximum": "many"}}}) == (SCHEMA, [("override-malformed", "#")])


def test_an_override_of_a_model_that_is_gone_is_told():
    assert [note.rule for note in stray_overrides([override({"a": 1})], ["a/c"])] == ["override-astray"]
    assert list(stray_overrides([override({"a": 1})], ["a/b"])) == []


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ([], ""),
        ({"corrections": []}, ""),
        ({"corrections": [1]}, "/corrections/0"),
        (
            {"corrections": [{"patch": {"a": 1}, "reason": "r", "date": "2026-08-22"}]},
            "/corrections/0/evidence",
        ),
        (
            {"corrections": [{"patch": {}, "reason": "r", "date": "2026-08-22", "evidence": "e"}]},
            "/corrections/0/patch",
        ),
        (
            {"corrections": [{"patch": {"a": 1}, "reason": "r", "date": "today", "evidence": "e"}]},
            "/corrections/0/date",
        ),
        (
            {
                "corrections": [
                    {"patch": {"a": 1}, "reason": "r", "date": "2026-08-22", "evidence": "e", "add": []}
                ]
            },
            "/corrections/0/add",
        ),
    ],
)
def test_a_file_of_another_form_is_refused_with_the_place(content, place):
    with pytest.raises(CatalogInvalid) as refused:
        parse_override(content, model="a/b", path="a/b.json")
    assert any((place or "the file") in finding.message for finding in refused.value.findings)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values, values)
def test_merging_twice_is_merging_once_and_changes_neither_side(target, patch):
    """RFC 7396: a merge patch is idempotent."""
    before = json.dumps([target, patch])
    once = merge(target, patch)
    assert merge(once, patch) == once
    assert json.dumps([target, patch]) == before


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_is_that_of_the_standard(target, patch, merged):
    """The examples of RFC 7396, appendix A."""
    assert merge(target, patch) == merged
