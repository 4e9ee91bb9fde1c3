"""What does not close between prices and schemas is found by the check, at its line."""

from __future__ import annotations

import json

from kie_catalog.reports.text import prose
from tests.sync.real import ROOT


def test_every_gap_of_the_catalog_has_a_place_and_a_cure(run):
    result = run("check", ROOT, "--format", "json", "--fail-on", "never")
    found = [each for each in json.loads(result.output)["findings"] if each["code"].startswith("KC30")]
    assert {each["code"] for each in found} == {"KC303", "KC304", "KC305"}
    for each in found:
        assert each["line"] > 1
        assert each["model"]
        assert ";" in each["message"]


def test_the_report_lists_every_gap_with_what_upstream_prices(run):
    """What is left open is upstream's: a legal request that no row prices, with the rows that there are."""
    result = run("check", ROOT, "--format", "json", "--fail-on", "never")
    found = [each for each in json.loads(result.output)["findings"] if each["code"].startswith("KC30")]
    points = (ROOT / "reports/open.md").read_text(encoding="utf-8").split("\n- ")[1:]
    for each in found:
        detail = prose(each["message"].rpartition(";")[0])[:80]
        (point,) = [
            point for point in points if point.startswith(f"`{each['model']}`") and detail[:60] in point
        ][:1]
        assert each["mode"] is None or f"`{each['mode']}`" in point
        assert each["code"] == "KC305" or "the feed prices: `" in point


def test_a_file_that_is_no_catalog_of_a_workspace_has_none(run, tmp_path):
    file = tmp_path / "models_pricing.yaml"
    file.write_text((ROOT / "catalog/models_pricing.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    result = run("check", file, "--format", "json", "--fail-on", "never")
    assert not [each for each in json.loads(result.output)["findings"] if each["code"].startswith("KC30")]
