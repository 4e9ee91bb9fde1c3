"""The rules against the hand-kept catalogs from which this project began, with recordings as evidence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kie_catalog.catalog.migrate import migrate
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.workspace import read_document
from kie_catalog.cli.evidence import evidence_for
from kie_catalog.domain.finding import Finding
from kie_catalog.rules.registry import check

SHARED = Path(__file__).parents[2] / ".." / "shared" / "kie"
ORIGIN = SHARED / "origin"
MOMENTS = ("2026-04", "2026-08-06", "2026-08-11", "2026-08-22")
RECORDINGS = tuple(SHARED / "recordings" / moment for moment in MOMENTS)
TODAY = "2026-08-25"
pytestmark = pytest.mark.skipif(not ORIGIN.is_dir(), reason="the recorded originals are not on this machine")


def findings_of(name: str, *recordings: Path) -> list[Finding]:
    document = read_document(ORIGIN / name, name)
    return list(
        check(document, evidence=evidence_for(ORIGIN / name, document, today=TODAY, recordings=recordings))
    )


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What is found with every recording there is."""
    return findings_of("models_pricing.yaml", *RECORDINGS)


def named(findings: list[Finding], name: str) -> list[Finding]:
    return [finding for finding in findings if finding.name == name]


def places(findings: list[Finding], name: str) -> list[tuple[str | None, int]]:
    return [(each.model, each.where.line) for each in named(findings, name)]


def test_eight_prices_disagree_with_their_dollars(findings):
    """Six are wrong beyond any tolerance, two by more than rounding explains."""
    disagreements = named(findings, "credits-against-usd")
    assert [(each.model, str(each.severity), each.where.line) for each in disagreements] == [
        ("nano-banana-pro", "error", 267),
        ("nano-banana-pro", "error", 271),
        ("nano-banana-pro", "error", 275),
        ("grok-imagine/text-to-image", "warning", 358),
        ("sora-watermark-remover", "warning", 864),
        ("qwen/image-edit", "error", 897),
        ("topaz/image-upscale", "error", 1000),
        ("topaz/image-upscale", "error", 1004),
    ]


def test_three_of_them_are_roubles(findings):
    """Each asks for 78.6 to a dollar, where a dollar is 200 credits."""
    assert places(findings, "roubles-for-credits") == [
        ("nano-banana-pro", 266),
        ("nano-banana-pro", 270),
        ("nano-banana-pro", 274),
    ]


def test_twenty_one_modes_repeat_another(findings):
    """They stand in eight models."""
    repeated = named(findings, "duplicate-mode")
    assert len(repeated) == 21
    assert len({each.model for each in repeated}) == 8
    assert len({each.where for each in repeated}) == 21


def test_nothing_tells_thirty_eight_modes_from_a_sibling(findings):
    """Twelve of them, in two models, have a sibling at another price."""
    alike = named(findings, "indistinguishable-modes")
    assert len({each.where for each in alike}) == len(alike) == 38
    assert Counter(each.model for each in alike if str(each.severity) == "error") == {
        "bytedance/seedream": 3,
        "suno/v5": 9,
    }


def test_sixteen_prices_by_the_second_are_stored_as_whole_clips(findings):
    """They stand in nine models; two of those have no row in the newest feed, and one in 2026-04."""
    assert Counter(each.model for each in named(findings, "per-second-as-clip")) == {
        "wan/2-2-a14b-speech-to-video-turbo": 3,
        "wan/2-2-animate-move": 3,
        "wan/2-2-animate-replace": 3,
        "infinitalk/from-audio": 2,
        "elevenlabs/audio-isolation": 1,
        "elevenlabs/sound-effect": 1,
        "kling/ai-avatar-v1-pro": 1,
        "kling/v1-avatar-standard": 1,
        "topaz/video-upscale": 1,
    }


