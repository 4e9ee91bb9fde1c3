"""The fast engine is a gate: it lets nothing pass in which the plain one finds something wrong."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kie_catalog import packaged_schemas
from kie_catalog.schemas.fast import gate_for
from kie_catalog.schemas.validation import KNOWN, InputValidator

pytest.importorskip("jsonschema_rs", reason="the extra `fast` is not installed")

SCHEMAS = packaged_schemas()
NAMES = sorted(SCHEMAS)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["https://files.example/a.png", "ftp://x", "1080p", "5", 5, 5.0, 10**30, -(2**63), []]),
)


@cache
def validator(model: str) -> InputValidator:
    return InputValidator(SCHEMAS[model])


def values_of(schema) -> st.SearchStrategy:
    """Values that a schema takes, more or less."""
    if not isinstance(schema, dict):
        return ODD
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        must = {name: values_of(properties.get(name)) for name in schema.get("required", ())}
        may = {name: values_of(each) for name, each in properties.items() if name not in must}
        return st.fixed_dictionaries(must, optional=may)
    if kind == "array":
        least = schema.get("minItems", 0)
        return st.lists(values_of(schema.get("items")), min_size=least, max_size=max(least, 3))
    low, high = schema.get("minimum", -5), schema.get("maximum", 2000)
    simple = {
        "integer": st.integers(int(low), max(int(low), int(high))),
        "number": st.floats(float(low), max(float(low), float(high))),
        "boolean": st.booleans(),
        "string": st.sampled_from(["https://files.example/a.png", "a text", ""]),
    }
    return simple.get(str(kind), ODD)


@st.composite
def cases(draw):
    model = draw(st.sampled_from(NAMES))
    value = draw(values_of(SCHEMAS[model]))
    if isinstance(value, dict) and draw(st.booleans()):
        value = {**value, draw(st.sampled_from([*value, "unheard_of"])): draw(ODD)}
    return model, value


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_what_the_gate_lets_pass_has_no_problem(case):
    model, value = case
    compiled = validator(model)
    gate = gate_for(compiled._compiled, KNOWN, lambda text: text.startswith(("http://", "https://")))
    if gate is not None and compiled._gate(value):
        assert list(compiled._validator.iter_errors(value)) == []


def test_most_schemas_have_a_gate_and_it_lets_good_inputs_pass():
    gated = [model for model in NAMES if validator(model)._gate is not None]
    assert len(gated) > 0.9 * len(NAMES)
    model = "bytedance/seedance-2"
    good = {"prompt": "a text"}
    assert validator(model)._gate(good) == validator(model)._validator.is_valid(good)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^a$"},
        {"type": "number", "multipleOf": 0.01},
        {"type": "string", "format": "date"},
        {"properties": {"a": {"items": {"$ref": "#/$defs/x"}}}},
        {"anyOf": [{"patternProperties": {"^a": {}}}]},
    ],
)
def test_what_the_engines_might_read_differently_has_no_gate(schema):
    assert gate_for(schema, KNOWN, bool) is None


@pytest.mark.parametrize("value", [10**400, {1: 2}, {"a": object()}, [float("nan")]])
def test_a_value_that_the_engine_has_no_form_for_does_not_pass(value):
    gate = gate_for({"type": "integer"}, KNOWN, bool)
    assert gate is not None
    assert not gate(value) or value == 10**400
