"""What prices and input schemas leave open: a page of its own beside the change reports, built with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

KINDS: Final = {
    "illegal-when": (
        "Prices for requests that the schema forbids",
        "The feed prices a value that the documentation does not list; the mode applies to no legal request.",
    ),
    "overlap": (
        "Requests with two prices",
        "Two rows of the feed fit one legal request. A quote refuses it, and names both.",
    ),
    "unpriced": (
        "Legal requests without a price",
        "The documentation allows them, and no row of the feed prices them. A quote refuses them.",
    ),
    "unknown-value": (
        "Values that no price knows",
        "The documentation lists the value, and no row of the feed is for it. A quote refuses it.",
    ),
    "no-quantity": (
        "Prices by the second of a clip whose length no input gives",
        "The length follows from the media that are handed in. A quote asks for the measurement.",
    ),
    "uncounted": (
        "Not looked at",
        "There are too many combinations to count them all.",
    ),
}
"""By kind of gap: its heading, and what it means to somebody who asks for a price."""


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One gap, with what upstream does price of the model."""

    kind: str
    model: str
    modes: tuple[str, ...]
    """The modes it is about; without any the model as a whole."""
    detail: str
    priced: tuple[str, ...]
    """What the feed's rows for the model say."""
    left: tuple[str, ...]
    """Rows of the feed that may be about the model, and could not be resolved."""


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """All gaps of one kind."""

    title: str
    meaning: str
    points: tuple[OpenPoint, ...]


def grouped(points: Sequence[OpenPoint]) -> tuple[OpenGroup, ...]:
    """The gaps by kind, the kinds that cost money first, each group by model."""
    return tuple(
        OpenGroup(title, meaning, tuple(found))
        for kind, (title, meaning) in KINDS.items()
        if (found := sorted((each for each in points if each.kind == kind), key=_place))
    )


def _place(point: OpenPoint) -> tuple[str, tuple[str, ...]]:
    return point.model, point.modes
