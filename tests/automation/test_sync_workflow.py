"""`catalog-sync.yml` from its own lines: what becomes of the pull request, what the summary says."""

from __future__ import annotations

import json

import pytest

from kie_catalog.automation.git import BRANCH
from kie_catalog.automation.proposal import digest_in
from kie_catalog.sandbox.server import running
from tests.automation.conftest import CHANGED, DEARER, PRICES, push_edit
from tests.automation.hub import git

DEARER_STILL = {**PRICES, "acme/one": {"480p": "12", "720p": "20"}}
HALF = {"acme/one": {"480p": "10"}}


@pytest.fixture
def sync(runner, hub):
    """Run the workflow against an upstream; no token is ever in a log or a summary."""

    def run(where, **inputs):
        done = runner.run("catalog-sync.yml", upstream=str(where), **inputs)
        said = "".join(each.log + each.summary for each in done.values())
        assert [token for token in hub.tokens if token in said] == []
        assert "basic " not in said.lower()
        return done

    return run


def beats(hub):
    """The heartbeat on the remote; `None` where there is none."""
    if not git(hub.bare, "for-each-ref", "refs/kie-catalog/heartbeat"):
        return None
    return json.loads(git(hub.bare, "show", "refs/kie-catalog/heartbeat:heartbeat.json"))


def test_no_change_is_a_no_op_that_leaves_a_heartbeat(sync, hub, upstream):
    before = hub.head("main")
    done = sync(upstream(PRICES))
    assert [each.result for each in done.values()] == ["success", "success", "skipped"]
    assert "No change" in done["propose"].summary
    assert (hub.pulls, hub.head(BRANCH), hub.head("main")) == ([], None, before)
    assert beats(hub)["outcome"] == "nothing"
    assert beats(hub)["run"].endswith("/actions/runs/1")


def test_a_first_change_opens_a_pull_request_with_title_report_and_labels(sync, hub, upstream):
    with running(upstream(DEARER, CHANGED)) as stand_in:
        done = sync(stand_in.url)
    assert done["propose"].result == "success", done["propose"].log
    (pull,) = hub.open()
    assert pull["title"].startswith("Catalog sync 20")
    assert "1 price up" in pull["title"]
    assert {each["name"] for each in pull["labels"]} == {"catalog-sync", "price-up"}
    assert "acme/one" in pull["body"]
    assert git(hub.bare, "rev-parse", f"{BRANCH}^") == hub.head("main")
    diff = git(hub.bare, "diff", "main", BRANCH, "--", "catalog")
    assert ("-    credits: 10" in diff, "+    credits: 11" in diff) == (True, True)
    assert beats(hub)["outcome"] == "opened"
    assert "pull/1" in done["propose"].summary


def test_the_artifacts_are_plan_report_and_a_patch_that_makes_the_branch(sync, hub, upstream, runner, work):
    sync(upstream(DEARER, CHANGED))
    kept = runner.artifacts["catalog-sync"]
    assert {each.name for each in kept.iterdir()} == {
        "plan.json",
        "report.md",
        "change.patch",
        "summary.md",
        "outcome.json",
    }
    git(work, "apply", "--index", str(kept / "change.patch"))
    assert git(work, "write-tree") == git(hub.bare, "rev-parse", f"{BRANCH}^{{tree}}")


def test_the_same_plan_leaves_the_pull_request_alone(sync, hub, proposed):
    pull, tip = dict(hub.pulls[0]), hub.head(BRANCH)
    hub.seen.clear()
    done = sync(proposed)
    assert (hub.pulls[0], hub.head(BRANCH)) == (pull, tip)
    assert [each for each in hub.seen if each.split()[0] in {"PATCH", "DELETE"}] == []
    assert "up to date" in done["propose"].summary
    assert done["notify"].result == "skipped"


@pytest.mark.usefixtures("proposed")
def test_another_plan_updates_the_same_pull_request_and_keeps_labels_of_people(sync, hub, upstream):
    hub.pulls[0]["labels"].append({"name": "wait-for-anna"})
    first = digest_in(hub.pulls[0]["body"])
    cheaper = {**PRICES, "acme/one": {"480p": "9", "720p": "20"}, "acme/three": {"480p": "1"}}
    sync(upstream(cheaper, CHANGED))
    (pull,) = hub.pulls
    assert digest_in(pull["body"]) != first
    labels = {each["name"] for each in pull["labels"]}
    assert labels >= {"price-down", "new-model", "wait-for-anna"}
    assert "price-up" not in labels
    assert git(hub.bare, "rev-list", "--count", f"main..{BRANCH}") == "1"


@pytest.mark.usefixtures("proposed")
def test_commits_of_people_are_never_overwritten_and_the_pull_request_is_told_stale_once(
    sync, hub, upstream, work
):
    tip = push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    changed = upstream(DEARER_STILL, CHANGED)
    for _ in range(2):
        done = sync(changed)
        assert done["propose"].result == "success"
        assert "stale" in done["propose"].summary
    assert hub.head(BRANCH) == tip
    (comment,) = hub.comments
    assert "This pull request is stale" in comment["body"]


@pytest.mark.usefixtures("proposed")
def test_a_branch_without_the_commits_of_people_is_written_again_and_no_longer_stale(
    sync, hub, upstream, work
):
    ours = hub.head(BRANCH)
    push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    changed = upstream(DEARER_STILL, CHANGED)
    sync(changed)
    git(hub.bare, "update-ref", f"refs/heads/{BRANCH}", ours)
    sync(changed)
    assert "No longer stale" in hub.comments[0]["body"]
    assert len(hub.comments) == 1
    assert "credits: 12" in git(hub.bare, "show", f"{BRANCH}:catalog/models_pricing.yaml")