def test_ten_of_them_are_seen_without_evidence(findings):
    """Their notes count seconds."""
    seen = places(findings_of("models_pricing.yaml"), "seconds-in-notes")
    assert len(seen) == 10
    assert set(seen) <= set(places(findings, "per-second-as-clip"))


def test_a_price_of_a_clip_of_stated_length_is_another_matter(findings):
    """Upstream went over to seconds for it: the unit differs, and the old price was no second's."""
    assert ("grok-imagine/text-to-video", 366) in places(findings, "unit-against-row")
    assert "grok-imagine/text-to-video" not in {each.model for each in named(findings, "per-second-as-clip")}


def test_twenty_two_ids_are_documented_by_nobody(findings):
    """Umbrellas that KIE never had, and models that are gone; where rows tell, the real ids are named."""
    undocumented = named(findings, "undocumented-model")
    assert len(undocumented) == 22
    helped = {each.model: each.help.partition("?")[0] for each in undocumented if "did you mean" in each.help}
    assert helped == {
        "flux/kontext": "did you mean `flux1-kontext`",
        "elevenlabs/text-to-speech": "did you mean `elevenlabs/text-to-speech-multilingual-v2`",
        "google/veo-3.1": "did you mean `veo-3-1`",
        "grok/imagine": "did you mean `grok-imagine/image-to-video`",
        "kling/v1-avatar-standard": "did you mean `kling/ai-avatar-standard`",
        "kling/ai-avatar-v1-pro": "did you mean `kling/ai-avatar-pro`",
        "openai/4o-image": "did you mean `4o-image-api`",
        "runway/gen-4": "did you mean `runway`",
        "suno/v5": "did you mean `ai-music-api/generate`",
    }
    [umbrella] = [each for each in undocumented if each.model == "hailuo/2.3"]
    assert "hailuo/2-3-image-to-video-pro, hailuo/2-3-image-to-video-standard" in umbrella.message


def test_tiers_are_swapped(findings):
    """Ultra below the plain model; 4K and 8K below 2K in dollars."""
    assert places(findings, "swapped-models") == [("google/imagen4-ultra", 230)]
    assert places(findings, "swapped-tiers") == [("topaz/image-upscale", 1000), ("topaz/image-upscale", 1004)]


def test_prices_of_siblings_stand_in_the_wrong_model(findings):
    """Pro in Standard twice, Ultra in the plain model, and the plain model's two prices in Pro."""
    assert places(findings, "notes-against-id") == [
        ("google/imagen4", 213),
        ("hailuo/02-image-to-video-standard", 379),
        ("hailuo/02-text-to-video-standard", 400),
        ("sora-2-pro-image-to-video", 835),
        ("sora-2-pro-image-to-video", 839),
    ]


def test_six_types_are_against_the_media_that_the_schema_requires(findings):
    """Each is called a model of texts, and requires an image."""
    assert places(findings, "type-against-media") == [
        ("ideogram/character", 533),
        ("kling/v2-1-standard", 598),
        ("kling/v2-1-pro", 611),
        ("wan/2-2-a14b-speech-to-video-turbo", 1020),
        ("wan/2-2-animate-move", 1038),
        ("wan/2-2-animate-replace", 1055),
    ]


def test_prices_differ_from_upstreams_own(findings):
    """Three in roubles, one swapped, and one that nobody explains."""
    assert {(each.model, str(each.old), str(each.new)) for each in named(findings, "price-against-row")} == {
        ("nano-banana-pro", "14.14", "18.0"),
        ("nano-banana-pro", "18.86", "24.0"),
        ("google/imagen4-ultra", "8.0", "12.0"),
        ("sora-watermark-remover", "15.7", "10.0"),
    }


def test_what_upstream_says_is_shown_at_its_line(findings):
    """The row stands in the recording's feed, where its price can be read."""
    for finding in named(findings, "price-against-row"):
        [row] = finding.related
        written = Path(row.where.path).read_text(encoding="utf-8").split("\n")
        around = "".join(written[row.where.line - 1 : row.where.line + 10])
        assert f'"creditPrice": "{finding.new}"' in around


