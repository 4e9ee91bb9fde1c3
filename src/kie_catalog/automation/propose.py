"""One rolling pull request: opened, updated, left alone, told stale or closed; no commit of people is lost.

The whole is safe to run twice, and twice at once. A commit is a function of its content, a push goes
through only where the branch is still what was looked at, and who loses a race looks again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kie_catalog.automation import keeping
from kie_catalog.automation.bundle import idle_word, is_worth_proposing
from kie_catalog.automation.comments import say
from kie_catalog.automation.commits import commit, of_people, seconds_of
from kie_catalog.automation.git import Git, PushLost
from kie_catalog.automation.github import Forbidden, GitHub, Pull, Refused
from kie_catalog.automation.notices import notices_of
from kie_catalog.automation.outcome import Outcome
from kie_catalog.automation.proposal import (
    COUNTS_ONLY,
    LABELS,
    body_of,
    digest_in,
    fresh_again,
    labels_of,
    message_of,
    nothing_left,
    stale,
    title_of,
)
from kie_catalog.catalog.apply import WHOLE, files_of, require_fresh
from kie_catalog.catalog.revision import workspace_before
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.errors import StalePlan, UsageError
from kie_catalog.domain.plan import Plan
from kie_catalog.reports.text import count

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where a proposal goes."""

    git: Git
    hub: GitHub
    root: Path
    """The workspace's folder in the clone."""
    base: str
    """The branch that the pull request is against."""
    branch: str
    web: str = ""
    """Where people read the files of the repository; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the remote had when we looked."""

    base: str
    tip: str | None
    pull: Pull | None
    people: tuple[str, ...]
    """Commits on the branch that no sync made."""
    files: Mapping[str, bytes | None]
    """What the plan makes different, by path in the repository; empty where nothing is worth proposing."""
    report: str


