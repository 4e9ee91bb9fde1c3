"""The rolling pull request under races: whoever loses one looks again, and no commit of people is lost."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.automation.actions import surroundings
from kie_catalog.automation.comments import MAX_BODY, Note, note_in
from kie_catalog.automation.git import BRANCH, PushLost, clone_at
from kie_catalog.automation.github import GitHubFailed, github
from kie_catalog.automation.proposal import MAX_TITLE, body_of, digest_in, title_of
from kie_catalog.automation.propose import Target, propose
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.recordings import read_recording
from tests.automation.conftest import DEARER, PRICES, commit_all, push_edit
from tests.automation.hub import REPOSITORY, git

DEARER_STILL = {**PRICES, "acme/one": {"480p": "12", "720p": "20"}}
WRITE = {"contents": "write", "pull-requests": "write"}
PUSH = f"POST /{REPOSITORY}/git-receive-pack"


@pytest.fixture
def run(hub, tmp_path, upstream):
    """Propose what an upstream says, from a clone of its own, as a job would; the outcome's word."""
    plans = {}

    def go(prices, name="clone", day="2026-08-22"):
        folder = tmp_path / name
        if not folder.exists():
            git(tmp_path, "clone", "--quiet", str(hub.bare), str(folder))
            git(folder, "remote", "set-url", "origin", f"{hub.url}/{REPOSITORY}")
        if name not in plans:
            where = read_recording(upstream(prices, day))
            plans[name] = plan_sync(where, Workspace(folder))
        environment = {
            **os.environ,
            "GITHUB_API_URL": f"{hub.url}/api",
            "GITHUB_SERVER_URL": hub.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": hub.token(WRITE),
        }
        here = surroundings(environment)
        with github(here) as found:
            target = Target(clone_at(folder, here, environment), found, folder, "main", BRANCH)
            return propose(plans[name], target).word

    return go


def test_two_runs_at_once_leave_one_pull_request_with_one_commit(run, hub):
    run_once = [lambda name=name: run(DEARER, name) for name in ("one", "other")]
    with ThreadPoolExecutor(2) as pool:
        words = [each.result() for each in [pool.submit(each) for each in run_once]]
    assert "opened" in words
    assert set(words) <= {"opened", "updated", "unchanged"}
    assert len(hub.pulls) == 1
    assert git(hub.bare, "rev-list", "--count", f"main..{BRANCH}") == "1"


