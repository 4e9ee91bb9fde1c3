"""A quote is exact or refused: never the cheapest mode, never times one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.catalog import Category, Charge, Mode, Model, ModelType, Status
from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.closure import GapKind, gaps
from kie_catalog.pricing.match import holds
from kie_catalog.pricing.quote import Cause, Markup, Quote, Refusal, quote

SECONDS = {"type": "integer", "default": 5}
SIZES = {"enum": ["480p", "720p"], "default": "480p"}
LINKS = {"type": "array"}


def schema(**properties):
    return {"type": "object", "properties": properties}


def mode(name, credits, unit=Unit.IMAGE, **kwargs):
    return Mode(ModeId(name), unit, Decimal(credits), None, **kwargs)


def model(*modes, status=Status.ACTIVE):
    return Model(ModelId("a/one"), "One", "One", ModelType.T2V, Category.VIDEO, "Acme", status, None, modes)


def credits_of(answer) -> Decimal:
    assert isinstance(answer, Quote), answer
    return answer.credits


def refusal(answer) -> Refusal:
    assert isinstance(answer, Refusal), answer
    return answer


BY_SIZE = model(
    mode("small", "19", Unit.SECOND, when={"resolution": "480p"}),
    mode("large", "41", Unit.SECOND, when={"resolution": "720p"}),
)


@pytest.mark.parametrize(
    ("request_", "credits"),
    [
        ({}, 95),
        ({"duration": 8}, 152),
        ({"duration": "8"}, 152),
        ({"duration": "8s", "resolution": "720P"}, 328),
        ({"duration": 2.5, "resolution": "720p"}, Decimal("102.5")),
    ],
)
def test_seconds_come_from_the_duration_and_the_mode_from_the_input(request_, credits):
    assert credits_of(quote(BY_SIZE, schema(resolution=SIZES, duration=SECONDS), request_)) == credits


@pytest.mark.parametrize("duration", ["long", "", 0, -4, True, [8], "NaN", "Infinity"])
def test_a_duration_that_is_none_is_refused(duration):
    answer = refusal(
        quote(BY_SIZE, schema(resolution=SIZES, duration={"type": "integer"}), {"duration": duration})
    )
    assert answer.cause is Cause.UNKNOWN_QUANTITY
    assert answer.missing == ("input duration, in seconds",)


def test_a_value_that_no_mode_is_for_is_refused():
    answer = refusal(quote(BY_SIZE, schema(resolution=SIZES, duration=SECONDS), {"resolution": "4k"}))
    assert (answer.cause, answer.missing) == (Cause.NO_MODE, ("no mode is for this resolution",))


def test_a_property_without_a_default_must_be_given():
    answer = refusal(quote(BY_SIZE, schema(resolution={"enum": ["480p"]}, duration=SECONDS), {}))
    assert (answer.cause, answer.missing) == (Cause.NO_MODE, ("input resolution",))


def test_two_modes_that_apply_are_a_refusal_and_not_a_choice():
    both = model(mode("one", 1), mode("other", 2))
    assert refusal(quote(both, schema(), {})).missing == ("one", "other")


@pytest.mark.parametrize(
    ("unit", "kwargs", "properties", "request_", "measured", "credits"),
    [
        (Unit.IMAGE, {}, {}, {}, {}, 10),
        (Unit.IMAGE, {}, {"num_images": {"default": 1}}, {"num_images": "3"}, {}, 30),
        (Unit.IMAGE, {"per": Decimal(2)}, {}, {}, {}, 10),
        (Unit.IMAGE, {"per": Decimal(4)}, {"n": {}}, {"n": 8}, {}, 20),
        (Unit.VIDEO, {}, {"duration": SECONDS}, {"duration": 8}, {}, 10),
        (Unit.MINUTE, {}, {"duration": SECONDS}, {"duration": 30}, {}, 5),
        (Unit.SECOND, {}, {"video_url": {}}, {}, {"output_seconds": "7.5"}, 75),
        (Unit.THOUSAND_CHARACTERS, {}, {"text": {}}, {"text": "x" * 250}, {}, Decimal("2.5")),
        (Unit.THOUSAND_CHARACTERS, {}, {"dialogue": {}}, {"dialogue": [{"text": "x" * 100}] * 5}, {}, 5),
        (Unit.MEGAPIXEL, {}, {}, {}, {"megapixels": 4}, 40),
        (Unit.MILLION_TOKENS, {}, {}, {}, {"output_tokens": 500_000}, 5),
        (Unit.REQUEST, {}, {}, {}, {}, 10),
    ],
)
def test_quantities_by_unit(unit, kwargs, properties, request_, measured, credits):
    answer = quote(model(mode("m", 10, unit, **kwargs)), schema(**properties), request_, measured)
    assert credits_of(answer) == credits


@pytest.mark.parametrize(
    ("unit", "missing"),
    [
        (Unit.SECOND, "measurement output_seconds"),
        (Unit.MEGAPIXEL, "measurement megapixels"),
        (Unit.MILLION_TOKENS, "measurement output_tokens"),
        (Unit.THOUSAND_CHARACTERS, "input text or prompt or dialogue, whose characters are billed"),
    ],
)
def test_what_is_not_known_is_named(unit, missing):
    assert refusal(quote(model(mode("m", 10, unit)), schema(), {})).missing == (missing,)


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "8", "1e999999"])
turns = st.fixed_dictionaries({}, optional={"text": plain | st.lists(plain, max_size=1)})
given_values = plain | st.lists(plain | turns, max_size=2)


@pytest.mark.parametrize("unit", Unit)
@given(charge=st.sampled_from(Charge), value=given_values)
def test_whatever_is_given_is_answered_and_never_with_money_back(unit, charge, value):
    names = ("duration", "n", "text", "image_url", "video_url", "size")
    beside = mode("in", 20, unit, charge=charge, when={"size": "1K"})
    answer = quote(
        model(mode("out", 30, unit), *([beside] if charge is not Charge.OUTPUT else [])),
        schema(**{name: {} for name in names}),
        dict.fromkeys(names, value),
        dict.fromkeys(
            ("output_seconds", "input_seconds", "megapixels", "output_tokens", "input_tokens"), value
        ),
    )
    assert isinstance(answer, Refusal) or answer.credits >= 0


SURCHARGED = model(
    mode("out", 7),
    mode("in", "0.5", charge=Charge.INPUT_IMAGE, included=Decimal(1)),
)


@pytest.mark.parametrize(("images", "credits"), [([], 7), (["a"], 7), (["a", "b", "c"], 8)])
def test_a_surcharge_bills_what_is_beyond_the_included(images, credits):
    assert credits_of(quote(SURCHARGED, schema(image_urls=LINKS), {"image_urls": images})) == credits


def test_each_mode_of_a_surcharge_includes_its_own():
    """The first mode's three free images are no gift to those who are billed by the other."""
    small, large = ({"size": size} for size in ("1K", "4K"))
    one = model(
        mode("out", 7),
        mode("small", 1, charge=Charge.INPUT_IMAGE, included=Decimal(3), when=small),
        mode("large", 2, charge=Charge.INPUT_IMAGE, when=large),
    )
    form = schema(image_urls=LINKS, size={})
    assert credits_of(quote(one, form, {"size": "4K", "image_urls": ["a", "b"]})) == 11
    assert credits_of(quote(one, form, {"size": "1K", "image_urls": ["a", "b"]})) == 7
    assert credits_of(quote(one, form, {"size": "1K", "image_urls": ["a"] * 5})) == 9
    turned = model(one.modes[0], one.modes[2], one.modes[1])
    assert credits_of(quote(turned, form, {"size": "4K", "image_urls": ["a", "b"]})) == 11


