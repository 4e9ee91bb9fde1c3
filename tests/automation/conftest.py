"""A repository with a catalog, on a GitHub of our own, with upstreams to sync from."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.sources import recordings
from tests.automation.hub import Hub, git
from tests.automation.workflow import Runner
from tests.incidents.replies import as_json, page_file, page_text, record

OTHERS = {f"acme/{name}": {"480p": "30"} for name in ("two", "four", "five", "six", "seven")}
PRICES = {"acme/one": {"480p": "10", "720p": "20"}, **OTHERS}
DEARER = {**PRICES, "acme/one": {"480p": "11", "720p": "20"}}
CHANGED = "2026-08-22"


def recording(folder: Path, prices: dict[str, dict[str, str]], *, day: str = "2026-08-11") -> Path:
    """A recording of an upstream that has these prices, in credits by model and mode."""
    rows = [
        record(model, mode, credits, provider="acme")
        for model, modes in prices.items()
        for mode, credits in modes.items()
    ]
    replies = {page_file(model): page_text(model, tag="Video Models/Acme") for model in prices}
    replies |= {
        "pricing.json": as_json(rows),
        "model-paths.json": as_json(list(prices)),
        "recording.json": as_json({"taken_at": day}),
    }
    for name, content in replies.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@pytest.fixture
def upstream(tmp_path: Path) -> Callable[..., Path]:
    """Makes recordings, each in a folder of its own."""
    made: list[Path] = []

    def make(prices: dict[str, dict[str, str]], day: str = "2026-08-11") -> Path:
        made.append(tmp_path / f"upstream-{len(made)}")
        return recording(made[-1], prices, day=day)

    return make


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that keeps a catalog, as `people` have it and `remote.git`; each test has a copy."""
    folder = tmp_path_factory.mktemp("beginning")
    people, bare = folder / "people", folder / "remote.git"
    people.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        _forget_git(patch)
        git(people, "init", "--quiet", "--initial-branch=main")
        workspace = Workspace(people)
        upstream = recordings.read_recording(recording(folder / "upstream", PRICES))
        apply_plan(plan_sync(upstream, workspace), workspace)
        (people / ".gitignore").write_text(".kie-catalog/\n")
        commit_all(people, "A catalog")
        git(folder, "clone", "--quiet", "--bare", str(people), str(bare))
        git(bare, "config", "http.receivepack", "true")
        git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    return folder


@pytest.fixture
def work(tmp_path: Path, beginning: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a repository that keeps a catalog."""
    _forget_git(monkeypatch)
    folder = tmp_path / "people"
    shutil.copytree(beginning / "people", folder)
    git(folder, "update-index", "-q", "--refresh")  # git knows files by more than their content
    return folder


def _forget_git(patch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("GIT")]:
        patch.delenv(name)


@pytest.fixture
def hub(tmp_path: Path, work: Path, beginning: Path, httpserver) -> Hub:
    """The repository on a GitHub of our own."""
    bare = tmp_path / "remote.git"
    shutil.copytree(beginning / "remote.git", bare)
    git(work, "remote", "add", "origin", str(bare))
    found = Hub(bare, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request(re.compile(".*")).respond_with_handler(found)
    return found


@dataclass
class Proposed:
    """What a sync of a first change left on the hub."""

    bare: Path
    pulls: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="session")
def first_change(tmp_path_factory: pytest.TempPathFactory) -> Proposed:
    """Is filled by the first test that wants one."""
    return Proposed(tmp_path_factory.mktemp("first-change") / "remote.git")


@pytest.fixture
def proposed(hub: Hub, runner: Runner, upstream: Callable[..., Path], first_change: Proposed) -> Path:
    """An upstream that got dearer, of which the workflow has made a pull request: once, for all tests."""
    changed = upstream(DEARER, CHANGED)
    if first_change.bare.exists():
        shutil.rmtree(hub.bare)
        shutil.copytree(first_change.bare, hub.bare)
        hub.pulls += deepcopy(first_change.pulls)
        return changed
    done = runner.run("catalog-sync.yml", upstream=str(changed))
    assert done["propose"].result == "success", done["propose"].log
    assert len(hub.open()) == 1
    first_change.pulls += deepcopy(hub.pulls)
    shutil.copytree(hub.bare, first_change.bare)
    return changed


@pytest.fixture
def runner(tmp_path: Path, hub: Hub) -> Runner:
    """Runs the workflows."""
    folder = tmp_path / "runs"
    folder.mkdir()
    return Runner(hub, folder)


def commit_all(folder: Path, message: str) -> str:
    """Commit everything in a checkout; the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def push_edit(work: Path, branch: str, old: str, new: str) -> str:
    """Edit the catalog by hand on a branch and push it; the commit."""
    git(work, "fetch", "--quiet", "origin")
    git(work, "checkout", "--quiet", "--detach", f"origin/{branch}")
    file = work / "catalog" / "models_pricing.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    sha = commit_all(work, "Edit by hand")
    git(work, "push", "--quiet", "origin", f"{sha}:refs/heads/{branch}")
    return sha
