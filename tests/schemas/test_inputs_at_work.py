"""Input schemas at work: loaded and compiled when asked for, and as fast as is needed."""

import json

import pytest

from kie_catalog.schemas.build import BuiltInput
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call, Callback, Place
from kie_catalog.schemas.records import InputRecord, InputSchemas, parse_record, record_of, render_record
from tests.schemas.upstream import declared, inputs


def record(model):
    return InputRecord(
        model,
        "",
        Call(CREATE_TASK, RECORD_INFO),
        {"type": "object", "properties": {"n": {"type": "integer"}}},
    )


def test_a_model_is_loaded_when_it_is_first_asked_for_and_once():
    asked = []

    def load(model):
        asked.append(model)
        return record(model)

    schemas = InputSchemas(["a", "b", "c"], load)
    assert asked == []
    assert isinstance(schemas.build_input("b", {"n": "5"}), BuiltInput)
    assert isinstance(schemas.build_input("b", {"n": "6"}), BuiltInput)
    assert schemas.builder("b") is schemas.builder("b")
    assert asked == ["b"]


def test_an_unknown_model_is_refused_by_name():
    outcome = InputSchemas(["example/video"], record).build_input("example/vidoe", {})
    assert [each.en for each in outcome.problems] == [
        'the input cannot be built: there is no model "example/vidoe"; did you mean example/video?'
    ]


def test_a_record_reads_back_as_it_was_written():
    for each in declared("2026-08-22").models:
        text = render_record(record_of(each))
        again = parse_record(json.loads(text))
        assert render_record(again) == text
        assert (again.call, again.corrections, again.doubts) == (each.call, each.corrections, each.doubts)


@pytest.mark.parametrize(
    ("call", "request_body"),
    [
        (Call(CREATE_TASK), {"model": "m", "input": {"n": 1}, "callBackUrl": "https://a.example"}),
        (
            Call("/api/v1/generate", place=Place.BODY, names_model=False),
            {"n": 1, "callBackUrl": "https://a.example"},
        ),
        (Call("/codex/v1/responses", place=Place.BODY, callback=Callback.NONE), {"model": "m", "n": 1}),
    ],
)
def test_a_call_makes_the_request_of_its_endpoint(call, request_body):
    assert call.request("m", {"n": 1}, callback="https://a.example") == request_body


def test_a_call_that_needs_a_callback_address_says_so():
    with pytest.raises(ValueError, match="give a callback address"):
        Call("/api/v1/generate", callback=Callback.REQUIRED).request("m", {})


def sample_inputs():
    """For every model, an input that it takes: built from what the model requires."""
    schemas = inputs("2026-08-22")
    for model in sorted(schemas.models):
        builder = schemas.builder(model)
        outcome = builder.build(required_of(builder.schema))
        if isinstance(outcome, BuiltInput):
            yield model, builder, outcome.input


def required_of(schema):
    branch = next(iter(schema.get("oneOf", schema.get("anyOf", ()))), {})
    properties = {**branch.get("properties", {}), **schema.get("properties", {})}
    names = [*schema.get("required", ()), *branch.get("required", ())]
    return {name: example_of(properties.get(name, {})) for name in names}


def example_of(schema):
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [example_of(schema.get("items", {}))] * max(1, schema.get("minItems", 1))
    if kind == "object":
        return required_of(schema)
    if kind in {"integer", "number"}:
        return schema.get("minimum", 5)
    if kind == "boolean":
        return False
    return "https://files.example/a.png" if schema.get("format") == "uri" else "https"


def test_most_models_can_be_tried_this_way():
    assert sum(1 for _ in sample_inputs()) > 190
