"""Laws of `build_input`: what it returns is valid, what it refuses was not, and twice changes nothing."""

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.schemas.build import BuiltInput, InputBuilder, build_input
from kie_catalog.schemas.readings import equal

NAMES = ("prompt", "image_url", "image_urls", "duration", "resolution", "n", "taskId", "elements")
words = st.sampled_from(["a", "5", "10", "1080p", "720p", "16:9", "true", "https://a.example/b.png", ""])
spelled = st.sampled_from(["1080P", " 720p ", "16x9", "8s", "05", "5.0", "True", "1080", "not an address"])
numbers = st.one_of(st.integers(-2, 30), st.sampled_from([0.5, 5.0, float("inf"), float("nan")]))
leaves = st.one_of(st.none(), st.booleans(), words, spelled, numbers)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def leaf_schemas(draw):
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", ["string", "number"], None]))
    schema = {} if kind is None else {"type": kind}
    if kind == "string" and draw(st.booleans()):
        schema |= draw(
            st.sampled_from(
                [
                    {"enum": ["720p", "1080p"]},
                    {"enum": ["5", "10"]},
                    {"format": "uri"},
                    {"maxLength": 4},
                    {"pattern": "^[a-z]"},
                    {"x-inferred": {"maxLength": 2, "evidence": "max length: 2 characters"}},
                ]
            )
        )
    if kind in ("integer", "number") and draw(st.booleans()):
        schema |= draw(
            st.sampled_from([{"enum": [5, 10]}, {"minimum": 4, "maximum": 15}, {"multipleOf": 0.5}])
        )
    if draw(st.booleans()):
        schema["default"] = draw(st.one_of(words, st.integers(0, 12), st.booleans(), st.just([])))
    if draw(st.integers(0, 5)) == 0:
        schema["deprecated"] = True
    return schema


def lists_of(inner):
    return st.builds(
        lambda items, size: {"type": "array", "items": items, **({"maxItems": size} if size else {})},
        inner,
        st.integers(0, 3),
    )


@st.composite
def objects(draw, inner=leaf_schemas, *, deep=True):
    part = (
        st.one_of(inner(), lists_of(inner()), objects(deep=False), lists_of(objects(deep=False)))
        if deep
        else inner()
    )
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    schema = {"type": "object", "properties": {name: draw(part) for name in names}}
    required = draw(
        st.lists(st.sampled_from(NAMES if draw(st.booleans()) else names or NAMES), unique=True, max_size=2)
    )
    if required:
        schema["required"] = required
    if draw(st.integers(0, 4)) == 0:
        schema["additionalProperties"] = draw(st.booleans())
    return schema


@st.composite
def schemas(draw):
    schema = draw(objects())
    shape = draw(st.sampled_from(["plain", "plain", "oneOf", "anyOf", "allOf", "if", "not"]))
    if shape in {"oneOf", "anyOf"}:
        schema[shape] = draw(st.lists(objects(deep=False), min_size=1, max_size=3))
    elif shape == "allOf":
        schema["allOf"] = [{"required": [draw(st.sampled_from(NAMES))]}]
    elif shape == "if":
        schema["if"] = {"required": [draw(st.sampled_from(NAMES))]}
        schema["then"] = {"required": [draw(st.sampled_from(NAMES))]}
    elif shape == "not":
        schema["not"] = {
            "required": draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
        }
    return schema


OTHER_NAMES = ("imageUrl", "image", "image-urls", "seconds", "task_id", "promt", "Prompt", "quality")
payloads = st.dictionaries(st.sampled_from(NAMES + OTHER_NAMES), values, max_size=5)
law = settings(max_examples=60, deadline=None)


@law
@given(schemas(), payloads)
def test_what_comes_out_is_valid(schema, payload):
    builder = InputBuilder(schema)
    outcome = builder.build(payload)
    if isinstance(outcome, BuiltInput):
        assert builder.validator.is_valid(outcome.input)


@law
@given(schemas(), payloads)
def test_what_is_refused_was_invalid_and_every_problem_has_a_place_and_two_hints(schema, payload):
    builder = InputBuilder(schema)
    outcome = builder.build(payload)
    if not isinstance(outcome, BuiltInput):
        assert not builder.validator.is_valid(payload)
        assert outcome.problems
        for problem in outcome.problems:
            assert problem.code
            assert problem.en
            assert problem.ru


@law
@given(schemas(), payloads)
def test_building_twice_changes_nothing(schema, payload):
    builder = InputBuilder(schema)
    outcome = builder.build(payload)
    if isinstance(outcome, BuiltInput):
        again = builder.build(outcome.input)
        assert isinstance(again, BuiltInput)
        assert equal(again.input, outcome.input)
        assert again.readings == ()


@law
@given(schemas(), payloads)
def test_the_callers_payload_is_left_as_it_is(schema, payload):
    before = copy.deepcopy(payload)
    build_input(schema, payload)
    assert repr(payload) == repr(before)


def leaves_of(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves_of(each)
    else:
        yield value


def plain(value):
    """What all spellings of one value have in common."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return str(float(text.strip().lower().removesuffix("s").removesuffix("p")))
    except ValueError:
        return text.strip().lower().replace("x", ":")


def defaults_of(value):
    if isinstance(value, dict):
        if "default" in value:
            yield value["default"]
        for each in value.values():
            yield from defaults_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from defaults_of(each)


@law
@given(schemas(), payloads)
def test_every_value_that_comes_out_went_in_or_is_a_default_of_the_schema(schema, payload):
    """Nothing is invented: another spelling at most."""
    outcome = build_input(schema, payload)
    if isinstance(outcome, BuiltInput):
        known = {plain(each) for each in leaves_of([payload, list(defaults_of(schema))])}
        assert {plain(each) for each in leaves_of(outcome.input)} <= known


@law
@given(schemas(), payloads)
def test_what_comes_out_is_json(schema, payload):
    outcome = build_input(schema, payload)
    if isinstance(outcome, BuiltInput):
        written = json.dumps(outcome.input, allow_nan=False)
        assert json.loads(written) == outcome.input
