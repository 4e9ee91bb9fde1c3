"""Findings survive a trip through JSON, and their fingerprints survive edits that are not about them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.domain.anchors import Anchors
from kie_catalog.domain.finding import (
    Finding,
    Fix,
    FixEdit,
    Related,
    Severity,
    Where,
    finding_from_json,
)

WHOLE = Finding(
    "KC201",
    "impossible-price",
    Severity.ERROR,
    Where("catalog.yaml", 6, 14, ("models", 0, "modes", 0, "credits"), 6, 16),
    "`credits` is -1; write what upstream asks for",
    "a/b",
    "one",
    help="look it up",
    related=(Related("its sibling", Where("catalog.yaml", 9, 3, ("models", 0, "modes", 1), 11, 20)),),
    old=Decimal(-1),
    new=Decimal("0.5"),
    fix=Fix("write 0.5", (FixEdit(("models", 0, "modes", 0, "credits"), Decimal("0.5")),), is_safe=True),
    anchor=("models", "a/b", "modes", "one", "credits"),
    about="credits",
)


def test_a_finding_comes_back_from_json_as_far_as_json_can_tell():
    """All that people read comes back; pointers come back as texts, and the fix is left to the next check."""
    written = json.loads(json.dumps(WHOLE.to_json()))
    read = finding_from_json(written)
    assert str(read) == str(WHOLE)
    assert read.fingerprint == WHOLE.fingerprint == written["fingerprint"]
    assert (read.help, read.model, read.mode, read.about) == ("look it up", "a/b", "one", "credits")
    assert [each.where.line for each in read.related] == [9]
    assert (read.old, read.new) == (-1, 0.5)
    again = read.to_json()
    assert again == {key: value for key, value in written.items() if key != "fix"}


def test_a_bare_finding_is_short_in_json():
    bare = Finding("KC005", "empty", Severity.ERROR, Where("a.yaml"), "nothing; write something")
    assert not bare.to_json().keys() & {"help", "related", "old", "new", "fix", "anchor", "about"}


@pytest.mark.parametrize(
    "edited",
    [
        replace(WHOLE, message="another wording"),
        replace(WHOLE, help=""),
        replace(WHOLE, severity=Severity.INFO),
        replace(WHOLE, where=Where("elsewhere.yaml", 60, 14, ("models", 7, "modes", 3, "credits"))),
        replace(WHOLE, old=Decimal(-2)),
    ],
)
def test_a_fingerprint_survives_rewording_and_moved_lines(edited):
    assert edited.fingerprint == WHOLE.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(WHOLE, code="KC202"),
        replace(WHOLE, model="a/c"),
        replace(WHOLE, mode="two"),
        replace(WHOLE, anchor=("models", "a/b", "modes", "one", "official_usd")),
        replace(WHOLE, about="official_usd"),
    ],
)
def test_another_fault_has_another_fingerprint(other):
    assert other.fingerprint != WHOLE.fingerprint


def test_places_are_the_same_where_they_begin_at_the_same_point():
    assert Where("a", 1, 2, ("x",), 3, 4) == Where("a", 1, 2, ("x",))


def test_an_anchor_names_items_by_id_and_else_by_what_they_price():
    data = {
        "models": [
            {"id": "a", "modes": [{"unit": "second", "notes": "1080p", "credits": Decimal(4)}]},
            {"id": "a", "modes": [{"id": "one"}, {"id": "one"}, "odd"]},
            {"texts": ["x"]},
        ]
    }
    anchors = Anchors(data)
    assert anchors.anchor(("models", 0, "modes", 0, "credits")) == (
        "models",
        "a",
        "modes",
        "notes=1080p,unit=second",
        "credits",
    )
    assert anchors.anchor(("models", 1, "modes", 1)) == ("models", "a#2", "modes", "one#2")
    assert anchors.anchor(("models", 1, "modes", 2)) == ("models", "a#2", "modes", "odd")
    assert anchors.anchor(("models", 9, "modes", 2)) == ("models", 9, "modes", 2)
    assert anchors.anchor(("no", "where")) == ("no", "where")


def test_an_anchor_stays_when_a_neighbour_comes():
    before = {"models": [{"id": "b", "modes": [{"id": "x"}]}]}
    after = {"models": [{"id": "a", "modes": []}, {"id": "b", "modes": [{"id": "y"}, {"id": "x"}]}]}
    assert Anchors(before).anchor(("models", 0, "modes", 0)) == Anchors(after).anchor(
        ("models", 1, "modes", 1)
    )
