"""What people type and what a model is sent: readings, refusals, defaults and warnings, one by one."""

import pytest

from kie_catalog.schemas.build import BuiltInput, InputBuilder, build_input
from kie_catalog.schemas.problems import _SENTENCES, Problem, What

URL = "https://files.example/cat.png"
TEXT, WHOLE, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
ADDRESS = {"type": "string", "format": "uri"}


def model(required=(), /, **properties):
    schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


READINGS = [
    # another spelling of the value
    ({"n": {"enum": [5, 10], "type": "integer"}}, {"n": "5"}, {"n": 5}),
    ({"n": {"enum": ["5", "10"], "type": "string"}}, {"n": 5}, {"n": "5"}),
    ({"n": WHOLE}, {"n": "5"}, {"n": 5}),
    ({"n": WHOLE}, {"n": "5.0"}, {"n": 5}),
    ({"n": NUMBER}, {"n": "0.5"}, {"n": 0.5}),
    ({"n": TEXT}, {"n": 5}, {"n": "5"}),
    ({"n": FLAG}, {"n": "true"}, {"n": True}),
    ({"n": {"enum": ["720p", "1080p"]}}, {"n": "1080P"}, {"n": "1080p"}),
    ({"n": {"enum": ["720p", "1080p"]}}, {"n": 1080}, {"n": "1080p"}),
    ({"n": {"enum": ["1K", "2K"]}}, {"n": "2k"}, {"n": "2K"}),
    ({"n": {"enum": ["16:9", "9:16"]}}, {"n": "16x9"}, {"n": "16:9"}),
    ({"n": {"enum": ["landscape_16_9", "square"]}}, {"n": "Landscape 16-9"}, {"n": "landscape_16_9"}),
    ({"duration": WHOLE}, {"duration": "8s"}, {"duration": 8}),
    ({"n": {"type": "array", "items": ADDRESS}}, {"n": URL}, {"n": [URL]}),
    ({"n": ADDRESS}, {"n": [URL]}, {"n": URL}),
    ({"n": {"type": "array", "items": WHOLE}}, {"n": ["1", 2]}, {"n": [1, 2]}),
    ({"n": model(size=WHOLE)}, {"n": {"Size": "3"}}, {"n": {"size": 3}}),
    # another name for the property
    ({"image_urls": {"type": "array", "items": ADDRESS}}, {"image_url": URL}, {"image_urls": [URL]}),
    ({"image_url": ADDRESS}, {"image_urls": [URL]}, {"image_url": URL}),
    ({"input_urls": {"type": "array", "items": ADDRESS}}, {"image": URL}, {"input_urls": [URL]}),
    ({"imageUrls": {"type": "array", "items": ADDRESS}}, {"image_urls": [URL]}, {"imageUrls": [URL]}),
    ({"aspect_ratio": TEXT}, {"aspectRatio": "1:1"}, {"aspect_ratio": "1:1"}),
    ({"text": TEXT}, {"prompt": "hello"}, {"text": "hello"}),
    ({"quality": {"enum": ["540p", "720p"]}}, {"resolution": "720P"}, {"quality": "720p"}),
    # what is legal stays as it is
    ({"n": TEXT}, {"n": " 5 "}, {"n": " 5 "}),
    ({"n": {"type": ["string", "number"]}}, {"n": "6"}, {"n": "6"}),
    ({"n": {"enum": ["a", "A"]}}, {"n": "A"}, {"n": "A"}),
]


@pytest.mark.parametrize(("properties", "typed", "sent"), READINGS)
def test_it_is_read_as(properties, typed, sent):
    outcome = build_input(model(**properties), typed)
    assert isinstance(outcome, BuiltInput), outcome
    assert outcome.input == sent
    assert [type(each) for each in outcome.input.values()] == [type(each) for each in sent.values()]


