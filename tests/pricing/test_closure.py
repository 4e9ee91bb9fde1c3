"""Prices and schemas close, or every way in which they do not is found; held against all requests."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.catalog import Charge, Status
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.closure import MOST_CASES, Gap, GapKind, gaps
from kie_catalog.pricing.match import holds
from tests.pricing.test_quote import mode, model, schema

PROPERTIES = {
    "size": {"enum": ["a", "b", "c"], "default": "a"},
    "kind": {"enum": ["x", "y"]},
    "sound": {"type": "boolean", "default": False},
    "video_url": {"type": "string"},
}
POSSIBLE = {
    "size": ["a", "b", "c"],
    "kind": ["x", "y", None],
    "sound": [True, False],
    "video_url": ["link", None],
}
conditions = st.fixed_dictionaries(
    {},
    optional={
        "size": st.sampled_from(["a", "b", ["a", "b"], ["c"]]),
        "kind": st.sampled_from(["x", "y", ["x", "y"], [None, "x"], [None, "y"], [None, "x", "y"]]),
        "sound": st.booleans(),
        "video_url": st.sampled_from([{"present": True}, {"present": False}]),
    },
)


def fits(when, request):
    return all(bool(holds(condition, name, request)) for name, condition in when.items())


def requests(whens):
    """Every request over what some condition is about; silence is one only where a condition asks for it."""
    named = [name for name in POSSIBLE if any(name in when for when in whens)]
    asked = {
        name
        for when in whens
        for name, each in when.items()
        if name == "video_url" or (isinstance(each, list) and None in each)
    }
    cases = [[each for each in POSSIBLE[name] if each is not None or name in asked] for name in named]
    for values in product(*cases):
        yield {name: value for name, value in zip(named, values, strict=True) if value is not None}


@given(st.lists(conditions, min_size=1, max_size=4))
def test_a_gap_is_found_if_and_only_if_some_request_has_no_price_or_two(whens):
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    fitting = [[at for at, when in enumerate(whens) if fits(when, each)] for each in requests(whens)]
    found = list(gaps(one, schema(**PROPERTIES)))
    assert any(gap.kind is GapKind.UNPRICED for gap in found) is any(not each for each in fitting)
    overlapping = {(f"m{one}", f"m{other}") for each in fitting for one, other in combinations(each, 2)}
    assert {(gap.mode, gap.other) for gap in found if gap.kind is GapKind.OVERLAP} == overlapping
    assert {gap.kind for gap in found} <= {GapKind.UNPRICED, GapKind.OVERLAP, GapKind.UNKNOWN_VALUE}


lengths = st.integers(0, 12).map(Decimal)
ranges_ = st.tuples(lengths, lengths).map(lambda ends: {"min": min(ends), "max": max(ends)})
ends_only = st.dictionaries(st.sampled_from(["min", "max"]), lengths, min_size=1, max_size=1)


@given(st.lists(ranges_ | ends_only | lengths | st.lists(lengths, min_size=1), min_size=1, max_size=4))
def test_of_whole_numbers_within_ranges_none_is_forgotten(conditions):
    """Each number that the schema allows has the modes that it has by itself, between the ranges too."""
    whens = [{"long": each} for each in [*conditions, {"min": Decimal(6), "max": Decimal(7)}]]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    legal = {"type": "integer", "minimum": 0, "maximum": 12}
    fitting = [[at for at, when in enumerate(whens) if fits(when, {"long": long})] for long in range(13)]
    found = list(gaps(one, schema(long=legal)))
    assert any(gap.kind is GapKind.UNPRICED for gap in found) is any(not each for each in fitting)
    overlapping = {(f"m{one}", f"m{other}") for each in fitting for one, other in combinations(each, 2)}
    assert {(gap.mode, gap.other) for gap in found if gap.kind is GapKind.OVERLAP} == overlapping


@pytest.mark.parametrize(
    ("form", "detail"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 12}, "no mode is for long 6; long 12"),
        ({"type": "number", "minimum": 1, "maximum": 10}, "no mode is for long 6"),
        ({"type": "number"}, "no mode is for long 6"),
        ({"type": "string"}, None),
        ({}, None),
    ],
)
def test_what_no_range_holds_is_shown(form, detail):
    whens = [{"long": _exact({"min": 1, "max": 5})}, {"long": _exact({"min": 7, "max": 10})}]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    found = [gap.detail for gap in gaps(one, schema(long=form))]
    assert found == ([detail] if detail else [])


@pytest.mark.parametrize(("form", "shown"), [("integer", "6"), ("number", "6.5")])
def test_a_wide_gap_is_shown_by_a_number_in_it(form, shown):
    whens = [{"long": _exact({"min": 1, "max": 5})}, {"long": _exact({"min": 8, "max": 10})}]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    (gap,) = gaps(one, schema(long={"type": form, "minimum": 1, "maximum": 10}))
    assert gap.detail == f"no mode is for long {shown}"


@pytest.mark.parametrize("form", ["integer", "number"])
def test_what_the_schema_does_not_allow_needs_no_price(form):
    whens = [{"long": _exact({"min": 1, "max": 12})}, {"long": _exact({"min": 14, "max": 20})}]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    assert list(gaps(one, schema(long={"type": form, "minimum": 1, "maximum": 12}))) == []
    assert [gap.detail for gap in gaps(one, schema(long={"type": form, "minimum": 1, "maximum": 20}))] == [
        "no mode is for long 13"
    ]


def test_a_range_without_ends_holds_every_number():
    legal = {"type": "integer", "minimum": 1, "maximum": 12}
    for when in ({"min": None}, {"min": None, "max": None}):
        assert list(gaps(model(mode("m", 1, when={"long": when})), schema(long=legal))) == []
        both = model(mode("m", 1, when={"long": when}), mode("n", 1, when={"long": Decimal(3)}))
        assert [gap.detail for gap in gaps(both, schema(long=legal))] == ["n applies too, to long 3"]


def kinds(one, **properties):
    return [(gap.kind, gap.mode, gap.name) for gap in gaps(one, schema(**properties))]


def test_a_model_or_a_mode_that_is_not_offered_has_no_gaps():
    when = {"size": "z"}
    assert kinds(model(mode("m", 1, when=when), status=Status.HIDDEN)) == []
    offered = model(mode("m", 1), mode("gone", 1, when=when, status=Status.RETIRED))
    assert kinds(offered) == []


def test_a_condition_on_what_is_measured_needs_no_property():
    sizes = [{"source_resolution": size} for size in ("720p", "1080p")]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(sizes)))
    assert kinds(one) == []
    assert kinds(model(mode("m", 1, when={"source_resolution": "720p", "size": "a"}))) == [
        (GapKind.ILLEGAL_WHEN, "m", "size")
    ]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("d", "size may not be d"),
        (["a", "d", "e"], "size may not be d, e"),
        ([None, "d"], "size may not be d"),
        ([None, "a"], None),
        ("A", None),
        ({"present": True}, None),
    ],
)
def test_a_value_that_is_not_listed_is_illegal(condition, said):
    found = list(gaps(model(mode("m", 1, when={"size": condition})), schema(size=PROPERTIES["size"])))
    illegal = [gap.detail for gap in found if gap.kind is GapKind.ILLEGAL_WHEN]
    assert illegal == ([said] if said else [])


def test_where_nothing_is_listed_nothing_is_illegal():
    assert GapKind.ILLEGAL_WHEN not in [
        kind for kind, *_ in kinds(model(mode("m", 1, when={"t": "d"})), t={})
    ]


@pytest.mark.parametrize(
    ("unit", "charge", "properties", "is_gap"),
    [
        (Unit.SECOND, Charge.OUTPUT, {}, True),
        (Unit.MINUTE, Charge.OUTPUT, {"prompt": {}}, True),
        (Unit.SECOND, Charge.OUTPUT, {"duration": {}}, False),
        (Unit.MINUTE, Charge.OUTPUT, {"seconds": {}, "prompt": {}}, False),
        (Unit.SECOND, Charge.INPUT_VIDEO, {}, False),
        (Unit.IMAGE, Charge.OUTPUT, {}, False),
    ],
)
def test_seconds_that_nothing_gives_are_a_gap(unit, charge, properties, is_gap):
    one = model(mode("m", 1, unit, charge=charge))
    assert (GapKind.NO_QUANTITY in [kind for kind, *_ in kinds(one, **properties)]) is is_gap


def test_surcharges_close_for_themselves():
    """What is billed beside the output neither prices a request nor stands beside another price of it."""
    beside = mode("in", 1, charge=Charge.INPUT_IMAGE, when={"size": "a"})
    assert kinds(model(mode("out", 1), beside), size=PROPERTIES["size"]) == []


@pytest.mark.parametrize(
    ("whens", "values"),
    [
        ([{"size": "a"}], ["b", "c"]),
        ([{"size": ["a", "c"]}], ["b"]),
        ([{"size": "a"}, {}], []),
        ([{"sound": True}], []),
        ([{"sound": True, "size": "a"}], ["b", "c"]),
        ([{"size": "a", "sound": True}, {"size": "b", "sound": False}], ["c"]),
    ],
)
def test_a_listed_value_that_no_mode_is_for_is_named(whens, values):
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(whens)))
    found = [gap for gap in gaps(one, schema(**PROPERTIES)) if gap.kind is GapKind.UNKNOWN_VALUE]
    assert found == [
        Gap(GapKind.UNKNOWN_VALUE, one.id, None, f"no mode is for size {value}", "size") for value in values
    ]


def ranges(count):
    """As many properties as that, each cut into eleven cases by its conditions."""
    names = [f"p{at}" for at in range(count)]
    values = {name: [str(each) for each in range(11)] for name in names}
    return model(mode("m", 1, when=values)), schema(**{name: {"enum": values[name]} for name in names})


def test_what_is_too_much_to_count_is_said_and_what_is_not_is_counted():
    many, form = ranges(5)
    assert [(gap.kind, gap.detail) for gap in gaps(many, form)] == [
        (GapKind.UNCOUNTED, "161051 combinations are too many to count")
    ]
    assert list(gaps(*ranges(4))) == []
    assert 11**4 < MOST_CASES < 11**5


def test_as_many_cases_as_may_be_counted_are_counted():
    one, form = ranges(0)
    assert list(gaps(one, form)) == []
    for sizes, count in (((200, 100), []), ((3, 59, 113), [GapKind.UNCOUNTED])):
        lists = {f"p{size}": [str(n) for n in range(size)] for size in sizes}
        full = model(mode("m", 1, when=lists))
        form = schema(**{name: {"enum": each} for name, each in lists.items()})
        assert [gap.kind for gap in gaps(full, form)] == count
    assert MOST_CASES + 1 == 3 * 59 * 113


@pytest.mark.parametrize(
    ("listed", "detail"),
    [
        (4, "no mode is for size 0; size 1; size 2; size 3"),
        (5, "no mode is for size 0; size 1; size 2; size 3 and 1 more"),
        (7, "no mode is for size 0; size 1; size 2; size 3 and 3 more"),
    ],
)
def test_a_few_requests_without_a_price_are_shown(listed, detail):
    sizes = [str(each) for each in range(listed)]
    one = model(mode("m", 1, when={"size": "z"}))
    (found,) = [
        gap for gap in gaps(one, schema(size={"enum": [*sizes, "z"]})) if gap.kind is GapKind.UNPRICED
    ]
    assert found.detail == detail


@pytest.mark.parametrize(
    ("whens", "form", "detail"),
    [
        ([{"size": "1K"}, {"size": "1k"}], {}, "m1 applies too, to size 1K"),
        ([{"long": {"min": 5, "max": 8}}, {"long": {"min": 8}}], {}, "m1 applies too, to long 8"),
        ([{"long": {"max": 8}}, {"long": "8"}], {}, "m1 applies too, to long 8"),
        ([{"long": [5, "8s"]}, {"long": 8}], {}, "m1 applies too, to long 8"),
        ([{"long": {"min": 5}}, {"long": {"max": 4}}], {}, None),
        ([{"size": "a"}, {"size": "b"}], {}, None),
        ([{}, {}], {}, "m1 applies too, to any request"),
        ([{"kind": [None, "x"]}, {"kind": [None, "y"]}], {}, "m1 applies too, to kind (not given)"),
        ([{"kind": [None, "x"]}, {"kind": [None, "y"]}], {"default": "x"}, None),
    ],
)
def test_what_the_conditions_name_are_the_cases_where_the_schema_lists_none(whens, form, detail):
    exact = [
        {name: value if isinstance(value, str) else _exact(value) for name, value in when.items()}
        for when in whens
    ]
    one = model(*(mode(f"m{at}", 1, when=when) for at, when in enumerate(exact)))
    found = [gap.detail for gap in gaps(one, schema(long=form, size=form, kind=form)) if gap.other]
    assert found == ([detail] if detail else [])


def _exact(value):
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return {name: _exact(each) for name, each in value.items()} if isinstance(value, dict) else value


def test_what_must_be_given_is_given():
    form = {**schema(kind={"type": "string"}), "required": ["kind"]}
    one = model(mode("m", 1, when={"kind": [None, "x"]}), mode("n", 1, when={"kind": [None, "y"]}))
    assert [gap.kind for gap in gaps(one, form)] == []
