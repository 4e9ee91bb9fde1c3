"""Credits and dollars, exact."""

from __future__ import annotations

import enum
import re
from decimal import Decimal
from typing import Final

CREDIT_USD: Final = Decimal("0.005")
"""What one credit costs in USD: 1000 credits are 5 dollars (KIE's documentation and its price rows)."""

TOLERANCE: Final = Decimal("0.02")
"""By how much a published USD price may miss its credits before it counts as wrong, as a share."""

_AMOUNT: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


def parse_amount(text: str) -> Decimal | None:
    """Read an amount as upstream types it: `" 0.850"`, `"0,325"`, `"170 "`; `None` for all else.

    One decimal separator only, so that a thousands separator can never turn 1,000 into 1; a comma counts
    as the decimal one only where it cannot be the other: with anything but three digits behind it, or a
    lone zero in front (`"0,325"` is in the feed).
    """
    stripped = text.strip()
    if not _AMOUNT.fullmatch(stripped):
        return None
    whole, comma, decimals = stripped.partition(",")
    if comma and len(decimals) == 3 and whole != "0":  # noqa: PLR2004 -- a group of thousands has three digits
        return None
    return Decimal(stripped.replace(",", "."))


def usd_of(credits: Decimal) -> Decimal:
    """The dollars that credits are worth."""
    return credits * CREDIT_USD


class Agreement(enum.Enum):
    """How a published USD price stands to its credits."""

    EXACT = "exact"
    ROUNDED = "rounded"
    """Off by less than one unit of its own last decimal: upstream rounds or cuts (`0.057` for `0.0575`)."""
    OFF = "off"
    """Off by more than rounding explains, within the tolerance."""
    WRONG = "wrong"
    """Off by more than the tolerance."""


def agreement(credits: Decimal, usd: Decimal) -> Agreement:
    """Compare a USD price with its credits."""
    worth = usd_of(credits)
    gap = abs(usd - worth)
    if gap == 0:
        return Agreement.EXACT
    exponent = usd.as_tuple().exponent
    last_decimal = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    if gap < last_decimal and gap <= worth * TOLERANCE:
        return Agreement.ROUNDED
    return Agreement.OFF if gap <= worth * TOLERANCE else Agreement.WRONG
