"""What a rule sees: one document, walked once, with all that cannot be read left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self, TypedDict, TypeVar, Unpack

from kie_catalog.domain.anchors import Anchors
from kie_catalog.domain.catalog import VERSIONS, Status
from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Fix, Related, Severity, Where
from kie_catalog.domain.values import ABSENT, Absence, Fields, Pointer, Value
from kie_catalog.rules.evidence import NOTHING, Evidence
from kie_catalog.rules.wording import clip

Known = TypeVar("Known")

MOST_DIGITS: Final = 12
"""Money has no more digits than this before the point."""
_MOST_DECIMALS: Final = 30


@dataclass(frozen=True, slots=True)
class Link:
    """Another part of the same file that explains a hit."""

    label: str
    pointer: Pointer
    key: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One place at which a law does not hold; the registry knows of which law it is."""

    pointer: Pointer
    message: str
    """The fact, then the cure, in one line."""
    key: bool = False
    """Whether the key is at fault rather than its value."""
    model: str | None = None
    mode: str | None = None
    severity: Severity | None = None
    """Set only where this hit weighs other than its rule."""
    meant: str | None = None
    """The word that was probably meant; it goes in front of the help."""
    help: str = ""
    """How to mend it; what is empty here is the cure of the rule."""
    related: tuple[Link | Related, ...] = ()
    """Other places: of this file as a `Link`, of other files ready-made."""
    new: Value | Absence = ABSENT
    """What should stand there; what does stand there needs no saying."""
    fix: Fix | None = None
    about: str = ""
    """What tells this hit from the others that the rule has at this place."""
    where: Where | None = None
    """Its place, where that is in another file than the catalog."""
    cause: str = ""
    """Hits of one file that name the same cause are told as one."""


class Told(TypedDict, total=False):
    """What a rule may tell beside the place and the message; see `Hit`."""

    key: bool
    severity: Severity | None
    meant: str | None
    help: str
    related: tuple[Link | Related, ...]
    new: Value | Absence
    fix: Fix | None
    about: str
    cause: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One mapping of the file: the catalog itself, a model or a mode."""

    noun: str
    pointer: Pointer
    fields: Fields
    model: str | None = None
    mode: str | None = None
    modes: tuple[Self, ...] = ()
    """The modes of a model."""
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several rules ask of the entry, worked out once; see `once`."""

    @property
    def name(self) -> str:
        """The entry in words, as far as it has an id."""
        own = self.mode if self.noun == "mode" else self.model
        return f"{self.noun} '{clip(own)}'" if own else f"this {self.noun}"

    @property
    def is_offered(self) -> bool:
        """Whether a bot sells it: the status is active, or not given."""
        return self.fields.get("status", Status.ACTIVE) == Status.ACTIVE

    def text(self, field: str) -> str | None:
        """The field, if it is a text."""
        value = self.fields.get(field)
        return value if isinstance(value, str) else None

    def amount(self, field: str) -> Decimal | None:
        """The field, if it is a number that can be reckoned with."""
        value = self.fields.get(field)
        return value if isinstance(value, Decimal) and is_amount(value) else None

    def once(self, name: str, work: Callable[[Self], Known]) -> Known:
        """What some work on the entry gives, done when it is first asked for."""
        if name not in self.memo:
            self.memo[name] = work(self)
        known: Known = self.memo[name]
        return known

    def hit(self, message: str, *path: str | int, **told: Unpack[Told]) -> Hit:
        """A hit at the entry or, with a path, at a part of it; `told` are the other fields of `Hit`."""
        return Hit((*self.pointer, *path), message, model=self.model, mode=self.mode, **told)


@dataclass(frozen=True, slots=True)
class Subject:
    """What there is to judge; wider evidence than the file itself joins here."""

    document: Document
    versions: frozenset[str]
    """The versions the file may have: one, or all while it does not name a known one."""
    root: Entry | None
    """`None` if the file is not a mapping."""
    models: tuple[Entry, ...]
    anchors: Anchors
    """The names of the file's parts that stay."""
    evidence: Evidence = NOTHING
    """What is known beside the file."""

    @classmethod
    def of(cls, document: Document, evidence: Evidence = NOTHING) -> Self:
        """Walk a document."""
        fields = document.data
        anchors = Anchors(fields)
        if not isinstance(fields, Mapping):
            return cls(document, frozenset(VERSIONS), None, (), anchors, evidence)
        version = fields.get("version")
        known = frozenset({version}) if isinstance(version, str) and version in VERSIONS else None
        models = tuple(_model(index, each) for index, each in mappings(fields.get("models")))
        versions = known or frozenset(VERSIONS)
        return cls(document, versions, Entry("file", (), fields), models, anchors, evidence)

    @property
    def is_version_two(self) -> bool:
        """Whether the file says that it is of version 2."""
        return self.versions == {"2.0"}

    @property
    def modes(self) -> Iterator[Entry]:
        """All modes of all models."""
        return (mode for model in self.models for mode in model.modes)

    @property
    def entries(self) -> Iterator[Entry]:
        """Everything that has a shape: the file, its models, their modes."""
        if self.root is not None:
            yield self.root
        yield from self.models
        yield from self.modes

    def observed(self, rule: str) -> Iterator[Hit]:
        """What other rooms saw of a law, each a hit at its place."""
        for each in self.evidence.observed.get(rule, ()):
            yield Hit(
                each.pointer,
                each.message,
                model=each.model,
                mode=each.mode,
                severity=each.severity,
                about=each.about,
                related=each.related,
                where=each.where,
            )

    def line(self, entry: Entry) -> str:
        """Where an entry stands, for a message about another one."""
        return f"line {self.document.where(entry.pointer).line}"


def is_amount(number: Decimal) -> bool:
    """Whether a number is finite and of a size that money can have, so that arithmetic with it is safe."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DECIMALS and number.adjusted() < MOST_DIGITS


def is_list(value: Value) -> bool:
    """Whether a value is a list; a text is a sequence too, and no list."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def mappings(value: Value) -> Iterator[tuple[int, Fields]]:
    """The mappings of a list with their indexes; what is none is for `wrong-kind` to say."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from ((index, each) for index, each in enumerate(value) if isinstance(each, Mapping))


def _model(index: int, fields: Fields) -> Entry:
    pointer = ("models", index)
    model = _name(fields)
    modes = tuple(
        Entry("mode", (*pointer, "modes", number), each, model, _name(each))
        for number, each in mappings(fields.get("modes"))
    )
    return Entry("model", pointer, fields, model, modes=modes)


def _name(fields: Fields) -> str | None:
    value = fields.get("id")
    return value if isinstance(value, str) else None
