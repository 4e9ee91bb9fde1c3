"""What a part of a row says of a model's input: one property's legal value, or nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sync.properties import Properties, Property

LINK, LINKS, SOUND = {"type": "string"}, {"type": "array"}, {"type": "boolean"}


def options(*values):
    return {"type": "string", "enum": list(values)}


def of(**properties):
    return Properties({"properties": properties})


def test_properties_of_branches_count_and_the_first_declaration_wins():
    found = Properties(
        {
            "properties": {"a": {"type": "string"}, "odd": True},
            "oneOf": [{"properties": {"a": {"type": "array"}, "b": {}}}, "no schema"],
            "anyOf": [{"allOf": [{"properties": {"c": {"enum": [1]}, "b": {"enum": ["late"]}}}]}],
        }
    ).by_name
    assert set(found) == {"a", "b", "c"}
    assert found["a"].kind == "string"
    assert found["b"].options == ()
    assert found["c"].options == (1,)
    assert Properties({"properties": None, "oneOf": None}).by_name == {}


@pytest.mark.parametrize(
    ("schema", "kind", "listed"),
    [
        ({"type": "string", "enum": ["a"]}, "string", ("a",)),
        ({"type": ["null", "integer"]}, "integer", ()),
        ({"type": ["null"]}, None, ()),
        ({"type": "boolean"}, "boolean", (True, False)),
        ({"type": "boolean", "enum": [True]}, "boolean", (True,)),
        ({"enum": "no list"}, None, ()),
        ({}, None, ()),
    ],
)
def test_kind_and_listed_values(schema, kind, listed):
    each = Property("p", schema)
    assert (each.kind, each.options) == (kind, listed)


@pytest.mark.parametrize(
    ("schema", "number", "value"),
    [
        (options("5", "10"), 5, "5"),
        (options("5s", "10S"), 10, "10S"),
        (options("5", "10"), 7, None),
        (options("auto"), 7, None),
        ({"enum": [5, 10]}, 10, Decimal(10)),
        ({"enum": [2.5]}, "2.5", Decimal("2.5")),
        ({"enum": [Decimal("2.5")]}, "2.5", Decimal("2.5")),
        ({"enum": [True, 1]}, 1, Decimal(1)),
        ({"enum": [None]}, 1, None),
        ({"type": "integer"}, 7, Decimal(7)),
        ({"type": "number", "minimum": 5, "maximum": 10}, 5, Decimal(5)),
        ({"type": "number", "minimum": 5, "maximum": 10}, 10, Decimal(10)),
        ({"type": "number", "minimum": 5, "maximum": 10}, 4, None),
        ({"type": "number", "minimum": 5, "maximum": 10}, 11, None),
        ({"type": "number", "minimum": 5}, 4, None),
        ({"type": "number", "maximum": 10}, 11, None),
        ({"type": "string", "x-inferred": {"maximum": 10}}, 10, "10"),
        ({"type": "string", "x-inferred": {"maximum": 10}}, 11, None),
        ({"type": "string", "x-inferred": {"maximum": 10}, "maximum": 12}, 11, "11"),
        ({"type": "string", "x-inferred": "odd"}, 11, "11"),
        ({"enum": ["sNaN", "inf", "7s"]}, 7, "7s"),
        ({"type": "array"}, 7, None),
        ({"type": "boolean"}, 1, None),
        ({}, 7, None),
    ],
)
def test_a_number_is_a_value_where_the_schema_allows_it(schema, number, value):
    found = Property("p", schema).allows_number(Decimal(str(number)))
    assert (found, type(found)) == (value, type(value))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_only_numbers_within_the_bounds_are_values(one, other, number):
    low, high = sorted([one, other])
    found = Property("p", {"type": "integer", "minimum": low, "maximum": high}).allows_number(Decimal(number))
    assert (found is not None) is (low <= number <= high)


@pytest.mark.parametrize(
    ("properties", "condition"),
    [
        ({"resolution": options("720P", "1080P")}, {"resolution": "720P"}),
        ({"size": options("720p")}, {"size": "720p"}),
        ({"size": options("720p"), "resolution": options("720p")}, {"resolution": "720p"}),
        ({"quality": options("720p"), "size": options("720p")}, {"quality": "720p"}),
        ({"resolution": options("720p"), "quality": options("720p")}, {}),
        ({"size": options("720p"), "format": options("720p")}, {}),
        ({"resolution": options("480p")}, {}),
        ({}, {}),
    ],
)
def test_a_size_is_a_value_of_the_one_property_that_lists_it(properties, condition):
    assert of(**properties).with_size("720p") == condition


@pytest.mark.parametrize("name", ["duration", "Duration", "video_duration", "duration_seconds", "seconds",
                                  "extend_times", "n_frames"])  # fmt: skip
def test_a_length_is_a_value_of_the_one_property_that_is_a_duration(name):
    assert of(**{name: options("5")}, prompt=LINK).with_duration(Decimal(5)) == {name: "5"}
    assert of(**{name: options("5")}).with_duration(Decimal(6)) == {}
    assert of(**{name: options("5"), "length_duration": options("5")}).with_duration(Decimal(5)) == {}
    assert of(length=options("5")).with_duration(Decimal(5)) == {}


@pytest.mark.parametrize("has", [True, False])
def test_sound_is_the_one_switch_that_speaks_of_it(has):
    assert of(generate_audio=SOUND, text=SOUND).with_sound(has=has) == {"generate_audio": has}
    assert of(sound=SOUND, audio=SOUND).with_sound(has=has) == {}
    assert of(audio=LINK).with_sound(has=has) == {}
    assert of(text=SOUND).with_sound(has=has) == {}


def test_media_are_what_takes_links_to_them():
    taken = of(
        image_url=LINK,
        imageUrls=LINKS,
        first_frame_url={},
        photo=LINK,
        image_size=options("1:1"),
        image_count={"type": "integer"},
        video_url=LINK,
        photo_list=LINKS,
    )
    assert taken.media("image") == ["image_url", "imageUrls", "first_frame_url", "photo_list"]
    assert taken.media("video") == ["video_url"]
    assert taken.media("audio") == []


@pytest.mark.parametrize("has", [True, False])
def test_a_medium_is_given_or_not_where_one_property_takes_it(has):
    assert of(video_url=LINK, image_url=LINK).with_media("video", has=has) == {"video_url": {"present": has}}
    assert of(video_url=LINK, videos_url=LINK).with_media("video", has=has) == {}
    assert of(image_url=LINK).with_media("video", has=has) == {}


def test_a_factor_is_a_value_of_the_one_factor():
    assert of(upscale_factor=options("1", "2"), n=options("2")).with_factor("2") == {"upscale_factor": "2"}
    assert of(scale={"type": "integer"}).with_factor("4") == {"scale": Decimal(4)}
    assert of(upscale_factor=options("1"), scale=options("2")).with_factor("2") == {"scale": "2"}
    assert of(upscale_factor=options("2"), scale=options("2")).with_factor("2") == {}
    assert of(n=options("2")).with_factor("2") == {}


VARIANTS = options("veo3", "veo3_fast", "veo3_lite")


@pytest.mark.parametrize(
    ("properties", "word", "condition"),
    [
        ({"speed": options("TURBO", "QUALITY")}, "turbo", {"speed": "TURBO"}),
        ({"speed": options("TURBO"), "mode": options("turbo")}, "turbo", {}),
        ({"model": VARIANTS}, "fast", {"model": "veo3_fast"}),
        ({"model": VARIANTS}, "veo", {}),
        ({"model": VARIANTS}, "slow", {}),
        ({"model": VARIANTS, "speed": options("fast")}, "fast", {"speed": "fast"}),
        ({"mode": VARIANTS}, "fast", {}),
        ({"sound": SOUND}, "true", {}),
        ({"count": {"enum": [1, 2]}}, "2", {"count": Decimal(2)}),
    ],
)
def test_a_word_is_the_one_listed_value_that_it_tells(properties, word, condition):
    assert of(**properties).with_word(word) == condition


def test_the_words_that_may_state_a_condition():
    assert of(model=VARIANTS, speed=options("TURBO"), sound=SOUND).words == {
        "veo3", "veo3_fast", "veo3_lite", "veo", "3", "fast", "lite", "turbo",
    }  # fmt: skip
    assert of(mode=options("a_b")).words == {"a_b"}


def test_what_is_required():
    found = Properties({"properties": {"a": {}}, "required": ["a"]})
    assert found.is_required(["b", "a"])
    assert not found.is_required(["b"])
    assert not of(a={}).is_required(["a"])
