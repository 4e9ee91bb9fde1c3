"""Parts of the automation that need no GitHub: what they read from and write for a workflow, and refuse."""

from __future__ import annotations

import datetime as dt
import json
import os

import httpx
import pytest

from kie_catalog.automation import looks
from kie_catalog.automation.actions import answer, require_repository, summarize, surroundings
from kie_catalog.automation.bundle import read_bundle
from kie_catalog.automation.doctor import Patient, State, examine
from kie_catalog.automation.git import BRANCH, clone_at
from kie_catalog.automation.github import _failure, _message, github
from kie_catalog.automation.notices import MOST, Notice, text_of
from kie_catalog.automation.notify import Memory, known_in, tell
from kie_catalog.automation.outcome import Outcome, forget_outcome, read_outcome, write_outcome, write_text
from kie_catalog.automation.proving import _listed, look_at
from kie_catalog.automation.saying import SUMMARY_LIMIT, summary_of
from kie_catalog.automation.schedule import heartbeat
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import ARTEFACT, Workspace
from kie_catalog.domain.errors import CatalogError, UsageError, WriteFailed
from tests.automation.hub import git
from tests.catalog.test_startup import GOOD
from tests.conftest import ROOT
from tests.sync.upstreams import page, row, upstream

NOW = dt.datetime(2026, 8, 24, 6, tzinfo=dt.UTC)
HERE = {"GITHUB_REPOSITORY": "acme/catalog", "GITHUB_TOKEN": "token"}


# a workflow's files and variables


def test_outputs_and_summary_are_added_to_the_files_that_the_workflow_names(tmp_path):
    output, summary = tmp_path / "output", tmp_path / "summary"
    here = surroundings({"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)})
    answer(here, word="done", title="a\nend-x\nword<<y")
    assert summarize(here, "one")
    assert summarize(here, "two\n")
    assert summary.read_text() == "one\ntwo\n"
    name, value, end = output.read_text().splitlines()[:3]
    assert (name, value) == (f"word<<{end}", "done")
    assert output.read_text().count("word<<") == 2


def test_where_there_is_no_workflow_nothing_is_answered():
    here = surroundings({})
    answer(here, word="done")
    assert summarize(here, "text") is False


@pytest.mark.parametrize(
    ("lacking", "said"), [("GITHUB_REPOSITORY", "names no repository"), ("GITHUB_TOKEN", "is not set")]
)
def test_a_repository_and_a_token_are_needed(lacking, said):
    assert require_repository(surroundings(HERE)).repository == "acme/catalog"
    with pytest.raises(UsageError, match=f"{lacking}: {said}"):
        require_repository(surroundings({name: each for name, each in HERE.items() if name != lacking}))


# what one step leaves for the next


def test_how_a_step_ended_reads_back_and_is_forgotten(tmp_path):
    outcome = Outcome(0, "pending", digest="sha256:0", title="A title", labels=("a", "b"))
    write_outcome(tmp_path / "new", outcome)
    assert read_outcome(tmp_path / "new") == outcome
    forget_outcome(tmp_path / "new")
    forget_outcome(tmp_path / "new")
    assert read_outcome(tmp_path / "new") is None


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"labels": [], "told": [], "odd": 1}'])
def test_what_is_no_outcome_is_none(tmp_path, text):
    write_outcome(tmp_path, Outcome(0, "nothing"))
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert read_outcome(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WriteFailed, match=r"file/x: cannot be written .*; name another folder"):
        write_text(tmp_path / "file/x", "text")


def test_a_bundle_is_a_plan_as_it_was_written(tmp_path):
    with pytest.raises(
        UsageError, match=r"cannot be read \(No such file or directory\); name the folder that"
    ):
        read_bundle(tmp_path)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(UsageError, match=r"is no plan .*; run kie-catalog ci prepare again"):
        read_bundle(tmp_path)


# GitHub's answers


@pytest.mark.parametrize(
    ("status", "said", "cure"),
    [
        (403, "Actions is not permitted to create or approve pull requests", "Settings, Actions, General"),
        (403, "API rate limit exceeded", "run again in an hour"),
        (403, "Resource not accessible", "give the job `contents: write`"),
        (404, "", "give the job `contents: write`"),
        (422, "Validation Failed", "see what GitHub says of it"),
        (502, "", "run again later"),
    ],
)
def test_a_refusal_names_its_cure(status, said, cure):
    failure = _failure("POST pulls", status, said, "contents: write")
    assert isinstance(failure, CatalogError)
    assert cure in str(failure)
    assert f"GitHub answers {status}" in str(failure)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'{"message": "Validation Failed", "errors": [{"message": "exists"}, "odd"]}',
            "Validation Failed; exists",
        ),
        (b'{"message": "No"}', "No"),
        (b"<html>", ""),
        (b"[]", ""),
    ],
)
def test_what_github_says_is_read_from_any_answer(content, said):
    assert _message(httpx.Response(422, content=content)) == said