def test_what_is_back_as_it_was_closes_the_pull_request_and_may_open_another(sync, hub, upstream, proposed):
    done = sync(upstream(PRICES, CHANGED))
    assert hub.pulls[0]["state"] == "closed"
    assert hub.head(BRANCH) is None
    assert "nothing is left" in hub.comments[0]["body"]
    assert "Nothing is left" in done["propose"].summary
    sync(proposed)
    assert [each["number"] for each in hub.open()] == [2]


def test_a_pull_request_that_people_closed_is_not_opened_again_for_the_same_plan(
    sync, hub, upstream, proposed
):
    hub.pulls[0]["state"] = "closed"
    done = sync(proposed)
    assert hub.open() == []
    assert "People closed" in done["propose"].summary
    sync(upstream(DEARER_STILL, CHANGED))
    assert [each["number"] for each in hub.open()] == [2]


def test_what_is_merged_between_the_two_jobs_makes_the_plan_stale(sync, hub, upstream, work):
    changed = upstream(DEARER, CHANGED)
    owner = "/studio/prices/info/refs"
    hub.before[f"GET {owner}"] = lambda: push_edit(work, "main", "title_ru: Acme Two", "title_ru: Вторая")
    done = sync(changed)
    assert done["propose"].result == "success"
    assert "moved meanwhile" in done["propose"].summary
    assert (hub.pulls, hub.head(BRANCH)) == ([], None)
    sync(changed)
    assert len(hub.open()) == 1


def test_after_a_merge_the_next_change_starts_from_the_new_main(sync, hub, upstream, proposed):
    hub.merge(1)
    sync(proposed)
    assert hub.open() == []
    sync(upstream(DEARER_STILL, CHANGED))
    (pull,) = hub.open()
    assert pull["number"] == 2
    assert git(hub.bare, "rev-parse", f"{BRANCH}^") == hub.head("main")


def test_a_refusing_guard_fails_the_job_and_says_what_to_do(sync, hub, upstream):
    done = sync(upstream(HALF, CHANGED))
    assert [each.result for each in done.values()] == ["failure", "skipped", "skipped"]
    assert "exit code 4" in done["prepare"].summary
    assert "refused by guard" in done["prepare"].summary
    assert "## Guards" in done["prepare"].summary
    assert (hub.pulls, beats(hub)) == ([], None)


def test_a_lifted_guard_lets_it_pass(sync, hub, upstream):
    done = sync(upstream(HALF, CHANGED), lift="all")
    assert done["propose"].result == "success"
    assert len(hub.open()) == 1


def test_an_upstream_that_is_down_fails_the_job_and_says_what_to_do(sync, hub, upstream):
    with running(upstream(DEARER, CHANGED)) as stand_in:
        stand_in.switch("http-404")
        done = sync(stand_in.url)
    assert [each.result for each in done.values()] == ["failure", "skipped", "skipped"]
    assert "exit code 5" in done["prepare"].summary
    assert (hub.pulls, beats(hub)) == ([], None)


@pytest.mark.parametrize(
    ("rights", "needed"),
    [
        ({"contents": "read", "pull-requests": "write"}, "contents: write"),
        ({"contents": "write", "pull-requests": "read"}, "pull-requests: write"),
    ],
)
def test_a_missing_right_is_named(sync, hub, upstream, runner, rights, needed):
    runner.rights = rights
    done = sync(upstream(DEARER, CHANGED))
    assert done["propose"].result == "failure"
    assert "exit code 2" in done["propose"].summary
    assert needed in done["propose"].summary
    assert beats(hub) is None


def test_what_a_missing_right_left_half_done_the_next_run_finishes(sync, hub, upstream, runner):
    runner.rights = {"contents": "write", "pull-requests": "read"}
    changed = upstream(DEARER, CHANGED)
    sync(changed)
    assert (hub.open(), hub.head(BRANCH) is None) == ([], False)
    runner.rights = None
    sync(changed)
    assert len(hub.open()) == 1


def test_a_repository_that_lets_no_workflow_open_pull_requests_is_told_where_to_allow_it(sync, hub, upstream):
    hub.may_create_pulls = False
    done = sync(upstream(DEARER, CHANGED))
    assert "Allow GitHub Actions to create and approve" in done["propose"].summary


def test_people_are_told_of_each_piece_of_news_once(sync, hub, upstream, runner, work):
    runner.secrets["KIE_CATALOG_NOTIFY"] = f"json://{hub.url.removeprefix('http://')}/chat"
    first = upstream(DEARER, CHANGED)
    assert sync(first)["notify"].result == "success"
    assert sync(first)["notify"].result == "skipped"
    (message,) = hub.told
    assert "acme/one 480p: 10 → 11" in message["message"]
    push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    more = upstream({**DEARER, "acme/new": {"480p": "5"}}, CHANGED)
    assert sync(more)["notify"].result == "success"
    assert sync(more)["notify"].result == "skipped"
    assert [each["message"].splitlines()[0].split()[1] for each in hub.told] == ["acme/one", "acme/new"]
    assert "acme/one" not in hub.told[1]["message"]


def test_a_chat_that_is_down_fails_nothing(sync, upstream, runner):
    runner.secrets["KIE_CATALOG_NOTIFY"] = "json://127.0.0.1:9/secret-place"
    done = sync(upstream(DEARER, CHANGED))
    assert done["notify"].result == "success"
    assert "could not be told" in done["notify"].log or "did not take" in done["notify"].log
    assert "secret-place" not in done["notify"].log
