"""Faults of a list that is given out in pages: what a page holds, and how many records it says there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page of a list."""

    records: Sequence[Any]
    """The whole list."""
    number: int
    """Of the page, from 1."""
    size: int
    turn: int = 0
    """How many requests met the fault before."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is answered."""

    records: Sequence[Any]
    total: int


Twist: TypeAlias = Callable[[Asked], Given]


def straight(asked: Asked) -> Given:
    """The page that was asked for."""
    start = (asked.number - 1) * asked.size
    return Given(asked.records[start : start + asked.size], len(asked.records))


def _moving(asked: Asked) -> Given:
    """Each request finds the list turned by one: rows move from page to page."""
    by = asked.turn % len(asked.records)
    turned = [*asked.records[-by:], *asked.records[:-by]] if by else asked.records
    return straight(Asked(turned, asked.number, asked.size))


def _shrinking(asked: Asked) -> Given:
    """Each request finds one row less at the list's head."""
    return straight(Asked(asked.records[asked.turn :], asked.number, asked.size))


def _repeated(asked: Asked) -> Given:
    """Every page is the first."""
    return straight(Asked(asked.records, 1, asked.size))


def _overlapping(asked: Asked) -> Given:
    """Each page begins with the last row of the one before, so the list's last rows are never given."""
    start = (asked.number - 1) * (asked.size - 1)
    end = min(start + asked.size, asked.number * asked.size, len(asked.records))
    return Given(asked.records[start:end], len(asked.records))


def _short(asked: Asked) -> Given:
    """The total says more rows than there are."""
    given = straight(asked)
    return Given(given.records, given.total + 7)


def _half(asked: Asked) -> Given:
    """Each page holds half of what it should."""
    given = straight(asked)
    return Given(given.records[: len(given.records) // 2], given.total)


def _endless(asked: Asked) -> Given:
    """The total says a million rows."""
    return Given(straight(asked).records, 1_000_000)


def _empty(asked: Asked) -> Given:  # noqa: ARG001 -- every twist is asked alike
    """The list is empty, with every sign of success."""
    return Given((), 0)


TWISTS: Final[Mapping[str, Twist]] = MappingProxyType(
    {
        "moving-rows": _moving,
        "shrinking-list": _shrinking,
        "repeated-page": _repeated,
        "overlapping-pages": _overlapping,
        "short-list": _short,
        "half-pages": _half,
        "endless-list": _endless,
        "no-rows": _empty,
    }
)
"""By name; the first line of each docstring is its help."""
