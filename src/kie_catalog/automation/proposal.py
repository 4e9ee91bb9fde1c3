"""The words of a proposal: its title, labels and body, and the mark by which a later run knows its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from kie_catalog.automation.comments import MAX_BODY, Note
from kie_catalog.automation.git import TRAILER
from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    Corrected,
    Lost,
    ModeLost,
    Removed,
    RenameAsked,
    Repriced,
    Retired,
    SchemaChanged,
    Withheld,
)
from kie_catalog.domain.plan import Plan
from kie_catalog.reports.verdict import verdict

LABEL: Final = "catalog-sync"
MAX_TITLE: Final = 120

UNCHANGED: Final = "no change to the catalog"
COUNTS_ONLY: Final = (
    "Nothing changes for readers. This notes how often something was missing upstream by now, without which "
    "nothing would ever be given up.\n\n"
)

_MARK: Final = re.compile(r"<!-- kie-catalog plan=(\S+) -->\r?(?:\n|$)")
_NONE: Final = "none"

_CLASSES: Final[Mapping[str, Callable[[Change], bool]]] = {
    "decision-needed": lambda change: isinstance(change, Conflicted | RenameAsked),
    "price-up": lambda change: isinstance(change, Repriced) and (change.share or 0) > 0,
    "price-down": lambda change: isinstance(change, Repriced) and (change.share or 0) < 0,
    "price-corrected": lambda change: isinstance(change, Corrected),
    "new-model": lambda change: isinstance(change, Added),
    "model-gone": lambda change: isinstance(change, Lost | ModeLost | Retired | Removed),
    "breaking-input": lambda change: isinstance(change, SchemaChanged) and change.compatibility == "breaking",
    "withheld": lambda change: isinstance(change, Withheld),
}
LABELS: Final = frozenset({LABEL, *_CLASSES})
"""All labels of ours; others on a pull request are of people, and stay."""


def title_of(plan: Plan) -> str:
    """The title of a pull request: the day and the verdict, cut between two of its parts."""
    said = f"Catalog sync {plan.taken_at}: {_lower(verdict(plan)) if plan.changes else UNCHANGED}"
    if len(said) <= MAX_TITLE:
        return said
    return f"{said[: MAX_TITLE - 10].rpartition(', ')[0]} and more"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def labels_of(plan: Plan) -> tuple[str, ...]:
    """The classes of a plan's changes, as labels."""
    return (LABEL, *(name for name, fits in _CLASSES.items() if any(map(fits, plan.changes))))


def message_of(plan: Plan) -> str:
    """The message of the commit, with the mark that makes it ours."""
    return f"{title_of(plan)}\n\n{TRAILER}: {plan.digest}\n"


def body_of(report: str, digest: str | None) -> str:
    """The body of a pull request: our mark on its first line, then the report.

    Args:
        report: Markdown.
        digest: of the plan; `None` for a pull request that proposes nothing any more.
    """
    mark = f"<!-- kie-catalog plan={digest or _NONE} -->\n"
    if len(mark) + len(report) <= MAX_BODY:
        return mark + report
    note = "\n\nThe report was cut here; the whole is among the files of this branch.\n"
    kept = report[: MAX_BODY - len(mark) - len(note)]
    return mark + kept.rpartition("\n")[0] + note


def digest_in(body: str) -> str | None:
    """The plan that a pull request proposes, by our mark on its first line and nowhere else."""
    found = _MARK.match(body)
    return found.group(1) if found and found.group(1) != _NONE else None


def stale(digest: str, *, is_empty: bool) -> Note:
    """What to say where a plan moved on and the branch may not be rewritten."""
    now = (
        "Upstream and the catalog agree by now: a sync would change nothing any more."
        if is_empty
        else f"Upstream moved on: a sync would now make plan `{digest[:19]}`."
    )
    text = (
        "**This pull request is stale.** "
        f"{now} There are commits of people on this branch, which a sync never overwrites.\n\n"
        "Merge it, and the next sync proposes what is left. Or take those commits off the branch, or delete "
        "the branch, and the next sync proposes everything anew.\n"
    )
    return Note("stale", digest, text)


def fresh_again(digest: str) -> Note:
    """What a note about staleness turns into, once the branch could be written again."""
    return Note("stale", digest, f"No longer stale: this pull request is plan `{digest[:19]}` again.\n")


def nothing_left() -> Note:
    """What to say on closing."""
    text = (
        "Closed: nothing is left to propose. Upstream and the catalog agree again, or what was proposed here "
        "has reached the branch on another way.\n"
    )
    return Note("closed", _NONE, text)
