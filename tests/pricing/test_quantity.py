"""How much a request buys: counted from the input or measured, refused where neither tells."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.quantity import Unknown, quantity
from tests.pricing.test_quote import LINKS, SECONDS, mode, schema

PRESENT, ABSENT = {"present": True}, {"present": False}


def of(unit, request, charge=Charge.OUTPUT, when=None, **properties):
    return quantity(mode("m", 1, unit, charge=charge, when=when or {}), schema(**properties), request)


@pytest.mark.parametrize("unit", [Unit.VIDEO, Unit.REQUEST, Unit.UPSCALE, Unit.REMOVAL, Unit.GENERATION])
def test_a_request_makes_one_of_what_is_sold_by_the_piece(unit):
    assert of(unit, {}) == 1


@pytest.mark.parametrize("name", ["output_seconds", "megapixels", "output_tokens"])
@pytest.mark.parametrize("value", [-1, "-0.5", "many", None, True])
def test_a_measurement_that_is_none_is_not_known(name, value):
    unit = {"megapixels": Unit.MEGAPIXEL, "output_tokens": Unit.MILLION_TOKENS}.get(name, Unit.SECOND)
    with pytest.raises(Unknown, match=f"measurement {name}"):
        of(unit, {name: value})


def test_nothing_may_be_measured():
    assert of(Unit.MEGAPIXEL, {"megapixels": 0}) == 0


@pytest.mark.parametrize(
    ("charge", "name"),
    [
        (Charge.OUTPUT, "output_tokens"),
        (Charge.INPUT, "input_tokens"),
        (Charge.CACHED_INPUT, "cached_input_tokens"),
        (Charge.CACHE_WRITE, "cache_write_tokens"),
    ],
)
def test_each_charge_of_a_chat_has_its_own_tokens(charge, name):
    assert of(Unit.MILLION_TOKENS, {name: 3_000_000}, charge) == 3


@pytest.mark.parametrize(
    ("when", "seconds"),
    [
        ({}, 5),
        ({"reference_video_urls": PRESENT}, 13),
        ({"reference_video_urls": ABSENT}, 5),
        ({"reference_image_urls": PRESENT}, 5),
    ],
)
def test_seconds_that_go_in_are_billed_where_the_mode_is_for_a_video(when, seconds):
    assert of(Unit.SECOND, {"duration": 5, "input_seconds": 8}, when=when, duration=SECONDS) == seconds


@given(st.integers(1, 6000))
def test_a_minute_is_sixty_seconds(seconds):
    minutes = of(Unit.MINUTE, {"duration": seconds}, duration=SECONDS)
    assert minutes * 60 == pytest.approx(Decimal(seconds))


@pytest.mark.parametrize("duration", [0, -1, "auto", None])
def test_a_duration_must_be_a_length(duration):
    with pytest.raises(Unknown, match="input duration, in seconds"):
        of(Unit.SECOND, {"duration": duration, "output_seconds": 5}, duration=SECONDS)


def test_half_a_second_is_a_length():
    assert of(Unit.SECOND, {"duration": "0.5s"}, duration={}) == Decimal("0.5")


@pytest.mark.parametrize("count", [0, -1, "0", "many", True])
def test_a_count_of_images_must_be_one(count):
    with pytest.raises(Unknown, match="input n, a number of images"):
        of(Unit.IMAGE, {"n": count}, n={})


def test_half_an_image_is_billed_as_that():
    assert of(Unit.IMAGE, {"n": "0.5"}, n={}) == Decimal("0.5")


@pytest.mark.parametrize("request_", [{}, {"n": None}])
def test_a_count_that_the_model_has_and_nobody_gives_is_not_one(request_):
    with pytest.raises(Unknown, match="input n, a number of images"):
        of(Unit.IMAGE, request_, n={})
    assert of(Unit.IMAGE, request_) == 1


def test_the_count_is_that_of_the_first_property_that_the_model_has():
    assert of(Unit.IMAGE, {"n": 3, "max_images": 5, "num_images": 7}, n={}, max_images={}) == 3


@pytest.mark.parametrize(
    ("request_", "thousands"),
    [
        ({"text": "x" * 500, "prompt": "y" * 900}, "0.5"),
        ({"text": "", "prompt": "y" * 900}, "0.9"),
        ({"text": [], "dialogue": [{"text": "xy", "voice": "a"}, {"text": ""}, {"text": "z"}]}, "0.003"),
    ],
)
def test_characters_are_those_of_the_first_text_given(request_, thousands):
    assert of(Unit.THOUSAND_CHARACTERS, request_) == Decimal(thousands)


@pytest.mark.parametrize("request_", [{}, {"text": ""}, {"text": 7, "dialogue": []}])
def test_no_text_has_no_characters(request_):
    with pytest.raises(Unknown, match="input text or prompt or dialogue"):
        of(Unit.THOUSAND_CHARACTERS, request_)


@pytest.mark.parametrize("turn", ["odd", {"voice": "a"}, {"text": None}, {"text": 7}, None])
def test_a_turn_of_a_dialogue_that_cannot_be_read_is_not_free(turn):
    with pytest.raises(Unknown, match=r"input dialogue\.1\.text, whose characters are billed"):
        of(Unit.THOUSAND_CHARACTERS, {"dialogue": [{"text": "xy"}, turn]})


@pytest.mark.parametrize(
    ("charge", "request_", "count"),
    [
        (Charge.INPUT_IMAGE, {}, 0),
        (Charge.INPUT_IMAGE, {"image_url": "a"}, 1),
        (Charge.INPUT_IMAGE, {"image_url": "a", "imageUrls": ["b", "c"], "last_frame_url": "d"}, 4),
        (Charge.INPUT_IMAGE, {"imageUrls": ("b", "c")}, 2),
        (Charge.INPUT_IMAGE, {"image_url": "", "imageUrls": []}, 0),
        (Charge.INPUT_IMAGE, {"image_size": "1:1", "keep_image": True, "video_url": "v"}, 0),
        (Charge.INPUT_VIDEO, {"image_url": "a", "video_url": "v"}, 1),
    ],
)
def test_media_are_counted_by_what_their_properties_are_called(charge, request_, count):
    properties = {
        "image_url": {},
        "imageUrls": LINKS,
        "last_frame_url": {},
        "video_url": {},
        "keep_image": {},
    }
    assert of(Unit.IMAGE, request_, charge, image_size={"enum": ["1:1"]}, **properties) == count


def test_seconds_of_a_video_that_goes_in_are_measured():
    assert of(Unit.SECOND, {"input_seconds": 8, "video_url": "v"}, Charge.INPUT_VIDEO, video_url={}) == 8