REFUSALS = [
    (model(["prompt"], prompt=TEXT), {}, [("prompt", "missing")]),
    (model(["prompt"], prompt=TEXT), {"promt": "a"}, [("prompt", "missing"), ("promt", "unknown")]),
    (model(n=WHOLE), {"n": "5.5"}, [("n", "wrong-type")]),
    (model(n={"enum": ["a", "A"]}), {"n": " a"}, [("n", "not-allowed")]),
    (model(n={"enum": [5, 10]}), {"n": 7}, [("n", "not-allowed")]),
    (model(n={"type": "array", "items": ADDRESS}), {"n": ["cat.png"]}, [("n[0]", "not-an-address")]),
    (model(n=ADDRESS), {"n": "data:image/png;base64,AAAA"}, [("n", "not-an-address")]),
    (model(n={"type": "string", "maxLength": 3}), {"n": "four"}, [("n", "too-long")]),
    (model(n={"type": "array", "maxItems": 1}), {"n": [1, 2]}, [("n", "too-many")]),
    (model(n={"minimum": 4, "maximum": 15}), {"n": 3}, [("n", "too-small")]),
    (model(n=model(["name"], name=TEXT)), {"n": {"nam": 1}}, [("n.nam", "unknown"), ("n.name", "missing")]),
    (model(image_url=ADDRESS), {"image_url": URL, "image": URL}, [("image", "given-twice")]),
    (
        model(image_url=ADDRESS),
        {"img": URL, "photo": URL},
        [("img", "given-twice"), ("photo", "given-twice")],
    ),
    # two that could be meant: neither is chosen
    (model(image_url=ADDRESS, input_urls=ADDRESS), {"photo": URL}, [("photo", "unknown")]),
    (model(first_frame_url=ADDRESS), {"image_url": URL}, [("image_url", "unknown")]),
    # the other name exists, its value does not
    (model(quality={"enum": ["basic", "high"]}), {"resolution": "720p"}, [("resolution", "unknown")]),
]


@pytest.mark.parametrize(("schema", "typed", "problems"), REFUSALS)
def test_it_is_refused_with_every_reason(schema, typed, problems):
    outcome = build_input(schema, typed)
    assert not isinstance(outcome, BuiltInput), outcome
    assert sorted((each.place, each.code) for each in outcome.problems) == sorted(problems)


def test_the_hints_name_place_fact_and_cure_in_both_languages():
    schema = model(
        ["prompt"],
        prompt=TEXT,
        resolution={"enum": ["720p", "1080p"]},
        image_urls={"type": "array", "items": ADDRESS},
    )
    outcome = build_input(schema, {"resolution": "8K", "image_urls": ["cat.png"], "promt": "a"})
    assert [each.en for each in outcome.problems] == [
        (
            'image_urls[0] must be an absolute http(s) address, not "cat.png"; '
            "upload the file first and give its address"
        ),
        "prompt is missing; give a text",
        "promt is not known to this model; did you mean prompt?",
        'resolution is "8K", which is not allowed; give one of 720p, 1080p',
    ]
    assert [each.hint("ru") for each in outcome.problems] == [
        (
            'image_urls[0] должно быть полным адресом http(s), а не "cat.png"; '
            "сначала загрузите файл и укажите его адрес"
        ),
        "prompt не задано; укажите текст",
        "promt этой модели не известно; возможно, имелось в виду prompt?",
        'resolution содержит недопустимое "8K"; нужно одно из: 720p, 1080p',
    ]


@pytest.mark.parametrize("code", sorted(_SENTENCES))
def test_every_code_has_a_hint_in_both_languages(code):
    problem = Problem(("a", 0), code, What(("string",)), "given", "limit", "near")
    assert problem.en.startswith("a[0] ")
    assert problem.ru.startswith("a[0] ")
    assert any("а" <= letter <= "я" for letter in problem.ru)
    assert problem.to_json() == {"path": "a[0]", "code": code, "en": problem.en, "ru": problem.ru}


def test_defaults_are_sent_only_where_upstream_declares_them_and_they_say_something():
    schema = model(
        ["prompt"],
        prompt={"type": "string", "default": ""},
        size={"type": "string", "default": "1K"},
        old={"type": "boolean", "default": False, "deprecated": True},
        free=TEXT,
    )
    assert build_input(schema, {"prompt": "a"}).input == {"prompt": "a", "size": "1K"}
    assert [each.place for each in build_input(schema, {}).problems] == ["prompt"]


def test_a_default_never_makes_a_legal_input_illegal():
    schema = {**model(a=TEXT, b={"type": "string", "default": "x"}), "not": {"required": ["a", "b"]}}
    assert build_input(schema, {"a": "1"}).input == {"a": "1"}
    assert build_input(schema, {}).input == {"b": "x"}


