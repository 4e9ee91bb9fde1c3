"""Dates: the catalog and its evidence are of our days (KC517 to KC519)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from kie_catalog.rules.subject import Hit, Subject

OLD: Final = 30
"""After so many days upstream has most likely moved: it renames and reprices every week."""


def evidence_is_fresh(subject: Subject) -> Iterator[Hit]:
    """The newest recording is not older than thirty days.

    Why: upstream reprices without notice, between two weeks of August 2026 it changed 47 rows. What was
    true a month ago says little of what is charged today.

    Bad::

        # sync/base.json was accepted on 2026-06-01, today is 2026-08-22

    Good::

        # sync/base.json was accepted on 2026-08-20, today is 2026-08-22

    Cure: run `kie-catalog sync`, or record anew with `kie-catalog record`.
    """
    evidence = subject.evidence
    newest = evidence.recorded[0] if evidence.recorded else None
    age = _days(newest.taken_at, evidence.today) if newest else None
    if newest and age is not None and age > OLD:
        yield Hit(
            (), f"upstream was read {age} days ago, on {newest.taken_at} ({newest.place}); sync", about="age"
        )


def last_update_is_true(subject: Subject) -> Iterator[Hit]:
    """`last_updated` is not far behind what is known of upstream.

    Why: bots show the date to people as the age of the prices. Where evidence is newer by more than thirty
    days, the prices were not looked at since, or the date was not.

    Bad::

        # upstream was recorded on 2026-08-22
        last_updated: '2025-12-21'

    Good::

        last_updated: '2026-08-22'

    Cure: sync; who edits by hand writes the day of the edit.
    """
    updated = subject.root.text("last_updated") if subject.root else None
    known = subject.evidence.recorded[0].taken_at if subject.evidence.recorded else None
    behind = _days(updated, known)
    if subject.root and behind is not None and behind > OLD:
        message = (
            f"`last_updated` is {updated}, {behind} days behind what is known of upstream ({known}); sync"
        )
        yield subject.root.hit(message, "last_updated")


def last_update_is_past(subject: Subject) -> Iterator[Hit]:
    """`last_updated` is not a day to come.

    Why: a catalog of tomorrow looks fresh for longer than it is.

    Bad::

        # today is 2026-08-22
        last_updated: '2062-08-22'

    Good::

        last_updated: '2026-08-22'

    Cure: write the day of the last change.
    """
    updated, today = subject.root.text("last_updated") if subject.root else None, subject.evidence.today
    ahead = _days(today, updated)
    # A day of grace: somewhere it is tomorrow already.
    if subject.root and ahead is not None and ahead > 1:
        yield subject.root.hit(
            f"`last_updated` is {updated}, and today is {today}; correct it", "last_updated"
        )


def _days(before: str | None, after: str | None) -> int | None:
    """How many days lie between two dates; a month counts as its last possible day, so as the youngest."""
    one, other = _day(before), _day(after)
    return (other - one).days if one and other else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(f"{text}-28" if text and text.count("-") == 1 else f"{text}")
    except ValueError:
        return None
