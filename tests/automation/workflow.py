"""A runner of workflows: it reads the file, sets what the file sets, and gives each `run:` line to bash.

Of the actions only those are known that the workflows use, each as the little that it does. A job's token
has the rights that the job declares.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.automation.hub import REPOSITORY, Hub, git
from tests.conftest import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
HANDED_ON = ("PYTHONPATH", "COVERAGE_PROCESS_CONFIG")
"""What this machine's Python needs to be the one that is tested, and to be measured if the tests are."""
_EXPRESSION = re.compile(r"\$\{\{(.+?)\}\}")
_WORD = re.compile(r"'[^']*'|==|!=|&&|\|\||[A-Za-z0-9_.()-]+")


@dataclass
class Done:
    """One job that ended."""

    result: str
    log: str
    summary: str
    outputs: dict[str, str]


@dataclass
class Runner:
    """Runs workflows for one repository of a hub."""

    hub: Hub
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Further variables of every step: what stands in for what a machine on GitHub has."""
    secrets: dict[str, str] = field(default_factory=dict)
    rights: dict[str, str] | None = None
    """Rights in place of those that the jobs declare: what an owner may have narrowed."""
    artifacts: dict[str, Path] = field(default_factory=dict)
    at: str = "main"
    runs: int = 0

    def run(self, name: str, *, event: dict[str, Any] | None = None, **inputs: str) -> dict[str, Done]:
        """Run all jobs of a workflow, in the order of the file."""
        workflow = yaml.safe_load((WORKFLOWS / name).read_text())
        self.runs += 1
        self.artifacts.clear()
        done: dict[str, Done] = {}
        for job, told in workflow["jobs"].items():
            needs = [told["needs"]] if isinstance(told.get("needs"), str) else told.get("needs", [])
            rights = told["permissions"] if self.rights is None else self.rights
            context = self._context(event, inputs, rights)
            context["needs"] = {each: {"outputs": done[each].outputs} for each in needs}
            is_well = all(done[each].result == "success" for each in needs)
            if not _is_due(told.get("if"), context, is_well=is_well):
                done[job] = Done("skipped", "", "", {})
                continue
            done[job] = self._job(job, told["steps"], context)
            done[job].outputs |= {
                each: _filled(value, context) for each, value in told.get("outputs", {}).items()
            }
        return done

    def action(self, **inputs: str) -> tuple[Done, dict[str, str]]:
        """Run the composite action as the one step after a checkout; the job, and the outputs."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        self.runs += 1
        rights = {"contents": "write", "pull-requests": "write"} if self.rights is None else self.rights
        context = self._context(None, {}, rights)
        defaults = {name: told.get("default", "") for name, told in action["inputs"].items()}
        context["inputs"] = {name: _filled(text, context) for name, text in {**defaults, **inputs}.items()}
        checkout = {"uses": "actions/checkout@", "with": {"persist-credentials": False}}
        done = self._job("action", [checkout, *action["runs"]["steps"]], context)
        outputs = {name: _filled(told["value"], context) for name, told in action["outputs"].items()}
        return done, outputs

    def _context(self, event: Any, inputs: dict[str, str], rights: dict[str, str]) -> dict[str, Any]:
        sha = self.hub.head(self.at)
        return {
            "github": {
                "token": self.hub.token(rights),
                "ref": f"refs/heads/{self.at}",
                "repository": REPOSITORY,
                "event": event or {},
                "sha": sha,
            },
            "inputs": {"upstream": "", "lift": "", **inputs},
            "secrets": self.secrets,
            "steps": {},
        }

    def _job(self, job: str, steps: list[dict[str, Any]], context: dict[str, Any]) -> Done:
        here = self.folder / f"run-{self.runs}" / job
        (here / "temp").mkdir(parents=True)
        context["runner"] = {"temp": str(here / "temp")}
        summary, log, is_well = here / "summary.md", "", True
        summary.touch()
        for number, step in enumerate(steps):
            if not _is_due(step.get("if"), context, is_well=is_well):
                continue
            output = here / f"output-{number}"
            output.touch()
            code, said = self._step(
                step, here, context, {"GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary}
            )
            log += said
            is_well = is_well and code == 0
            context["steps"][step.get("id", str(number))] = {"outputs": _outputs(output.read_text())}
        return Done("success" if is_well else "failure", log, summary.read_text(), {})

    def _step(
        self, step: dict[str, Any], here: Path, context: dict[str, Any], files: dict[str, Path]
    ) -> tuple[int, str]:
        given = {name: _filled(value, context) for name, value in step.get("with", {}).items()}
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            if action == "actions/checkout":
                self._checkout(given, here / "work", given.get("ref") or context["github"]["sha"])
            elif action == "actions/upload-artifact":
                self._keep(given["name"], Path(given["path"]))
            elif action == "actions/download-artifact":
                return self._take(given["name"], Path(given["path"])), ""
            else:
                assert action == "actions/setup-python"
            return 0, ""
        variables = {
            **self._variables(here, context),
            **{name: _filled(value, context) for name, value in step.get("env", {}).items()},
            **{name: str(path) for name, path in files.items()},
        }
        assert "${{" not in step["run"], "an expression in a shell line"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=here / "work",
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def _variables(self, here: Path, context: dict[str, Any]) -> dict[str, str]:
        """What GitHub gives every step; of this machine only where its Python and its programs are."""
        base = context["github"]["event"].get("pull_request", {}).get("base", {}).get("ref", "")
        return {
            "PATH": f"{_shims(self.folder)}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(here),
            **{name: os.environ[name] for name in HANDED_ON if name in os.environ},
            "GITHUB_API_URL": f"{self.hub.url}/api",
            "GITHUB_SERVER_URL": self.hub.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF_NAME": self.at,
            "GITHUB_BASE_REF": base,
            "GITHUB_RUN_ID": str(self.runs),
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(here / "temp"),
            **self.variables,
        }

    # -- the actions

    def _checkout(self, given: dict[str, str], work: Path, sha: str) -> None:
        assert given["persist-credentials"] == "False"
        depth = [] if given.get("fetch-depth") == "0" else ["--depth=1"]
        git(work.parent, "clone", "--quiet", *depth, f"file://{self.hub.bare}", str(work))
        git(work, "fetch", "--quiet", *depth, "origin", sha)
        git(work, "checkout", "--quiet", "--detach", sha)
        git(work, "remote", "set-url", "origin", f"{self.hub.url}/{REPOSITORY}")

    def _keep(self, name: str, path: Path) -> None:
        if path.is_dir():
            self.artifacts[name] = self.folder / f"run-{self.runs}" / "artifacts" / name
            shutil.copytree(path, self.artifacts[name])

    def _take(self, name: str, path: Path) -> int:
        if name not in self.artifacts:
            return 1
        shutil.copytree(self.artifacts[name], path)
        return 0


def _shims(folder: Path) -> Path:
    """Programs in place of those that `Install` brings: pip fetches nothing, the rest is the code at hand."""
    shims = folder / "bin"
    if not shims.exists():
        shims.mkdir()
        pip = f'[ "$1 $2" = "-m pip" ] || exec {sys.executable} "$@"\n'
        for name, line in (("python", pip), ("kie-catalog", f'exec {sys.executable} -m kie_catalog "$@"\n')):
            (shims / name).write_text(f"#!/bin/sh\n{line}")
            (shims / name).chmod(0o755)
    return shims


def _outputs(text: str) -> dict[str, str]:
    found = re.findall(r"^(\w+)<<(.+)\n(.*?)\n?\2$", text, re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


def _is_due(condition: str | None, context: dict[str, Any], *, is_well: bool) -> bool:
    if condition is None:
        return is_well
    is_asked = "always()" in condition
    return (is_well or is_asked) and bool(_value(condition, context))


def _filled(text: Any, context: dict[str, Any]) -> str:
    return _EXPRESSION.sub(lambda found: str(_value(found.group(1), context)), str(text))


def _value(expression: str, context: dict[str, Any]) -> Any:
    """An expression of `||`, `&&`, `==` and `!=` over names and texts; no brackets."""
    words = _WORD.findall(expression)
    for operator in ("||", "&&"):
        if operator in words:
            at = words.index(operator)
            left = _value(" ".join(words[:at]), context)
            right = " ".join(words[at + 1 :])
            return (left or _value(right, context)) if operator == "||" else (left and _value(right, context))
    if len(words) == 3:
        is_equal = _value(words[0], context) == _value(words[2], context)
        return is_equal if words[1] == "==" else not is_equal
    (word,) = words
    if word == "always()":
        return True
    if word.startswith("'"):
        return word[1:-1]
    found: Any = context
    for name in word.split("."):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return found
