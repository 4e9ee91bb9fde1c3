"""`doctor`: what is wrong is found, with its cure; what is well is said to be; nothing is written."""

from __future__ import annotations

import datetime as dt
import json
import os

import pytest

from kie_catalog.automation.actions import surroundings
from kie_catalog.automation.doctor import Patient, State, examine
from kie_catalog.automation.git import clone_at
from kie_catalog.automation.heartbeat import Heartbeat, beat
from kie_catalog.catalog.lock import Lock
from kie_catalog.catalog.workspace import Workspace
from tests.automation.hub import git

pytestmark = pytest.mark.usefixtures("hub")
NOW = dt.datetime(2026, 8, 24, 6, tzinfo=dt.UTC)
WORKFLOW = ".github/workflows/catalog-sync.yml"
DECISION = """\
decisions:
- kind: hold
  model: acme/one
  reason: under talks
  author: anna
  decided: '2026-08-01'
  expires: '{}'
"""


@pytest.fixture
def signs(work):
    """Examine the repository at a moment; by name what was said."""

    def look(now=NOW, **given):
        found = list(examine(Patient(Workspace(work), dict(os.environ), now, **given)))
        return {each.name: each for each in found}

    return look


def test_what_is_well_is_said_to_be(signs, work):
    beat_at(work, NOW - dt.timedelta(hours=20))
    found = signs()
    assert {each.state for each in found.values()} <= {State.OK, State.WARNING}
    assert found["schedule"].state is State.OK
    assert found["catalog"].state is State.OK


def test_a_dead_schedule_is_a_fault(signs, work):
    beat_at(work, NOW - dt.timedelta(days=9))
    found = signs()["schedule"]
    assert found.state is State.FAULT
    assert "9 days ago" in found.fact
    assert "Enable workflow" in found.cure


def test_a_schedule_that_never_ran_is_a_fault_where_there_is_one(signs, work):
    assert signs()["schedule"].state is State.UNKNOWN
    (work / WORKFLOW).parent.mkdir(parents=True)
    (work / WORKFLOW).write_text("name: Catalog sync\n")
    assert signs()["schedule"].state is State.FAULT
    assert signs(is_online=False)["schedule"].state is State.UNKNOWN


def test_a_remote_that_is_gone_is_not_known(signs, work, tmp_path):
    git(work, "remote", "set-url", "origin", str(tmp_path / "nowhere"))
    assert signs()["schedule"].state is State.UNKNOWN


@pytest.mark.parametrize(
    ("place", "text", "name", "state", "words"),
    [
        ("sync/base.json", "{", "settings", State.FAULT, "sync/base.json"),
        ("sync/decisions.yaml", "decisions: 1\n", "settings", State.FAULT, "sync/decisions.yaml"),
        ("catalog/models_pricing.yaml", "models: [\n", "catalog", State.FAULT, "models_pricing.yaml"),
        (
            "sync/decisions.yaml",
            DECISION.format("2026-09-01"),
            "decisions",
            State.WARNING,
            "ends on 2026-09-01",
        ),
        (".kie-catalog/transaction/journal.json", "{}", "journal", State.FAULT, "unfinished"),
        (".kie-catalog/lock", "process 7 on there\n", "lock", State.WARNING, "process 7 on there"),
    ],
)
def test_what_is_wrong_is_found(signs, work, place, text, name, state, words):
    (work / place).parent.mkdir(parents=True, exist_ok=True)
    (work / place).write_text(text)
    found = signs()[name]
    assert found.state is state
    assert words in str(found)


def test_a_run_at_work_is_seen(signs, work):
    with Lock(work / ".kie-catalog" / "lock").held():
        assert "another run is writing" in signs()["lock"].fact


def test_a_catalog_that_nothing_changed_for_long_is_a_warning(signs):
    found = signs(NOW + dt.timedelta(days=100))["catalog"]
    assert (found.state, "days ago" in found.fact) == (State.WARNING, True)


def test_the_command_exits_by_what_it_found_and_shows_no_secret(run, work, monkeypatch):
    monkeypatch.setenv("KIE_API_KEY", "a-secret-key")
    result = run("doctor", "--root", work, "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.output)["faults"] == 0
    assert "a-secret-key" not in result.output
    (work / "sync" / "base.json").write_text("{")
    assert run("doctor", "--root", work, "--offline").exit_code == 1


def test_outside_of_a_workspace_the_installation_is_still_looked_at(run):
    result = run("doctor")
    assert result.exit_code == 0
    assert "the packaged catalog counts" in result.output


def beat_at(work, at):
    """Put a heartbeat on the remote."""
    beat(clone_at(work, surroundings({})), Heartbeat(at, "unchanged", "sha256:0", "0", ""))
