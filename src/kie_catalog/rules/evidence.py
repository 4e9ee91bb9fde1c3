"""Evidence: what is known beside the file, as plain values that the edge puts together.

A part that is `None` or empty was not measured: the rules that need it then say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kie_catalog.domain.finding import Severity, Where
from kie_catalog.domain.values import Fields


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the price feed, as far as it is certain what it prices."""

    text: str
    """Upstream's own description."""
    model: str
    mode: str
    """The mode's id, as a sync names it."""
    fields: Fields
    """`unit`, `per`, `credits`, `official_usd`, `charge`, `when` and `notes`, as the catalog would write them."""
    where: Where
    anchor: str | None = None
    """The model that the row's link names."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What upstream said at one moment."""

    taken_at: str
    """ISO date, or its month."""
    place: str
    """The recording's folder, or the file of the accepted state."""
    rows: tuple[Row, ...] | None = None
    """`None` if the price feed was not read."""
    documented: frozenset[str] | None = None
    """The models that a page declares; `None` if the pages were not read."""
    ending: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By model, what its page warns of: migration, deprecation, pause."""


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """The input schema of one model."""

    path: str
    content: Mapping[str, Any]
    """What the file holds: the schema as upstream gives it, with `x-kie` beside it."""
    schema: Mapping[str, Any]
    """The schema that counts: reviewed corrections carried out."""


@dataclass(frozen=True, slots=True)
class Told:
    """What another room found; the rule of that name tells it."""

    rule: str
    message: str
    """The fact, then the cure, in one line."""
    model: str | None = None
    mode: str | None = None
    where: Where | None = None
    """Its place, where that is in another file than the catalog."""
    severity: Severity | None = None
    """Set only where it weighs other than the rule."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything beside the file."""

    today: str | None = None
    """ISO date of the check."""
    recorded: tuple[Recorded, ...] = ()
    """What upstream said, the newest first."""
    schemas: Mapping[str, SchemaFile] | None = None
    """By model."""
    accepted: frozenset[tuple[str, str | None, str]] = frozenset()
    """Model, mode and field of each divergence that people accepted or that is theirs."""
    told: Mapping[str, tuple[Told, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By rule."""

    @property
    def documented(self) -> Recorded | None:
        """The newest that says which models there are."""
        return next((each for each in self.recorded if each.documented is not None), None)

    @property
    def feeds(self) -> Iterator[Recorded]:
        """All that say what is priced, the newest first."""
        return (each for each in self.recorded if each.rows is not None)


def told_by_rule(told: Iterator[Told]) -> Mapping[str, tuple[Told, ...]]:
    """What other rooms found, by the rule that tells it."""
    grouped: dict[str, list[Told]] = {}
    for each in told:
        grouped.setdefault(each.rule, []).append(each)
    return {rule: tuple(found) for rule, found in grouped.items()}


NOTHING = Evidence()
"""No evidence at all: the file speaks for itself."""
