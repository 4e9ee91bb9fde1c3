"""A model moves to where its id belongs as the text it is, with its own comments; no other byte moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.moves import in_place
from kie_catalog.catalog.nodes import parse

FORMS = (
    "- id: {0}\n",
    "# about {0}\n- id: {0}\n  title: x\n",
    "- id: {0}  # {0}\n  modes:\n  - unit: image\n    # deeper {0}\n",
    "# one {0}\n  # two {0}\n- id: {0}\n  text: |\n    - id: {0}\n",
)
"""A model with what is its own: the comments right above it, and those that are deeper than its dash."""


def moved(text, *model_ids):
    return in_place(parse(text, "c.yaml"), model_ids).text


def catalog(ids, forms=None, head="models:\n", end=""):
    blocks = [FORMS[form].format(each) for each, form in zip(ids, forms or [0] * len(ids), strict=True)]
    return head + "".join(blocks) + end


@given(st.permutations("abcde"), st.lists(st.sampled_from([0, 1, 2, 3]), min_size=5, max_size=5), st.data())
def test_one_model_out_of_order_goes_where_its_id_belongs_with_all_that_is_its_own(ids, forms, data):
    form_of = dict(zip(ids, forms, strict=True))
    at = data.draw(st.sampled_from("abcde"))
    others = sorted(set("abcde") - {at})
    place = data.draw(st.integers(0, 4))
    before = [*others[:place], at, *others[place:]]
    end = data.draw(st.sampled_from(["", "source: s\n"]))
    head = data.draw(st.sampled_from(["models:\n", "\ufeff# head\nversion: '1.0'\n\nmodels:\n"]))
    text = catalog(before, [form_of[each] for each in before], head, end)
    wanted = catalog("abcde", [form_of[each] for each in "abcde"], head, end)
    assert moved(text, at) == wanted
    assert moved(text.replace("\n", "\r\n"), at) == wanted.replace("\n", "\r\n")


@given(st.permutations("abcd"))
def test_models_that_are_moved_one_after_the_other_are_in_order_if_the_rest_is(ids):
    text = catalog(ids)
    assert in_place(parse(text, "c.yaml"), []).text == text
    assert moved(catalog("abcd"), *ids) == catalog("abcd")


@pytest.mark.parametrize(
    ("before", "model_id", "after"),
    [
        # a text that ends without a line break ends so again
        ("models:\n- id: b\n- id: a", "a", "models:\n- id: a\n- id: b"),
        ("models:\n- id: b\n- id: a", "b", "models:\n- id: a\n- id: b"),
        ("models:\r\n- id: b\r\n- id: a", "b", "models:\r\n- id: a\r\n- id: b"),
        # a comment above the first model is the first model's
        ("models:\n# b\n- id: b\n# a\n- id: a\n", "a", "models:\n# a\n- id: a\n# b\n- id: b\n"),
        # a blank line stays where it is
        ("models:\n- id: b\n\n# a\n- id: a\n", "a", "models:\n# a\n- id: a\n- id: b\n\n"),
        # a comment above a blank line is no model's own
        ("models:\n- id: b\n# far\n\n- id: a\n", "a", "models:\n- id: a\n- id: b\n# far\n\n"),
        # a comment that is deeper than the dash above it stays with what that dash began
        (
            "models:\n- id: c\n- id: a\n  # a's\n- id: d\n",
            "c",
            "models:\n- id: a\n  # a's\n- id: c\n- id: d\n",
        ),
        ("models:\n- id: b\n  # b's\n- id: a\n", "a", "models:\n- id: a\n- id: b\n  # b's\n"),
        ("models:\n- id: b\n # b's\n- id: a\n", "a", "models:\n- id: a\n- id: b\n # b's\n"),
        ("models:\n  # of all\n- id: b\n- id: a\n", "a", "models:\n  # of all\n- id: a\n- id: b\n"),
        # indented sequences
        (
            "models:\n  - id: c\n  - id: a\n    # a's\n  - id: d\n",
            "c",
            "models:\n  - id: a\n    # a's\n  - id: c\n  - id: d\n",
        ),
        ("models:\n  - id: b\n    # b's\n  - id: a\n", "b", "models:\n  - id: a\n  - id: b\n    # b's\n"),
        # a comment at the dash's own column is the next one's
        ("models:\n- id: c\n- id: a\n# b's\n- id: b\n", "c", "models:\n- id: a\n# b's\n- id: b\n- id: c\n"),
        ("- id: z\n", None, "- id: z\n"),
    ],
)
def test_examples(before, model_id, after):
    assert moved(before, *([model_id] if model_id else [])) == after


@pytest.mark.parametrize(
    ("text", "model_id"),
    [
        ("models:\n- id: c\n- id: b\n- id: a\n", "a"),
        ("models: [{id: b}, {id: a}]\n", "a"),
        ("{models: [{id: b}, {id: a}]}\n", "a"),
        ("models:\n- id: a\n- id: b\n", "a"),
        ("models:\n- id: a\n- id: b\n", "b"),
        ("models:\n- id: a\n", "a"),
    ],
)
def test_what_is_in_its_place_or_in_no_order_stays(text, model_id):
    assert moved(text, model_id) == text
