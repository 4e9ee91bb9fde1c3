"""Asking upstream: what may be said about one reply, and how often the same is asked again.

SourceError
└── Unusable           this reply can't be used, and asking again would not help
    ├── Passing        ... but it may pass: asked again, with patience
    └── NotOffered     there is nothing to ask for, and the fact alone says why
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from kie_catalog.domain.errors import SourceError

LATER: Final = "try again later"
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(eq=False)
class Unusable(SourceError):
    """A reply of upstream that can't be used."""

    cure: str = LATER


@dataclass(eq=False)
class Passing(Unusable):
    """A failure that may pass by itself: the network, a timeout, a busy or broken server."""

    retry_after: str | None = None
    """The reply's `Retry-After`, as it stands there."""


@dataclass(eq=False)
class NotOffered(Unusable):
    """A source that there is nothing of: no key for it, or a stand-in whose recording has not got it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how slowly the same is asked again."""

    attempts: int = 4
    """Including the first."""
    first_seconds: float = 0.5
    longest_seconds: float = 20.0
    """Neither a wait of ours nor one that upstream asks for may be longer; beyond it we give up."""

    def waits(self, chance: Callable[[], float]) -> Iterator[float]:
        """Seconds before each further attempt: doubling, and each between half and all of its step.

        Args:
            chance: gives numbers from 0 to 1; the jitter keeps many clients from coming back at once.
        """
        for turn in range(self.attempts - 1):
            step = min(self.first_seconds * 2**turn, self.longest_seconds)
            yield step * (0.5 + chance() / 2)


def retry_after_seconds(text: str | None, now: datetime) -> float | None:
    """Read a `Retry-After`: seconds, with or without decimals, or any of HTTP's three forms of a date.

    KIE was never seen to send one (CONTRACT section 5). A moment that has passed is no wait; what cannot
    be read is `None`, as if it were not there.
    """
    stripped = (text or "").strip()
    if _SECONDS.fullmatch(stripped):
        return float(stripped)
    if not stripped[:1].isalpha():
        return None
    try:
        moment = parsedate_to_datetime(stripped)
    except (ValueError, IndexError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
