"""The resolver explains every word of a row, or leaves the row with its reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.catalog import Category, Charge
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.sync.aliases import parse_aliases
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.resolution import Ignored, Reason, Resolved, Unresolved
from kie_catalog.sync.resolve import Resolver
from tests.conftest import tried


def schema(**properties):
    return {"type": "object", "properties": properties}


def options(*values, kind="string"):
    return {"type": kind, "enum": list(values)}


SIZES = options("480p", "720p", "1080p")
SOUND = {"type": "boolean"}
LINKS = {"type": "array", "items": {"type": "string"}}
K = options("1K", "2K", "4K")
IMAGE, VIDEO, CHAT = Category.IMAGE, Category.VIDEO, Category.CHAT
MODELS = {
    "bytedance/seedance-2": (VIDEO, schema(resolution=SIZES, reference_video_urls=LINKS)),
    "bytedance/seedance-2-fast": (VIDEO, schema(resolution=SIZES, reference_video_urls=LINKS)),
    "grok-imagine/text-to-video": (VIDEO, schema(resolution=SIZES)),
    "grok-imagine/text-to-image": (IMAGE, schema(enable_pro=SOUND)),
    "happyhorse/text-to-video": (VIDEO, schema(resolution=SIZES)),
    "happyhorse-1-1/text-to-video": (VIDEO, schema(resolution=SIZES)),
    "hailuo/02-text-to-video-standard": (
        VIDEO,
        schema(duration=options("6", "10"), resolution=options("768P")),
    ),
    "hailuo/02-text-to-video-pro": (VIDEO, schema(duration=options("6", "10"), resolution=options("1080P"))),
    "ideogram/v3-text-to-image": (IMAGE, schema(rendering_speed=options("TURBO", "BALANCED", "QUALITY"))),
    "kling-2.6/text-to-video": (VIDEO, schema(duration=options("5", "10"), sound=SOUND)),
    "pixverse-v6/text-to-video": (VIDEO, schema(quality=SIZES, generate_audio_switch=SOUND)),
    "pixverse-v6/image-to-video": (VIDEO, schema(quality=SIZES, generate_audio_switch=SOUND)),
    "qwen3/image-to-image": (IMAGE, schema(image_urls=LINKS, resolution=K)),
    "qwen3/text-to-image": (IMAGE, schema(resolution=K)),
    "wan/2-6-text-to-video": (VIDEO, schema(duration={"type": "integer", "minimum": 5, "maximum": 10})),
    "gpt-5-6-terra": (CHAT, schema()),
    "nano-banana-2": (IMAGE, schema(resolution=K)),
    "nano-banana-pro": (IMAGE, schema(resolution=K)),
    "topaz/video-upscale": (VIDEO, schema(upscale_factor=options("1", "2", "4"))),
    "veo-3-1": (VIDEO, schema(model=options("veo3", "veo3_fast"), resolution=SIZES, imageUrls=LINKS)),
}
KNOWN = [KnownModel(ModelId(each), *rest, title=each) for each, rest in MODELS.items()]
FACT = {"scope": "*", "date": "2026-08-22", "evidence": "seen"}
ALIASES = parse_aliases(
    {
        "typos": [
            {"text": "aiduo", "means": "audio", **FACT},
            {"text": "upscaler", "means": "upscale", **FACT},
        ],
        "noise": [{"text": "default", **FACT}],
        "names": [{"text": "happyhorse 1.0", "means": "happyhorse", **FACT, "scope": "happyhorse/*"}],
        "values": [{"text": "quality", "when": {"enable_pro": True}, **FACT, "scope": "grok-imagine/*"}],
    }
)
RESOLVER = Resolver(KNOWN, ALIASES)


def row(description, *, model=None, interface="video", credits="10", unit="per second", usd="0.05", number=1):
    anchor = f"https://kie.ai/page?model={model.replace('/', '%2F')}" if model else ""
    return PriceRow(number, description, interface, "Google", credits, unit, usd, anchor)


def resolve(*args, **kwargs):
    return RESOLVER.resolve(row(*args, **kwargs))


def prices(answer):
    assert isinstance(answer, Resolved), answer
    return [(price.model, price.mode, dict(price.when)) for price in answer.prices]


@pytest.mark.parametrize(
    ("description", "interface", "expected"),
    [
        ("bytedance/seedance-2, 480p no video input", "video",
         [("bytedance/seedance-2", "480p-no-video-input",
           {"resolution": "480p", "reference_video_urls": {"present": False}})]),
        ("bytedance/seedance-2 fast, 720P with video", "video",
         [("bytedance/seedance-2-fast", "720p-with-video",
           {"resolution": "720p", "reference_video_urls": {"present": True}})]),
        ("kling 2.6, text-to-video, with audio-5.0s", "video",
         [("kling-2.6/text-to-video", "text-to-video-with-audio-5.0s", {"sound": True, "duration": "5"})]),
        ("hailuo 02, text-to-video, Pro-6.0s-1080p", "video",
         [("hailuo/02-text-to-video-pro", "text-to-video-pro-6.0s-1080p",
           {"duration": "6", "resolution": "1080P"})]),
        ("wan 2.6, text to video, 7.0s", "video",
         [("wan/2-6-text-to-video", "text-to-video-7.0s", {"duration": Decimal(7)})]),
        ("ideogram v3,  text-to-image, TURBO", "image",
         [("ideogram/v3-text-to-image", "text-to-image-turbo", {"rendering_speed": "TURBO"})]),
        ("Google nano banana pro, 1/2K", "image",
         [("nano-banana-pro", "1k", {"resolution": "1K"}), ("nano-banana-pro", "2k", {"resolution": "2K"})]),
        ("pixverse-v6, Text /Image to Video, 720p（with aiduo）", "video",
         [("pixverse-v6/text-to-video", "text-image-to-video-720p-with-aiduo",
           {"quality": "720p", "generate_audio_switch": True}),
          ("pixverse-v6/image-to-video", "text-image-to-video-720p-with-aiduo",
           {"quality": "720p", "generate_audio_switch": True})]),
        ("Topaz Video Upscaler, upscale factor 1x/2x", "video",
         [("topaz/video-upscale", "upscale-factor-1", {"upscale_factor": "1"}),
          ("topaz/video-upscale", "upscale-factor-2", {"upscale_factor": "2"})]),
        ("Google veo 3.1, image-to-video, Fast-720p", "video",
         [("veo-3-1", "image-to-video-fast-720p",
           {"imageUrls": {"present": True}, "model": "veo3_fast", "resolution": "720p"})]),
        ("HappyHorse-1.1, text-to-video, 720p", "video",
         [("happyhorse-1-1/text-to-video", "text-to-video-720p", {"resolution": "720p"})]),
        ("HappyHorse-1.0, text-to-video, 720p", "video",
         [("happyhorse/text-to-video", "text-to-video-720p", {"resolution": "720p"})]),
    ],
)  # fmt: skip
def test_a_row_whose_every_word_is_explained_is_resolved(description, interface, expected):
    answer = resolve(description, interface=interface)
    assert prices(answer) == expected
    assert answer.explanation


@pytest.mark.parametrize(
    ("description", "kwargs", "reason"),
    [
        ("bytedance/seedance-2, 480p, zzz", {}, Reason.UNEXPLAINED),
        ("bytedance/seedance-2, 540p", {}, Reason.UNEXPLAINED),
        ("kling 2.6, text-to-video, 7.0s", {}, Reason.UNEXPLAINED),
        ("kling 2.7, text-to-video", {}, Reason.NO_MODEL),
        ("kling, text-to-video", {}, Reason.NO_MODEL),
        ("Kling kling 2.6, text-to-video, 5.0s", {"interface": "image"}, Reason.NO_MODEL),
        ("nano-banana-2, 1K", {"interface": "video"}, Reason.NO_MODEL),
        ("Acme 9, text-to-video", {}, Reason.NO_MODEL),
        ("HappyHorse-1s.1, text-to-video, 720p", {}, Reason.UNEXPLAINED),
        ("hailuo 02, text-to-video, 6.0s", {}, Reason.AMBIGUOUS),
        ("bytedance/seedance-2, 480p", {"credits": "4 credits"}, Reason.BAD_CREDITS),
        ("bytedance/seedance-2, 480p", {"unit": "per moon"}, Reason.BAD_UNIT),
    ],
)
def test_what_is_not_certain_is_left_with_its_reason(description, kwargs, reason):
    answer = resolve(description, **kwargs)
    assert isinstance(answer, Unresolved), answer
    assert answer.reason is reason
    assert answer.detail


def test_an_anchor_decides_only_between_models_that_explain_the_row():
    assert isinstance(resolve("Qwen 3, 1K", interface="image", unit="per image"), Unresolved)
    answer = resolve("Qwen 3, 1K", interface="image", unit="per image", model="qwen3/text-to-image")
    assert [each[0] for each in prices(answer)] == ["qwen3/text-to-image"]


def test_an_anchor_that_contradicts_the_text_is_a_remark_and_the_text_counts():
    answer = resolve("grok-imagine, text-to-image", interface="image", model="grok-imagine/text-to-video")
    assert [each[0] for each in prices(answer)] == ["grok-imagine/text-to-image"]
    assert "anchor names grok-imagine/text-to-video" in answer.remarks[0]


@pytest.mark.parametrize(
    "anchor", ["Gemini 2.5 flash", "https://evil.example/?model=nano-banana-2", "http://[", ""]
)
def test_an_anchor_that_is_no_link_of_kie_names_nothing(anchor):
    answer = RESOLVER.resolve(PriceRow(1, "Some banana", "image", "X", "1", "per image", "", anchor))
    assert isinstance(answer, Unresolved)


def test_surcharges_are_charges():
    (price,) = resolve("Qwen 3, input, 1K", interface="image", unit="per image").prices
    assert (price.model, price.charge) == ("qwen3/image-to-image", Charge.INPUT_IMAGE)
    (price,) = resolve("Qwen 3, input image, First image free", interface="image", unit="per image").prices
    assert price.included == 1


@pytest.mark.parametrize(
    ("tail", "charge"),
    [
        ("chat, Input", Charge.INPUT),
        ("Chat,  Cache Writes", Charge.CACHE_WRITE),
        ("chat, Cached Input", Charge.CACHED_INPUT),
        ("chat, Output ", Charge.OUTPUT),
    ],
)
def test_chat_rows_are_charges(tail, charge):
    (price,) = resolve(f"gpt-5.6-terra, {tail}", interface="chat", unit="per million tokens").prices
    assert (price.model, price.charge) == ("gpt-5-6-terra", charge)


def test_an_empty_unit_is_told_by_the_shelf_the_length_or_the_siblings():
    assert resolve("gpt-5.6-terra, chat, Input", interface="chat", unit="").prices[0].sold.unit == "1m_tokens"
    assert resolve("kling 2.6, text-to-video, 5.0s", unit=" ").prices[0].sold.unit == "video"
    feed = [
        row("nano-banana-2, 1K", interface="image", unit="per image", number=1),
        row("nano-banana-2, 2K", interface="image", unit="", number=2),
    ]
    assert [each.prices[0].sold.unit for each in RESOLVER.resolve_all(feed).resolved] == ["image", "image"]


@pytest.mark.parametrize(
    ("usd", "kept", "remark"),
    [
        ("0.05", "0.05", False),
        ("0,050", "0.050", False),
        ("", "0.050", True),
        ("0.004", "0.050", True),
        ("soon", "0.050", True),
    ],
)
def test_credits_win_over_a_wrong_usd_price(usd, kept, remark):
    answer = resolve("bytedance/seedance-2, 480p", usd=usd)
    assert answer.prices[0].official_usd == Decimal(kept)
    assert bool(answer.remarks) is remark


def test_rows_that_disagree_about_a_mode_are_all_left():
    feed = [
        row("nano-banana-2, 1K", interface="image", credits="8", number=1),
        row("nano banana 2, 1k", interface="image", credits="9", number=2),
    ]
    answers = RESOLVER.resolve_all(feed)
    assert {answer.reason for answer in answers.unresolved} == {Reason.CONFLICT}
    assert answers.resolved == ()


def test_a_row_said_twice_counts_once():
    feed = [row("nano-banana-2, 1K", interface="image", number=n) for n in (1, 2)]
    answers = RESOLVER.resolve_all(feed)
    assert (len(answers.resolved), sum(isinstance(each, Ignored) for each in answers.answers)) == (1, 1)


def test_silence_about_what_a_sibling_states_is_the_other():
    feed = [
        row("grok-imagine, text-to-image", interface="image", unit="per image", number=1),
        row("grok-imagine, text-to-image(quality)", interface="image", unit="per image", number=2),
    ]
    plain, quality = (answer.prices[0] for answer in RESOLVER.resolve_all(feed).resolved)
    assert (dict(plain.when), dict(quality.when)) == ({"enable_pro": False}, {"enable_pro": True})


def test_an_unknown_id_is_a_model_unless_it_is_a_known_one_mistyped():
    assert [each[0] for each in prices(resolve("google/gemini-omni-flash-1-1, video"))] == [
        "google/gemini-omni-flash-1-1"
    ]
    assert isinstance(resolve("bytedance/seedanse-2, video"), Unresolved)


texts = st.text(max_size=40) | st.sampled_from(
    [
        "bytedance/seedance-2, 480p",
        "nano-banana-2, 1K",
        "gpt-5.6-terra, chat, Input",
        "x/y, z",
        "Kling 3.0, video",
    ]
)
rows = st.builds(PriceRow, st.integers(1, 99), texts, texts, texts, texts, texts, texts, texts)


@given(st.lists(rows, max_size=20))
def test_every_row_is_accounted_for(feed):
    answers = RESOLVER.resolve_all(feed)
    assert answers.accounting().balances
    assert [answer.row for answer in answers.answers] == feed


CERTAIN = [
    row("bytedance/seedance-2, 480p no video input"),
    row("kling 2.6, text-to-video, with audio-5.0s", unit="per video"),
    row("ideogram v3, text-to-image, TURBO", interface="image", unit="per image"),
    row("HappyHorse-1.1, text-to-video, 720p"),
    row("Google nano banana pro, 1/2K", interface="image", unit="per image"),
    row("hailuo 02, text-to-video, Pro-6.0s-1080p", unit="per video"),
]


@tried(300)
@given(st.sampled_from(CERTAIN), st.data())
def test_a_changed_row_never_becomes_another_models(certain, data):
    """A letter more, less or other, an unknown word, a foreign provider: the same model, or none."""
    text = certain.description
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    changed = data.draw(
        st.sampled_from(
            [
                text[:at] + letter + text[at:],
                text[:at] + text[at + 1 :] if text[at].isalpha() else text,
                text[:at] + letter + text[at + 1 :] if text[at].isalpha() else text,
                f"{text}, zzz",
                f"Kling {text}",
            ]
        )
    )
    meant = {price.model for price in RESOLVER.resolve(certain).prices}
    answer = RESOLVER.resolve(replace(certain, description=changed))
    if isinstance(answer, Resolved):
        assert {price.model for price in answer.prices} <= meant
        assert {price.credits for price in answer.prices} == {Decimal(certain.credits)}


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        ([], "is no mapping"),
        ({"other": []}, "is no mapping of typos"),
        ({"noise": ["x"]}, r"noise\[0\] is no mapping"),
        ({"noise": [{"text": "x"}]}, "has text, not date"),
        ({"noise": [{"text": "", **FACT}]}, "text is no text"),
    ],
)
def test_a_file_of_aliases_is_read_strictly(data, fact):
    with pytest.raises(ValueError, match=fact):
        parse_aliases(data)


IMAGES = {"interface": "image", "unit": "per image"}
HAILUO = ["hailuo/02-text-to-video-pro", "hailuo/02-text-to-video-standard"]
DECLARE = "declare an alias if it is"
TOO_FAR = "whose name says more than the row or stands on another shelf"


@pytest.mark.parametrize(
    ("description", "kwargs", "said"),
    [
        ("hailuo 02, text-to-video, 6.0s", {},
         f"fits {', '.join(HAILUO)}; nothing in the row tells them apart"),
        ("bytedance/seedance-2, 480p, zzz", {},
         f"'zzz' is nothing that bytedance/seedance-2 knows; {DECLARE}"),
        ("bytedance/seedance-2, 540p, 7.0s", {},
         f"'540p' is nothing that bytedance/seedance-2 knows; {DECLARE}"),
        ("kling, text-to-video", {},
         f"the nearest is kling-2.6/text-to-video, {TOO_FAR}"),
        ("kling 2.6, text-to-video, 5.0s", IMAGES,
         f"the nearest is kling-2.6/text-to-video, {TOO_FAR}"),
        ("Acme 9, text-to-video", {}, "no model's name is in the text; is there a page for it?"),
        ("pixverse-v6, Text /speech to Video, 720p", {},
         f"'text /speech to video' is nothing that pixverse-v6/text-to-video knows; {DECLARE}"),
        ("hailuo 02, text-to-video, Pro-6.0s-1080p, image to video", {},
         f"'image to video' is nothing that hailuo/02-text-to-video-pro knows; {DECLARE}"),
        ("hailuo 02, text-to-video, Pro-6.0s-540p, image to video", {},
         f"'540p' is nothing that hailuo/02-text-to-video-pro knows; {DECLARE}"),
        ("hailuo 02, image to video, Pro-6.0s-1080p, text-to-video", {},
         f"'image to video' is nothing that hailuo/02-text-to-video-pro knows; {DECLARE}"),
        ("bytedance/seedance-2, 480p", {"credits": "4 of them", "unit": "per moon"},
         "'4 of them' is no amount of credits for bytedance/seedance-2"),
        ("bytedance/seedance-2, 480p", {"unit": "per moon"},
         "'per moon' is no known unit for bytedance/seedance-2"),
    ],
)  # fmt: skip
def test_the_reason_names_what_stood_in_the_way(description, kwargs, said):
    assert resolve(description, **kwargs).detail == said


@pytest.mark.parametrize(
    ("usd", "remark"),
    [
        ("", "USD price is missing; derived 0.05 from the credits"),
        (" soon", "USD price is 'soon'; derived 0.05 from the credits"),
        ("0.004", "USD price is 0.004, which is not 10 credits; derived 0.05 from the credits"),
    ],
)
def test_a_derived_price_is_told_with_its_reason(usd, remark):
    assert resolve("bytedance/seedance-2, 480p", usd=usd).remarks == (remark,)


@pytest.mark.parametrize(
    ("description", "modes"),
    [
        ("nano-banana-2", [("default", {})]),
        ("nano-banana-2, 1K 2k", [("1k", {"resolution": "1K"}), ("2k", {"resolution": "2K"})]),
        ("nano-banana-2, 1K, 1k", [("1k-1k", {"resolution": "1K"})]),
        ("nano-banana-2 1/2K, best", [("best-1k", {"resolution": "1K"}), ("best-2k", {"resolution": "2K"})]),
        ("nano-banana-2, best 1/2K, 4k",
         [("best-1k", {"resolution": "1K"}), ("best-2k", {"resolution": "2K"}),
          ("best-4k", {"resolution": "4K"})]),
    ],
)  # fmt: skip
def test_each_of_several_values_is_a_mode_with_its_own_id(description, modes):
    facts = parse_aliases({"noise": [{"text": "best", **FACT}]})
    answer = Resolver(KNOWN, facts).resolve(row(description, **IMAGES))
    assert [(mode, when) for _, mode, when in prices(answer)] == modes


@pytest.mark.parametrize("factors", [options("2", "4"), options(2, 4, kind="integer")])
def test_values_of_two_properties_are_modes_of_every_pair(factors):
    both = schema(resolution=K, scale=factors)
    one = KnownModel(ModelId("acme/zoom"), IMAGE, both, "Zoom")
    answer = Resolver([one]).resolve(row("acme/zoom, 1k/2k, 2x/4x", **IMAGES))
    assert [(mode, when) for _, mode, when in prices(answer)] == [
        (f"{size.lower()}-scale-{factor}", {"resolution": size, "scale": factor})
        for size in ("1K", "2K")
        for factor in factors["enum"]
    ]


def test_what_has_one_value_stands_in_the_id_as_the_row_says_it():
    both = schema(resolution=K, scale=options("2", "4"))
    one = KnownModel(ModelId("acme/zoom"), IMAGE, both, "Zoom")
    answer = Resolver([one]).resolve(row("acme/zoom, 1k/2k, 2x", **IMAGES))
    assert [(mode, when) for _, mode, when in prices(answer)] == [
        (f"2x-{size.lower()}", {"resolution": size, "scale": "2"}) for size in ("1K", "2K")
    ]


@pytest.mark.parametrize("tail", ["4k max", "max 4k"])
def test_a_word_that_means_two_properties_is_no_other_value_of_one(tail):
    fact = {"text": "max", "when": {"resolution": "4K", "speed": "max"}, **FACT}
    one = KnownModel(ModelId("acme/zoom"), IMAGE, schema(resolution=K, speed=options("max")), "Zoom")
    answer = Resolver([one], parse_aliases({"values": [fact]})).resolve(row(f"acme/zoom, {tail}", **IMAGES))
    (price,) = prices(answer)
    assert price == ("acme/zoom", tail.replace(" ", "-"), {"resolution": "4K", "speed": "max"})


SURCHARGED = [
    KnownModel(ModelId(f"acme/pen-{each}"), IMAGE, schema(image_urls=LINKS), f"pen {each}")
    for each in ("bold", "fine")
]


def test_a_surcharge_is_billed_with_every_model_that_takes_it():
    """A price of the output fits but one of several models; what is billed beside it fits them all."""
    beside = Resolver(SURCHARGED).resolve(row("Pen, image input", **IMAGES))
    assert [each[0] for each in prices(beside)] == ["acme/pen-bold", "acme/pen-fine"]
    assert {each.charge for each in beside.prices} == {Charge.INPUT_IMAGE}
    assert Resolver(SURCHARGED).resolve(row("Pen", **IMAGES)).reason is Reason.AMBIGUOUS


def test_an_anchor_decides_a_surcharge_too():
    link = {**IMAGES, "model": "acme/pen-fine"}
    beside = Resolver(SURCHARGED).resolve(row("Pen, image input", **link))
    assert [each[0] for each in prices(beside)] == ["acme/pen-fine"]


def test_every_one_of_several_operations_must_be_certain():
    answer = resolve("pixverse-v6, Text /Image to Video, 720p, 5.0s")
    assert (answer.reason, answer.detail.split()[0]) == (Reason.UNEXPLAINED, "'5.0s'")


@pytest.mark.parametrize("tail", ["image-to-image, image edit", "image edit, image-to-image"])
def test_the_order_in_which_a_row_names_operations_does_not_matter(tail):
    """Both models do both, and the row says all of either's name."""
    pens = [
        KnownModel(ModelId(each), IMAGE, schema(image_urls=LINKS))
        for each in ("acme/pen", "acme/pen-image-edit")
    ]
    answer = Resolver(pens).resolve(row(f"Acme Pen, {tail}", **IMAGES))
    assert answer.reason is Reason.AMBIGUOUS


