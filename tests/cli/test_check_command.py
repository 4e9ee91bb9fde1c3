"""`check` as people and workflows call it: what is told, in which form, what is mended, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "forms" / "catalog.yaml"
CLEAN = "version: '2.0'\nsource: x\nlast_updated: '2026-08-22'\nmodels: []\n"


@pytest.fixture
def check(run, tmp_path):
    """Run `check` on a copy of the example, named `c.yaml`."""
    (tmp_path / "c.yaml").write_bytes(EXAMPLE.read_bytes())

    def call(*words):
        return run("check", "c.yaml", *words)

    return call


def codes(result) -> list[str]:
    return [each["code"] for each in json.loads(result.stdout)["findings"]]


def test_away_from_a_terminal_the_form_is_concise(check):
    lines = check().stdout.splitlines()
    assert lines[0] == (
        "c.yaml:10:13: KC106 error unknown-word: `category` has no word 'Image'; did you mean `image`?"
    )
    assert lines[-1].startswith(
        "1 file checked: 4 errors, 2 warnings, 2 infos (2 more that follow from these"
    )


@pytest.mark.parametrize(("limit", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)])
def test_the_exit_code_follows_the_limit(check, limit, code):
    assert check("--fail-on", limit).exit_code == code


def test_a_file_with_warnings_only_passes_unless_they_count(check):
    chosen = ["--select", "KC901"]
    assert check(*chosen).exit_code == 0
    assert check(*chosen, "--fail-on", "warning").exit_code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--select", "KC9"], ["KC901"]),
        (["--select", "unknown-word,KC116"], ["KC106", "KC116"]),
        (["--select", "KC1", "--ignore", "KC103,KC104", "--ignore", "empty-when"], ["KC106", "KC105"]),
        (["--select", "KC104"], ["KC104"]),
    ],
)
def test_findings_are_chosen(check, words, told):
    """What follows from a finding that is not chosen stands on its own."""
    assert codes(check("--format", "json", *words)) == told


def test_an_unknown_choice_is_named_with_what_was_meant(check):
    result = check("--select", "unknown-wrod")
    assert result.exit_code == 2
    assert str(result.exception) == "--select: no rule is called 'unknown-wrod'; did you mean `unknown-word`?"


def test_diff_shows_what_fix_does_and_writes_nothing(check, tmp_path):
    shown = check("--diff").stdout
    assert (tmp_path / "c.yaml").read_bytes() == EXAMPLE.read_bytes()
    changed = [line for line in shown.splitlines() if line[0] in "+-" and line[:3] not in {"+++", "---"}]
    assert changed == [
        "-  category: Image",
        "+  category: image",
        "-    credits: '14'",
        "+    credits: 14",
        "-    when: {}",
    ]


def test_fix_mends_what_is_safe_and_tells_the_rest(check, tmp_path):
    result = check("--fix", "--format", "json")
    assert result.stderr == "c.yaml: 3 fixed\n"
    assert codes(result) == ["KC204", "KC103", "KC211", "KC901", "KC206"]
    text = (tmp_path / "c.yaml").read_text()
    assert "    credits: 14\n    official_usd: 0.07\n" in text
    assert "# Every kind of thing" in text
    again = check("--fix")
    assert again.stderr == "c.yaml: 0 fixed\n"
    assert (tmp_path / "c.yaml").read_text() == text


def test_fix_leaves_what_was_not_chosen_and_what_is_accepted(check, tmp_path):
    text = EXAMPLE.read_text().replace(
        "  category: Image\n", "  category: Image # kie-catalog: ignore KC106 because of a test\n"
    )
    (tmp_path / "c.yaml").write_text(text)
    check("--fix", "--ignore", "KC105")
    assert (tmp_path / "c.yaml").read_text() == text.replace("    when: {}\n", "")


def test_a_file_that_is_no_yaml_is_not_mended(run, tmp_path):
    (tmp_path / "c.yaml").write_text("models: [\n")
    result = run("check", "c.yaml", "--fix")
    assert result.exit_code == 2
    assert "cannot be read as a whole" in str(result.exception)


def test_fix_of_a_workspace_builds_its_package_anew(run, tmp_path):
    """The packaged catalog is never another one than the catalog."""
    built = tmp_path / "src" / "kie_catalog" / "_data"
    built.mkdir(parents=True)
    (tmp_path / "catalog").mkdir()
    file = tmp_path / "catalog" / "models_pricing.yaml"
    file.write_text(EXAMPLE.read_text().replace("credit: 60", "credits: 60").replace("0.9", "0.07"))
    assert run("check", "--fix", "--fail-on", "never").stderr.endswith("3 fixed\n")
    packaged = json.loads((built / "catalog.json").read_text())["catalog"]
    assert packaged["models"][0]["category"] == "image"
    assert {each.name for each in built.iterdir()} >= {"catalog.json", "schemas.json", "checked.sidecar"}


def test_several_files_are_told_together(run, tmp_path):
    (tmp_path / "a.yaml").write_text(CLEAN)
    (tmp_path / "b.yaml").write_bytes(EXAMPLE.read_bytes())
    told = json.loads(run("check", "b.yaml", "a.yaml", "--format", "json").stdout)
    assert told["files"] == ["b.yaml", "a.yaml"]
    assert {each["path"] for each in told["findings"]} == {"b.yaml"}


def test_nothing_to_check_is_an_exit_code_of_its_own(run):
    assert run("check").exit_code == 3
    assert run("check", "nowhere.yaml").exit_code == 3


@pytest.mark.parametrize("form", ["full", "concise", "json", "jsonl", "github", "sarif", "junit", "markdown"])
def test_every_form_can_be_asked_for(check, run, tmp_path, form):
    assert check("--format", form).exit_code == 1
    (tmp_path / "clean.yaml").write_text(CLEAN)
    assert run("check", "clean.yaml", "--format", form).exit_code == 0
