"""When a condition holds for a request: by value and not by spelling, and never by a guess."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.pricing.match import (
    as_number,
    declared_properties,
    effective_input,
    holds,
    is_given,
    same_value,
)

words = st.text("ab1049.xs", min_size=1, max_size=6)
amounts = st.decimals(-1000, 1000, places=2)


@given(words, st.sampled_from([" ", "\t", "  "]), st.data())
def test_blanks_and_case_make_no_other_value(word, blank, data):
    at = data.draw(st.integers(0, len(word)))
    assert same_value(word, word[:at] + blank + word[at:].upper())


@given(amounts, amounts)
def test_numbers_are_the_same_in_every_form(one, other):
    for form in (one, str(one), f"{one}s", f" {one} S", f"{one}0"):
        assert same_value(one, form)
        assert same_value(str(other), form) is (one == other)


@given(amounts, st.sampled_from(["720p", "auto", "x"]))
def test_a_number_is_no_text(number, text):
    assert not same_value(number, text)
    assert not same_value(text, number)


@pytest.mark.parametrize("value", [0.1, 2.5, 1e22, 5])
def test_a_number_is_what_it_is_written_as(value):
    assert as_number(value) == Decimal(str(value))


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, "", "s", "ten", "NaN", "-inf", [1], {"a": 1}, float("nan")),
        *("1e9", "1e999999", "1_0", "\u0665", "5ss", "9" * 16),
    ],
)
def test_what_is_no_number_is_none(value):
    assert as_number(value) is None


@given(st.booleans(), st.sampled_from([0, 1, "true", "false", "", None, Decimal(1)]))
def test_a_truth_is_only_itself(truth, other):
    assert same_value(truth, truth)
    assert not same_value(truth, not truth)
    assert not same_value(truth, other)
    if other is not None:
        assert not same_value(other, truth)


@given(amounts, amounts, amounts)
def test_a_range_holds_from_its_lower_to_its_upper_end(one, other, number):
    low, high = sorted([one, other])
    assert holds({"min": low, "max": high}, "p", {"p": number}) is (low <= number <= high)
    assert holds({"min": low}, "p", {"p": number}) is (low <= number)
    assert holds({"max": high}, "p", {"p": number}) is (number <= high)
    assert holds({"min": low, "max": high}, "p", {"p": low})
    assert holds({"min": low, "max": high}, "p", {"p": high})


@pytest.mark.parametrize(
    ("condition", "request_", "expected"),
    [
        ({"min": Decimal(4)}, {"p": "auto"}, None),
        ({"min": Decimal(4)}, {}, None),
        ([None, "a"], {}, True),
        ([None, "a"], {"p": ""}, True),
        ([None, "a"], {"p": "A"}, True),
        ([None, "a"], {"p": "b"}, False),
        ([None, "none"], {"p": "b"}, False),
        (["a"], {}, None),
        (["a"], {"p": ""}, False),
        ({"present": True}, {"p": False}, True),
        ({"present": True}, {"p": 0}, True),
        ({"present": True}, {"p": ""}, False),
        ({"present": True}, {}, False),
        ({"present": False}, {"p": "x"}, False),
        ({"of": "another form"}, {"p": "x"}, None),
        ("a", {"q": "a"}, None),
    ],
)
def test_what_a_request_does_not_say_is_neither_true_nor_false(condition, request_, expected):
    assert holds(condition, "p", request_) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), ("", False), ([], False), (0, True), ([""], True)]
)
def test_an_empty_text_or_list_gives_nothing(value, expected):
    assert is_given(value) is expected


def test_properties_of_branches_count_and_the_first_declaration_wins():
    schema = {
        "properties": {"size": {"enum": ["own"]}, "odd": True},
        "oneOf": [
            {"properties": {"size": {"enum": ["branch"]}, "text": {"default": "first"}}},
            "no schema",
            {"properties": {"text": {"default": "second"}}, "allOf": [{"properties": {"deep": {}}}]},
        ],
        "anyOf": [{"properties": {"link": {}}}],
        "allOf": [{"properties": {"odd": {"type": "string"}}}],
    }
    found = declared_properties(schema)
    assert set(found) == {"size", "text", "deep", "link", "odd"}
    assert (found["size"], found["text"]) == ({"enum": ["own"]}, {"default": "first"})
    assert found["odd"] == {"type": "string"}
    assert declared_properties({"properties": None, "oneOf": None}) == {}


def test_defaults_stand_for_what_is_not_given_and_for_nothing_else():
    schema = {"properties": {"size": {"default": "1K"}, "sound": {"default": True}, "text": {}}}
    assert effective_input(schema, {}) == {"size": "1K", "sound": True}
    assert effective_input(schema, {"size": None, "sound": False, "text": ""}) == {
        "size": "1K",
        "sound": False,
        "text": "",
    }
