"""A check of one file: everything that is wrong with it at once, as its comments and the user leave it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from kie_catalog.catalog.comments import comments_of
from kie_catalog.catalog.legible import Legible, read_legible
from kie_catalog.catalog.tree import YamlDocument
from kie_catalog.domain.errors import NothingChecked, UsageError
from kie_catalog.domain.finding import Finding
from kie_catalog.domain.quiet import quiet
from kie_catalog.rules.folding import fold
from kie_catalog.rules.registry import RULES, check
from kie_catalog.rules.suppressions import Judged, is_named, judge
from kie_catalog.rules.wording import suggest

Judge: TypeAlias = Callable[[YamlDocument], Iterable[Finding]]
"""Finds everything in a document that the rules, and what is known beside the file, speak of."""

KNOWN: Final = frozenset(name for rule in RULES for name in (rule.code, rule.name))
"""Every code and every name that a finding of a catalog file can have."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which findings the user wants to hear of, by code, beginning of a code, or name."""

    select: tuple[str, ...] = ()
    """None means all."""
    ignore: tuple[str, ...] = ()

    def takes(self, finding: Finding) -> bool:
        """Whether a finding is to be told."""
        is_in = not self.select or is_named(finding, self.select)
        return is_in and not is_named(finding, self.ignore)

    def require_known(self, known: Collection[str] = KNOWN) -> None:
        """Refuse what no rule is called.

        Raises:
            UsageError: naming the nearest rule.
        """
        for option, names in (("--select", self.select), ("--ignore", self.ignore)):
            for name in names:
                if not any(each == name or (name[:2] == "KC" and each.startswith(name)) for each in known):
                    cure = suggest(name, known).removeprefix("; ") or "kie-catalog rules lists them"
                    raise UsageError(option, f"no rule is called {name!r}", cure)


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what was found in it."""

    path: str
    """As the user named it."""
    text: str
    document: YamlDocument | None
    """The file, if all of it could be read."""
    findings: tuple[Finding, ...]
    """By place, follow-ups folded."""
    suppressed: tuple[tuple[Finding, str], ...] = ()
    """What comments of the file accept, with the reason."""


def rules_alone(document: YamlDocument) -> tuple[Finding, ...]:
    """What the rules find in a file without looking at anything beside it."""
    return check(document)


def check_file(
    file: Path, shown: str, *, today: str, judged: Judge = rules_alone, choice: Choice | None = None
) -> Checked:
    """Check a file.

    Args:
        file: what to read.
        shown: its name in findings.
        today: the day as 'YYYY-MM-DD', on which suppressions may have ended.
        judged: finds what is wrong with a document.
        choice: which findings to tell.

    Raises:
        NothingChecked: there is no such file.
        UsageError: it cannot be read.
    """
    try:
        raw = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NothingChecked(shown) from None
    except OSError as error:
        raise UsageError(shown, f"cannot be read ({error.strerror})", "name a readable file") from error
    return check_bytes(raw, shown, today=today, judged=judged, choice=choice)


@quiet()
def check_bytes(
    raw: bytes, shown: str, *, today: str, judged: Judge = rules_alone, choice: Choice | None = None
) -> Checked:
    """Check the content of a file; see `check_file`."""
    legible = read_legible(raw, shown)
    outcome = _outcome(legible, judged, today)
    takes = (choice or Choice()).takes
    told = sorted(filter(takes, outcome.findings), key=lambda each: each.order)
    whole = None if legible.faults else legible.document
    accepted = tuple((each, reason) for each, reason in outcome.suppressed if takes(each))
    return Checked(shown, legible.text, whole, fold(told), accepted)


def _outcome(legible: Legible, judged: Judge, today: str) -> Judged:
    if legible.document is None:
        return Judged(legible.faults, ())
    found = [*judged(legible.document)]
    if legible.faults:  # pointers into what is left of the file lead elsewhere in the file itself
        found = [replace(each, fix=None) for each in found]
    findings = [*legible.faults, *found]
    known = KNOWN | {each.code for each in findings} | {each.name for each in findings}
    return judge(findings, comments_of(legible.document), today=today, known=known)
