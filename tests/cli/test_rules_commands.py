"""`rules` and `explain`: what the checks ask, and why; `check --evidence`: a catalog against recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kie_catalog import packaged_catalog
from kie_catalog.rules.documentation import FAMILIES, find_rule, is_code, render_documentation
from kie_catalog.rules.registry import RULES
from tests.conftest import ROOT

ORIGIN = ROOT / ".." / "shared" / "kie" / "origin" / "models_pricing.yaml"
RECORDINGS = ROOT / ".." / "shared" / "kie" / "recordings"


def test_every_rule_is_listed_with_its_law(run):
    listed = run("rules").output
    for rule in RULES:
        assert f"  {rule.code}  " in listed
        assert rule.law in listed
    for title, about in FAMILIES.values():
        assert title in listed
        assert about in listed


def test_the_list_as_json_has_every_rule_whole(run):
    listed = json.loads(run("rules", "--format", "json").output)
    assert [(each["code"], each["name"], each["severity"]) for each in listed] == [
        (rule.code, rule.name, str(rule.severity)) for rule in RULES
    ]
    assert all(each["text"].startswith(each["law"]) and each["cure"] for each in listed)
    assert {each["family"] for each in listed} == {title for title, _ in FAMILIES.values()}


def test_the_documentation_is_the_registry_s(run):
    """To mend a difference, run `make build`."""
    written = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    assert written == render_documentation() == run("rules", "--format", "markdown").output
    assert written.count("```") == 4 * len(RULES), "a bad and a good example of each rule, opened and closed"
    assert all(f"### {rule.code} {rule.name}\n" in written for rule in RULES)


@pytest.mark.parametrize("asked", ["KC204", "kc204", "credits-against-usd", "Credits-Against-USD"])
def test_a_rule_is_explained_by_code_or_name_in_any_case(run, asked):
    """It needs no catalog: the folder is empty."""
    explained = run("explain", asked).output
    assert explained.startswith(
        "KC204 credits-against-usd (error)\n\nThe credits of a mode are worth its USD price."
    )
    for part in ("\nWhy: ", "\nBad::\n", "\nGood::\n", "\nCure: "):
        assert part in explained


def test_a_guard_is_explained_by_the_name_that_lifts_it(run):
    assert run("explain", "models-lost").output.startswith("KC701 guard-models-lost (error)")


@pytest.mark.parametrize("asked", ["SCH201", "sch201", "blank-name"])
def test_a_fault_of_a_page_is_explained_as_reports_name_it(run, asked):
    explained = run("explain", asked).output
    assert explained.startswith(
        "SCH201 blank-name (warning)\n\nOn a page of upstream, a property's name has "
    )


def test_a_rule_as_json_has_what_the_list_has(run):
    alone = json.loads(run("explain", "KC212", "--format", "json").output)
    assert alone in json.loads(run("rules", "--format", "json").output)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("KC2044", "KC2044: is no rule and no model of the catalog; did you mean KC204?"),
        ("KC999", "KC999: is no rule; did you mean"),
        ("swaped-tiers", "swaped-tiers: is no rule and no model of the catalog; did you mean swapped-tiers?"),
        ("z-imag", "z-imag: is no model of the catalog; did you mean z-image?"),
    ],
)
def test_a_miss_names_the_nearest(run, asked, sentence):
    result = run("explain", asked)
    assert result.exit_code == 2
    assert str(result.exception).startswith(sentence)


def test_no_model_is_called_as_a_rule():
    """Else nobody could say which of them `explain` means."""
    assert [model.id for model in packaged_catalog() if find_rule(model.id) or is_code(model.id)] == []


@pytest.mark.skipif(not ORIGIN.is_file(), reason="the recorded originals are not on this machine")
def test_a_foreign_catalog_is_held_against_recordings(run):
    options = [each for moment in ("2026-04", "2026-08-22") for each in ("--evidence", RECORDINGS / moment)]
    result = run("check", Path(ORIGIN), *options, "--select", "KC5", "--format", "json", "--fail-on", "never")
    found = [each["name"] for each in json.loads(result.output)["findings"]]
    assert found.count("undocumented-model") == 22
    assert found.count("per-second-as-clip") == 16


def test_a_folder_without_a_recording_is_no_evidence(run, tmp_path):
    file = tmp_path / "models_pricing.yaml"
    file.write_bytes((ROOT / "catalog/models_pricing.yaml").read_bytes())
    result = run("check", file, "--evidence", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "is no folder" in str(result.exception)
