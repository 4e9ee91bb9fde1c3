"""A rule of compatibility, and what it finds."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from kie_catalog.domain.values import Pointer, show_pointer
from kie_catalog.sync.compatibility.pairs import Pair


class Compatibility(enum.IntEnum):
    """What a change of a schema does to those who call the API; greater is worse."""

    COMPATIBLE = 1
    """Whatever was legal stays legal and means the same."""
    RISKY = 2
    """What was legal may be refused, or may mean something else."""
    BREAKING = 3
    """Something that was legal is refused now, or costs something else."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a rule found its change."""

    pointer: Pointer
    base: Any
    """`ABSENT` where there was nothing."""
    theirs: Any
    """`ABSENT` where there is nothing."""


Find: TypeAlias = Callable[[Pair], Iterator[Difference]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change."""

    id: str
    sentence: str
    severity: Compatibility
    find: Find


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """A change of an input schema, judged."""

    rule: str
    sentence: str
    severity: Compatibility
    pointer: Pointer
    base: Any
    theirs: Any
    model: str | None = None

    @property
    def place(self) -> str:
        """The pointer as text: `/properties/duration/maximum`."""
        return show_pointer(self.pointer) or "/"

    def __str__(self) -> str:
        model = f"{self.model} " if self.model else ""
        return f"{model}{self.place}: {self.severity} {self.rule}: {self.sentence}"
