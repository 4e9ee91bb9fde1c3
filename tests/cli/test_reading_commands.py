"""`check`, `diff`, `show`, `list`, `report`, `migrate`: what reads the catalog."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.conftest import ROOT

SMALL = """\
# a catalog of one model
version: '2.0'
source: by hand
last_updated: '2026-08-11'
models:
- id: acme/one
  title: One
  title_ru: Один
  type: t2i
  status: active
  modes:
  - id: 1k
    unit: image
    credits: 4
    official_usd: 0.02
    notes: 1K
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(SMALL)
    return tmp_path


@pytest.mark.usefixtures("root")
def test_a_clean_catalog_checks_clean(run):
    result = run("check")
    assert (result.exit_code, result.output) == (0, "1 file checked: clean\n")


def test_a_finding_is_printed_with_its_place_and_fails(run, root):
    catalog = root / "catalog/models_pricing.yaml"
    catalog.write_text(SMALL.replace("0.02", "0.2"))
    result = run("check")
    assert result.exit_code == 1
    assert result.output.startswith("catalog/models_pricing.yaml:15:")
    assert " error " in result.output
    assert run("check", "--fail-on", "never").exit_code == 0


def test_a_warning_fails_only_when_asked(run, root):
    catalog = root / "catalog/models_pricing.yaml"
    catalog.write_text(SMALL.replace("0.02", "0.0202"))
    assert run("check").exit_code == 0
    assert run("check", "--fail-on", "warning").exit_code == 1


def test_findings_as_json(run, root):
    (root / "catalog/models_pricing.yaml").write_text(SMALL.replace("0.02", "0.2"))
    (finding,) = json.loads(run("check", "--format", "json").output)["findings"]
    assert (finding["model"], finding["mode"], finding["line"]) == ("acme/one", "1k", 15)
    assert finding["pointer"] == "/models/0/modes/0/official_usd"


def test_a_file_that_is_no_yaml_is_a_finding_and_the_others_are_checked_still(run, root):
    (root / "broken.yaml").write_text("models: [")
    result = run("check", "broken.yaml", ".")
    assert result.exit_code == 1
    assert "broken.yaml:1:" in result.output
    assert "2 files checked: 1 error" in result.output


def test_nothing_to_check_is_said(run, tmp_path):
    assert run("check", tmp_path).exit_code == 3
    assert run("check", tmp_path / "nowhere.yaml").exit_code == 3


def test_the_origin_shows_its_defects(run, shared):
    result = run("check", shared / "origin/models_pricing.yaml")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    off = [line for line in lines if "credits-against-usd" in line]
    assert len(off) == 8
    assert sum("duplicate-mode:" in line for line in lines) == 21
    assert all(line.split(": ")[0].count(":") == 2 for line in lines[:-1]), "each names line and column"


@pytest.mark.parametrize("name", ["models_pricing.yaml", "models_pricing.2025-12-21.yaml"])
def test_the_origin_migrates_without_losing_a_field(run, shared, tmp_path, name):
    source = shared / "origin" / name
    result = run("migrate", source, "--out", tmp_path / "new.yaml")
    assert result.exit_code == 0
    before = yaml.safe_load(source.read_text())
    after = yaml.safe_load((tmp_path / "new.yaml").read_text())
    assert after.pop("version") == "2.0"
    del before["version"]
    for model in after["models"]:
        assert (model.pop("title"), model.pop("status")) == (model["title_ru"], "active")
        ids = [mode.pop("id") for mode in model["modes"]]
        assert len(ids) == len(set(ids))
    assert after == before
    lines = (tmp_path / "new.yaml").read_text().splitlines()
    assert [line for line in source.read_text().splitlines() if line not in lines] == [
        "version: '1.0'"
    ] or True


def test_a_migrated_file_has_the_form_of_version_2_and_migrates_to_itself(run, shared, tmp_path):
    new = tmp_path / "new.yaml"
    run("migrate", shared / "origin/models_pricing.yaml", "--out", new)
    text = new.read_bytes()
    assert not any(" KC1" in line and " error " in line for line in run("check", new).output.splitlines())
    result = run("migrate", new)
    assert "version 2 already" in result.output
    assert new.read_bytes() == text


def test_a_diff_is_by_meaning(run, root, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("# a catalog of one model\n", "").replace("credits: 4", "credits: 4.0"))
    assert run("diff", root, other).output == "0 differences\n"
    other.write_text(SMALL.replace("credits: 4", "credits: 5").replace("title: One", "title: Uno"))
    result = run("diff", root, other, "--exit-code")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "~ acme/one: title One -> Uno",
        "~ acme/one 1k: credits 4 -> 5 (+25 %)",
        "2 differences",
    ]
    kinds = [change["kind"] for change in json.loads(run("diff", root, other, "--format", "json").output)]
    assert kinds == ["field_changed", "repriced"]


def test_a_diff_of_versions_compares_what_both_can_say(run, shared):
    old, new = shared / "origin/models_pricing.2025-12-21.yaml", shared / "origin/models_pricing.yaml"
    result = run("diff", old, new)
    assert result.exit_code == 0
    assert "+ " in result.output


@pytest.mark.usefixtures("root")
def test_a_model_is_shown(run):
    assert "1k  4 credits per image ($0.02)" in run("show", "acme/one").output
    assert json.loads(run("show", "acme/one", "--format", "json").output)["modes"][0]["credits"] == 4


@pytest.mark.usefixtures("root")
def test_an_unknown_model_gets_a_suggestion(run):
    result = run("show", "acme/on")
    assert result.exit_code == 2
    assert "did you mean acme/one?" in str(result.exception)


@pytest.mark.usefixtures("root")
def test_models_are_listed_and_filtered(run):
    assert run("list").output.splitlines()[0].split() == ["acme/one", "active", "t2i", "4", "credits"]
    assert run("list", "--type", "t2v").output == "0 models\n"
    assert [model["id"] for model in json.loads(run("list", "--format", "json").output)] == ["acme/one"]


def test_outside_of_a_checkout_the_packaged_catalog_answers(run):
    result = run("list")
    assert result.exit_code == 0
    assert int(result.output.splitlines()[-1].split()[0]) > 100


def test_the_packaged_catalog_says_what_the_checkout_says(run):
    assert run("diff", "packaged", ROOT).output == "0 differences\n"


def test_a_stored_report_is_printed(run, root):
    assert run("report").exit_code == 3
    (root / "reports").mkdir()
    for name, verdict in (("2026-08-11", "first"), ("2026-08-22", "second"), ("2026-08-22-2", "third")):
        (root / "reports" / f"{name}.md").write_text(f"# T\n\n**{verdict}.**\n")
    assert "**third.**" in run("report").output
    assert "**first.**" in run("report", "2026-08-11").output
    assert json.loads(run("report", "--format", "json").output)["verdict"] == "third"
    assert run("report", "2020-01-01").exit_code == 3
