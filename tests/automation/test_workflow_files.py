"""The workflows as files: what must hold of each without running it."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from kie_catalog.automation.outcome import Outcome
from kie_catalog.automation.saying import summary_of
from tests.automation.workflow import WORKFLOWS
from tests.conftest import ROOT

FILES = sorted(WORKFLOWS.glob("*.yml"))
PINNED = re.compile(r"actions/[a-z-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")


def read(file):
    return yaml.safe_load(file.read_text())


def steps(file):
    data = read(file)
    jobs = data["jobs"].values() if "jobs" in data else [data["runs"]]
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_job_names_its_rights_and_an_end(file):
    data = read(file)
    assert data["permissions"] == {}
    assert "concurrency" in data
    for job in data["jobs"].values():
        assert set(job["permissions"].values()) <= {"read", "write"}
        assert 0 < job["timeout-minutes"] <= 45


@pytest.mark.parametrize("file", [*FILES, ROOT / "action.yml"], ids=lambda file: file.stem)
def test_each_action_is_of_github_and_pinned_and_no_expression_is_in_a_shell_line(file):
    uses = [line.strip().removeprefix("- ").removeprefix("uses: ") for line in file.read_text().splitlines()]
    uses = [line for line in uses if line.startswith("actions/")]
    assert len(uses) == sum("uses" in step for step in steps(file))
    assert [line for line in uses if not PINNED.fullmatch(line)] == []
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []
    assert [step for step in steps(file) if len(step.get("run", "").splitlines()) > 2] == []


def test_only_one_job_may_write_contents_and_none_that_runs_a_branch():
    rights = {
        (file.stem, name): job["permissions"] for file in FILES for name, job in read(file)["jobs"].items()
    }
    writers = {place for place, may in rights.items() if may.get("contents") == "write"}
    assert writers == {("catalog-sync", "propose")}
    assert rights["catalog-check", "check"] == {"contents": "read"}


def test_the_project_is_tested_on_the_pythons_that_it_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = [each.rpartition(" ")[2] for each in project["classifiers"] if ":: 3." in each]
    assert read(WORKFLOWS / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"] == named


def test_the_hooks_run_commands_that_exist(run):
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        program, *words = hook["entry"].split()
        assert program == "kie-catalog"
        assert re.search(hook["files"], "catalog/models_pricing.yaml")
        assert run(*words, "--help").exit_code == 0


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 99])
def test_each_exit_code_says_what_to_do(code):
    said = summary_of(Outcome(code, "failed", "place: fact; cure `x` <b>@all</b>"))
    assert f"exit code {code}" in said
    assert "**What to do.**" in said
    assert "- `place: fact; cure 'x' <b>@all</b>`" in said


def test_a_run_that_ended_without_a_word_is_told_so():
    assert "before it could say why" in summary_of(None)