CHAT = model(
    mode("out", 100, Unit.MILLION_TOKENS),
    mode("in", 10, Unit.MILLION_TOKENS, charge=Charge.INPUT, included=Decimal(2)),
)


def test_tokens_are_billed_wherever_they_are_priced_and_never_below_nothing():
    used = {"output_tokens": 1_000_000, "input_tokens": 5_000_000}
    answer = quote(CHAT, schema(), {}, used)
    assert credits_of(answer) == 130
    assert [(line.charge, line.quantity, line.usd) for line in answer.lines] == [
        (Charge.OUTPUT, 1, Decimal("0.5")),
        (Charge.INPUT, 3, Decimal("0.15")),
    ]
    assert answer.usd == Decimal("0.65")
    assert credits_of(quote(CHAT, schema(), {}, {**used, "input_tokens": 1})) == 100
    assert refusal(quote(CHAT, schema(), {}, {"output_tokens": 1})).missing == ("measurement input_tokens",)


def test_only_modes_that_are_offered_price():
    gone = mode("gone", 1, status=Status.RETIRED)
    assert credits_of(quote(model(gone, mode("out", 3)), schema(), {})) == 3
    assert refusal(quote(model(gone), schema(), {})).cause is Cause.NO_PRICE
    beside = mode("in", 1, charge=Charge.INPUT_IMAGE)
    assert refusal(quote(model(gone, beside), schema(), {})).cause is Cause.NO_PRICE


