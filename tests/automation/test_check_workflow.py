"""`catalog-check.yml` and `action.yml` from their own lines."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from kie_catalog.automation.git import BRANCH
from tests.automation.conftest import DEARER, PRICES, commit_all, push_edit
from tests.automation.hub import REPOSITORY, git


@pytest.fixture
def check(runner, hub):
    """Run the workflow for a pull request of a branch."""

    def run(branch, repository=REPOSITORY):
        runner.at = branch
        head = {"sha": hub.head(branch), "repo": {"full_name": repository}}
        base = {"sha": hub.head("main"), "ref": "main"}
        return runner.run(
            "catalog-check.yml", event={"pull_request": {"number": 1, "head": head, "base": base}}
        )

    return run


@pytest.mark.usefixtures("proposed")
def test_a_branch_of_a_sync_is_its_plan_and_its_comment_and_findings_arrive(check, hub):
    done = check(BRANCH)
    assert [each.result for each in done.values()] == ["success", "success"], done
    (comment,) = hub.comments
    assert "Plan `sha256:" in comment["body"]
    assert "0 edits of people" in comment["body"]
    assert "acme/one 480p" in comment["body"]
    (sarif,) = hub.sarifs
    log = json.loads(gzip.decompress(base64.b64decode(sarif["sarif"])))
    assert log["version"] == "2.1.0"
    assert (sarif["commit_sha"], sarif["ref"]) == (hub.head(BRANCH), "refs/pull/1/head")


@pytest.mark.usefixtures("proposed")
def test_edits_of_people_are_named_in_one_comment_that_is_brought_up_to_date(check, hub, work):
    check(BRANCH)
    push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    check(BRANCH)
    (comment,) = hub.comments
    assert "1 edit of people" in comment["body"]
    assert "title_ru" in comment["body"]


@pytest.mark.usefixtures("proposed")
def test_what_neither_plan_nor_people_can_have_made_fails_the_check(check, hub, work):
    git(work, "fetch", "--quiet", "origin")
    git(work, "checkout", "--quiet", "--detach", f"origin/{BRANCH}")
    base = work / "sync" / "base.json"
    base.write_text(base.read_text().replace('"credits": 30', '"credits": 1', 1))
    sha = commit_all(work, "A base by hand")
    git(work, "push", "--quiet", "origin", f"{sha}:refs/heads/{BRANCH}")
    done = check(BRANCH)
    assert (done["check"].result, done["tell"].result) == ("failure", "success")
    assert "sync/base.json" in hub.comments[0]["body"]


def test_a_finding_is_an_annotation_and_fails_the_check(check, hub, work):
    git(work, "push", "--quiet", "origin", "main:refs/heads/by-hand")
    push_edit(work, "by-hand", "credits: 10", "credits: -10")
    done = check("by-hand")
    assert done["check"].result == "failure"
    assert "::error file=catalog/models_pricing.yaml,line=" in done["check"].log
    assert "no sync has written to this branch" in hub.comments[0]["body"]


def test_a_fork_is_checked_and_nothing_is_written_with_its_token(check, hub, work):
    git(work, "push", "--quiet", "origin", "main:refs/heads/by-hand")
    push_edit(work, "by-hand", "title_ru: Acme Two", "title_ru: Вторая")
    done = check("by-hand", repository="somebody/prices")
    assert (done["check"].result, done["tell"].result) == ("success", "skipped")
    assert (hub.comments, hub.sarifs) == ([], [])
    assert "title_ru" in done["check"].summary


def test_a_repository_without_code_scanning_or_comments_is_checked_all_the_same(check, runner, work):
    git(work, "push", "--quiet", "origin", "main:refs/heads/by-hand")
    runner.rights = {"contents": "read"}
    done = check("by-hand")
    assert [each.result for each in done.values()] == ["success", "success"]
    assert "::warning" in done["tell"].log
    assert "pull-requests: write" in done["tell"].log


def test_the_action_makes_a_first_catalog_in_an_empty_repository(runner, hub, upstream, work):
    git(work, "rm", "-r", "--quiet", "catalog", "schemas", "sync", "reports")
    commit_all(work, "Nothing yet")
    git(work, "push", "--quiet", "origin", "main")
    done, outputs = runner.action(upstream=str(upstream(PRICES)))
    assert done.result == "success", done.log
    assert (outputs["outcome"], outputs["pull-request"]) == ("opened", "1")
    assert "acme/one" in git(hub.bare, "show", f"{BRANCH}:catalog/models_pricing.yaml")


def test_the_action_keeps_a_catalog_in_a_folder_of_a_repository(runner, hub, upstream, work):
    for name in ("catalog", "schemas", "sync", "reports"):
        (work / "prices").mkdir(exist_ok=True)
        git(work, "mv", name, f"prices/{name}")
    commit_all(work, "Moved")
    git(work, "push", "--quiet", "origin", "main")
    done, outputs = runner.action(root="prices", upstream=str(upstream(DEARER, "2026-08-22")))
    assert done.result == "success", done.log
    assert outputs["outcome"] == "opened"
    changed = git(hub.bare, "diff", "--name-only", "main", BRANCH).splitlines()
    assert "prices/catalog/models_pricing.yaml" in changed
    assert all(each.startswith("prices/") for each in changed)


def test_the_action_checks(runner):
    done, _ = runner.action(command="check")
    assert done.result == "success", done.log
    done, _ = runner.action(command="check", root="nowhere")
    assert done.result == "failure"


def test_the_action_fails_as_the_tool_does_and_says_what_to_do(runner, upstream):
    done, outputs = runner.action(upstream=str(upstream({"acme/one": {"480p": "10"}}, "2026-08-22")))
    assert done.result == "failure"
    assert outputs["outcome"] == "refused"
    assert "exit code 4" in done.summary