def test_a_github_that_does_not_answer_is_a_failure_of_its_own():
    here = surroundings({**HERE, "GITHUB_API_URL": "http://127.0.0.1:9"})
    with github(here) as hub, pytest.raises(CatalogError, match=r"got no answer from http://127.0.0.1:9"):
        hub.pull_of("sync", "main")


# messages


def test_a_long_message_ends_with_how_many_more_there_are():
    few = tuple(Notice(str(at), f"line {at}") for at in range(MOST))
    assert text_of(few).count("\n") == MOST - 1
    assert text_of((*few, *few)).endswith(f"\nand {MOST} more")


@pytest.mark.parametrize(("text", "keys"), [("", ()), ("[", ()), ("{}", ()), ('["a", 1]', ("a", "1"))])
def test_what_others_told_is_read_or_is_nothing(text, keys):
    assert known_in({"KIE_CATALOG_KNOWN": text, "KIE_CATALOG_TOLD": text}) in (keys, ())


# the doctor, without a checkout and with an odd one


def looked(look, root=None, **environment):
    workspace = Workspace(root) if root else None
    return list(look(Patient(workspace, environment, NOW)))


@pytest.mark.parametrize(
    "look", [looks.settings, looks.decisions, looks.recording, looks.unfinished, looks.built]
)
def test_outside_of_a_checkout_there_is_nothing_to_look_at(look):
    assert looked(look) == []


def test_outside_of_a_checkout_the_packaged_catalog_counts():
    (sign,) = looked(looks.catalog)
    assert (sign.state, "the packaged catalog counts" in sign.fact) == (State.UNKNOWN, True)


def test_a_secret_is_told_as_set_and_never_shown():
    signs = looked(looks.environment, KIE_API_KEY="sesame")
    assert [each.fact.partition(",")[0] for each in signs] == ["is set", "is not set"]
    assert "sesame" not in str(signs)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: '1.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\n", "is of version 1.0"),
        (GOOD.replace("credits: ", "credits: -"), "error"),
        (GOOD.replace("2026-08-22", "2026-01-02"), "is of 2026-01-02, 234 days ago"),
    ],
)
def test_what_is_wrong_with_the_catalog_is_said_with_its_cure(tmp_path, text, said):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(text)
    found = [each for each in looked(looks.catalog, tmp_path) if each.state is not State.OK]
    assert any(said in each.fact for each in found), found
    assert all(each.cure for each in found)


def test_a_base_that_is_empty_and_a_recording_that_is_old_are_told(tmp_path):
    base, settings = looked(looks.settings, tmp_path)
    assert (base.state, settings.state) == (State.WARNING, State.OK)
    for name, said in (("2026-01-01", "is of 2026-01-01, 235 days ago"), ("newest", "is of newest day")):
        (tmp_path / "sync/recordings" / name).mkdir(parents=True)
        (sign,) = looked(looks.recording, tmp_path)
        assert (sign.state, sign.fact) == (State.WARNING, said)


def test_a_decision_that_ends_soon_is_told(tmp_path):
    (tmp_path / "sync").mkdir()
    entry = {"kind": "hold", "model": "a/one", "reason": "r", "author": "a", "decided": "2026-08-01"}
    for ends, count in (("2026-08-30", 1), ("2026-12-30", 0)):
        (tmp_path / "sync/decisions.yaml").write_text(json.dumps({"decisions": [{**entry, "expires": ends}]}))
        assert len(looked(looks.decisions, tmp_path)) == count


def test_without_git_there_is_no_clone(tmp_path):
    environment = {"PATH": str(tmp_path)}
    with pytest.raises(CatalogError, match=r"git: cannot be run .*; install git"):
        clone_at(tmp_path, surroundings(environment), environment).asked("status")