def test_an_input_that_the_model_does_not_take_is_refused():
    answer = refusal(quote(BY_SIZE, schema(resolution=SIZES, duration=SECONDS), {"size": 1, "mode": "pro"}))
    assert (answer.cause, answer.missing) == (Cause.UNKNOWN_INPUT, ("input size", "input mode"))
    assert str(answer) == ("a/one: input has properties that the model does not take; input size; input mode")


@pytest.mark.parametrize(
    ("request_", "missing"),
    [
        ({}, ("input kind", "input size", "measurement source_resolution")),
        ({"size": "1K"}, ("input kind", "measurement source_resolution")),
        ({"size": "4K"}, ("no mode is for this kind", "no mode is for this size",
                          "no mode is for this source_resolution")),
        ({"size": "1K", "kind": "x"}, ("measurement source_resolution",)),
    ],
)  # fmt: skip
def test_what_a_mode_waits_for_is_asked_and_not_what_rules_it_out(request_, missing):
    when = {"size": "1K", "kind": "x", "source_resolution": "720p"}
    answer = refusal(quote(model(mode("m", 1, when=when)), schema(size={}, kind={}), request_))
    assert (answer.cause, answer.missing) == (Cause.NO_MODE, missing)


def test_a_surcharge_whose_quantity_is_not_known_is_asked_for_only_if_something_is_given():
    one = model(mode("out", 7), mode("in", 2, Unit.SECOND, charge=Charge.INPUT_VIDEO))
    form = schema(video_url={"type": "string"}, prompt={})
    assert credits_of(quote(one, form, {"prompt": "a video of a cat", "video_url": ""})) == 7
    assert refusal(quote(one, form, {"video_url": "v"})).missing == ("measurement input_seconds",)


def test_a_video_given_is_billed_by_its_seconds_and_asked_for():
    with_video = model(mode("out", 16, Unit.SECOND), mode("in", 16, Unit.SECOND, charge=Charge.INPUT_VIDEO))
    form = schema(duration=SECONDS, reference_video_urls=LINKS)
    assert credits_of(quote(with_video, form, {})) == 80
    asked = refusal(quote(with_video, form, {"reference_video_urls": ["v"]}))
    assert asked.missing == ("measurement input_seconds",)
    assert credits_of(quote(with_video, form, {"reference_video_urls": ["v"]}, {"input_seconds": 4})) == 144


def test_a_model_that_is_not_offered_or_has_no_price_is_refused():
    assert refusal(quote(model(mode("m", 1), status=Status.MISSING), schema(), {})).cause is Cause.NOT_OFFERED
    assert refusal(quote(model(), schema(), {})).cause is Cause.NO_PRICE


@given(st.integers(1, 10_000), st.decimals("0.0001", 1000, places=4))
def test_money_is_exact(seconds, credits):
    answer = quote(model(mode("m", credits, Unit.SECOND)), schema(duration=SECONDS), {"duration": seconds})
    assert credits_of(answer) == credits * seconds
    assert answer.usd == credits * seconds * Decimal("0.005")


