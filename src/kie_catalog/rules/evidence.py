"""Evidence: what is known beside the file, as plain values that the edge puts together.

A part that is `None` or empty was not measured: the rules that need it then say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Final

from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Related, Severity, Where
from kie_catalog.domain.values import ABSENT, Absence, Fields, Pointer, Value
from kie_catalog.rules.subschemas import Part, walk

_PLAIN: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """A text without case, blanks and signs, for comparing names."""
    return _PLAIN.sub("", text.lower())


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the price feed, as far as it is certain what it prices."""

    text: str
    """Upstream's own description."""
    model: str
    mode: str
    """The mode's id, as a sync names it."""
    fields: Fields
    """`unit`, `per`, `credits`, `charge`, `when` and so on, as the catalog would write them."""
    where: Where
    anchor: str | None = None
    """The model that the row's link names."""

    @property
    def heads(self) -> frozenset[str]:
        """What the text begins with, up to each of its commas: the names that a title can be."""
        parts = self.text.split(",")
        keys = (plain("".join(parts[:end])) for end in range(1, len(parts) + 1))
        return frozenset(key for key in keys if key)


@dataclass(frozen=True)
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
    document: Document | None = None
    """The file in which the rows stand, if their lines can be had."""

    def where(self, row: Row) -> Where:
        """The place of one of its rows, with its line if it can be had."""
        return self.document.where(row.where.pointer) if self.document else row.where

    @cached_property
    def index(self) -> Mapping[str, Mapping[str, tuple[Row, ...]]]:
        """The rows by their model (`id`), by their link (`anchor`), by what they begin with (`title`)."""
        found: dict[str, dict[str, list[Row]]] = {"id": {}, "anchor": {}, "title": {}}
        for row in self.rows or ():
            found["id"].setdefault(row.model, []).append(row)
            if row.anchor:
                found["anchor"].setdefault(row.anchor, []).append(row)
            for head in row.heads:
                found["title"].setdefault(head, []).append(row)
        return {how: {key: tuple(rows) for key, rows in each.items()} for how, each in found.items()}


@dataclass(frozen=True)
class SchemaFile:
    """The input schema of one model, in its file."""

    document: Document
    """The file: the schema as upstream gives it, with `x-kie` beside it."""
    schema: Mapping[str, Any]
    """The schema that counts: reviewed corrections carried out."""

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every subschema."""
        return tuple(walk(self.schema))

    @cached_property
    def holding(self) -> Mapping[str, tuple[Part, ...]]:
        """The subschemas that have a keyword, by keyword."""
        found: dict[str, list[Part]] = {}
        for part in self.parts:
            for key in part.schema:
                found.setdefault(key, []).append(part)
        return {key: tuple(parts) for key, parts in found.items()}


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of people."""

    kind: str
    """`keep-ours`, `tombstone`, `rename` or `hold`."""
    model: str
    mode: str | None
    where: Where
    decided: str
    """ISO date."""
    expires: str | None = None
    """The first day on which it holds no more."""
    field: str | None = None
    ours: Value | Absence = ABSENT
    theirs: Value | Absence = ABSENT
    to: str | None = None
    """The id under which a renamed model goes on."""

    @property
    def target(self) -> str:
        """What it is about, as people read it."""
        return " ".join(each for each in (self.model, self.mode, self.field) if each)


@dataclass(frozen=True, slots=True)
class Owned:
    """One model of which the file of owners says something of its own."""

    model: str
    where: Where


@dataclass(frozen=True, slots=True)
class Observation:
    """What another room saw; the rule of that name tells it."""

    rule: str
    message: str
    """The fact, then the cure, in one line."""
    model: str | None = None
    mode: str | None = None
    pointer: Pointer = ()
    """Its place in the catalog, or in the other file."""
    where: Where | None = None
    """Its place, where that is in another file."""
    severity: Severity | None = None
    """Set only where it weighs other than the rule."""
    about: str = ""
    """What tells it from others of the rule at this place."""
    related: tuple[Related, ...] = ()
    """Other places that explain it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything beside the file."""

    today: str | None = None
    """ISO date of the check."""
    is_foreign: bool = False
    """Whether the catalog is none of the workspace that the rest was taken from."""
    recorded: tuple[Recorded, ...] = ()
    """What upstream said, the newest first."""
    schemas: Mapping[str, SchemaFile] | None = None
    """By model."""
    accepted: frozenset[tuple[str, str | None, str]] = frozenset()
    """Model, mode and field of each divergence that people accepted or that is theirs."""
    decisions: tuple[Decided, ...] = ()
    owned: tuple[Owned, ...] = ()
    observed: Mapping[str, tuple[Observation, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What other rooms saw, by the rule that tells it."""

    @property
    def documented(self) -> Recorded | None:
        """The newest that says which models there are."""
        return next((each for each in self.recorded if each.documented is not None), None)

    @property
    def feeds(self) -> Iterator[Recorded]:
        """All that say what is priced, the newest first."""
        return (each for each in self.recorded if each.rows is not None)


def by_rule(observed: Iterable[Observation]) -> Mapping[str, tuple[Observation, ...]]:
    """What other rooms saw, by the rule that tells it."""
    grouped: dict[str, list[Observation]] = {}
    for each in observed:
        grouped.setdefault(each.rule, []).append(each)
    return {rule: tuple(found) for rule, found in grouped.items()}


NOTHING: Final = Evidence()
"""No evidence at all: the file speaks for itself."""
