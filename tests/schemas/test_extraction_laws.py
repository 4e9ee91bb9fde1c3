"""Laws of extraction: whatever a page holds, it costs that page at most, and what comes out is a schema."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kie_catalog.domain.snapshot import Page
from kie_catalog.schemas.extraction import declarations
from kie_catalog.schemas.findings import note_finding
from kie_catalog.schemas.openapi import WORDS
from kie_catalog.schemas.records import parse_record, record_of, render_record

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 9000), st.sampled_from(["", "a", "5", "uri", "string", "("])
)
names = st.sampled_from(["prompt", " prompt", "image_urls", "duration", "callBackUrl", "$ref", "n"])
keywords = st.sampled_from(
    [
        *(
            "type",
            "enum",
            "default",
            "required",
            "properties",
            "items",
            "oneOf",
            "anyOf",
            "allOf",
            "not",
            "if",
        ),
        *(
            "then",
            "minimum",
            "maximum",
            "maxLength",
            "minItems",
            "pattern",
            "format",
            "description",
            "examples",
        ),
        *(
            "$ref",
            "nullable",
            "exclusiveMinimum",
            "const",
            "additionalProperties",
            "multipleOf",
            "uniqueItems",
        ),
        *("x-apidog-refs", "example", "dependentRequired", "patternProperties", "deprecated"),
    ]
)
TYPES = st.sampled_from(
    ["string", "object", "array", "integer", "number", "boolean", "int", ["string", "null"], 7]
)
garbage = st.recursive(
    st.one_of(
        scalars, TYPES, st.just("#/components/schemas/A"), st.just("up to 5 images, max length: 9 characters")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keywords, inner, max_size=5),
        st.dictionaries(names, inner, max_size=4),
    ),
    max_leaves=25,
)


def document(body, components, example):
    content = {"schema": body, "example": example}
    return {
        "paths": {
            "/api/v1/jobs/createTask": {"post": {"requestBody": {"content": {"application/json": content}}}}
        },
        "components": {"schemas": {"A": components}},
    }


def createtask(inputs):
    model = {"type": "string", "enum": ["example/image"]}
    return {"type": "object", "properties": {"model": model, "input": inputs}, "required": ["model"]}


slow = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(garbage, garbage, garbage)
def test_whatever_stands_as_input_a_schema_comes_out(inputs, components, example):
    page = Page("market/example/image", "image", document(createtask(inputs), components, {"input": example}))
    found = declarations([page])
    assert len(found.models) == 1
    Draft202012Validator.check_schema(found.models[0].schema)
    (model,) = found.models
    for note in (*model.corrections, *model.doubts):
        assert str(note_finding(note, model.page)).isprintable()


@slow
@given(st.lists(st.dictionaries(keywords, garbage, max_size=3), min_size=1, max_size=3), scalars)
def test_whatever_stands_as_alternatives_an_example_is_held_against_them(branches, sample):
    inputs = {"type": "object", "properties": {"part": {"oneOf": [*branches, {"type": "string"}]}}}
    page = Page(
        "market/example/image", "image", document(createtask(inputs), {}, {"input": {"part": sample}})
    )
    found = declarations([page])
    assert len(found.models) == 1
    Draft202012Validator.check_schema(found.models[0].schema)


@slow
@given(garbage)
def test_whatever_stands_as_body_the_page_is_accounted_for(body):
    good = Page("market/good/one", "one", document(createtask({}), {}, None))
    found = declarations([good, Page("market/odd", "odd", document(body, {}, body))])
    told = {each.page for each in (*found.models, *found.without, *found.contested)}
    assert told >= {"market/good/one", "market/odd"}


@slow
@given(garbage)
def test_whatever_stands_as_document_the_page_is_accounted_for(content):
    openapi = content if isinstance(content, dict) else {"paths": content}
    found = declarations([Page("market/odd", "odd", openapi)])
    assert len(found.models) + len(found.without) + len(found.contested) == 1


def wordless(schema):
    """Whether no wording is left; a property may be called `title`, a schema may not say one."""
    if isinstance(schema, list):
        return all(map(wordless, schema))
    if not isinstance(schema, dict):
        return True
    if set(schema) & set(WORDS):
        return False
    inner = [
        each
        for key, each in schema.items()
        if key not in {"properties", "patternProperties", "default", "enum", "const"}
    ]
    named = [part for key in ("properties", "patternProperties") for part in schema.get(key, {}).values()]
    return all(map(wordless, [*inner, *named]))


@slow
@given(garbage, garbage)
def test_no_wording_is_kept_and_a_record_reads_back_as_it_was_written(inputs, components):
    page = Page("market/example/image", "image", document(createtask(inputs), components, None))
    record = record_of(declarations([page]).models[0])
    assert wordless({key: each for key, each in record.schema.items() if key != "x-inferred"})
    text = render_record(record)
    assert render_record(parse_record(json.loads(text))) == text


@slow
@given(garbage, garbage)
def test_reading_twice_gives_the_same(inputs, example):
    def read():
        page = Page("market/example/image", "image", document(createtask(inputs), {}, {"input": example}))
        return declarations([page])

    assert read() == read()