@pytest.mark.parametrize(("interface", "unit"), [("video", "video"), ("voice", None), ("audio", None)])
def test_a_length_tells_the_unit_on_the_shelf_of_videos_only(interface, unit):
    one = KnownModel(ModelId("acme/say"), None, schema(duration=options("5")))
    answer = Resolver([one]).resolve(row("acme/say, 5.0s", interface=interface, unit=""))
    assert (str(answer.prices[0].sold.unit) if isinstance(answer, Resolved) else None) == unit


def test_the_explanation_of_a_row_about_several_is_that_of_the_first():
    answer = resolve("pixverse-v6, Text /Image to Video, 720p")
    assert answer.prices[0].model == "pixverse-v6/text-to-video"
    assert "names pixverse-v6/text-to-video" in [each.meaning for each in answer.explanation]


def test_a_declared_model_goes_before_one_that_only_a_list_knows():
    listed = KnownModel(ModelId("x-pen"), IMAGE, None, "Pen")
    declared = KnownModel(ModelId("acme/pen"), IMAGE, schema(), "Acme Pen")
    for models, meant in (([listed], "x-pen"), ([listed, declared], "acme/pen")):
        assert [each[0] for each in prices(Resolver(models).resolve(row("Pen", **IMAGES)))] == [meant]


