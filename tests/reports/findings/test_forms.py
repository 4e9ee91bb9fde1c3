"""Every form of a check's result: in full on a small file, by its numbers on the hand-kept catalog."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings

from kie_catalog.catalog.checking import check_file
from kie_catalog.cli.forms import FORMS, rendered, view_of
from kie_catalog.domain.finding import Severity
from kie_catalog.rules.registry import RULES

from .views import TODAY, example_view, views


@pytest.mark.parametrize("form", [form for form in FORMS if form != "sarif"])
def test_a_form_of_the_small_file(form, snapshot):
    assert rendered(form, example_view()) == snapshot


def test_sarif_of_the_small_file(snapshot):
    """Without the documentation of the rules, which is theirs."""
    log = json.loads(rendered("sarif", example_view()))
    driver = log["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver.pop("rules")] == [rule.code for rule in RULES]
    assert log == snapshot


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_the_hand_kept_catalog(form, snapshot, shared):
    """Its size, its digest and its findings by code; the text itself is not ours to keep."""
    file = shared / "origin" / "models_pricing.yaml"
    checked = check_file(file, "origin.yaml", today=TODAY)
    text = rendered(form, view_of([checked], Severity.ERROR, with_rules=False))
    codes = {rule.code: text.count(f"{rule.code}") for rule in RULES}
    told = {
        "lines": text.count("\n"),
        "digest": hashlib.sha256(text.encode()).hexdigest()[:16],
        "codes": {code: number for code, number in codes.items() if number},
    }
    assert told == snapshot


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(view=views())
def test_a_form_takes_whatever_a_finding_can_hold(form, view):
    """Every form ends with a line break unless it is empty, and the same view gives the same text."""
    text = rendered(form, view)
    assert text == rendered(form, view)
    assert text.endswith("\n") or text == ""
    assert "\n\n\n\n" not in text or form == "full"


@given(view=views())
def test_json_and_json_lines_say_the_same(view):
    whole = json.loads(rendered("json", view))
    lines = [json.loads(line) for line in rendered("jsonl", view).split("\n") if line]
    assert whole["findings"] == lines == [json.loads(json.dumps(each.to_json())) for each in view.findings]
    assert sum(whole["counts"].values()) == len(view.findings)


@given(view=views())
def test_markdown_lets_no_text_out_of_its_cell(view):
    """A row has four cells, whatever the texts in it hold."""
    rows = [line for line in rendered("markdown", view).split("\n") if line.startswith("| `")]
    assert len(rows) == len(view.findings)
    for row in rows:
        assert row.replace("\\|", "").count("|") == 5