def test_the_date_is_stale(findings):
    """Upstream is known to 2026-08-22, the file says it was updated eight months before."""
    assert places(findings, "stale-last-updated") == [(None, 3)]


def test_eighteen_modes_of_sound_and_lip_sync_are_priced_per_image(findings):
    """The unit of these models was never looked up."""
    assert Counter(each.model for each in named(findings, "unit-against-type")) == {
        "suno/v5": 9,
        "elevenlabs/text-to-speech": 2,
        "infinitalk/from-audio": 2,
        "elevenlabs/audio-isolation": 1,
        "elevenlabs/sound-effect": 1,
        "elevenlabs/speech-to-text": 1,
        "kling/v1-avatar-standard": 1,
        "kling/ai-avatar-v1-pro": 1,
    }


def test_there_is_nothing_else_to_find(findings):
    """The original keeps to the shape of version 1 throughout."""
    assert Counter(each.name for each in findings) == {
        "credits-against-usd": 8,
        "duplicate-mode": 21,
        "indistinguishable-modes": 38,
        "unit-against-type": 18,
        "roubles-for-credits": 3,
        "per-second-as-clip": 16,
        "seconds-in-notes": 10,
        "undocumented-model": 22,
        "swapped-tiers": 2,
        "swapped-models": 1,
        "notes-against-id": 5,
        "type-against-media": 6,
        "type-against-id": 1,
        "price-against-row": 5,
        "unit-against-row": 21,
        "repeated-title": 4,
        "pack-in-notes": 1,
        "unnamed-mode": 3,
        "priced-though-free": 1,
        "unlisted-model": 1,
        "stale-last-updated": 1,
    }


def test_one_recording_tells_nearly_as_much():
    """Two models by the second have no row any more in the newest feed; all else is found with it alone."""
    found = findings_of("models_pricing.yaml", RECORDINGS[-1])
    assert len(named(found, "per-second-as-clip")) == 14
    assert len(named(found, "undocumented-model")) == 22
    assert len(named(found, "type-against-media")) == 6


def test_migrating_the_catalog_hides_none_of_its_defects(tmp_path, findings):
    """Its modes have ids then, which are not upstream's; that prices have no `when` is found beside."""
    text = (ORIGIN / "models_pricing.yaml").read_text(encoding="utf-8")
    file = tmp_path / "models_pricing.yaml"
    file.write_text(migrate(parse(text, "models_pricing.yaml")), encoding="utf-8")
    document = read_document(file, file.name)
    evidence = evidence_for(file, document, today=TODAY, recordings=RECORDINGS)
    after = Counter(each.name for each in check(document, evidence=evidence))
    before = Counter(each.name for each in findings)
    assert {name: after[name] for name in before if name != "unnamed-mode"} == {
        name: count for name, count in before.items() if name != "unnamed-mode"
    }
    assert set(after) - set(before) == {"unsorted-models", "overlapping-modes", "overlap"}


def test_the_first_version_of_the_catalog():
    """Fewer prices disagree there, more are repeated; without evidence, nothing is said of upstream."""
    assert Counter(each.name for each in findings_of("models_pricing.2025-12-21.yaml")) == {
        "indistinguishable-modes": 48,
        "duplicate-mode": 23,
        "unit-against-type": 18,
        "unnamed-mode": 3,
        "notes-against-id": 5,
        "repeated-title": 3,
        "swapped-models": 1,
        "seconds-in-notes": 7,
        "credits-against-usd": 3,
        "swapped-tiers": 2,
        "type-against-id": 1,
    }


def test_every_finding_has_a_line_and_a_column(findings):
    """A maintainer can jump to each of them."""
    assert all(each.where.line > 0 and each.where.column > 0 for each in findings)
