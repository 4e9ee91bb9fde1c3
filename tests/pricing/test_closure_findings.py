"""What does not close between prices and schemas is found by the check, at its line."""

from __future__ import annotations

import json

from tests.sync.real import ROOT


def test_every_gap_of_the_catalog_has_a_place_and_a_cure(run):
    result = run("check", ROOT, "--format", "json", "--fail-on", "never")
    found = [each for each in json.loads(result.output)["findings"] if each["code"].startswith("KC30")]
    assert {each["code"] for each in found} >= {"KC302", "KC303", "KC304", "KC305"}
    for each in found:
        assert each["line"] > 1
        assert each["model"]
        assert ";" in each["message"]


def test_a_file_that_is_no_catalog_of_a_workspace_has_none(run, tmp_path):
    file = tmp_path / "models_pricing.yaml"
    file.write_text((ROOT / "catalog/models_pricing.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    result = run("check", file, "--format", "json", "--fail-on", "never")
    assert not [each for each in json.loads(result.output)["findings"] if each["code"].startswith("KC30")]
