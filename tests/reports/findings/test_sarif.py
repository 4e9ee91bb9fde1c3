"""SARIF 2.1.0: held to a grammar of the parts we write, as the standard states them.

`sarif-2.1.0-parts.json` is our own reduced statement of the standard's schema (the published one is not ours
to copy): the same names, types, enumerations and required properties for every object that a log of ours
has, and stricter, since it lets nothing else in.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from kie_catalog.catalog.checking import check_bytes
from kie_catalog.catalog.fixing import mend
from kie_catalog.catalog.nodes import parse
from kie_catalog.reports.findings.sarif import FINGERPRINT, render, uri
from kie_catalog.rules.registry import check

from .views import EXAMPLE, TODAY, example_view, views

GRAMMAR = json.loads(Path(__file__).with_name("sarif-2.1.0-parts.json").read_text())
VALIDATOR = Draft202012Validator(GRAMMAR)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(view=views())
def test_every_log_is_valid(view):
    log = json.loads(render(view))
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert len(run["results"]) == len(view.findings) + len(view.suppressed)


def test_the_small_file_has_rules_fixes_places_and_fingerprints():
    [run] = json.loads(render(example_view()))["runs"]
    results = {result["ruleId"]: result for result in run["results"]}
    assert results["KC204"]["level"] == "error"
    assert results["KC204"]["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "/models/maker~1one/modes/2k/official_usd", "kind": "member"}
    ]
    assert results["KC202"]["suppressions"][0]["justification"] == "upstream gives it away"
    assert all(FINGERPRINT in result["partialFingerprints"] for result in run["results"])
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= results.keys()


def test_the_fixes_of_a_log_do_what_fix_does():
    """Replacing the spans that the log names, from the bottom up, gives the text that `--fix` writes."""
    raw = EXAMPLE.read_bytes()
    text = raw.decode()
    [run] = json.loads(render(example_view()))["runs"]
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    safe = {
        each.fingerprint
        for each in check_bytes(raw, "x", today=TODAY).findings
        if each.fix and each.fix.is_safe
    }
    spans = [
        (
            region["startLine"],
            region["startColumn"],
            region["endLine"],
            region["endColumn"],
            each["insertedContent"],
        )
        for result in run["results"]
        if result["partialFingerprints"][FINGERPRINT] in safe
        for fix in result["fixes"]
        for change in fix["artifactChanges"]
        for each in change["replacements"]
        for region in [each["deletedRegion"]]
    ]
    assert spans
    for line, column, end_line, end_column, content in sorted(spans, key=lambda span: span[:4], reverse=True):
        start, end = starts[line - 1] + column - 1, starts[end_line - 1] + end_column - 1
        text = text[:start] + content["text"] + text[end:]
    assert text == mend(parse(raw.decode(), "x"), check).document.text


@pytest.mark.parametrize(
    "path", ["a.yaml", "folder/b c.yaml", "/srv/ü%.yaml", "windows\\way.yaml", "a:b#c?.yaml"]
)
def test_a_uri_says_the_path(path):
    parts = urlsplit(uri(path))
    assert unquote(parts.path) == path.replace("\\", "/")
    assert parts.scheme == ("file" if path.startswith("/") else "")
