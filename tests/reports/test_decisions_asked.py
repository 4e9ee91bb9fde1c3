"""What a report asks people to do can be pasted, and is inert whatever upstream wrote."""

from __future__ import annotations

import shlex
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.nodes import parse
from kie_catalog.cli.decide import decide_command
from kie_catalog.domain.change import (
    Added,
    Conflicted,
    Corrected,
    Held,
    Removed,
    RenameAsked,
    Renamed,
    Retired,
    Returned,
    StillRemoved,
    Withheld,
)
from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.domain.plan import GuardReading, Kept
from kie_catalog.domain.values import ABSENT
from kie_catalog.reports.completion import FILL_IN, completion
from kie_catalog.reports.lines import headline
from kie_catalog.reports.markdown import render_plan
from kie_catalog.reports.text import clean
from kie_catalog.reports.verdict import verdict
from kie_catalog.reports.ways_out import ways_out
from kie_catalog.rules.registry import check
from tests.reports.test_report import FIELDS, HOSTILE, MODE, plan_of

VERSIONS = st.one_of(HOSTILE, st.decimals(0, 99, places=2), st.booleans(), st.just(ABSENT))
EVERYTHING = (
    Conflicted("a/one", "480p", "credits", Decimal(10), Decimal(99), Decimal(15)),
    Conflicted("a/two", None, None, {"title": "A"}, ABSENT, {"title": "B"}),
    Held("a/one", "480p", "credits", Decimal(12), Decimal(10), "flips to and fro"),
    Held("a/one", None, None, ABSENT, ABSENT, "on hold until 2026-09-01: why"),
    Withheld("a/one", ("price-jumped",), ("480p: credits 10 -> 90",)),
    RenameAsked("a/old", "a/new", ("titles or ids are alike to 90%",)),
    StillRemoved("a/gone", None, ("title: A is now B",)),
    Retired("a/one", None),
    Retired("a/one", "480p"),
    Returned("a/one", "active"),
    Removed("a/one", "480p"),
    Renamed("a/new", "a/old"),
    Corrected("a/one", "480p", {"credits": Decimal(170)}, {"credits": Decimal(17)}, "a typo"),
)


@pytest.mark.parametrize("change", EVERYTHING, ids=lambda change: change.kind)
def test_every_change_has_its_words(change):
    line = headline(change)
    assert change.model in line
    assert line == line.strip()
    text = render_plan(plan_of(change))
    assert f"`{change.model}`" in text or change.model in text


def test_the_verdict_counts_what_waits():
    assert verdict(plan_of(*EVERYTHING)) == (
        "2 decisions needed, 1 rename to confirm, 1 model withheld, 2 values held, 1 price corrected, "
        "6 other changes"
    )


def test_edits_that_stand_and_decisions_that_rot_are_told():
    finding = Finding(
        "KC612", "unused-decision", Severity.WARNING, Where("sync/decisions.yaml", 3, 3), "rename is done; x"
    )
    text = render_plan(
        plan_of(kept=(Kept("a/one", "480p", "credits", Decimal(9), Decimal(8)),), findings=(finding,))
    )
    assert "| `a/one` | `480p` | `credits` | `9` | `8` |" in text
    assert "- sync/decisions.yaml:3:3: KC612 warning unused-decision: rename is done; x" in text


@pytest.mark.parametrize(
    ("reading", "state"),
    [
        (GuardReading("rows-dropped", "1", "2", is_tripped=True), "refuses the run"),
        (GuardReading("rows-dropped", "1", "2", is_tripped=True, is_lifted=True), "lifted"),
        (GuardReading("price-jumped", "1", "2", is_tripped=True, effect="withhold"), "withholds"),
        (GuardReading("price-moved", "1", "2", is_tripped=True, effect="review"), "to review"),
        (GuardReading("rows-dropped", "1", "2", is_tripped=False), "ok"),
    ],
)
def test_a_guard_says_what_it_did_and_how_it_is_lifted(reading, state):
    text = render_plan(plan_of(guards=(reading,)))
    assert f"| {reading.name} | 1 | 2 | {state} | `--lift {reading.name}` |" in text


