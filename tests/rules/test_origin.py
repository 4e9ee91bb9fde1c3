"""The rules against the hand-kept catalogs from which this project began."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kie_catalog.domain.finding import Finding
from kie_catalog.rules.registry import check

from .fakes import Written

ORIGIN = Path(__file__).parents[2] / ".." / "shared" / "kie" / "origin"
pytestmark = pytest.mark.skipif(not ORIGIN.is_dir(), reason="the recorded originals are not on this machine")


def findings_of(name: str) -> list[Finding]:
    return list(check(Written((ORIGIN / name).read_text(encoding="utf-8"), name)))


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return findings_of("models_pricing.yaml")


def named(findings: list[Finding], name: str) -> list[Finding]:
    return [finding for finding in findings if finding.name == name]


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
    }


def test_the_first_version_of_the_catalog():
    """Fewer prices disagree there, more are repeated."""
    assert Counter(each.name for each in findings_of("models_pricing.2025-12-21.yaml")) == {
        "credits-against-usd": 3,
        "duplicate-mode": 23,
        "indistinguishable-modes": 48,
        "unit-against-type": 18,
    }


def test_every_finding_has_a_line_and_a_column(findings):
    """A maintainer can jump to each of them."""
    assert all(each.where.line > 0 and each.where.column > 0 for each in findings)
