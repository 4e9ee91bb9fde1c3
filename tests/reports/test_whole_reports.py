"""Whole reports: short enough for a pull request, answering at the top, and inert to a Markdown parser."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.change import (
    Added,
    Conflicted,
    FieldChanged,
    Held,
    Lost,
    ModeAdded,
    RenameAsked,
    Repriced,
    SchemaChanged,
    Withheld,
)
from kie_catalog.domain.plan import UnresolvedRow
from kie_catalog.reports import json_view
from kie_catalog.reports.charts import price_chart, provider_chart
from kie_catalog.reports.entries import price_view
from kie_catalog.reports.facts import Facts, ModelFacts, RequestPrice
from kie_catalog.reports.markdown import render_plan, render_summary
from kie_catalog.reports.sections import CUTS, LIMIT, SECTIONS
from kie_catalog.sources.recordings import read_recording
from tests.reports.test_report import FIELDS, HOSTILE, MODE, plan_of
from tests.sync.real import ROOT

FEW = 25
"""Lines that a busy maintainer reads."""


@pytest.fixture(scope="module")
def history(shared, tmp_path_factory):
    """The reports of the recorded feeds, one sync after the other; the first with the pages nearest to it."""
    workspace = Workspace(tmp_path_factory.mktemp("history"))
    first, second, third = (
        read_recording(shared / "recordings" / day) for day in ("2026-08-06", "2026-08-11", "2026-08-22")
    )
    texts = []
    for upstream in (replace(first, pages=second.pages), second, third):
        plan = plan_sync(upstream, workspace)
        texts.append(apply_plan(plan, workspace).said.text)
    return texts


@pytest.mark.parametrize("at", range(3), ids=["08-06", "08-11", "08-22"])
def test_the_first_lines_say_what_costs_more_what_is_new_and_what_to_decide(history, snapshot, at):
    first = "\n".join(history[at].split("\n")[:FEW])
    for asked in ("- **Decide:** ", "- **Costs more:** ", "- **New, on offer:** "):
        assert asked in first
    assert len(history[at]) <= LIMIT
    assert first == snapshot


def test_the_stored_reports_are_those_of_the_recordings(run, tmp_path, recordings):
    """The reviewed files of people are taken over; all else is made anew."""
    shutil.copytree(ROOT / "schemas/overrides", tmp_path / "schemas/overrides")
    (tmp_path / "sync").mkdir()
    for file in (ROOT / "sync").glob("*.yaml"):
        shutil.copy(file, tmp_path / "sync" / file.name)
    for recording in recordings:
        assert run("sync", "--root", tmp_path, "--upstream", recording).exit_code == 0
    for stored in (ROOT / "reports").rglob("*.md"):
        made = tmp_path / "reports" / stored.relative_to(ROOT / "reports")
        assert made.read_text(encoding="utf-8") == stored.read_text(encoding="utf-8"), stored.name


def test_a_report_that_was_shortened_says_so_and_links_to_the_whole(recordings):
    text = (ROOT / "reports" / f"{recordings[0].name}.md").read_text(encoding="utf-8")
    assert len(text) <= LIMIT
    assert "Shortened, the least important first: remarks" in text
    assert f"[The full report](<whole/{recordings[0].name}.md>)" in text
    assert (ROOT / "reports/whole" / f"{recordings[0].name}.md").stat().st_size > LIMIT


CHANGES = st.one_of(
    st.builds(Conflicted, HOSTILE, HOSTILE, st.just("credits"), HOSTILE, HOSTILE, HOSTILE),
    st.builds(Held, HOSTILE, HOSTILE, st.just("notes"), HOSTILE, HOSTILE, HOSTILE),
    st.builds(Withheld, HOSTILE, st.just(("price-jumped",)), st.tuples(HOSTILE)),
    st.builds(RenameAsked, HOSTILE, HOSTILE, st.tuples(HOSTILE)),
    st.builds(
        Repriced,
        HOSTILE,
        HOSTILE,
        st.fixed_dictionaries({"credits": st.decimals(1, 99, places=1)}),
        st.fixed_dictionaries({"credits": st.decimals(1, 99, places=1)}),
    ),
    st.builds(Lost, HOSTILE),
    st.builds(FieldChanged, HOSTILE, st.just("title"), HOSTILE, HOSTILE),
    st.builds(ModeAdded, HOSTILE, HOSTILE, st.just(MODE), st.none()),
    st.builds(
        SchemaChanged, HOSTILE, st.just({}), st.tuples(HOSTILE), st.sampled_from(["breaking", "risky"])
    ),
    st.builds(
        Added,
        HOSTILE,
        st.fixed_dictionaries({"title": HOSTILE, "provider": HOSTILE, "page": HOSTILE}),
        st.fixed_dictionaries({"m": st.just(MODE)}),
        st.sampled_from([(), ("no price",)]),
    ),
)
OURS = re.compile(r"</?details>|<summary>[^<>@]*</summary>")
LIVE = re.compile(r"(?<!\w)@\w|://\w|www\.\w|(?<![\w&])#\d")
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def live_parts(text: str) -> list[str]:
    """What a reader of the rendered text could be hit by: markup, pictures, mentions, foreign links."""
    found = []
    for block in PARSER.parse(text):
        found += [block.content] if block.type == "html_block" and OURS.sub("", block.content).strip() else []
        for each in block.children or ():
            if each.type == "html_inline" and not OURS.fullmatch(each.content):
                found.append(each.content)
            if each.type == "image":
                found.append(str(each.attrs))
            if each.type == "link_open" and not is_ours(str(each.attrs["href"])):
                found.append(str(each.attrs["href"]))
            if each.type == "text" and LIVE.search(each.content):
                found.append(each.content)
    return found


def is_ours(link: str) -> bool:
    return link.startswith("https://docs.kie.ai/") or re.fullmatch(r"whole/[\d-]+\.md", link) is not None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(CHANGES, max_size=8), st.lists(HOSTILE, max_size=3), HOSTILE)
def test_hostile_text_renders_inert(changes, remarks, said):
    facts = Facts(
        {
            change.model: ModelFacts(
                (said,), (said,), None, RequestPrice({said: said}, Decimal(1), Decimal("0.005")), {said: 1}
            )
            for change in changes
        },
        {said or "x": 2, "Acme": 3},
        {(change.model, getattr(change, "mode", None) or ""): said for change in changes},
        "whole/2026-08-22.md",
    )
    rows = (UnresolvedRow(1, said, said, "no certain model", said),)
    plan = plan_of(*changes, remarks=tuple(remarks), unresolved=rows)
    for text in (render_plan(plan, facts, None), render_plan(plan, facts, 3000), render_summary(plan, facts)):
        assert live_parts(text) == []


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(
    st.lists(CHANGES, min_size=1, max_size=6),
    st.integers(min_value=1, max_value=150),
    st.integers(min_value=2_000, max_value=LIMIT),
)
def test_any_plan_renders_within_the_limit(changes, times, limit):
    plan = plan_of(*changes * times, remarks=("odd " * 20,) * times)
    text = render_plan(plan, None, limit)
    assert len(text) <= limit
    assert text == render_plan(plan, None, limit)
    assert text.count("\n```") % 2 == 0


def test_what_is_cut_first_is_what_matters_least():
    decisions = [Conflicted(f"a/{n}", "m", "credits", Decimal(1), Decimal(2), Decimal(3)) for n in range(40)]
    news = [FieldChanged(f"a/{n}", "title", "before", "after") for n in range(900)]
    prices = [
        Repriced(f"b/{n}", "m", {"credits": Decimal(10)}, {"credits": Decimal(10 + n)}) for n in range(1, 80)
    ]
    plan = plan_of(*decisions, *prices, *news, remarks=("odd " * 12,) * 3000)
    text = render_plan(plan)
    assert len(text) <= LIMIT
    for decision in decisions:
        assert f"kie-catalog decide take-theirs {decision.model} --mode m --field credits" in text
    assert "| `b/79` | `m` | 10 → 89 |" in text
    assert "900 fields moved." in text
    assert "3000 remarks" in text
    assert text.count("\n- odd") <= 100


def test_every_cut_is_of_a_section_and_none_of_decisions():
    names = {name for name, _ in CUTS}
    assert names < set(SECTIONS)
    assert not names & {"summary", "counts", "decisions"}


def test_the_default_request_shows_what_a_price_change_costs():
    facts = Facts(
        {
            "a/up": ModelFacts(
                before=RequestPrice({"duration": Decimal(5)}, Decimal(20), Decimal("0.1")),
                after=RequestPrice({"duration": Decimal(5)}, Decimal(25), Decimal("0.125")),
            )
        }
    )
    plan = plan_of(Repriced("a/up", "m", {"credits": Decimal(4)}, {"credits": Decimal(5)}))
    text = render_plan(plan, facts)
    assert "| `a/up` | `duration 5` | 20 credits ($0.1) | 25 credits ($0.125) |" in text


def test_a_new_model_says_what_it_takes_and_what_a_request_costs():
    known = ModelFacts(
        required=("prompt",),
        limits=("duration: 4 to 15",),
        after=RequestPrice({"duration": Decimal(5)}, Decimal(50), Decimal("0.25")),
    )
    text = render_plan(plan_of(Added("a/new", FIELDS, {"480p": MODE}, ())), Facts({"a/new": known}))
    for said in (
        "- required: `prompt`",
        "- limits: `duration: 4 to 15`",
        "- for example `duration 5`: 50 credits ($0.25)",
    ):
        assert said in text


def test_a_contract_names_the_prices_it_touches():
    plan = plan_of(
        SchemaChanged("a/one", {}, ("/properties/resolution/enum: lost 1080p",), "breaking"),
        SchemaChanged("a/two", {}, ("/x-kie/corrections: gained 1",), "compatible"),
    )
    text = render_plan(plan, Facts({"a/one": ModelFacts(priced_by={"resolution": 3})}))
    assert "### Breaking: 1 model" in text
    assert "- `a/one`, touches the price: resolution \\(3 modes\\)" in text
    assert "- only the record of what was mended: `a/two`" in text
    assert "/x-kie" not in text


def test_a_decision_has_both_sides_a_reason_its_evidence_and_its_commands():
    conflict = Conflicted("a/two", "m", "credits", Decimal(10), Decimal(99), Decimal(15))
    facts = Facts(rows={("a/two", "m"): "Two, m"})
    said = json_view.render(plan_of(conflict), facts)
    (decision,) = said["decisions"]
    assert (decision["base"], decision["ours"], decision["theirs"]) == (10, 99, 15)
    assert decision["why"]
    assert decision["evidence"] == ["the feed's row: Two, m"]
    assert [command.split()[2] for command in decision["commands"]] == ["take-theirs", "keep-ours", "share"]
    text = render_plan(plan_of(conflict), facts)
    assert all(command in text for command in decision["commands"])


def test_the_view_is_json_and_says_the_same(run, tmp_path, recordings):
    result = run("plan", "--root", tmp_path, "--upstream", recordings[0], "--format", "view")
    said = json.loads(result.output)
    text = run("plan", "--root", tmp_path, "--upstream", recordings[0], "--format", "markdown").output
    assert f"**{said['weights']}**: {said['verdict']}." in text
    assert all(f"`{model['id']}`" in text for model in said["offered"])
    whole = run("plan", "--root", tmp_path, "--upstream", recordings[0], "--format", "markdown", "--whole")
    assert len(whole.output) > len(text)


def test_charts_draw_nothing_where_there_is_nothing_to_draw():
    moved = price_view(Repriced("a", "m", {"official_usd": Decimal(1)}, {"official_usd": Decimal(2)}))
    assert price_chart([moved]) == ""
    assert provider_chart({"Acme": 4}) == ""


@given(st.lists(HOSTILE, min_size=2, max_size=20, unique=True))
def test_charts_hold_no_text_that_leaves_its_quotes(names):
    chart = provider_chart({name: at for at, name in enumerate(names, 1)})
    for line in chart.split("\n")[2:]:
        assert re.fullmatch(r'  "[A-Za-z0-9 ./_-]+" : \d+', line)
    price = Repriced(names[0], names[1], {"credits": Decimal(2)}, {"credits": Decimal(3)})
    axis = price_chart([price_view(price)]).split("\n")[2]
    assert re.fullmatch(r'  x-axis \["[A-Za-z0-9 ./_-]+"\]', axis)
