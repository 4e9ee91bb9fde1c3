"""Suppressions: comments in a file that accept its findings, with a reason and, if need be, an end (KC90x).

    # kie-catalog: ignore KC209 until 2026-12-31 because upstream lists the price twice
    # kie-catalog: ignore-file KC206, zero-price because prices in USD are not published here

Behind content, a comment accepts findings of its line. In a line of its own it accepts those of the part
that begins in the next line of content: a model, a mode, a field. `ignore-file` accepts those of the whole
file. Codes, their beginnings (`KC2`) and names are understood. One without a reason, one that has ended and
one that cannot be read accept nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.rules.wording import clip, suggest

MARK: Final = "kie-catalog: ignore"
"""What a comment that accepts something begins with."""
UNUSED: Final = ("KC901", "unused-suppression")
EXPIRED: Final = ("KC902", "expired-suppression")
REASONLESS: Final = ("KC903", "suppression-without-reason")
MALFORMED: Final = ("KC904", "malformed-suppression")
LOAD: Final = "KC0"
"""Codes of what makes a file unreadable, which no comment in it can accept."""

_FORM: Final = (
    r"#\s*kie-catalog:\s*ignore(?P<whole>-file)?\s+(?P<codes>[\w-]+(?:\s*,\s*[\w-]+)*)"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+because\b\s*(?P<reason>.*))?\s*\Z"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that begins with `MARK`, and the lines it is about."""

    where: Where
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that was understood."""

    comment: Comment
    codes: tuple[str, ...]
    is_for_file: bool
    until: str | None
    reason: str

    def is_over(self, today: str) -> bool:
        """Whether its last day has gone by."""
        return self.until is not None and self.until < today

    def covers(self, finding: Finding) -> bool:
        """Whether it accepts a finding; one in another file only if it is for the whole of its own."""
        where = finding.where
        is_below = self.comment.first <= where.line <= self.comment.last
        is_here = self.is_for_file or (is_below and where.path == self.comment.where.path)
        return is_here and not finding.code.startswith(LOAD) and is_named(finding, self.codes)


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings as the comments of their file leave them."""

    findings: tuple[Finding, ...]
    """Those that nothing accepts, and those about the comments themselves."""
    suppressed: tuple[tuple[Finding, str], ...]
    """Those that a comment accepts, each with its reason."""


def is_named(finding: Finding, names: Collection[str]) -> bool:
    """Whether a finding's code, the beginning of its code, or its name is among some."""
    return any(finding.name == name or (name and finding.code.startswith(name)) for name in names)


def judge(
    findings: Sequence[Finding], comments: Sequence[Comment], *, today: str, known: Collection[str]
) -> Judged:
    """Take out what comments accept, and add what is wrong with the comments.

    Args:
        findings: of one file.
        comments: of the same file.
        today: the day as 'YYYY-MM-DD'; an expiry date is the last day on which a comment counts.
        known: all codes and names that rules have.
    """
    if not comments:
        return Judged(tuple(findings), ())
    told: list[Finding] = []
    active: list[Suppression] = []
    for comment in comments:
        read = _read(comment, known)
        if isinstance(read, Finding):
            told.append(read)
        elif read.is_over(today):
            told.append(_finding(EXPIRED, comment, f"this ended on {read.until}; decide anew, or remove it"))
        else:
            active.append(read)
    suppressed = [(each, by) for each in findings if (by := _first(active, each)) is not None]
    used = {id(by) for _, by in suppressed}
    gone = {id(each) for each, _ in suppressed}
    told += [
        _finding(UNUSED, each.comment, f"nothing here is {' or '.join(each.codes)} any more; remove it")
        for each in active
        if id(each) not in used
    ]
    left = [each for each in findings if id(each) not in gone]
    return Judged((*left, *told), tuple((each, by.reason) for each, by in suppressed))


def ends_of(comments: Sequence[Comment], today: str) -> str:
    """The first day from now on after which a comment accepts nothing any more; empty if there is none."""
    found = (re.match(_FORM, " ".join(each.text.split())) for each in comments)
    ends = [each["until"] for each in found if each and each["until"] and each["until"] >= today]
    return min(ends, default="")


def _first(active: Sequence[Suppression], finding: Finding) -> Suppression | None:
    """The narrowest comment that accepts a finding."""
    covering = [each for each in active if each.covers(finding)]
    return min(covering, key=lambda each: each.comment.last - each.comment.first, default=None)


def _read(comment: Comment, known: Collection[str]) -> Suppression | Finding:
    found = re.match(_FORM, " ".join(comment.text.split()))
    if found is None:
        cure = "write `ignore CODE until YYYY-MM-DD because …`, the date only if it is to end"
        return _finding(MALFORMED, comment, f"'{clip(comment.text)}' cannot be read; {cure}")
    codes = tuple(code.strip() for code in found["codes"].split(","))
    until = found["until"]
    for code in codes:
        if not any(each.startswith(code) if code.startswith("KC") else each == code for each in known):
            cure = suggest(code, known) or "; kie-catalog rules lists them"
            return _finding(MALFORMED, comment, f"no rule is called '{clip(code)}'{cure}")
    if until is not None and not _is_date(until):
        return _finding(MALFORMED, comment, f"'{clip(until)}' is no day; write it as YYYY-MM-DD")
    reason = (found["reason"] or "").strip()
    if not reason:
        return _finding(REASONLESS, comment, "this has no reason and accepts nothing; add `because …`")
    return Suppression(comment, codes, found["whole"] is not None, until, reason)


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _finding(rule: tuple[str, str], comment: Comment, message: str) -> Finding:
    code, name = rule
    return Finding(code, name, Severity.WARNING, comment.where, message, about=clip(comment.text))
