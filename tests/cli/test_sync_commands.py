"""The commands of the main job, on the recordings kept in the repository."""

from __future__ import annotations

import difflib
import json
import shutil
from pathlib import Path

import pytest

from kie_catalog.catalog.transaction import STATE

PAGES = ("market/bytedance/seedance-2", "market/google/nanobanana2", "market/z-image/z-image")


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and STATE not in path.parts
    }


@pytest.fixture
def recording(tmp_path, recordings) -> Path:
    """A small part of the newest recording, free to be changed."""
    folder = tmp_path / "recording"
    for name in PAGES:
        target = folder / "docs" / f"{name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(recordings[-1] / "docs" / f"{name}.md", target)
    shutil.copy(recordings[-1] / "recording.json", folder)
    rows = json.loads((recordings[-1] / "pricing.json").read_bytes())
    kept = [
        each
        for each in rows
        if "seedance-2, " in each["modelDescription"] or "nano" in each["modelDescription"]
    ]
    (folder / "pricing.json").write_text(json.dumps(kept))
    return folder


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


def reprice(recording: Path, description: str, credits: str) -> None:
    rows = json.loads((recording / "pricing.json").read_bytes())
    for each in rows:
        if each["modelDescription"] == description:
            each.update(creditPrice=credits, usdPrice="")
    (recording / "pricing.json").write_text(json.dumps(rows))


def test_a_sync_writes_catalog_schemas_base_and_report(run, root, recording):
    result = run("sync", "--root", root, "--upstream", recording)
    assert (result.exit_code, result.exception) == (0, None)
    assert set(files(root)) >= {
        "catalog/models_pricing.yaml",
        "schemas/inputs/bytedance/seedance-2.json",
        "sync/base.json",
        "reports/2026-08-22.md",
        "reports/index.md",
    }


def test_a_second_sync_changes_no_byte_and_says_so(run, root, recording):
    run("sync", "--root", root, "--upstream", recording)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    result = run("sync", "--root", root, "--upstream", recording)
    assert "No change" in result.output
    assert "nothing to write: every file already says this" in result.output
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_one_price_moved_is_a_diff_of_its_lines_only(run, root, recording):
    run("sync", "--root", root, "--upstream", recording)
    catalog = root / "catalog/models_pricing.yaml"
    before = catalog.read_text().splitlines()
    reprice(recording, "bytedance/seedance-2, 480p no video input", "20")
    result = run("sync", "--root", root, "--upstream", recording)
    assert "1 price up" in result.output
    diff = [line for line in difflib.ndiff(before, catalog.read_text().splitlines()) if line[0] in "+-"]
    assert sorted(diff) == sorted(
        ["-     credits: 19", "+     credits: 20", "-     official_usd: 0.095", "+     official_usd: 0.1"]
    )


def test_credits_alone_moved_is_a_diff_of_one_line(run, root, recording):
    run("sync", "--root", root, "--upstream", recording)
    catalog = root / "catalog/models_pricing.yaml"
    before = catalog.read_text().splitlines()
    rows = json.loads((recording / "pricing.json").read_bytes())
    for each in rows:
        if each["modelDescription"] == "bytedance/seedance-2, 480p with video input":
            each["creditPrice"] = "11.4"  # 0.057 USD, which is what the row says already
    (recording / "pricing.json").write_text(json.dumps(rows))
    run("sync", "--root", root, "--upstream", recording)
    diff = [line for line in difflib.ndiff(before, catalog.read_text().splitlines()) if line[0] in "+-"]
    assert diff == ["-     credits: 11.5", "+     credits: 11.4"]


def test_a_plan_writes_nothing_and_tells_by_its_exit_code(run, root, recording):
    result = run("plan", "--root", root, "--upstream", recording, "--exit-code")
    assert result.exit_code == 1
    assert files(root) == {}
    run("sync", "--root", root, "--upstream", recording)
    assert run("plan", "--root", root, "--upstream", recording, "--exit-code").exit_code == 0


