"""Times as counts in buckets that grow by a fixed factor: quantiles of any number of them, in little room.

Every value in a bucket is told as one that is at most `ERROR` away from it, relative to it. Two sketches add
up by adding their counts, so hours make a day without looking at an event again.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterator
from typing import Final

ERROR: Final = 0.01
"""The most by which a quantile may differ from the true one, relative to it."""
_GROWTH: Final = (1 + ERROR) / (1 - ERROR)
_SCALE: Final = 1 / math.log(_GROWTH)
LEAST: Final = 0.001
"""Seconds; what is shorter is told as this."""
_FIRST: Final = math.ceil(math.log(LEAST) * _SCALE)


class Sketch:
    """Counts of times by bucket."""

    __slots__ = ("_counts", "_packed", "total")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._packed: list[bytes] = []
        """What was taken and not unpacked yet: sums of sums then look at each bucket once."""
        self.total = 0.0
        """All times together, in seconds."""

    @property
    def counts(self) -> dict[int, int]:
        """How many times fell into which bucket."""
        if self._packed:
            numbers = array("i")
            numbers.frombytes(b"".join(self._packed))
            if sys.byteorder == "big":
                numbers.byteswap()
            counts = self._counts
            for at, count in zip(numbers[::2], numbers[1::2], strict=True):
                counts[at] = counts.get(at, 0) + count
            self._packed = []
        return self._counts

    def add(self, seconds: float) -> None:
        """Count a time."""
        at = _bucket(seconds)
        self.counts[at] = self.counts.get(at, 0) + 1
        self.total += max(seconds, 0.0)

    def merge(self, other: Sketch) -> None:
        """Count all that another one counted."""
        counts = self._counts
        for at, count in other._counts.items():
            counts[at] = counts.get(at, 0) + count
        self._packed += other._packed
        self.total += other.total

    @property
    def count(self) -> int:
        """How many times were counted."""
        return sum(self.counts.values())

    def quantile(self, share: float) -> float | None:
        """The time that this share of all is not above, within `ERROR`; `None` where there is none.

        Args:
            share: from 0 to 1; the value is that of the nearest rank, rounded up.
        """
        rank = max(math.ceil(share * self.count), 1)
        for at, below in self._cumulated():
            if below >= rank:
                return _value(at)
        return None

    def at_most(self, seconds: float) -> int:
        """How many were at most this long; those up to twice `ERROR` above it may count too."""
        last = _bucket(seconds)
        return sum(count for at, count in self.counts.items() if at <= last)

    def _cumulated(self) -> Iterator[tuple[int, int]]:
        below = 0
        for at in sorted(self.counts):
            below += self.counts[at]
            yield at, below

    def to_bytes(self) -> bytes:
        """As bytes, for a table: 32 bits for each bucket and for each count, least byte first."""
        packed = array("i", [number for pair in sorted(self.counts.items()) for number in pair])
        if sys.byteorder == "big":
            packed.byteswap()
        return packed.tobytes()

    def take(self, packed: bytes, total: float) -> None:
        """Count all that `to_bytes` packed, and the sum that stands beside it."""
        self._packed.append(packed)
        self.total += total


def _bucket(seconds: float) -> int:
    return _FIRST if seconds <= LEAST else math.ceil(math.log(seconds) * _SCALE)


def _value(at: int) -> float:
    """The middle of a bucket, as far from its lower end as from its upper one, each relative to that end."""
    return 2 * math.exp(at / _SCALE) / (_GROWTH + 1)