def test_of_two_names_the_fuller_one_is_meant():
    fuller = KnownModel(ModelId("acme/pen"), IMAGE, schema(), "Pen")
    answer = Resolver([fuller, *SURCHARGED]).resolve(row("Acme Pen", **IMAGES))
    assert [each[0] for each in prices(answer)] == ["acme/pen"]


@pytest.mark.parametrize(
    ("description", "interface", "unit"),
    [
        ("gpt-5.6-terra, chat, Input", "chat", "1m_tokens"),
        ("kling 2.6, text-to-video, 5.0s", "video", "video"),
        ("kling 2.6, text-to-video", "video", None),
        ("nano-banana-2, 1K", "image", None),
        ("nano-banana-2, 1K", "", None),
        ("kling 2.6, text-to-video, 5.0s", "", None),
    ],
)
def test_an_empty_unit_is_told_or_left(description, interface, unit):
    answer = resolve(description, interface=interface, unit=" ")
    if unit is None:
        assert answer.reason is Reason.BAD_UNIT
    else:
        assert answer.prices[0].sold.unit == unit
        assert answer.remarks == (f"unit is missing; taken for {unit}",)


@pytest.mark.parametrize(
    ("siblings", "unit"),
    [
        ([("nano-banana-2, 2K", "per image")], "image"),
        ([("nano-banana-2, 2K", "per image"), ("nano-banana-2, 4K", "per image")], "image"),
        ([("nano-banana-2, 2K", "per image"), ("nano-banana-2, 4K", "per request")], None),
        ([("nano-banana-pro, 2K", "per image")], None),
        ([("nano-banana-2, zzz", "per image")], None),
        ([], None),
    ],
)
def test_the_unit_of_the_siblings_is_taken_where_they_have_but_one(siblings, unit):
    feed = [row("nano-banana-2, 1K", interface="image", unit="", number=9)]
    feed += [row(text, interface="image", unit=each) for text, each in siblings]
    answer = RESOLVER.resolve_all(feed).answers[0]
    assert (str(answer.prices[0].sold.unit) if isinstance(answer, Resolved) else None) == unit


def test_a_unit_that_is_not_known_is_not_replaced_by_that_of_the_siblings():
    feed = [
        row("nano-banana-2, 1K", interface="image", unit="per moon"),
        row("nano-banana-2, 2K", interface="image", unit="per image", number=2),
    ]
    assert RESOLVER.resolve_all(feed).unresolved[0].reason is Reason.BAD_UNIT


def test_the_unit_of_a_surcharge_tells_nothing_of_the_output():
    feed = [
        row("acme/pen-fine", interface="image", unit=""),
        row("acme/pen-fine, image input", interface="image", unit="per image", number=2),
    ]
    answers = Resolver(SURCHARGED).resolve_all(feed)
    assert [each.row.number for each in answers.unresolved] == [1]


def test_an_anchor_that_agrees_is_no_remark():
    answer = resolve("nano-banana-2, 1K", **IMAGES, model="nano-banana-2")
    assert answer.remarks == ()
    both = resolve("pixverse-v6, Text /Image to Video, 720p", model="nano-banana-2")
    named = "pixverse-v6/text-to-video and pixverse-v6/image-to-video"
    assert both.remarks == (f"anchor names nano-banana-2, the text {named}; the text counts",)