def test_a_plan_file_applies_as_a_sync_does(run, root, recording, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    run("sync", "--root", other, "--upstream", recording)
    run("plan", "--root", root, "--upstream", recording, "--out", tmp_path / "plan.json")
    result = run("apply", tmp_path / "plan.json", "--root", root)
    assert result.exit_code == 0
    assert files(root) == files(other)


def test_a_plan_for_files_that_moved_is_refused(run, root, recording, tmp_path):
    run("sync", "--root", root, "--upstream", recording)
    reprice(recording, "bytedance/seedance-2, 480p no video input", "20")
    run("plan", "--root", root, "--upstream", recording, "--out", tmp_path / "plan.json")
    catalog = root / "catalog/models_pricing.yaml"
    catalog.write_text(catalog.read_text() + "# a note\n")
    before = files(root)
    result = run("apply", tmp_path / "plan.json", "--root", root)
    assert result.exit_code == 4
    assert "catalog/models_pricing.yaml moved since the plan was made" in str(result.exception)
    assert files(root) == before


def test_a_file_that_is_no_plan_is_refused(run, root, tmp_path):
    (tmp_path / "plan.json").write_text('{"format": 1}')
    result = run("apply", tmp_path / "plan.json", "--root", root)
    assert result.exit_code == 2
    assert "is no plan" in str(result.exception)
    assert run("apply", tmp_path / "nowhere.json", "--root", root).exit_code == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 5), (b"[]", 5), (b"[{", 5), (b"<html></html>", 5), (b"\xff\xfe", 5), (b'{"a": 1}', 5)],
)
def test_a_bad_recording_is_one_line_and_leaves_everything_as_before(run, root, recording, content, code):
    run("sync", "--root", root, "--upstream", recording)
    before = files(root)
    (recording / "pricing.json").write_bytes(content)
    result = run("sync", "--root", root, "--upstream", recording)
    assert result.exit_code == code
    assert "\n" not in str(result.exception)
    assert files(root) == before


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("models: [", "KC001"),
        ("version: '2.0'\nversion: '2.0'\n", "KC002"),
        ("models: &a []\n", "KC003"),
        ("version: '2.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\nextra: 1\n", "KC1"),
    ],
)
def test_a_catalog_that_is_wrong_is_refused_with_its_places(run, root, recording, text, fact):
    catalog = root / "catalog/models_pricing.yaml"
    catalog.parent.mkdir()
    catalog.write_text(text)
    result = run("sync", "--root", root, "--upstream", recording)
    assert result.exit_code == 1
    assert fact in str(result.exception)
    assert str(result.exception).startswith("root/catalog/models_pricing.yaml:")
    assert files(root) == {"catalog/models_pricing.yaml": text.encode()}


def test_an_empty_feed_never_removes_a_model(run, root, recording):
    run("sync", "--root", root, "--upstream", recording)
    before = files(root)
    (recording / "pricing.json").unlink()
    result = run("sync", "--root", root, "--upstream", recording)
    assert "not measured: prices" in result.output
    assert files(root) == before


def test_half_an_upstream_is_refused_until_the_guard_is_lifted(run, root, recordings, tmp_path):
    half = tmp_path / "half"
    shutil.copytree(recordings[-1], half)
    run("sync", "--root", root, "--upstream", half)
    before = files(root)
    rows = json.loads((half / "pricing.json").read_bytes())
    (half / "pricing.json").write_text(json.dumps(rows[: len(rows) // 2]))
    result = run("sync", "--root", root, "--upstream", half)
    assert result.exit_code == 4
    assert "pass --lift rows-dropped" in str(result.exception)
    assert files(root) == before
    assert run("sync", "--root", root, "--upstream", half, "--lift", "all").exit_code == 0


def test_an_unknown_guard_is_a_usage_error(run, root, recording):
    result = run("sync", "--root", root, "--upstream", recording, "--lift", "gravity")
    assert result.exit_code == 2
    assert "choose from models-lost" in str(result.exception)


def test_a_root_that_is_not_there_is_a_usage_error(run, recording, tmp_path):
    result = run("plan", "--root", tmp_path / "nowhere", "--upstream", recording)
    assert result.exit_code == 2


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_forms_of_a_plan(run, root, recording, form):
    result = run("plan", "--root", root, "--upstream", recording, "--format", form)
    assert "bytedance/seedance-2" in result.output
    if form == "json":
        assert json.loads(result.output)["accounting"]["rows"] > 0


def test_the_summary_of_a_plan_is_a_part_of_its_report(run, root, recording):
    run("sync", "--root", root, "--upstream", recording)
    reprice(recording, "bytedance/seedance-2, 480p no video input", "20")
    summary, report = (
        run("plan", "--root", root, "--upstream", recording, "--format", form).output
        for form in ("summary", "markdown")
    )
    assert "1 price up" in summary
    assert set(summary.splitlines()) < set(report.splitlines())


def test_the_full_recording_and_its_facts_give_the_same_files(run, shared, recordings, tmp_path):
    full, facts = tmp_path / "full", tmp_path / "facts"
    for root, folder in ((full, shared / "recordings" / recordings[-1].name), (facts, recordings[-1])):
        root.mkdir()
        assert run("sync", "--root", root, "--upstream", folder).exit_code == 0
    skip = {
        "reports/2026-08-22.md",
        "reports/whole/2026-08-22.md",
    }  # names the digests of the replies, which differ
    assert {name: content for name, content in files(full).items() if name not in skip} == {
        name: content for name, content in files(facts).items() if name not in skip
    }


def test_a_sync_touches_no_line_of_a_model_that_did_not_change(run, root, recordings):
    older, newer = recordings[-2:]
    run("sync", "--root", root, "--upstream", older)
    catalog = root / "catalog/models_pricing.yaml"
    before = blocks(catalog.read_text())
    result = run("plan", "--root", root, "--upstream", newer, "--format", "json")
    changed = {change["model"] for change in json.loads(result.output)["changes"]}
    run("sync", "--root", root, "--upstream", newer)
    after = blocks(catalog.read_text())
    assert len(before) > 100
    untouched = {name: block for name, block in before.items() if name not in changed}
    assert untouched == {name: after[name] for name in untouched}


def blocks(text: str) -> dict[str, str]:
    """The lines of each model, by its id."""
    parts = text.split("\n- id: ")[1:]
    return {part.split("\n", 1)[0]: part for part in parts}