def test_defaults_of_an_alternative_are_those_of_the_one_that_is_meant():
    schema = {
        "oneOf": [
            {
                **model(["image"], image=TEXT, size={"type": "string", "default": "S"}),
                "additionalProperties": False,
            },
            {
                **model(["video"], video=TEXT, ratio={"type": "string", "default": "auto"}),
                "additionalProperties": False,
            },
        ]
    }
    assert build_input(schema, {"video": "v"}).input == {"video": "v", "ratio": "auto"}
    assert build_input(schema, {"image": "i"}).input == {"image": "i", "size": "S"}
    assert [each.code for each in build_input(schema, {"image": "i", "video": "v"}).problems]


def test_defaults_reach_into_objects_that_are_given():
    schema = model(
        parts={"type": "array", "items": model(["name"], name=TEXT, start={"type": "integer", "default": 0})}
    )
    assert build_input(schema, {"parts": [{"name": "a"}]}).input == {"parts": [{"name": "a", "start": 0}]}


def test_an_inferred_bound_warns_and_never_refuses():
    schema = model(
        prompt={**TEXT, "x-inferred": {"maxLength": 3, "evidence": "max length: 3 characters"}},
        n={**NUMBER, "x-inferred": {"minimum": 0, "maximum": 1, "step": 0.1, "evidence": ""}},
        image={
            **TEXT,
            "x-inferred": {"format": "uri", "mediaTypes": ["image/png", "image/jpg"], "evidence": ""},
        },
    )
    legal = build_input(schema, {"prompt": "abc", "n": 0.3, "image": "https://a.example/b.jpeg?x=1"})
    assert legal.warnings == ()
    odd = build_input(schema, {"prompt": "abcd", "n": 0.35, "image": "/home/me/b.gif"})
    assert [(each.place, each.code) for each in odd.warnings] == [
        ("prompt", "too-long"),
        ("n", "wrong-step"),
        ("image", "not-an-address"),
        ("image", "media-type"),
    ]


HUGE = [10**30, -(10**30), pytest.param(10**400, id="10**400"), 1e30, 1e308]


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        ({"multipleOf": 0.01}, []),
        ({"multipleOf": 7}, ["wrong-step"]),
        ({"maximum": -1, "multipleOf": 0.5}, None),
    ],
)
def test_a_number_of_any_size_is_judged(schema, wrong, number):
    """Neither floats nor `Decimal` know whether 1e30 is whole hundredths, and 10**400 is no float at all."""
    answer = build_input(model(n={"type": "number", **schema}), {"n": number})
    found = [each.code for each in getattr(answer, "problems", ())]
    assert found == (["too-large"] * (number > 0) if wrong is None else wrong)


@pytest.mark.parametrize("number", HUGE)
def test_a_number_of_any_size_is_held_against_what_words_say(number):
    inferred = {"minimum": 1, "maximum": 9, "step": 0.1, "evidence": ""}
    answer = build_input(model(n={"type": "number", "x-inferred": inferred}), {"n": number})
    assert [each.code for each in answer.warnings] == ["too-large" if number > 0 else "too-small"]


def test_a_step_is_exact():
    """In binary fractions 0.55 is no multiple of 0.01."""
    schema = model(n={"type": "number", "multipleOf": 0.01})
    assert build_input(schema, {"n": 0.55}).input == {"n": 0.55}
    assert [each.code for each in build_input(schema, {"n": 0.555}).problems] == ["wrong-step"]


@pytest.mark.parametrize("payload", [None, [], "prompt", 5, {1: "a"}, {"n": float("nan")}, {"n": [object()]}])
def test_what_is_no_json_object_is_refused(payload):
    outcome = build_input(model(n={}), payload)
    assert {each.code for each in outcome.problems} <= {"not-an-object", "no-json", "unknown"}
    assert outcome.problems


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({"n": "a \ud83d"}, ('n is "a \\ud83d", which JSON has no form for',)),
        ({"n": ["\udc00"]}, ('n[0] is "\\udc00", which JSON has no form for',)),
        ({"\ud83d": 1}, ('\\ud83d is "\\ud83d", which JSON has no form for',)),
        ({"n": "a \U0001f600"}, ()),
    ],
)
def test_half_a_letter_is_refused_in_words_that_can_be_printed(payload, said):
    """No encoding of a request could hold it, nor one of a terminal."""
    hints = [each.hint("en") for each in getattr(build_input({"type": "object"}, payload), "problems", ())]
    assert tuple(hints) == said
    assert "".join(hints).isascii()


def test_a_builder_is_compiled_once():
    builder = InputBuilder(model(n=WHOLE))
    first = builder.validator._validator
    builder.build({"n": "5"})
    assert builder.validator._validator is first
