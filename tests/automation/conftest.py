"""A repository with a catalog, on a GitHub of our own, with upstreams to sync from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

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


@pytest.fixture
def work(tmp_path: Path, upstream: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of a repository that keeps a catalog."""
    for name in [each for each in os.environ if each.startswith("GIT")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "people"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    workspace = Workspace(folder)
    apply_plan(plan_sync(recordings.read_recording(upstream(PRICES)), workspace), workspace)
    (folder / ".gitignore").write_text(".kie-catalog/\n")
    commit_all(folder, "A catalog")
    return folder


@pytest.fixture
def hub(tmp_path: Path, work: Path, httpserver) -> Hub:
    """The repository on a GitHub of our own."""
    bare = tmp_path / "remote.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    git(bare, "config", "http.receivepack", "true")
    git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(work, "remote", "add", "origin", str(bare))
    found = Hub(bare, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request(re.compile(".*")).respond_with_handler(found)
    return found


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
