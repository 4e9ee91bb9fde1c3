"""A report is a view turned into a text: deterministic, and inert whatever upstream writes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.planning import declared_by
from kie_catalog.domain.change import (
    Added,
    Conflicted,
    FieldChanged,
    Lost,
    ModeAdded,
    ModeLost,
    Repriced,
    SchemaChanged,
)
from kie_catalog.domain.plan import Plan, Provenance, Totals, Unmeasured, UnresolvedRow
from kie_catalog.domain.values import ABSENT
from kie_catalog.reports.lines import headline
from kie_catalog.reports.markdown import render_index, render_plan
from kie_catalog.reports.text import clean, code, percent, prose
from kie_catalog.reports.verdict import verdict, weights
from kie_catalog.reports.view import view
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sync.base import Base, base_from_json
from kie_catalog.sync.plan import Ours, make_plan
from tests.sync.test_plan import World, exact

FIELDS = {"title": "One", "type": "t2v", "provider": "Acme", "status": "active", "page": "market/one"}
MODE = {"unit": "second", "credits": Decimal(10), "official_usd": Decimal("0.05"), "notes": "480p"}


def plan_of(*changes, **kwargs) -> Plan:
    given_ = {
        "taken_at": "2026-08-22",
        "made_for": {},
        "changes": changes,
        "base": {},
        "accounting": {"rows": 2, "resolved": 1, "ignored": 0, "unresolved": 1},
        "unresolved": (UnresolvedRow(2, "Kling 3.0, video", "", "no certain model", "declare an alias"),),
        "remarks": (),
        "unmeasured": (Unmeasured("models", "no key"),),
        "provenance": (Provenance("prices", "2026-08-22", 2, "sha256:" + "0" * 64),),
        "guards": (),
        "before": Totals(1, 1),
    }
    return Plan(**{**given_, **kwargs})


def test_the_verdict_says_what_waits_what_moved_and_what_is_new():
    plan = plan_of(
        Added("a/new", FIELDS, {"480p": MODE}, ()),
        SchemaChanged("a/new", {}, ()),
        Repriced("a/up", "m", {"credits": Decimal(4)}, {"credits": Decimal(5)}),
        Repriced("a/down", "m", {"credits": Decimal(4)}, {"credits": Decimal(2)}),
        Repriced("a/usd", "m", {"official_usd": Decimal(1)}, {"official_usd": Decimal(2)}),
        Lost("a/gone"),
        ModeLost("a/up", "x"),
        ModeAdded("a/up", "y", MODE, None),
        SchemaChanged("a/up", {}, ("/properties/x: added 1",)),
        FieldChanged("a/up", "title", "A", "B"),
        Conflicted("a/up", "m", "credits", Decimal(1), Decimal(2), Decimal(3)),
    )
    assert verdict(plan) == (
        "1 decision needed, 1 price up, 1 price down, 1 price corrected, 1 new model, 1 new mode, "
        "1 model missing, 1 mode missing, 1 input schema changed, 1 other change"
    )
    assert weights(plan) == "1 decision needed, 7 to review, 3 informational, 0 withheld"
    assert verdict(plan_of()) == weights(plan_of()) == "No change"
    for change in plan.changes:
        assert change.model in headline(change)


def test_prices_stand_by_size_the_dearest_rise_first():
    moved = [("a", 4, 5), ("b", 4, 8), ("c", 4, 1)]
    plan = plan_of(*(Repriced(m, "x", {"credits": Decimal(o)}, {"credits": Decimal(n)}) for m, o, n in moved))
    assert [(each.model, percent(each.share)) for each in view(plan).prices] == [
        ("b", "+100 %"),
        ("a", "+25 %"),
        ("c", "-75 %"),
    ]


def test_a_report_says_everything_in_its_order():
    text = render_plan(
        plan_of(
            Conflicted("a/two", "m", "credits", Decimal(10), Decimal(99), Decimal(15)),
            Repriced("a/one", "480p", {"credits": Decimal(4)}, {"credits": Decimal(5)}),
            Added("a/new", FIELDS, {"480p": MODE}, ()),
            Added("a/hidden", {"title": "H", "status": "hidden"}, {}, ("no price",)),
            Lost("a/gone"),
            FieldChanged("a/one", "page", "x", ABSENT),
            remarks=("row 1: odd",),
        )
    )
    order = [
        "# KIE AI catalog, 2026-08-22",
        "| decisions needed | 1 |",
        "2 price rows: 1 resolved, 0 ignored by a named rule, 1 unresolved.",
        "### `a/two` `m` `credits`",
        "| `10` | `99` | `15` |",
        "kie-catalog decide take-theirs a/two --mode m --field credits",
        "| `a/one` | `480p` | 4 → 5 | — → — | +25 % |",
        "### `a/new`",
        "[documentation](<https://docs.kie.ai/market/one>)",
        "| `480p` | output | second | 10 | 0.05 |",
        "| `a/hidden` | H |",
        "- a/gone: in no source any more",
        "| `a/one` | — | `page` | `x` | — |",
        "| 2 | `Kling 3.0, video` | declare an alias |",
        "- row 1: odd",
        "- models: no key",
        "| prices | 2026-08-22 | 2 |",
    ]
    places = [text.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)


def test_the_index_lists_reports_with_their_verdicts():
    assert "- [2026-08-22](2026-08-22.md): 1 price up\n" in render_index([("2026-08-22", "1 price up")])


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "@everyone #1 https://evil.example www.evil.example",
            "| a | b |\n# heading",
            "`code` ![x](http://evil.example/x.png) [y](javascript:1)",
            "\u202eevil\u200b \x1b[31m",
            "*bold* _it_ ~~no~~ $math$ <!-- c -->",
        ]
    ),
)


@given(HOSTILE)
def test_text_of_upstream_is_inert(hostile):
    for shown in (prose(hostile), code(hostile)):
        assert "\n" not in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    inside = prose(hostile).replace("\\\\", "")
    for mark in "`*_[]<>|$~":
        assert f"{mark}" not in inside.replace(f"\\{mark}", "")
    for live in ("@e", "#1", "://e", "www.e"):
        assert live not in prose(hostile)
    assert set(code(hostile)[1:-1]) & set("`|") == set() or code(hostile) == "—"


@given(HOSTILE, HOSTILE)
def test_no_text_of_upstream_breaks_a_table(title, row):
    fields = {**FIELDS, "title": title, "provider": row}
    unresolved = (UnresolvedRow(1, row, title, "no certain model", title),)
    plain = render_plan(
        plan_of(Added("a/new", FIELDS, {"480p": MODE}, ("no price",)), unresolved=unresolved[:0])
    )
    text = render_plan(
        plan_of(Added("a/new", fields, {"480p": MODE}, ("no price",)), unresolved=unresolved[:0])
    )
    assert text.count("\n") == plain.count("\n")
    assert render_plan(plan_of(Added("a/new", fields, {"480p": MODE}, ()), unresolved=unresolved))


def test_long_text_is_cut():
    assert len(clean("x" * 1000)) == 300


@pytest.fixture(scope="module")
def change_set(recordings):
    """The plan of the newest recording upon the one before."""
    first, second = (read_recording(folder) for folder in recordings[-2:])
    empty = Ours({}, Base(), {}, {})
    before = make_plan(first, declared_by(first), empty)
    world = World().after(before)
    assert base_from_json(exact(before.base)).digest == world.base.digest
    return world.plan(second)


def test_the_report_of_a_real_change_set(change_set, snapshot):
    assert render_plan(change_set) == snapshot


def test_the_same_plan_gives_the_same_bytes(change_set):
    assert render_plan(change_set) == render_plan(change_set)