def test_the_same_plan_is_the_same_commit_whoever_makes_it(run, hub):
    run(DEARER, "one")
    first = hub.head(BRANCH)
    hub.pulls.clear()
    git(hub.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
    run(DEARER, "other")
    assert hub.head(BRANCH) == first


def test_a_pull_request_that_another_run_opens_meanwhile_is_found(run, hub):
    run(DEARER)
    pull = hub.pulls.pop()
    hub.before["POST pulls"] = lambda: hub.pulls.append(pull)
    assert run(DEARER) == "unchanged"
    assert len(hub.pulls) == 1


def test_a_commit_that_people_push_between_look_and_push_stays(run, hub, work):
    run(DEARER, "one")
    pushed = []
    hub.before[PUSH] = lambda: pushed.append(
        push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    )
    assert run(DEARER_STILL, "other") == "kept"
    assert hub.head(BRANCH) == pushed[0]
    assert "stale" in hub.comments[0]["body"]


def test_a_branch_that_moves_each_time_is_given_up_without_a_push(run, hub, work):
    run(DEARER, "one")
    ours = hub.head(BRANCH)
    other = git(work, "rev-parse", "HEAD")

    def move():
        at = hub.head(BRANCH)
        git(hub.bare, "update-ref", f"refs/heads/{BRANCH}", other if at == ours else ours)
        hub.before[PUSH] = move

    hub.before[PUSH] = move
    with pytest.raises(PushLost):
        run(DEARER_STILL, "other")


def test_a_branch_of_people_without_a_pull_request_is_refused_by_name(run, hub, work):
    git(work, "checkout", "--quiet", "-b", "mine")
    (work / "note.md").write_text("ours\n")
    sha = commit_all(work, "Ours")
    git(work, "push", "--quiet", "origin", f"mine:refs/heads/{BRANCH}")
    with pytest.raises(UsageError, match="1 commit of people"):
        run(DEARER)
    assert (hub.head(BRANCH), hub.pulls) == (sha, [])


def test_what_people_merged_into_the_branch_from_main_is_theirs(run, work):
    """The button `Update branch` makes a commit of people: it may hold the settling of a conflict."""
    run(DEARER, "one")
    push_edit(work, "main", "title_ru: Acme Two", "title_ru: Вторая")
    git(work, "fetch", "--quiet", "origin")
    git(work, "checkout", "--quiet", "--detach", f"origin/{BRANCH}")
    git(work, "merge", "--quiet", "--no-edit", "origin/main")
    git(work, "push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")
    assert run(DEARER_STILL, "other") == "kept"


def test_counts_of_what_is_missing_are_proposed_until_it_is_given_up(run, hub):
    fewer = {name: modes for name, modes in PRICES.items() if name != "acme/seven"}
    titles = []
    for day in ("2026-08-22", "2026-08-23", "2026-08-24"):
        assert run(fewer, day, day) == "opened"
        titles.append(hub.open()[0]["title"])
        hub.merge(len(hub.pulls))
    assert run(fewer, "last", "2026-08-25") == "nothing"
    assert "1 model missing" in titles[0]
    assert titles[1].endswith("no change to the catalog")
    assert "Nothing changes for readers" in hub.pulls[1]["body"]
    assert hub.pulls[1]["labels"] == [{"name": "catalog-sync"}]
    assert "status: retired" in git(hub.bare, "show", "main:catalog/models_pricing.yaml")


def test_a_plan_that_was_lost_on_the_remote_is_put_there_again(run, hub):
    run(DEARER)
    tip = hub.head(BRANCH)
    git(hub.bare, "update-ref", "-d", "refs/kie-catalog/plan")
    assert run(DEARER) == "updated"
    assert git(hub.bare, "for-each-ref", "refs/kie-catalog/plan")
    assert (hub.head(BRANCH), run(DEARER)) == (tip, "unchanged")


def test_no_text_of_what_holds_a_token_shows_it(tmp_path):
    here = surroundings({"GITHUB_TOKEN": "ghs_secret", "GITHUB_REPOSITORY": REPOSITORY})
    clone = clone_at(tmp_path, here)
    assert clone.environment["GIT_CONFIG_VALUE_1"].startswith("AUTHORIZATION: basic ")
    assert "ghs_secret" not in repr(here) + repr(clone)
    assert "AUTHORIZATION" not in repr(clone)


def test_a_token_that_a_checkout_left_in_the_clone_does_not_stand_in_the_way(run, hub, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(hub.bare), str(clone))
    git(clone, "remote", "set-url", "origin", f"{hub.url}/{REPOSITORY}")
    git(clone, "config", f"http.{hub.url}/.extraheader", "AUTHORIZATION: basic b2xkOm9sZA==")
    assert run(DEARER) == "opened"


def test_a_comment_of_an_outsider_with_our_mark_is_neither_believed_nor_edited(run, hub, work):
    run(DEARER, "one")
    outsider = {"issue": 1, "user": {"type": "User"}, "author_association": "NONE"}
    mark = "<!-- kie-catalog comment=stale about=x -->\nAll is well.\n"
    hub.comments += [{**outsider, "id": number, "body": mark} for number in range(1, 151)]
    push_edit(work, BRANCH, "title_ru: Acme Two", "title_ru: Вторая")
    for _ in range(2):
        assert run(DEARER_STILL, "other") == "kept"
    assert {each["body"] for each in hub.comments[:150]} == {mark}
    (own,) = hub.comments[150:]
    assert "This pull request is stale" in own["body"]


def test_an_api_that_is_down_costs_the_run_and_the_next_one_goes_on(run, hub):
    may, hub.may_create_pulls = hub.may_create_pulls, False
    with pytest.raises(GitHubFailed):
        run(DEARER)
    hub.may_create_pulls = may
    assert run(DEARER) == "opened"


@given(st.text(max_size=200), st.sampled_from(["sha256:ab", None]))
def test_the_mark_is_read_back_whatever_the_report_says(report, digest):
    assert digest_in(body_of(report, digest)) == digest


@given(st.text(max_size=50))
def test_no_text_but_a_mark_on_the_first_line_is_one(text):
    body = f"x{text}\n<!-- kie-catalog plan=sha256:ab -->\n"
    assert digest_in(body) is None
    assert note_in(body) is None


def test_what_github_would_not_take_is_cut_and_says_so():
    body = body_of("a line\n" * 20_000, "sha256:ab")
    assert len(body) <= MAX_BODY
    assert body.endswith("files of this branch.\n")
    assert len(Note("check", "a", "b" * 100_000).body) <= MAX_BODY


def test_a_title_is_short_and_whole(recordings, tmp_path):
    plan = plan_sync(read_recording(recordings[-1]), Workspace(tmp_path))
    title = title_of(plan)
    assert len(title) <= MAX_TITLE
    assert not title.rstrip("0123456789").endswith(",")
