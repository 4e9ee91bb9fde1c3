"""Changes: what one run does to the catalog, as nouns with their evidence; reports put them in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, ClassVar, Final, TypeAlias, get_args

from kie_catalog.domain.values import ABSENT, Absence, Fields, Value, to_json

Version: TypeAlias = "Value | Absence"


@dataclass(frozen=True, slots=True)
class Added:
    """A model that upstream has and the catalog has not."""

    kind: ClassVar[str] = "added"
    model: str
    fields: Fields
    modes: Mapping[str, Fields]
    gaps: tuple[str, ...]
    """What it lacks to be offered; with any of them it enters hidden."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A model that every source of its evidence was asked for, and none has any more."""

    kind: ClassVar[str] = "lost"
    model: str


@dataclass(frozen=True, slots=True)
class FieldChanged:
    """A field of a model moved upstream."""

    kind: ClassVar[str] = "field_changed"
    model: str
    field: str
    ours: Version
    theirs: Version


@dataclass(frozen=True, slots=True)
class ModeAdded:
    """A model has a mode that the catalog has not."""

    kind: ClassVar[str] = "mode_added"
    model: str
    mode: str
    fields: Fields
    after: str | None
    """The mode it follows upstream; `None` for the first."""


@dataclass(frozen=True, slots=True)
class ModeLost:
    """A mode whose row upstream no longer has."""

    kind: ClassVar[str] = "mode_lost"
    model: str
    mode: str


@dataclass(frozen=True, slots=True)
class ModeReturned:
    """A mode that was missing is back."""

    kind: ClassVar[str] = "mode_returned"
    model: str
    mode: str


@dataclass(frozen=True, slots=True)
class Repriced:
    """The price of a mode moved. A side that has no price is `ABSENT`."""

    kind: ClassVar[str] = "repriced"
    model: str
    mode: str
    ours: Fields
    """`credits` and `official_usd` as the catalog has them."""
    theirs: Fields

    @property
    def share(self) -> Decimal | None:
        """By how much the credits moved, as a share of the old ones; `None` from zero."""
        old, new = self.ours.get("credits"), self.theirs.get("credits", self.ours.get("credits"))
        if not isinstance(old, Decimal) or not isinstance(new, Decimal) or old == 0:
            return None
        return new / old - 1


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """Something else of a mode moved: its unit, its pack, its notes, its condition."""

    kind: ClassVar[str] = "mode_changed"
    model: str
    mode: str
    field: str
    ours: Version
    theirs: Version


@dataclass(frozen=True, slots=True)
class SchemaChanged:
    """The input schema of a model is new or moved."""

    kind: ClassVar[str] = "schema_changed"
    model: str
    schema: Mapping[str, Any]
    details: tuple[str, ...]
    """One line a difference; empty for a schema that is new."""


@dataclass(frozen=True, slots=True)
class Conflicted:
    """People and upstream both moved, apart: nothing is written until people decide."""

    kind: ClassVar[str] = "conflicted"
    model: str
    mode: str | None
    field: str | None
    """`None` when it is the model or the mode as a whole."""
    base: Version
    ours: Version
    theirs: Version


Change: TypeAlias = (
    Added
    | Lost
    | FieldChanged
    | ModeAdded
    | ModeLost
    | ModeReturned
    | Repriced
    | ModeChanged
    | SchemaChanged
    | Conflicted
)

_KINDS: Final[dict[str, type[Change]]] = {kind.kind: kind for kind in get_args(Change)}
_TUPLES: Final = frozenset({"gaps", "details"})
_ABSENT_JSON: Final = {"$absent": True}


def change_to_json(change: Change) -> dict[str, object]:
    """A change as a plan file holds it."""
    written: dict[str, object] = {"kind": change.kind}
    for field in fields(change):
        value = getattr(change, field.name)
        written[field.name] = _ABSENT_JSON if value is ABSENT else to_json(value)
    return written


def change_from_json(written: Mapping[str, Any]) -> Change:
    """Read a change back; numbers must have been read as `Decimal`.

    Raises:
        ValueError: it is no change.
    """
    kind = _KINDS.get(str(written.get("kind")))
    if kind is None:
        raise ValueError(f"{written.get('kind')!r} is no kind of change")
    values = {name: _back(name, value) for name, value in written.items() if name != "kind"}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"a change of kind {kind.kind} with wrong fields ({error})") from None


def _back(name: str, value: Any) -> Any:
    if value == _ABSENT_JSON:
        return ABSENT
    return tuple(value) if name in _TUPLES else value


def is_effective(change: Change) -> bool:
    """Whether a change writes anything; a conflict waits for people."""
    return not isinstance(change, Conflicted)
