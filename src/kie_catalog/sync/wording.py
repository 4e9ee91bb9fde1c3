"""Values in a few plain words, for evidence that is kept as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from kie_catalog.domain.change import Version
from kie_catalog.domain.values import ABSENT, Absence, canonical, plain_number
from kie_catalog.sync.reconcile import same

_LONGEST: Final = 60


def said(value: Version) -> str:
    """A value as a line of evidence has it."""
    if isinstance(value, Absence):
        return "nothing"
    if isinstance(value, Decimal):
        return plain_number(value)
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def decimals_of(amount: Decimal) -> int:
    """How many decimals an amount has, trailing zeros aside."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def moved_lines(before: Mapping[str, Version], after: Mapping[str, Version]) -> Iterator[str]:
    """What differs between two versions of some fields: `credits: 10 is now 15`."""
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name, ABSENT), after.get(name, ABSENT)
        if not same(one, other):
            yield f"{name}: {said(one)} is now {said(other)}"
