"""The resolver attaches what is certain and says why it leaves the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.catalog import Category, Charge
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.sync.resolution import Ignored, Reason, Resolved, Unresolved
from kie_catalog.sync.resolve import KnownModel, Resolver

TURBO = {"properties": {"rendering_speed": {"enum": ["TURBO", "QUALITY"]}}}
KNOWN = [
    KnownModel(ModelId("bytedance/seedance-2"), Category.VIDEO),
    KnownModel(ModelId("bytedance/seedance-2-fast"), Category.VIDEO),
    KnownModel(ModelId("grok-imagine/text-to-video"), Category.VIDEO),
    KnownModel(ModelId("happyhorse/text-to-video"), Category.VIDEO),
    KnownModel(ModelId("happyhorse-1-1/text-to-video"), Category.VIDEO),
    KnownModel(ModelId("hailuo/02-text-to-video-standard"), Category.VIDEO),
    KnownModel(ModelId("ideogram/v3-text-to-image"), Category.IMAGE, TURBO),
    KnownModel(ModelId("kling-2.6/text-to-video"), Category.VIDEO),
    KnownModel(ModelId("qwen3/image-to-image"), Category.IMAGE),
    KnownModel(ModelId("gpt-5-6-terra"), Category.CHAT),
    KnownModel(ModelId("nano-banana-2"), Category.IMAGE),
]


def row(description, *, model=None, interface="video", credits="10", unit="per second", usd="0.05", number=1):
    anchor = f"https://kie.ai/page?model={model.replace('/', '%2F')}" if model else ""
    return PriceRow(number, description, interface, "X", credits, unit, usd, anchor)


def resolve(*args, **kwargs):
    return Resolver(KNOWN).resolve(row(*args, **kwargs))


def price(answer):
    assert isinstance(answer, Resolved), answer
    return answer.prices[0]


@pytest.mark.parametrize(
    ("description", "model", "mode"),
    [
        ("bytedance/seedance-2, 480p no video input", "bytedance/seedance-2", "480p-no-video-input"),
        ("bytedance/seedance-2 fast, 720p", "bytedance/seedance-2-fast", "720p"),
        (" Bytedance/Seedance-2 ,  1080p", "bytedance/seedance-2", "1080p"),
        ("google/gemini-omni-flash-1-1, video, 4s", "google/gemini-omni-flash-1-1", "video-4s"),
    ],
)
def test_an_id_in_the_text_is_certain(description, model, mode):
    assert (price(resolve(description)).model, price(resolve(description)).mode) == (model, mode)


def test_an_anchor_that_the_text_bears_out_is_certain():
    answer = price(resolve("kling 2.6, text-to-video, with audio-5.0s", model="kling-2.6/text-to-video"))
    assert (answer.model, answer.notes) == ("kling-2.6/text-to-video", "text-to-video, with audio-5.0s")


@pytest.mark.parametrize(
    ("description", "model"),
    [
        ("grok-imagine, text-to-image", "grok-imagine/text-to-video"),
        ("hailuo 02, text-to-video, Pro-6.0s-1080p", "hailuo/02-text-to-video-standard"),
        ("kling 3.0, text-to-video, 720p", "kling-2.6/text-to-video"),
        ("HappyHorse-1.1, text-to-video, 720p", "happyhorse/text-to-video"),
        ("Topaz Video, text-to-video", "kling-2.6/text-to-video"),
    ],
)
def test_an_anchor_that_the_text_contradicts_is_not_believed(description, model):
    answer = resolve(description, model=model)
    assert isinstance(answer, Unresolved)
    assert answer.reason is Reason.CONTRADICTION


def test_a_grade_that_is_a_value_of_the_schema_contradicts_nothing():
    answer = resolve(
        "ideogram v3, text-to-image, TURBO",
        model="ideogram/v3-text-to-image",
        interface="image",
        unit="per image",
    )
    assert price(answer).model == "ideogram/v3-text-to-image"


def test_the_row_of_an_older_version_keeps_its_model():
    assert price(resolve("HappyHorse-1.0, text-to-video", model="happyhorse/text-to-video"))


@pytest.mark.parametrize(
    ("description", "kwargs", "reason"),
    [
        ("Kling 3.0, video, with audio-4K", {}, Reason.NO_MODEL),
        ("Suno, Mashup", {"model": "ai-music-api/mashup"}, Reason.UNKNOWN_ANCHOR),
        ("bytedance/seedance-2, 480p", {"credits": "4 credits"}, Reason.BAD_CREDITS),
        ("bytedance/seedance-2, 480p", {"unit": ""}, Reason.BAD_UNIT),
        (
            "Qwen image 3.0, input, 1K",
            {"model": "qwen3/image-to-image", "interface": "image"},
            Reason.SURCHARGE,
        ),
        ("nano-banana-2, input image, First image free", {"interface": "image"}, Reason.SURCHARGE),
    ],
)
def test_what_is_not_certain_is_left_with_its_reason(description, kwargs, reason):
    answer = resolve(description, **kwargs)
    assert isinstance(answer, Unresolved)
    assert answer.reason is reason
    assert answer.detail


@pytest.mark.parametrize(
    "anchor", ["Gemini 2.5 flash", "https://evil.example/?model=nano-banana-2", "http://[", ""]
)
def test_an_anchor_that_is_no_link_of_kie_names_nothing(anchor):
    answer = Resolver(KNOWN).resolve(PriceRow(1, "Some banana", "image", "X", "1", "per image", "", anchor))
    assert isinstance(answer, Unresolved)
    assert answer.reason is Reason.NO_MODEL


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
    answer = resolve(f"gpt-5.6-terra, {tail}", interface="chat", unit="per million tokens")
    assert (price(answer).model, price(answer).charge) == ("gpt-5-6-terra", charge)


def test_a_chat_row_of_an_unknown_charge_is_left():
    answer = resolve("gpt-5.6-terra, chat, web search", interface="chat", unit="per request")
    assert isinstance(answer, Unresolved)
    assert answer.reason is Reason.SURCHARGE


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
    assert price(answer).official_usd == Decimal(kept)
    assert bool(answer.remarks) is remark


def test_rows_that_disagree_about_a_mode_are_all_left():
    rows = [row("nano-banana-2, 1K", credits="8", number=1), row("nano banana 2, 1k", credits="9", number=2)]
    answers = Resolver(KNOWN).resolve_all(rows)
    assert {answer.reason for answer in answers.unresolved} == {Reason.CONFLICT}
    assert answers.resolved == ()


def test_a_row_said_twice_counts_once():
    rows = [row("nano-banana-2, 1K", number=1), row("nano-banana-2, 1K ", number=2)]
    answers = Resolver(KNOWN).resolve_all(rows)
    assert (len(answers.resolved), sum(isinstance(each, Ignored) for each in answers.answers)) == (1, 1)


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


@given(st.lists(rows, max_size=30))
def test_every_row_is_accounted_for(feed):
    answers = Resolver(KNOWN).resolve_all(feed)
    assert answers.accounting().balances
    assert [answer.row for answer in answers.answers] == feed


@given(st.permutations([row(f"nano-banana-2, {n}K", credits=str(n), number=n) for n in range(1, 6)]))
def test_the_order_of_rows_does_not_change_a_price(feed):
    prices = {
        each.prices[0].mode: each.prices[0].credits for each in Resolver(KNOWN).resolve_all(feed).resolved
    }
    assert prices == {f"{n}k": Decimal(n) for n in range(1, 6)}
