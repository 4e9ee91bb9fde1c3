"""What a benchmark gives: rows of the one table, each with what it is held to.

Only ratios of one run compare between machines, so a limit is always on a ratio: to something measured beside
it in the same run, or, where a promise is in seconds, to those seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

TOLERANCE = 4 / 3
"""A limit missed by more than a third fails the run."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a ratio is held to.

    Args:
        ratio: the stated number.
        why: the reason for it, one sentence.
        is_least: the ratio is the other's time over ours and may not be less; else it is ours over the
            other's and may not be more.
    """

    ratio: float
    why: str
    is_least: bool = False

    def is_missed(self, ratio: float) -> bool:
        """Whether a ratio is beyond the limit by more than a third."""
        return ratio < self.ratio / TOLERANCE if self.is_least else ratio > self.ratio * TOLERANCE

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {self.ratio:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        name: what was measured; rows of one name at several sizes are fitted for their growth.
        seconds: the least of the rounds, for one call, one job or one process.
        times: the size as a multiple of the real one, such as 1, 10, 100; `None` where size does not matter.
        size: the size in words, such as "180 models".
        beside: what it is compared with, measured in the same run; or the promise, such as "150 ms".
        other: seconds of that.
        limit: on the ratio of the two.
        growth: on what one unit of size costs at the largest size over what it costs at the smallest; on the
            row of the largest size.
        note: what else was seen, such as lines changed or memory.
    """

    name: str
    seconds: float
    times: float | None = None
    size: str = ""
    beside: str = ""
    other: float | None = None
    limit: Limit | None = None
    growth: Limit | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The other's time over ours where the limit is a least one, ours over the other's elsewhere."""
        if self.other is None:
            return None
        is_least = self.limit is not None and self.limit.is_least
        pair = (self.other, self.seconds) if is_least else (self.seconds, self.other)
        return pair[0] / max(pair[1], 1e-9)

    def to_json(self) -> dict[str, Any]:
        """As JSON, from one process to another."""
        return asdict(self)


def row_of(data: dict[str, Any]) -> Row:
    """A row out of its JSON."""
    limits = {name: Limit(**data[name]) if data[name] else None for name in ("limit", "growth")}
    return Row(**{**data, **limits})


def exponent(rows: Iterable[Row]) -> float | None:
    """The k of time ~ size^k that fits best, by least squares of the logarithms; `None` for one size."""
    points = [(math.log(row.times), math.log(row.seconds)) for row in rows if row.times]
    if len({x for x, _ in points}) < 2:  # noqa: PLR2004 -- a line has two points
        return None
    mid_x, mid_y = (sum(each) / len(points) for each in zip(*points, strict=True))
    return sum((x - mid_x) * (y - mid_y) for x, y in points) / sum((x - mid_x) ** 2 for x, _ in points)


def growth_ratio(rows: Iterable[Row]) -> float | None:
    """What one unit of size costs at the largest size over what it costs at the smallest."""
    sized = sorted((row.times, row.seconds) for row in rows if row.times)
    if not sized or sized[0][0] == sized[-1][0]:
        return None
    (small, few), (large, many) = sized[0], sized[-1]
    return (many / large) / (few / small)