def test_the_three_ways_out_of_a_conflict():
    out = ways_out(EVERYTHING[0])
    assert out.take == "kie-catalog decide take-theirs a/one --mode 480p --field credits"
    assert out.keep == (
        "kie-catalog decide keep-ours a/one --mode 480p --field credits --theirs 15 --reason 'WHY'"
    )
    assert out.share == "kie-catalog decide share a/one --mode 480p --field credits --theirs 15"


def test_the_ways_out_of_a_removal():
    out = ways_out(EVERYTHING[1])
    assert (out.take, out.keep, out.share) == (
        "kie-catalog decide take-theirs a/two",
        "kie-catalog decide tombstone a/two --reason 'WHY'",
        None,
    )


@given(HOSTILE, VERSIONS)
def test_a_pasted_command_is_one_command_with_the_value_that_was_meant(mode, theirs):
    out = ways_out(Conflicted("a/one", mode, "notes", ABSENT, Decimal(1), theirs))
    for line in (out.take, out.keep, out.share):
        assert clean(line) == line or len(line) > 300
        words = shlex.split(line)
        assert words[:2] == ["kie-catalog", "decide"]
        context = decide_command.commands[words[2]].make_context(words[2], words[3:])
        assert context.params["mode"] in {mode, "…"}
        if context.params.get("theirs") is not None:
            assert parse(context.params["theirs"], "v").data == theirs


TITLES = (
    "Numbers",
    "Decisions needed",
    "Held",
    "Price changes",
    "Missing, back, retired, renamed",
    "Unresolved price rows",
    "Not measured",
    "Provenance",
)


@given(HOSTILE, HOSTILE)
def test_no_text_of_upstream_breaks_out_of_what_waits(one, other):
    changes = (
        Conflicted("a/one", one, "notes", one, other, other),
        Held("a/one", one, "notes", one, other, other),
        Withheld("a/one", ("price-jumped",), (one, other)),
        RenameAsked("a/old", "a/new", (one,)),
        StillRemoved("a/gone", one, (other,)),
        Corrected("a/one", one, {"credits": Decimal(1)}, {"credits": Decimal(2)}, other),
    )
    lines = render_plan(plan_of(*changes)).split("\n")
    assert [line for line in lines if line.startswith("```")] == [
        *["```console", "```"] * 3,
        "```mermaid",
        "```",
    ]
    assert [line for line in lines if line.startswith(("# ", "## "))] == [
        "# KIE AI catalog, 2026-08-22",
        *(f"## {title}" for title in TITLES),
    ]


GAPS = [
    Added("a/new", {**FIELDS, "status": "hidden"}, {}, ("no price",)),
    Added("a/new", {"title": "N", "category": "video", "status": "hidden"}, {"480p": MODE}, ("no type",)),
    Added("a/new", {"title": "N", "status": "hidden"}, {}, ("no price", "no input schema", "no type")),
]


@pytest.mark.parametrize("added", GAPS)
def test_a_completion_is_refused_as_it_stands_and_passes_once_it_is_filled_in(added):
    text = completion(added)
    assert FILL_IN in text
    assert {finding.code for finding in findings(text)} & {"KC105", "KC106"}
    filled = (
        text.replace(f'type: "{FILL_IN}"', "type: t2v")
        .replace(f'unit: "{FILL_IN}"', "unit: second")
        .replace(f'credits: "{FILL_IN}"', "credits: 10")
        .replace(f'official_usd: "{FILL_IN}"', "official_usd: 0.05")
    )
    assert [finding for finding in findings(filled) if finding.severity is Severity.ERROR] == []


def findings(text):
    head = "version: '2.0'\nsource: s\nlast_updated: '2026-08-22'\nmodels:\n"
    return check(parse(head + text + "\n", "catalog.yaml"))


@given(HOSTILE, HOSTILE)
def test_a_completion_says_what_upstream_said_and_nothing_else(title, notes):
    added = Added("a/new", {**FIELDS, "title": title}, {"m": {**MODE, "notes": notes}}, (notes,))
    (model,) = parse(completion(added), "c").data
    assert (model["title"], model["modes"][0]["notes"]) == (title, notes)
    assert not any(line.startswith("```") for line in completion(added).split("\n"))