def test_a_look_that_fails_keeps_no_other_from_being_taken(tmp_path):
    (tmp_path / "catalog/models_pricing.yaml").mkdir(parents=True)
    (tmp_path / "sync/decisions.yaml").mkdir(parents=True)
    found = list(examine(Patient(Workspace(tmp_path), {"PATH": str(tmp_path)}, NOW, is_online=False)))
    assert {each.state for each in found} >= {State.OK, State.FAULT, State.WARNING}


def test_the_package_of_this_repository_is_that_of_its_catalog():
    (sign,) = looked(looks.built, ROOT)
    assert (sign.state, sign.fact) == (State.OK, "is that of the catalog")


def test_a_package_that_differs_from_its_sources_is_a_fault(tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(GOOD)
    (tmp_path / ARTEFACT).mkdir(parents=True)
    (sign,) = looked(looks.built, tmp_path)
    assert (sign.state, sign.cure) == (State.FAULT, "run make build")


def cloned(folder):
    """A repository of one commit, without a remote."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    name = ("-c", "user.name=anna", "-c", "user.email=anna@example.org")
    git(folder, *name, "commit", "--quiet", "--allow-empty", "-m", "one")
    return clone_at(folder, surroundings(os.environ), os.environ)


def test_a_clone_without_a_remote_has_no_schedule(tmp_path):
    cloned(tmp_path)
    (sign,) = heartbeat(Patient(Workspace(tmp_path), dict(os.environ), NOW))
    assert (sign.state, "no clone with a remote" in sign.fact) == (State.UNKNOWN, True)


def test_a_branch_is_compared_with_one_that_is_there_only(tmp_path):
    with pytest.raises(UsageError, match="--before nowhere: has no commit in common with this branch"):
        look_at(Workspace(tmp_path), cloned(tmp_path), "nowhere")


def test_a_long_list_ends_with_how_many_more_there_are():
    assert _listed(["a", "b", "c"], 2) == "- `a`\n- `b`\n- and 1 more"
    assert _listed(["a", "b"], 2) == "- `a`\n- `b`"


def test_a_report_that_is_too_long_for_a_summary_is_cut_between_two_lines():
    line = "x" * 99 + "\n"
    told = summary_of(Outcome(0, "pending"), line * (SUMMARY_LIMIT // 50))
    assert told.endswith("x\n\nCut here; see the artifact.\n\n")
    assert len(told.encode()) < SUMMARY_LIMIT + 1000
    assert "before it could say why" in summary_of(None)


def test_an_address_that_fails_costs_no_other_its_message(tmp_path):
    plan = plan_sync(upstream([page("a/one")], [row("a/one", "480p")]), Workspace(tmp_path))
    told = []

    def send(address, _title, _text):
        if address == "broken":
            raise OSError("away")
        told.append(address)
        return address != "full"

    memory = Memory(tmp_path / "memory.json")
    assert list(tell(plan, ["broken", "full", "fine"], memory, send)) == [
        "address 1 of 3 could not be told (OSError)",
        "address 2 of 3 did not take the message",
    ]
    assert told == ["full", "fine"]


@pytest.mark.parametrize("command", [("comment", "--pull", "1"), ("sarif", "--commit", "x", "--ref", "y")])
def test_a_file_that_an_earlier_step_did_not_leave_is_named(run, tmp_path, monkeypatch, command):
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)
    name, *options = command
    result = run("ci", name, tmp_path / "none", *options)
    assert "cannot be read (No such file or directory); run kie-catalog" in str(result.exception)
    (tmp_path / "text").write_text("no note")
    if name == "comment":
        assert "is no comment of ours" in str(run("ci", name, tmp_path / "text", *options).exception)


@pytest.mark.parametrize(
    ("options", "said"), [((), "--base: is not given"), (("--base", BRANCH), f"--base: is {BRANCH}")]
)
def test_what_a_branch_is_proposed_to_must_be_another_branch(run, tmp_path, monkeypatch, options, said):
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)
    for name in ("GITHUB_REF_NAME", "KIE_CATALOG_PROPOSE_TO", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    plan = plan_sync(upstream([page("a/one")], [row("a/one", "480p")]), Workspace(tmp_path))
    (tmp_path / "plan.json").write_text(json.dumps(plan.to_json()))
    result = run("ci", "propose", tmp_path, "--root", tmp_path, *options)
    assert result.exit_code == 2
    assert f"{said}; name the branch that pull requests go to" in str(result.exception)
    assert read_outcome(tmp_path).word == "failed"
