"""What a job's summary says: what happened and, where it failed, what to do about it, by exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kie_catalog.automation.outcome import Outcome
from kie_catalog.reports.text import code

SUMMARY_LIMIT: Final = 900_000
"""Bytes; GitHub takes 1 MiB for one step."""

_WENT_WELL: Final[Mapping[str, tuple[str, str]]] = {
    "nothing": ("No change", "Upstream says what the catalog says. There is nothing to do."),
    "waiting": (
        "Nothing to write, but people are asked",
        "What waits for a decision, or is held back, is in the report below.",
    ),
    "pending": ("Changes are pending", "The next job proposes them in the rolling pull request."),
    "opened": ("A pull request was opened", "Review it: the report is its text."),
    "updated": ("The pull request was updated", "It now says what upstream says now. Review it."),
    "unchanged": (
        "The pull request is up to date",
        "It proposes this very plan already, and was left alone.",
    ),
    "kept": (
        "The pull request is stale",
        "Commits of people are on its branch, which a sync never overwrites. Merge it or take them off.",
    ),
    "closed": ("The pull request was closed", "Nothing is left to propose."),
    "declined": (
        "People closed a pull request with this plan",
        "It is not opened again. The next change makes another plan; to have this one back, reopen it.",
    ),
    "moved": (
        "The catalog moved meanwhile",
        "Something was merged after the plan was made. Nothing was written; the next run makes a new plan.",
    ),
    "verified": ("The branch is what its plan makes, plus edits of people", "Nothing else is on it."),
}

_LOOK_HERE: Final = frozenset({"waiting", "kept", "moved", "declined"})
_WHAT_TO_DO: Final[Mapping[int, tuple[str, str]]] = {
    1: (
        "A file of this repository is wrong",
        "Run `kie-catalog check` in a checkout, mend what it names, and push that. Nothing was written.",
    ),
    2: (
        "A setting, a right or the repository stands in the way",
        "The line above ends with what to do. Nothing was written that the next run does not find.",
    ),
    3: (
        "There is no catalog here",
        "Run `kie-catalog sync` once in a checkout and commit what it writes, or name its folder as `root`.",
    ),
    4: (
        "A guard refused, or the plan is stale",
        (
            "Look at the report below. If upstream is broken, do nothing: the next run asks again. If it is "
            "right, run this workflow by hand and name the guard as `lift`. If the plan is stale, run again."
        ),
    ),
    5: (
        "Upstream is unavailable or unusable",
        (
            "Do nothing at first: the next run asks again, and the catalog stays as it is. If it lasts for "
            "days, compare the addresses in `sync/sources.yaml` with those that KIE documents."
        ),
    ),
}
_UNKNOWN: Final = (
    "The run ended before it could say why",
    "Read the log of the failed step: it was stopped, ran out of time, or has a fault of its own.",
)


def summary_of(outcome: Outcome | None, report: str = "") -> str:
    """The summary of a job, as Markdown.

    Args:
        outcome: how it ended; `None` where it ended before it could say so.
        report: the report of the plan, where there is one.
    """
    parts = _said(outcome)
    if outcome is not None and outcome.url:
        parts.append(f"[Pull request {outcome.pull}](<{outcome.url}>)")
    if outcome is not None and outcome.title and outcome.word != "nothing":
        parts.append(f"{code(outcome.title)}, plan {code(outcome.digest[:19])}")
    if report:
        parts.append(f"---\n\n{_cut(report)}")
    return "\n\n".join(parts) + "\n"


def _said(outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return _headed("❌", *_UNKNOWN)
    if outcome.code == 0:
        heading, text = _WENT_WELL.get(outcome.word, (outcome.word, ""))
        mark = "⚠️" if outcome.word in _LOOK_HERE or outcome.message else "✅"
        return [*_headed(mark, heading, text), *_lines(outcome.message)]
    heading, text = _WHAT_TO_DO.get(outcome.code, _UNKNOWN)
    lines = _lines(outcome.message)
    return [f"## ❌ {heading} (exit code {outcome.code})", *lines, f"**What to do.** {text}"]


def _headed(mark: str, heading: str, text: str) -> list[str]:
    return [f"## {mark} {heading}", text]


def _lines(message: str) -> list[str]:
    """What was printed, each line as code: there may be words of upstream in it."""
    listed = "\n".join(f"- {code(line)}" for line in message.splitlines() if line.strip())
    return [listed] if listed else []


def _cut(report: str) -> str:
    raw = report.encode()
    if len(raw) <= SUMMARY_LIMIT:
        return report
    return (
        raw[:SUMMARY_LIMIT].decode(errors="ignore").rpartition("\n")[0] + "\n\nCut here; see the artifact.\n"
    )


def one_line(outcome: Outcome) -> str:
    """The same for a terminal."""
    heading, text = _WENT_WELL.get(outcome.word, (outcome.word, ""))
    where = f" ({outcome.url})" if outcome.url else ""
    return f"{heading}{where}. {text}"