@pytest.mark.parametrize(
    ("condition", "given_", "expected"),
    [
        ("720p", "720P", True),
        (Decimal(5), "5", True),
        ("5", 5, True),
        (True, True, True),
        (True, "true", False),
        (True, 1, False),
        (["1K", "2K"], "2k", True),
        ({"present": True}, ["x"], True),
        ({"present": False}, [], True),
        ({"present": False}, None, True),
        ({"min": Decimal(4), "max": Decimal(8)}, 8, True),
        ({"min": Decimal(4)}, 3, False),
        ("720p", None, None),
    ],
)
def test_conditions(condition, given_, expected):
    assert holds(condition, "p", {"p": given_}) is expected


@pytest.mark.parametrize(
    ("factor", "rate", "step", "price"),
    [("1", "1", "0.01", "1.64"), ("1.5", "80", "1", "197"), ("2", "1", "0.05", "3.30")],
)
def test_a_markup_stands_apart_from_the_cost(factor, rate, step, price):
    quoted = quote(BY_SIZE, schema(resolution=SIZES, duration=SECONDS), {"resolution": "720p", "duration": 8})
    assert isinstance(quoted, Quote)
    assert Markup(Decimal(factor), Decimal(rate), Decimal(step)).price(quoted) == Decimal(price)
    assert quoted.credits == 328


def test_without_a_markup_the_price_is_the_cost_in_dollars_and_cents():
    quoted = quote(BY_SIZE, schema(resolution=SIZES, duration=SECONDS), {"duration": 1})
    assert isinstance(quoted, Quote)
    assert (quoted.usd, Markup().price(quoted)) == (Decimal("0.095"), Decimal("0.10"))


NO_SECONDS = "no property gives the seconds; a quote needs the measurement output_seconds"


def found(one, form):
    return {(gap.kind, gap.detail) for gap in gaps(one, form)}


def test_a_model_whose_every_request_has_one_price_closes():
    assert found(BY_SIZE, schema(resolution=SIZES, duration=SECONDS)) == set()


@pytest.mark.parametrize(
    ("one", "form", "gap"),
    [
        (BY_SIZE, schema(duration=SECONDS, resolution={"enum": ["480p"]}),
         (GapKind.ILLEGAL_WHEN, "resolution may not be 720p")),
        (BY_SIZE, schema(duration=SECONDS), (GapKind.ILLEGAL_WHEN, "the schema has no property resolution")),
        (BY_SIZE, schema(resolution={"enum": ["480p", "720p", "1080p"]}, duration=SECONDS),
         (GapKind.UNKNOWN_VALUE, "no mode is for resolution 1080p")),
        (BY_SIZE, schema(resolution={"enum": ["480p", "720p", "1080p"]}, duration=SECONDS),
         (GapKind.UNPRICED, "no mode is for resolution 1080p")),
        (BY_SIZE, schema(resolution=SIZES),
         (GapKind.NO_QUANTITY, NO_SECONDS)),
        (model(mode("a", 1), mode("b", 2, when={"sound": True})), schema(sound={"type": "boolean"}),
         (GapKind.OVERLAP, "b applies too, to sound True")),
        (model(mode("a", 1, when={"video_url": {"present": True}})), schema(video_url={}),
         (GapKind.UNPRICED, "no mode is for video_url (not given)")),
    ],
)  # fmt: skip
def test_each_way_not_to_close_is_found(one, form, gap):
    assert gap in found(one, form)


@given(st.sets(st.sampled_from(["a", "b", "c"]), min_size=1), st.booleans())
def test_what_closure_calls_priced_is_quoted_and_what_it_calls_unpriced_is_refused(priced, sound):
    options = {"size": {"enum": ["a", "b", "c"]}, "sound": {"type": "boolean"}}
    one = model(*(mode(size, 1, when={"size": size, "sound": sound}) for size in sorted(priced)))
    unpriced = any(kind is GapKind.UNPRICED for kind, _ in found(one, schema(**options)))
    answers = [quote(one, schema(**options), {"size": s, "sound": f}) for s in "abc" for f in (True, False)]
    assert unpriced == any(isinstance(answer, Refusal) for answer in answers)
