"""Suppressions: comments that accept findings have a reason, a use, and an end that is kept (KC901 to KC904).

`suppressions` reads the comments; here what can be wrong with them is documented.
"""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def suppressions_are_used(subject: Subject) -> Iterator[Hit]:
    """A comment that accepts findings has some to accept.

    Why: one that is left over accepts the next fault of its kind before anybody has seen it.

    Bad::

        # kie-catalog: ignore KC202 because upstream does not charge
        credits: 4

    Good::

        credits: 4

    Cure: remove the comment.
    """
    yield from subject.observed("unused-suppression")


def suppressions_have_not_ended(subject: Subject) -> Iterator[Hit]:
    """A comment that accepts findings is not past its day.

    Why: it was to be looked at again, and from that day on accepts nothing.

    Bad::

        # today is 2026-08-22
        # kie-catalog: ignore KC202 until 2026-08-01 because upstream is still filling its table

    Good::

        # kie-catalog: ignore KC202 until 2026-12-01 because upstream is still filling its table

    Cure: decide anew, and write the new day; or remove the comment.
    """
    yield from subject.observed("expired-suppression")


def suppressions_have_a_reason(subject: Subject) -> Iterator[Hit]:
    """A comment that accepts findings says why.

    Why: without a reason nobody dares to remove it; it accepts nothing until it has one.

    Bad::

        # kie-catalog: ignore KC202

    Good::

        # kie-catalog: ignore KC202 because upstream does not charge for it

    Cure: add `because …`.
    """
    yield from subject.observed("suppression-without-reason")


def suppressions_can_be_read(subject: Subject) -> Iterator[Hit]:
    """A comment that means to accept findings can be read, and names real rules.

    Why: one with a slip of the pen accepts nothing, and its author believes that it does.

    Bad::

        # kie-catalog: ignore zero-prize because upstream does not charge for it

    Good::

        # kie-catalog: ignore zero-price because upstream does not charge for it

    Cure: write `ignore CODE until YYYY-MM-DD because …`, the date only if it is to end.
    """
    yield from subject.observed("malformed-suppression")
