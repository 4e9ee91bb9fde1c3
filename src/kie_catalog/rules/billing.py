"""Billing: what KIE takes is what the catalog says (KC520)."""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.rules.subject import Hit, Subject


def prices_are_those_billed(subject: Subject) -> Iterator[Hit]:
    """KIE bills a mode as the catalog quotes it.

    Why: a quote that is too low sells below cost, one that is too high loses the sale. The feed may be late,
    the condition too wide, or a surcharge unknown. `kie-catalog stats --evidence` writes what was seen.

    Bad::

        # 12 of 12 generations were charged 27 credits
        - {id: 4k, unit: image, credits: 18}

    Good::

        - {id: 4k, unit: image, credits: 27}

    Cure: look at one of the generations in KIE's log, and correct the price or its condition; where upstream
    owns the price, wait for its row, or keep yours by a decision.
    """
    yield from subject.observed("billed-otherwise")
