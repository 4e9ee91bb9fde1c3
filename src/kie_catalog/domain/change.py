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
class Returned:
    """A model that was missing or retired is back."""

    kind: ClassVar[str] = "returned"
    model: str
    status: str
    """Active, or hidden while something is lacking."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A model or a mode was missing for so many measured runs that it is given up."""

    kind: ClassVar[str] = "retired"
    model: str
    mode: str | None
    """`None` when it is the model as a whole."""


@dataclass(frozen=True, slots=True)
class Removed:
    """A decision takes a model or a mode out of the catalog; nothing else ever does."""

    kind: ClassVar[str] = "removed"
    model: str
    mode: str | None
    """`None` when it is the model as a whole."""
    to: str | None = None
    """The model of the catalog that it goes on as, if a decision says that both are one."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A decision says that a model goes on under another id; what people wrote goes with it."""

    kind: ClassVar[str] = "renamed"
    model: str
    """The id from now on."""
    was: str


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


def price_share(ours: Fields, theirs: Fields) -> Decimal | None:
    """By how much the credits move, as a share of the old ones; `None` from zero, or where one is unknown."""
    old, new = ours.get("credits"), theirs.get("credits", ours.get("credits"))
    if not isinstance(old, Decimal) or not isinstance(new, Decimal) or old == 0:
        return None
    return new / old - 1


@dataclass(frozen=True, slots=True)
class Repriced:
    """The price of a mode moved; a side that the price has not got is left out."""

    kind: ClassVar[str] = "repriced"
    model: str
    mode: str
    ours: Fields
    """`credits` and `official_usd` as the catalog has them."""
    theirs: Fields

    @property
    def share(self) -> Decimal | None:
        """By how much the credits moved, as a share of the old ones; `None` from zero."""
        return price_share(self.ours, self.theirs)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was published as the price of a mode was wrong, by upstream's own evidence, and is mended."""

    kind: ClassVar[str] = "corrected"
    model: str
    mode: str
    ours: Fields
    """`credits` and `official_usd` as the catalog has them."""
    theirs: Fields
    why: str
    """The evidence, in a few words."""

    @property
    def share(self) -> Decimal | None:
        """By how much the credits moved, as a share of the old ones; `None` from zero."""
        return price_share(self.ours, self.theirs)


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
    compatibility: str = ""
    """To those who call it: `breaking`, `risky` or `compatible`; empty for a schema that is new."""


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


@dataclass(frozen=True, slots=True)
class Held:
    """Upstream moved a value that is held: by a decision, or because it keeps flipping."""

    kind: ClassVar[str] = "held"
    model: str
    mode: str | None
    field: str | None
    """`None` when it is the model or the mode as a whole."""
    ours: Version
    theirs: Version
    reason: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """A guard found what upstream says of one model suspicious: all of its old values stay."""

    kind: ClassVar[str] = "withheld"
    model: str
    guards: tuple[str, ...]
    details: tuple[str, ...]
    """What is suspicious, a line each."""


@dataclass(frozen=True, slots=True)
class RenameAsked:
    """A missing model and a new one look alike: people are asked whether it is one model."""

    kind: ClassVar[str] = "rename_asked"
    model: str
    """The missing one."""
    to: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StillRemoved:
    """Upstream moved what people removed for good: it stays removed."""

    kind: ClassVar[str] = "still_removed"
    model: str
    mode: str | None
    """`None` when it is the model as a whole."""
    details: tuple[str, ...]


Waiting: TypeAlias = Conflicted | Held | Withheld | RenameAsked | StillRemoved
"""What is told, and writes nothing into the catalog."""
Change: TypeAlias = (
    Added
    | Lost
    | Returned
    | Retired
    | Removed
    | Renamed
    | FieldChanged
    | ModeAdded
    | ModeLost
    | ModeReturned
    | Repriced
    | Corrected
    | ModeChanged
    | SchemaChanged
    | Waiting
)

_KINDS: Final[dict[str, type[Change]]] = {kind.kind: kind for kind in get_args(Change)}
_TUPLES: Final = frozenset({"gaps", "details", "guards", "evidence"})
_ABSENT_JSON: Final = {"$absent": True}


def change_to_json(change: Change) -> dict[str, object]:
    """A change as a plan file holds it."""
    written: dict[str, object] = {"kind": change.kind}
    for field in fields(change):
        written[field.name] = version_to_json(getattr(change, field.name))
    return written


def version_to_json(version: Version) -> object:
    """A value or its absence as JSON."""
    return _ABSENT_JSON if isinstance(version, Absence) else to_json(version)


def version_from_json(written: Any) -> Version:
    """Read a value or its absence back."""
    version: Version = ABSENT if written == _ABSENT_JSON else written
    return version


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
    return tuple(value) if name in _TUPLES else version_from_json(value)


def is_effective(change: Change) -> bool:
    """Whether a change writes anything; what waits for people does not."""
    return not isinstance(change, Waiting)
