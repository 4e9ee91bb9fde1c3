"""What never counts, what always does, and that a compatible change refuses nothing."""

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kie_catalog.catalog.nodes import parse
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.sync.compatibility import (
    ALL_RULES,
    Compatibility,
    InputShape,
    compare_inputs,
    compare_schemas,
    worst,
)
from kie_catalog.sync.severities import read_severities

NAMES = ("prompt", "duration", "size")
words = st.sampled_from(["a", "bb", "ccc", "720p", "1080p"])
numbers = st.integers(0, 12)


@st.composite
def texts(draw):
    schema = {"type": draw(st.sampled_from(["string", ["string", "null"]]))}
    if draw(st.booleans()):
        schema["maxLength"] = draw(st.integers(1, 6))
    if draw(st.booleans()):
        schema["minLength"] = draw(st.integers(0, 3))
    if draw(st.booleans()):
        schema["enum"] = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    if draw(st.booleans()):
        schema["pattern"] = draw(st.sampled_from(["^[a-z]", "p$"]))
    return schema


@st.composite
def amounts(draw):
    schema = {"type": draw(st.sampled_from(["integer", "number"]))}
    for key in ("minimum", "maximum", "exclusiveMaximum", "exclusiveMinimum"):
        if draw(st.integers(0, 2)) == 0:
            schema[key] = draw(numbers)
    if draw(st.integers(0, 3)) == 0:
        schema["multipleOf"] = draw(st.sampled_from([0.5, 1, 2, 4]))
    return schema


@st.composite
def lists(draw):
    schema = {"type": "array"}
    if draw(st.booleans()):
        schema["items"] = draw(st.one_of(texts(), amounts()))
    if draw(st.booleans()):
        schema["maxItems"] = draw(st.integers(1, 4))
    if draw(st.booleans()):
        schema["minItems"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        schema["uniqueItems"] = draw(st.booleans())
    return schema


@st.composite
def schemas(draw):
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
    properties = {name: draw(st.one_of(texts(), amounts(), lists())) for name in names}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    return {**schema, "required": required} if required else schema


values = st.recursive(
    st.one_of(st.none(), words, numbers, st.floats(0, 12, allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=3,
)
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)


@settings(max_examples=150, deadline=None)
@given(base=schemas(), theirs=schemas(), payload=payloads)
def test_what_was_legal_stays_legal_after_a_compatible_change(base, theirs, payload):
    """The meaning of the word: no request that was taken before is refused after it."""
    assume(Draft202012Validator(base).is_valid(payload))
    if worst(compare_schemas(base, theirs)) is Compatibility.COMPATIBLE:
        assert Draft202012Validator(theirs).is_valid(payload)


@settings(max_examples=60, deadline=None)
@given(schema=schemas())
def test_nothing_changed_is_no_change(schema):
    assert compare_schemas(schema, schema) == []


def shuffled(value, dice):
    if isinstance(value, dict):
        items = list(value.items())
        dice.shuffle(items)
        mixed = {key: shuffled(each, dice) for key, each in items}
        if "type" in mixed and mixed.get("type") == "object":
            mixed["description"] = dice.choice(["one thing", "another"])
            mixed["examples"] = [dice.random()]
        return mixed
    if isinstance(value, list):
        return dice.sample(value, len(value))
    return value


@settings(max_examples=60, deadline=None)
@given(schema=schemas(), seed=st.integers(0, 2**16))
def test_order_wording_and_samples_never_count(schema, seed):
    dice = random.Random(seed)
    assert compare_schemas(schema, shuffled(schema, dice)) == []


@settings(max_examples=60, deadline=None)
@given(base=schemas(), theirs=schemas())
def test_changes_come_worst_first_and_each_place_is_judged_once_by_a_rule(base, theirs):
    changes = compare_schemas(base, theirs)
    assert [change.severity for change in changes] == sorted((c.severity for c in changes), reverse=True)
    keys = [(change.rule, change.pointer, str(change.base), str(change.theirs)) for change in changes]
    assert len(keys) == len(set(keys))


@settings(max_examples=40, deadline=None)
@given(base=schemas(), theirs=schemas(), rule=st.sampled_from(sorted(rule.id for rule in ALL_RULES)))
def test_a_users_severity_replaces_the_rules_own_and_finds_the_same(base, theirs, rule):
    plain = compare_schemas(base, theirs)
    judged = compare_schemas(base, theirs, severities={rule: Compatibility.BREAKING})
    assert {(c.rule, c.pointer) for c in plain} == {(c.rule, c.pointer) for c in judged}
    assert all(c.severity is Compatibility.BREAKING for c in judged if c.rule == rule)


def test_models_are_compared_by_id_and_their_schemas_with_them():
    old = {"a": InputShape({"properties": {"n": {"default": 1}}}), "b": InputShape({})}
    new = {"a": InputShape({"properties": {"n": {"default": 2}}}), "c": InputShape({})}
    changes = compare_inputs(old, new, priced={"a": ["n"]})
    assert [(c.model, c.rule, str(c.severity)) for c in changes] == [
        ("a", "default-moved-priced", "breaking"),
        ("b", "model-gone", "breaking"),
        ("c", "model-added", "compatible"),
    ]
    assert str(changes[0]).startswith("a /properties/n/default: breaking default-moved-priced: ")


def severities(text):
    return read_severities(parse(f"hosts: {{}}\n{text}", "s.yaml"))


def test_severities_are_read_strictly_and_all_faults_are_told():
    assert severities("compatibility: {property-removed: risky}\n") == {
        "property-removed": Compatibility.RISKY
    }
    assert severities("") == {}
    with pytest.raises(CatalogInvalid) as caught:
        severities("compatibility:\n  property-remved: breaking\n  property-removed: bad\n")
    one, other = str(caught.value).splitlines()
    assert one.startswith("s.yaml:3:3: KC601")
    assert "did you mean 'property-removed'?" in one
    assert other.startswith("s.yaml:4:21: KC601")
    assert "choose from compatible, risky, breaking" in other


def test_a_severity_of_the_workspace_is_that_of_the_change():
    base, theirs = {"properties": {"a": {}}}, {"properties": {}}
    given = severities("compatibility: {property-removed: compatible}\n")
    assert worst(compare_schemas(base, theirs)) is Compatibility.RISKY
    assert worst(compare_schemas(base, theirs, severities=given)) is Compatibility.COMPATIBLE
