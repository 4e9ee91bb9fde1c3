"""The open points name the model, the gap, what the feed prices, and the rows that may be about it."""

from __future__ import annotations

from decimal import Decimal

from kie_catalog.catalog.gaps import open_points
from kie_catalog.domain.catalog import Catalog, Category, Mode, Model, ModelType, Status
from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.plan import UnresolvedRow
from kie_catalog.domain.units import Unit
from kie_catalog.reports.markdown import render_open

SCHEMA = {
    "properties": {
        "resolution": {"enum": ["480p", "720p", "1080p"], "default": "480p"},
        "kind": {"enum": ["text", "reference"]},
    }
}
OTHER_KINDS = [None, "text"]


def mode(name, when, unit=Unit.IMAGE, notes=None):
    return Mode(ModeId(name), unit, Decimal(1), None, when=when, notes=notes)


def points_of(*modes, status=Status.ACTIVE, left=()):
    model = Model(ModelId("a/one"), "One", "One", ModelType.T2V, Category.VIDEO, "Acme", status, None, modes)
    catalog = Catalog("2.0", "", "2026-08-22", (model,))
    return list(open_points(catalog, {"a/one": SCHEMA}, left))


ALL = mode("all", {"resolution": ["480p", "720p", "1080p"]})
SMALL = mode("small", {"resolution": "480p"}, notes="480p")


def test_prices_for_everything_leave_nothing_open():
    assert points_of(ALL) == []
    assert "Nothing." in render_open("2026-08-22", points_of(ALL))


def test_a_model_that_is_not_offered_leaves_nothing_open():
    assert points_of(SMALL, status=Status.HIDDEN) == []


def test_a_value_without_a_price_is_told_with_what_is_priced():
    row = UnresolvedRow(7, "One, 1080p", "https://kie.ai/x?model=A%2FOne", "a word is not explained", "")
    other = UnresolvedRow(
        8, "Two, 1080p", "", "a word is not explained", "'1080p' is nothing that a/one-b knows"
    )
    points = points_of(SMALL, left=[row, other])
    assert {each.kind for each in points} == {"unpriced", "unknown-value"}
    assert all(each.priced == ("480p",) and each.left == ("One, 1080p",) for each in points)
    text = render_open("2026-08-22", points)
    assert text.count("- `a/one`: ") == len(points)
    assert "the feed prices: `480p`" in text
    assert "left, and perhaps about it: `One, 1080p`" in text


def test_modes_with_one_gap_are_one_point():
    points = points_of(
        mode("small", {"resolution": "480p"}, Unit.SECOND),
        mode("large", {"resolution": ["720p", "1080p"]}, Unit.SECOND),
    )
    assert [(each.kind, each.modes) for each in points] == [("no-quantity", ("small", "large"))]


def test_null_in_a_list_is_the_request_that_does_not_say():
    every = {"resolution": ["480p", "720p", "1080p"]}
    reference = mode("reference", {**every, "kind": "reference"})
    assert points_of(mode("text", {**every, "kind": OTHER_KINDS}), reference) == []
    overlapping = points_of(mode("text", every), reference)
    assert [(each.kind, each.modes) for each in overlapping] == [("overlap", ("text",))]
    unsaid = points_of(
        mode("text", {**every, "kind": OTHER_KINDS}), mode("any", {**every, "kind": [None, "reference"]})
    )
    assert [each.kind for each in unsaid] == ["overlap"]