def propose(plan: Plan, target: Target) -> Outcome:
    """Bring the pull request to what the plan says.

    Raises:
        GitFailed: the remote can't be read or written.
        GitHubFailed: the same of GitHub's API; `Forbidden` names the right that is missing.
        UsageError: the branch is of people, and there is no pull request to say so on.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _once(plan, target)
        except StalePlan:
            return _outcome("moved", plan)
        except (PushLost, Refused):
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError  # pragma: no cover -- the last attempt returns or raises


def _once(plan: Plan, target: Target) -> Outcome:
    seen = _look(plan, target)
    if not seen.files:
        return _nothing(plan, seen, target)
    if seen.pull is not None and _is_proposed(plan, seen.pull, seen, target):
        return _outcome("unchanged", plan, seen.pull)
    if seen.people:
        return _kept(plan, seen, target)
    if seen.pull is None and _was_declined(plan, target):
        return _outcome("declined", plan)
    return _propose(plan, seen, target)


def _is_proposed(plan: Plan, pull: Pull, seen: _Seen, target: Target) -> bool:
    """Whether a pull request proposes this very plan, and the plan lies where `ci verify` looks for it."""
    if digest_in(pull.body) != plan.digest:
        return False
    kept = keeping.kept_plan(target.git)
    return bool(seen.people) or (kept is not None and kept.digest == plan.digest)


def _look(plan: Plan, target: Target) -> _Seen:
    base = target.git.fetch(f"refs/heads/{target.base}", deep=True)
    if base is None:
        raise UsageError(target.base, "is no branch of the remote", "name the branch with --base")
    tip = target.git.fetch(f"refs/heads/{target.branch}", deep=True)
    people = of_people(target.git, base, tip) if tip else ()
    with workspace_before(Workspace(target.root), base) as earlier:
        require_fresh(plan, earlier)
        files, report = _made(plan, earlier, target) if is_worth_proposing(plan, earlier) else ({}, "")
    pull = target.hub.pull_of(target.branch, target.base)
    return _Seen(base, tip, pull, tuple(people), files, report)


def _made(plan: Plan, earlier: Workspace, target: Target) -> tuple[dict[str, bytes | None], str]:
    """What differs, by path in the repository, and the report."""
    made, prefix = files_of(plan, earlier), target.git.prefix()
    places = {path: prefix + path.relative_to(earlier.root).as_posix() for path in made.contents}
    files = {
        places[path]: content
        for path, content in made.contents.items()
        if content != (path.read_bytes() if path.exists() else None)
    }
    if made.report is None or not target.web:
        return files, made.said.text
    # The stored report names the whole one by its place beside it; in a pull request that leads nowhere.
    beside = f"{WHOLE}/{made.report.name}"
    folder = places[made.report].rpartition("/")[0]
    return files, made.said.linked(f"{target.web}/blob/{target.branch}/{folder}/{beside}")


def _was_declined(plan: Plan, target: Target) -> bool:
    """Whether people closed a pull request with this very plan: they have seen it, and said no."""
    last = target.hub.last_closed(target.branch, target.base)
    return last is not None and not last.is_merged and digest_in(last.body) == plan.digest


def _propose(plan: Plan, seen: _Seen, target: Target) -> Outcome:
    git, ref = target.git, f"refs/heads/{target.branch}"
    seconds = seconds_of(git, seen.base)
    made = commit(git, seen.files, message_of(plan), parent=seen.base, seconds=seconds)
    told = _told(git)
    git.push(made, ref, seen=seen.tip, beside={keeping.REF: keeping.commit_of(git, plan, seconds=seconds)})
    report = seen.report if plan.is_effective else COUNTS_ONLY + seen.report
    title, body = title_of(plan), body_of(report, plan.digest)
    if seen.pull is None:
        pull, word = target.hub.open_pull(target.branch, target.base, title, body), "opened"
    else:
        pull, word = target.hub.edit_pull(seen.pull.number, title=title, body=body), "updated"
        say(target.hub, pull.number, fresh_again(plan.digest), only_if_there=True)
    outcome = _outcome(word, plan, pull, _label(target.hub, pull, plan))
    return replace(outcome, is_news=_has_news(plan, told), told=told)


def _told(git: Git) -> tuple[str, ...]:
    """The news of the plan before this one: people know them."""
    before = keeping.kept_plan(git)
    return tuple(each.key for each in notices_of(before)) if before else ()


def _has_news(plan: Plan, told: Collection[str]) -> bool:
    return any(each.key not in told for each in notices_of(plan))


def _label(hub: GitHub, pull: Pull, plan: Plan) -> str:
    """Put the labels on; what they say is in the report as well, so a run does not fail over them."""
    wanted = labels_of(plan)
    add = [name for name in wanted if name not in pull.labels]
    remove = [name for name in pull.labels if name in LABELS and name not in wanted]
    try:
        hub.label(pull.number, add, remove)
    except (Forbidden, Refused) as error:
        return f"the labels could not be set: {error}"
    return ""


def _kept(plan: Plan, seen: _Seen, target: Target, *, is_empty: bool = False) -> Outcome:
    """Leave a branch of people alone, and say so where they read it."""
    if seen.pull is None:
        fact = f"has {count(len(seen.people), 'commit')} of people and no pull request"
        cure = "open one, or rename or delete the branch; a sync never overwrites them"
        raise UsageError(f"branch {target.branch}", fact, cure)
    is_first = say(target.hub, seen.pull.number, stale(plan.digest, is_empty=is_empty))
    told = _told(target.git)
    outcome = _outcome("kept", plan, seen.pull)
    return replace(outcome, is_news=is_first and _has_news(plan, told), told=told)


def _nothing(plan: Plan, seen: _Seen, target: Target) -> Outcome:
    if seen.pull is None:
        return _outcome(idle_word(plan), plan)
    if seen.people:
        return _kept(plan, seen, target, is_empty=True)
    say(target.hub, seen.pull.number, nothing_left())
    # Without its mark the same plan may be proposed again: it was not people who closed this one.
    body = body_of(seen.pull.body.partition("\n")[2], None)
    pull = target.hub.edit_pull(seen.pull.number, state="closed", body=body)
    if seen.tip:
        target.git.push(None, f"refs/heads/{target.branch}", seen=seen.tip)
    return _outcome("closed", plan, pull)


def _outcome(word: str, plan: Plan, pull: Pull | None = None, message: str = "") -> Outcome:
    number, url = (pull.number, pull.url) if pull else (0, "")
    return Outcome(0, word, message, plan.digest, title_of(plan), labels_of(plan), number, url)
