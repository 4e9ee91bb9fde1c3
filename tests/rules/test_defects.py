"""Defects of the hand-kept catalog, put into the project's own: each is found, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli.evidence import evidence_for
from kie_catalog.domain.finding import Where
from kie_catalog.domain.money import usd_of
from kie_catalog.rules.evidence import Evidence, Recorded, Row
from kie_catalog.rules.registry import RULES, check

from .fakes import Plain

WORKSPACE = Workspace(Path(__file__).parents[2])
DOCUMENT = WORKSPACE.document()
DATA: Any = DOCUMENT.data
EVIDENCE = evidence_for(WORKSPACE.catalog_file, DOCUMENT, today=DATA["last_updated"])
OFFERED = [model for model in DATA["models"] if model["status"] == "active" and model["modes"]]
PLACES = [(model, at) for model in OFFERED for at in range(len(model["modes"]))]
LINES = {"480p": 480, "720p": 720, "1080p": 1080, "2K": 1440, "4K": 2160}
BY_NAME = {rule.name: rule for rule in RULES}


def roubles(mode: dict[str, Any]) -> None:
    mode["credits"] = round(mode["official_usd"] * Decimal("78.5"), 2)


def tenfold(mode: dict[str, Any]) -> None:
    mode["official_usd"] = mode["official_usd"] / 10


def other_price(mode: dict[str, Any]) -> None:
    mode["credits"] = mode["credits"] + 1
    mode["official_usd"] = usd_of(mode["credits"])


def clip(mode: dict[str, Any]) -> None:
    mode["unit"] = "video"


def image(mode: dict[str, Any]) -> None:
    mode["unit"] = "image"


def other_size(mode: dict[str, Any]) -> None:
    sizes = {"480p": "720p", "720p": "1080p", "1080p": "720p"}
    mode["when"] = {name: sizes.get(str(value), value) for name, value in mode["when"].items()}


def has_price(mode: dict[str, Any]) -> bool:
    return mode["credits"] > 0 and mode.get("official_usd", 0) > 0


def by_the_second(mode: dict[str, Any]) -> bool:
    return mode["unit"] == "second" and "charge" not in mode and not _names_a_clip(mode)


def of_a_stated_size(mode: dict[str, Any]) -> bool:
    notes = (mode.get("notes") or "").lower()
    values = [value for value in mode.get("when", {}).values() if value in ("480p", "720p", "1080p")]
    return len(values) == 1 and notes.count("0p") == 1 and values[0] in notes


def _names_a_clip(mode: dict[str, Any]) -> bool:
    notes = f" {mode.get('notes') or ''}"
    return any(
        f"{mark}{length}" in notes for mark in " -," for length in ("5.0s", "10.0s", "15.0s", "5s", "8s")
    )


@pytest.mark.parametrize(
    ("rule", "defect", "fits"),
    [
        ("roubles-for-credits", roubles, has_price),
        ("credits-against-usd", tenfold, has_price),
        ("price-against-row", other_price, has_price),
        ("per-second-as-clip", clip, by_the_second),
        (
            "unit-against-row",
            image,
            lambda mode: mode["unit"] in {"video", "megapixel"} and "charge" not in mode,
        ),
        ("notes-against-when", other_size, of_a_stated_size),
    ],
)
def test_a_defect_of_a_mode_is_found(rule, defect, fits):
    """In every mode in which it can stand."""
    places = [(model, at) for model, at in PLACES if fits(model["modes"][at])]
    assert len(places) > 20
    missed = [
        (model["id"], model["modes"][at]["id"]) for model, at in places if not _finds(rule, defect, model, at)
    ]
    assert missed == []


def _finds(rule: str, defect: Callable[[dict[str, Any]], None], model: dict[str, Any], at: int) -> bool:
    changed = deepcopy(model)
    defect(changed["modes"][at])
    found = check(Plain({**DATA, "models": [changed]}), [BY_NAME[rule]], EVIDENCE)
    return any(each.mode == changed["modes"][at]["id"] for each in found)


def test_an_umbrella_is_found_whatever_it_is_called():
    """Of every model: no page documents the maker's name alone."""
    for model in OFFERED:
        umbrella = {**model, "id": f"{model['id'].partition('/')[0]}/api"}
        found = check(Plain({**DATA, "models": [umbrella]}), [BY_NAME["undocumented-model"]], EVIDENCE)
        assert [each.model for each in found] == [umbrella["id"]]


def test_a_type_of_texts_is_found_in_every_model_that_requires_an_image():
    """As the hand-kept catalog had it six times."""
    kinds = {"i2v": "t2v", "i2i": "t2i"}
    required = {
        model["id"]
        for model in OFFERED
        if model.get("type") in kinds
        and (EVIDENCE.schemas or {})[model["id"]].schema.get("required", [])
        and any("image" in name for name in (EVIDENCE.schemas or {})[model["id"]].schema["required"])
    }
    assert len(required) > 20
    for model in OFFERED:
        if model["id"] in required:
            wrong = {**model, "type": kinds[model["type"]]}
            [found] = check(Plain({**DATA, "models": [wrong]}), [BY_NAME["type-against-media"]], EVIDENCE)
            assert found.where.pointer == ("models", 0, "type")


@settings(max_examples=50)
@given(
    sizes=st.lists(
        st.sampled_from(["480p", "720p", "1080p", "2K", "4K"]), min_size=2, max_size=5, unique=True
    ),
    prices=st.lists(st.integers(1, 99), min_size=5, max_size=5, unique=True),
)
def test_only_swapped_tiers_are_called_swapped(sizes, prices):
    """Rising prices are silent; any fall is found at the tier that falls."""
    ordered = sorted(sizes, key=LINES.__getitem__)
    rising = dict(zip(ordered, sorted(prices), strict=False))
    assert _swapped(rising) == set()
    falling = dict(zip(ordered, sorted(prices, reverse=True), strict=False))
    assert _swapped(falling) == set(ordered[1:])


def _swapped(prices: dict[str, int]) -> set[str]:
    modes = [
        {"id": size, "unit": "second", "credits": Decimal(price), "when": {"resolution": size}}
        for size, price in prices.items()
    ]
    data = {"version": "2.0", "models": [{"id": "a/b", "status": "active", "modes": modes}]}
    return {str(each.mode) for each in check(Plain(data), [BY_NAME["swapped-tiers"]])}


@given(age=st.integers(0, 400))
def test_a_date_is_stale_after_thirty_days_behind_the_evidence(age):
    """Not before, and at any age after."""
    updated = date(2026, 8, 22) - timedelta(days=age)
    row = Row("a", "a", "a", {}, Where("feed"))
    evidence = Evidence(recorded=(Recorded("2026-08-22", "feed", (row,)),))
    data = {"version": "2.0", "last_updated": updated.isoformat()}
    assert len(check(Plain(data), [BY_NAME["stale-last-updated"]], evidence)) == (age > 30)
