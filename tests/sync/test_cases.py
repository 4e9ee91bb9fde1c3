"""Rows, labels, prices and measured charges that others found out, with their source in the file of cases."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog import packaged_catalog
from kie_catalog.catalog.artefact import packaged_aliases, packaged_schemas
from kie_catalog.cli.quote import translated
from kie_catalog.domain.catalog import Category, Mode, Model, ModelType, Status
from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.quote import Quote, quote
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.resolution import Resolved, Unresolved
from kie_catalog.sync.resolve import Resolver
from kie_catalog.sync.tokens import anchor_model, anchor_page
from tests.sync.real import ROOT, recorded, resolve, row_of

DAY = "2026-08-22"
VIDEO, NO_VIDEO = {"present": True}, {"present": False}
SEEDANCE = "bytedance/seedance-2"
# By case, what each of its rows prices: model, charge, unit, condition.
PRICED = {
    "PC-001": [("gpt-image-2-image-to-image", "output", "image", {"resolution": "4K"})],
    "PC-002": [("gpt-image-2-text-to-image", "output", "image", {"resolution": "1K"})],
    "PC-007": [("seedream/5-pro-image-to-image", "input_image", "image", {})],
    "PC-008": [
        (f"minimax-h3/{each}-to-video", "input_image", "image", {"resolution": size})
        for each in ("image", "reference")
        for size in ("768P", "2K")
    ],
    "PC-021": [("wan/2-7-image-to-video", "output", "second", {"resolution": "720p"})],
    "PC-028": [("gpt-image/1.5-image-to-image", "output", "image", {"quality": "high"})],
    "PC-029": [("grok-imagine-image-2-0/image-edit", "output", "image", {})],
    "PC-030": [("kling/v3-turbo-image-to-video", "output", "second", {"resolution": "1080p"})],
    "PC-033": [("nano-banana-2", "output", "image", {"resolution": size}) for size in ("4K", "2K", "1K")],
    "PC-034": [
        ("gpt-image-2-text-to-image", "output", "image", {"resolution": size}) for size in ("4K", "2K", "1K")
    ],
    "PC-036": [
        ("kling-2.6/text-to-video", "output", "video", {"sound": sound, "duration": length})
        for sound, length in ((False, "5"), (True, "5"), (False, "10"))
    ],
    "PC-038": [
        ("kling-3.0/video", "output", "second", {"sound": sound, "mode": mode})
        for mode in ("4K", "pro", "std")
        for sound in (True, False)
    ],
    "PC-042": [
        (SEEDANCE, "output", "second", {"resolution": size, "reference_video_urls": given})
        for size in ("1080p", "720p", "480p")
        for given in (NO_VIDEO, VIDEO)
    ],
    "PC-080": [
        (
            "veo-3-1",
            "output",
            "video",
            {
                "model": "veo3_lite",
                "resolution": "4k",
                "imageUrls": {"present": False},
                "generationType": [None, "TEXT_2_VIDEO", "FIRST_AND_LAST_FRAMES_2_VIDEO"],
            },
        )
    ],
    "PC-081": [
        (f"{SEEDANCE}-5", "output", "second", {"resolution": "480p", "reference_video_urls": NO_VIDEO})
    ],
    "PC-082": [
        (f"{SEEDANCE}-fast", "output", "second", {"resolution": "720p", "reference_video_urls": NO_VIDEO})
    ],
    "PC-087": [("wan/2-6-image-to-video", "output", "video", {"duration": "5", "resolution": "1080p"})],
    "PC-089": [
        (
            f"pixverse-v6/{each}-to-video",
            "output",
            "second",
            {"quality": "360p", "generate_audio_switch": False},
        )
        for each in ("text", "image")
    ],
    "PC-091": [("google/imagen4", "output", "request", {})],
    "PC-092": [("google/imagen4-ultra", "output", "image", {})],
    "PC-093": [("ideogram/v3-text-to-image", "output", "image", {"rendering_speed": "TURBO"})],
    "PC-095": [("flux-2/flex-text-to-image", "output", "image", {"resolution": "2K"})],
    "PC-098": [("qwen3/pro-image-to-image", "input_image", "image", {"resolution": "1K"})],
}
# Models without a documentation page on that day: their rows are left, not guessed.
UNDOCUMENTED = ["PC-009", "PC-014", "PC-084", "PC-085"]
# By case, a request that holds on the catalog in the repository; credits.
QUOTED = {
    "PC-040": ("kling-3.0/video", ["duration=5", "mode=4K", "sound=true"], "335"),
    "PC-043": (SEEDANCE, ["duration=4", "resolution=1080p"], "408"),
    "PC-045": (
        SEEDANCE,
        [
            "duration=5",
            "resolution=720p",
            'reference_video_urls=["https://example.com/input.mp4"]',
            "--measure",
            "input_seconds=8",
        ],
        "325",
    ),
    "PC-046": (SEEDANCE, ["duration=5", "resolution=480p"], "95"),
    "PC-048": (SEEDANCE, ["duration=auto", "resolution=720p"], None),
    "PC-056": ("nano-banana-2-lite", [], "4"),
    "PC-065": ("kling-3.0/video", ["resolution=720p", "sound=true", "duration=10"], "200"),
    "PC-067": ("kling-3.0/video", ["resolution=1080p", "sound=true", "duration=10"], "270"),
    "PC-070": ("nano-banana-pro", ["resolution=4K"], "24"),
    "PC-071": ("grok-imagine/text-to-image", ["enable_pro=false"], "4"),
    "PC-072": ("grok-imagine/text-to-image", ["enable_pro=true"], "5"),
    "PC-076": (
        SEEDANCE,
        ["resolution=720p", "duration=8", "first_frame_url=https://example.com/f.png"],
        "328",
    ),
    "PC-077": ("veo-3-1", ["model=veo3_fast", "duration=8"], "60"),
}


@pytest.fixture(scope="module", name="cases")
def _cases(shared):
    return {each["id"]: each for each in json.loads((shared / "cases.json").read_text(encoding="utf-8"))}


def rows_of(case, feed):
    """The rows of a case; of one that gives a text only, the row with that text on the recorded day."""
    if "rows" in case["input"]:
        return [row_of(number, each) for number, each in enumerate(case["input"]["rows"], 1)]
    text = " ".join(case["input"]["modelDescription"].split())
    return [row for row in feed if " ".join(row.description.split()) == text][:1]


@pytest.mark.parametrize("case", PRICED)
def test_the_rows_of_a_case_price_what_they_say(shared, cases, case):
    pages = shared / "recordings" / DAY
    rows = rows_of(cases[case], recorded(pages).prices.content)
    if not rows:
        pytest.skip("the recorded feed has no row with that text, and the case gives no unit")
    found = resolve(rows, pages)
    assert all(isinstance(each, Resolved) for each in found), found
    prices = [
        (price.model, price.charge.value, price.sold.unit.value, dict(price.when))
        for each in found
        for price in each.prices
    ]
    assert prices == PRICED[case]
    for each in found:
        assert {price.credits for price in each.prices} == {Decimal(each.row.credits)}


@pytest.mark.parametrize("case", UNDOCUMENTED)
def test_rows_of_a_model_without_a_page_are_left(shared, cases, case):
    written = cases[case]["input"]
    plain = {"modelDescription": "", "interfaceType": "video", "creditPrice": "1", "creditUnit": "per second"}
    rows = [row_of(1, {**plain, **each}) for each in written.get("rows", [written])]
    assert all(isinstance(each, Unresolved) for each in resolve(rows, shared / "recordings" / DAY))


def test_they_resolve_once_a_page_says_what_their_words_mean(cases):
    lengths = {"enum": ["4", "6", "8", "10"]}
    schema = {
        "properties": {
            "duration": {"type": "string", **lengths},
            "resolution": {"type": "string", "enum": ["720p", "1080p"]},
            "reference_video_urls": {"type": "array", "items": {"type": "string", "format": "uri"}},
        }
    }
    model = KnownModel(
        ModelId("google/gemini-omni-flash-1-1"), Category.VIDEO, schema, "Gemini Omni Flash 1.1"
    )
    rows = rows_of(cases["PC-014"], ())
    found = Resolver([model]).resolve_all(rows).answers
    tariffs = [
        [f"{price.when['duration']}s {price.when['resolution']}", int(price.credits)]
        for each in found
        if isinstance(each, Resolved)
        for price in each.prices
        if "duration" in price.when
    ]
    assert tariffs == cases["PC-014"]["expected"]["tariffs"]


@pytest.mark.parametrize("case", ["PC-003", "PC-005"])
def test_an_anchor_names_its_model_or_none(cases, case):
    assert anchor_model(cases[case]["input"]["anchor"]) == cases[case]["expected"]["model"]


def test_an_anchor_that_is_a_page_ends_in_the_pages_name(cases):
    case = cases["PC-004"]
    assert anchor_page(case["input"]["anchor"]) == case["expected"]["model"]


def test_every_word_of_a_description_is_a_condition_of_its_model(cases):
    case, expected = cases["PC-026"]["input"], cases["PC-026"]["expected"]["dimensions"]
    schema = {
        "properties": {
            "quality": {"enum": ["std", "pro"]},
            "resolution": {"enum": ["720p", "1080p"]},
            "duration": {"type": "integer", "enum": [5, 10]},
            "sound": {"type": "boolean"},
            "image_url": {"type": "string", "format": "uri"},
        }
    }
    model = KnownModel(ModelId(case["model"]), Category.VIDEO, schema, "Kling 3")
    row = row_of(1, {**case, "interfaceType": "video", "creditPrice": "1"})
    (answer,) = Resolver([model]).resolve_all([row]).answers
    assert isinstance(answer, Resolved), answer
    (price,) = answer.prices
    assert price.sold.unit.value == expected["billingBasis"].removeprefix("per_")
    assert dict(price.when) == {
        "quality": expected["quality"],
        "resolution": expected["resolution"],
        "duration": expected["durationSeconds"],
        "sound": expected["audio"],
    }


def priced(rate, unit, when=None):
    return Mode(ModeId("m"), unit, Decimal(str(rate)), None, when=when or {})


def model_with(*modes):
    return Model(
        ModelId("a/one"), "One", "One", ModelType.T2V, Category.VIDEO, "Acme", Status.ACTIVE, None, modes
    )


@pytest.mark.parametrize("case", ["PC-050", "PC-051"])
def test_seconds_are_seconds_in_every_spelling(cases, case):
    asked, expected = cases[case]["input"], cases[case]["expected"]
    schema = {"properties": {"duration": {"type": "string"}}}
    answer = quote(model_with(priced(asked["rate"], Unit.SECOND)), schema, asked["request"])
    assert isinstance(answer, Quote), answer
    assert answer.credits == expected["credits"]


def test_a_table_of_two_properties_prices_each_image(cases):
    asked, expected = cases["PC-052"]["input"], cases["PC-052"]["expected"]
    modes = []
    for at, (key, rate) in enumerate(asked["rate"].items()):
        size, quality = key.split("|")
        when = {"image_size": size, "quality": quality}
        modes.append(replace(priced(rate, Unit.IMAGE, when), id=ModeId(f"m{at}")))
    schema = {
        "properties": {
            "image_size": {"type": "string"},
            "quality": {"type": "string"},
            "num_images": {"type": "integer"},
        }
    }
    answer = quote(model_with(*modes), schema, asked["request"])
    assert isinstance(answer, Quote), answer
    assert answer.credits == expected["credits"]


@pytest.mark.parametrize(
    ("case", "credits"), [("PC-061", "8"), ("PC-073", "30")], ids=["PC-061, September", "PC-073, April"]
)
def test_a_charge_of_another_day_follows_from_that_days_price(cases, case, credits):
    """The recorded feeds have another price for them; the mode and its quantity are those of the catalog."""
    asked, expected = cases[case]["input"], cases[case]["expected"]
    catalog, schemas = packaged_catalog(), packaged_schemas()
    model = catalog.model(asked["model"])
    modes = tuple(replace(mode, credits=Decimal(credits)) for mode in model.modes)
    request, facts = translated(asked["request"], schemas[model.id], model.id, packaged_aliases())
    answer = quote(replace(model, modes=modes), schemas[model.id], request, facts)
    assert isinstance(answer, Quote), answer
    if "creditsConsumed" in expected:
        assert answer.credits == expected["creditsConsumed"]
    else:
        assert answer.usd == Decimal(str(expected["usd"]))


@pytest.mark.parametrize("case", QUOTED)
def test_a_request_costs_what_others_measured_or_worked_out(run, cases, case):
    model, given, credits = QUOTED[case]
    result = run("quote", model, *given, "--root", ROOT, "--format", "json")
    answer = json.loads(result.output)
    if credits is None:
        assert result.exit_code == 1
        assert answer["missing"]
        return
    assert answer["credits"] == credits or answer["credits"] == float(credits), answer
    expected = cases[case]["expected"]
    if "usd" in expected:
        assert Decimal(str(answer["usd"])) == Decimal(str(expected["usd"]))
