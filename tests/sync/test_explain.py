"""What each part of a row is, if the row is about a model: explained with its reason, or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kie_catalog.domain.catalog import Category, Charge
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import Sold, Unit
from kie_catalog.sync.aliases import parse_aliases
from kie_catalog.sync.explain import RowReader
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.resolution import Role
from kie_catalog.sync.tokens import tokens

FACT = {"date": "2026-08-22", "evidence": "seen"}
ALIASES = parse_aliases(
    {
        "noise": [
            {"text": "default", "scope": "*", **FACT},
            {"text": "up to 9 seconds", "scope": "*", **FACT},
            {"text": "16k", "scope": "*", **FACT},
        ],
        "values": [
            {"text": "hd", "when": {"size": "1080p"}, "scope": "acme/*", **FACT},
            {"text": "kling", "when": {"size": "480p"}, "scope": "acme/kling*", **FACT},
            {"text": "8k", "when": {"size": "8K UHD"}, "scope": "*", **FACT},
            {"text": "up to 15 seconds", "when": {"long": {"max": Decimal(15)}}, "scope": "*", **FACT},
            {"text": "20 seconds", "when": {"long": "20"}, "scope": "*", **FACT},
            {"text": "with audio", "when": {"voice": "on"}, "scope": "*", **FACT},
            {"text": "no video", "when": {"kind": "still"}, "scope": "*", **FACT},
            {"text": "41", "when": {"size": "41"}, "scope": "*", **FACT},
            {"text": "speech-to-video", "when": {"kind": "speech"}, "scope": "acme/talk", **FACT},
        ],
    }
)
LINK, LINKS, SWITCH = {"type": "string"}, {"type": "array"}, {"type": "boolean"}
SIZES = {"enum": ["480p", "720p", "1080p"]}
HAS, HAS_NOT = {"present": True}, {"present": False}


def model(model_id, category=Category.VIDEO, required=(), **properties):
    schema = {"properties": properties, "required": list(required)}
    return KnownModel(ModelId(model_id), category, schema, aliases=ALIASES)


def read(text, one, *, operation=None, unit=Unit.VIDEO, provider="Acme Labs", interface="video"):
    row = PriceRow(1, text, interface, provider, "1", "", "", "")
    sold = None if unit is None else Sold(unit)
    return RowReader(row, tokens(text, {}), sold).read(one, operation)


def roles(reading):
    return [(each.text, each.role) for each in reading.explained]


def conditions(reading):
    return [several for _, several in reading.choices]


def left(reading):
    return [token.text for token in reading.unexplained]


WAN = model("acme/wan-2.6", size=SIZES, duration={"enum": ["5", "10"]}, sound=SWITCH, video_url=LINK)


@pytest.mark.parametrize(
    ("text", "role", "meaning"),
    [
        ("wan", Role.IDENTITY, "names acme/wan-2.6"),
        ("2.6", Role.IDENTITY, "names acme/wan-2.6"),
        ("labs", Role.NOISE, "the provider"),
        ("video", Role.NOISE, "the shelf"),
        ("default", Role.NOISE, "reviewed 2026-08-22: seen"),
        ("hd", Role.VALUE, '{"size":"1080p"} (reviewed 2026-08-22: seen)'),
        ("720p", Role.VALUE, '{"size":"720p"}'),
        ("720p/480p", Role.VALUE, '{"size":"720p"} or {"size":"480p"}'),
        ("8k", Role.VALUE, '{"size":"8K UHD"}'),
        ("16k", Role.NOISE, "reviewed 2026-08-22: seen"),
        ("5s", Role.VALUE, '{"duration":"5"}'),
        ("20s", Role.VALUE, '{"long":"20"} (reviewed 2026-08-22: seen)'),
        ("up to 15 seconds", Role.VALUE, '{"long":{"max":15}} (reviewed 2026-08-22: seen)'),
        ("up to 9 seconds", Role.NOISE, "reviewed 2026-08-22: seen"),
        ("with audio", Role.VALUE, '{"sound":true}'),
        ("without audio", Role.VALUE, '{"sound":false}'),
        ("with video", Role.VALUE, '{"video_url":{"present":true}}'),
        ("no video input", Role.VALUE, '{"video_url":{"present":false}}'),
        ("480p -> 1080p", Role.VALUE, '{"size":"1080p","source_resolution":"480p"}'),
        ("41", Role.VALUE, '{"size":"41"} (reviewed 2026-08-22: seen)'),
        ("output", Role.CHARGE, "output"),
        ("video input", Role.CHARGE, "input_video"),
        ("first video free", Role.CHARGE, "one unit is included"),
    ],
)
def test_a_part_is_explained_with_its_reason(text, role, meaning):
    reading = read(text, WAN)
    assert [(each.role, each.meaning) for each in reading.explained] == [(role, meaning)]
    assert reading.unexplained == []


@pytest.mark.parametrize(
    "text",
    ["zzz", "3.0", "2.7", "9k", "1k/9k", "8k/9k", "16k/9k", "7s", "up to 16 seconds", "with image", "4x",
     "480p -> 4000p", "image input", "cached input"],
)  # fmt: skip
def test_what_the_model_does_not_know_is_left(text):
    reading = read(text, WAN)
    assert left(reading) == [text]
    assert not conditions(reading)


def test_a_row_is_not_read_on_behind_a_name_that_does_not_fit():
    assert left(read("wan zzz 9k", WAN)) == ["zzz"]
    assert left(read("wan 9k 7s zzz", WAN)) == ["9k", "7s", "zzz"]


@pytest.mark.parametrize(
    ("text", "named"),
    [("wan", True), ("wan 9k", True), ("wan zzz", False), ("720p", False), ("acme", True), ("2.6", False),
     ("labs", False)],
)  # fmt: skip
def test_a_row_is_about_a_model_whose_name_it_says(text, named):
    assert read(text, WAN).is_named is named


def test_a_number_of_the_providers_name_is_the_provider():
    assert roles(read("360", WAN, provider="360 Labs")) == [("360", Role.NOISE)]
    assert roles(read("360", WAN, provider="360")) == [("360", Role.NOISE)]
    assert left(read("360.1", WAN, provider="360 Labs")) == ["360.1"]


def test_the_shelf_in_a_name_names_nothing():
    image = model("acme/image", Category.IMAGE)
    assert read("image", image).named == 0
    assert read("image acme", image).named == 1


def test_a_reviewed_value_goes_before_the_name_and_names_the_model_still():
    kling = model("acme/kling-3", size=SIZES)
    reading = read("kling", kling)
    assert (reading.named, conditions(reading)) == (1, [[{"size": "480p"}]])
    assert conditions(read("kling", model("acme/kling", size=SIZES))) == [[{"size": "480p"}]]


def test_a_size_in_the_name_is_the_name_where_it_is_no_value():
    old = model("acme/wan-480p", size={"enum": ["720p"]})
    assert roles(read("480p", old)) == [("480p", Role.IDENTITY)]
    assert roles(read("480p", model("480p"))) == [("480p", Role.IDENTITY)]
    assert conditions(read("480p", model("acme/wan-480p", size=SIZES))) == [[{"size": "480p"}]]
    assert left(read("480p/1080p", old)) == ["480p/1080p"]


@pytest.mark.parametrize(
    ("unit", "text", "role"),
    [
        (Unit.SECOND, "1.0s", Role.NOISE),
        (Unit.IMAGE, "1s", Role.NOISE),
        (Unit.VIDEO, "1s", Role.VALUE),
        (None, "1s", Role.VALUE),
        (Unit.SECOND, "2s", Role.VALUE),
        (Unit.SECOND, "0.5s", Role.VALUE),
    ],
)
def test_one_second_says_nothing_where_seconds_are_sold(unit, text, role):
    long = model("acme/wan", duration={"type": "integer"})
    assert roles(read(text, long, unit=unit)) == [(text, role)]


def test_factors_are_values_if_all_of_them_are():
    topaz = model("acme/topaz", upscale_factor={"enum": ["1", "2"]})
    factors = [[{"upscale_factor": "1"}, {"upscale_factor": "2"}]]
    assert conditions(read("1x/2x", topaz)) == factors
    assert left(read("2x/4x", topaz)) == ["2x/4x"]


@pytest.mark.parametrize(
    ("text", "condition"), [("with audio", {"voice": "on"}), ("no video", {"kind": "still"})]
)
def test_media_that_no_property_takes_may_be_reviewed_facts(text, condition):
    assert conditions(read(text, model("acme/wan"))) == [[condition]]
    assert left(read("without audio", model("acme/wan"))) == ["without audio"]
    assert left(read("with video", model("acme/wan"))) == ["with video"]


@pytest.mark.parametrize(
    ("text", "category", "unit", "charge"),
    [
        ("output", Category.VIDEO, Unit.VIDEO, Charge.OUTPUT),
        ("audio output", Category.CHAT, None, Charge.OUTPUT),
        ("input", Category.CHAT, None, Charge.INPUT),
        ("input", Category.IMAGE, Unit.MILLION_TOKENS, Charge.INPUT),
        ("cached input", Category.CHAT, Unit.IMAGE, Charge.CACHED_INPUT),
        ("cache writes", Category.VIDEO, Unit.MILLION_TOKENS, Charge.CACHE_WRITE),
        ("cached input", Category.IMAGE, Unit.IMAGE, None),
        ("input", Category.IMAGE, Unit.IMAGE, Charge.INPUT_IMAGE),
        ("input", Category.IMAGE, None, Charge.INPUT_IMAGE),
        ("input", Category.VIDEO, Unit.SECOND, None),
        ("image input", Category.VIDEO, Unit.IMAGE, Charge.INPUT_IMAGE),
        ("image input", Category.CHAT, Unit.MILLION_TOKENS, Charge.INPUT_IMAGE),
        ("video input", Category.VIDEO, Unit.SECOND, None),
        ("video input", Category.IMAGE, Unit.IMAGE, None),
        ("audio input", Category.VIDEO, Unit.SECOND, None),
    ],
)
def test_what_is_billed(text, category, unit, charge):
    one = model("acme/wan", category, image_url=LINK)
    reading = read(text, one, unit=unit)
    assert left(reading) == ([] if charge else [text])
    if charge:
        assert reading.charge is charge


def test_one_unit_may_be_included():
    assert read("first image free", WAN).included == 1
    assert read("wan", WAN).included == 0


def operated(one, operation):
    reading = read(operation, one, operation=operation)
    return conditions(reading) or left(reading)


@pytest.mark.parametrize(
    ("one", "operation", "said"),
    [
        (model("acme/wan-text-to-video", image_url=LINK), "text-to-video", []),
        (model("acme/wan-text-to-video", image_url=LINK), "image-to-video", ["image-to-video"]),
        (model("acme/wan", image_url=LINK), "text-to-video", [[{"image_url": HAS_NOT}]]),
        (model("acme/wan", image_url=LINK), "image-to-video", [[{"image_url": HAS}]]),
        (model("acme/wan", image_url=LINK), "reference-to-video", []),
        (model("acme/wan", image_url=LINK, required=["image_url"]), "image-to-video", []),
        (model("acme/wan", image_url=LINK, frame_url=LINK), "image-to-video", []),
        (model("acme/wan"), "text-to-video", []),
        (model("acme/talk"), "speech-to-video", [[{"kind": "speech"}]]),
        (model("acme/wan"), "speech-to-video", ["speech-to-video"]),
        (model("acme/talk", kind={"enum": ["speech", "text", "edit"]}), "text-to-video",
         [[{"kind": [None, "text", "edit"]}]]),
        (model("acme/talk", kind={"enum": ["text"]}), "text-to-video", []),
        (model("acme/talk", other={"enum": ["speech"]}), "text-to-video", []),
    ],
)  # fmt: skip
def test_an_operation_is_a_condition_on_a_model_that_does_several(one, operation, said):
    assert operated(one, operation) == said


def test_an_operation_that_the_model_has_is_explained():
    assert roles(read("text-to-video", model("acme/wan"), operation="text-to-video")) == [
        ("text-to-video", Role.OPERATION)
    ]
    assert left(read("text-to-video", model("acme/wan"))) == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("wan 2.6", 1),
        ("acme wan 2.6", 0),
        ("acme wan 2", None),
        ("acme 2.6 with wan", 0),
        ("Acmes wans 2.6", 0),
        ("2.6", 2),
    ],
)
def test_what_a_row_leaves_out_of_the_name(text, lacking):
    row = PriceRow(1, text, "video", "", "1", "", "", "")
    assert RowReader(row, tokens(text, {}), None).lacking(WAN, ()) == lacking


def test_an_operation_covers_its_words_in_the_name():
    wan = model("acme/wan-text-to-video")
    row = PriceRow(1, "acme wan, text to video", "video", "", "1", "", "", "")
    reader = RowReader(row, tokens(row.description, {}), None)
    assert reader.lacking(wan, ["text-to-video"]) == 0
    assert reader.lacking(wan, ["lip-sync", "text-to-video"]) == 0
    assert reader.lacking(wan, ()) == 1


def test_a_size_and_a_medium_count_as_words_of_a_name():
    sized = model("acme/wan-480p-video")
    row = PriceRow(1, "acme wan 480p with video", "video", "", "1", "", "", "")
    assert RowReader(row, tokens(row.description, {}), None).lacking(sized, ()) == 0
