"""`sync/decisions.yaml`: what people decided, with reason, author and, where it must not last, an end."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from kie_catalog.domain.change import Version
from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import ABSENT, Pointer, Value
from kie_catalog.sync.settings_file import FormReader


class Kind(enum.StrEnum):
    """What a decision does, as its file names it."""

    KEEP_OURS = "keep-ours"
    TOMBSTONE = "tombstone"
    RENAME = "rename"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a decision was taken, by whom, and for how long."""

    reason: str
    author: str
    decided: str
    """The day, as ISO date."""
    expires: str | None
    """The first day on which it holds no more; `None` for one without an end."""
    where: Where


@dataclass(frozen=True, slots=True)
class KeepOurs:
    """A divergence is accepted, between these two values and no others."""

    model: str
    mode: str | None
    field: str
    ours: Version
    theirs: Version
    grounds: Grounds

    @property
    def target(self) -> str:
        """What it is about, as people read it."""
        return _target(self.model, self.mode, self.field)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A model, or one of its modes, is out of the catalog for good."""

    model: str
    mode: str | None
    grounds: Grounds

    @property
    def target(self) -> str:
        """What it is about, as people read it."""
        return _target(self.model, self.mode)


@dataclass(frozen=True, slots=True)
class Rename:
    """A model goes on under another id."""

    model: str
    to: str
    grounds: Grounds

    @property
    def target(self) -> str:
        """What it is about, as people read it."""
        return f"{self.model} to {self.to}"


@dataclass(frozen=True, slots=True)
class Hold:
    """A model, a mode or a field stays as it is, whatever upstream says."""

    model: str
    mode: str | None
    field: str | None
    grounds: Grounds

    @property
    def target(self) -> str:
        """What it is about, as people read it."""
        return _target(self.model, self.mode, self.field)


Decision: TypeAlias = KeepOurs | Tombstone | Rename | Hold


def kind_of(decision: Decision) -> Kind:
    """What a decision does."""
    kinds: Mapping[type[Decision], Kind] = {
        KeepOurs: Kind.KEEP_OURS,
        Tombstone: Kind.TOMBSTONE,
        Rename: Kind.RENAME,
        Hold: Kind.HOLD,
    }
    return kinds[type(decision)]


def _target(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


_GROUNDS: Final = ("kind", "model", "reason", "author", "decided")
# By kind: the keys that a decision needs beside its grounds, and those that it may have.
# A divergence and a hold must end, lest they hide for ever what nobody looks at any more.
_KEYS: Final[Mapping[str, tuple[Collection[str], Collection[str]]]] = {
    Kind.KEEP_OURS: (("field", "expires"), ("mode", "ours", "theirs")),
    Kind.TOMBSTONE: ((), ("mode", "expires")),
    Kind.RENAME: (("to",), ("expires",)),
    Kind.HOLD: (("expires",), ("mode", "field")),
}


def read_decisions(document: Document) -> tuple[Decision, ...]:
    """Read the file.

    Raises:
        CatalogInvalid: with every fault of form, each with line and column.
    """
    reader = FormReader(document)
    whole = reader.mapping(document.data, (), required=("decisions",))
    decisions = [
        decision
        for at, entry in enumerate(reader.items(whole.get("decisions"), ("decisions",)))
        if (decision := _decision(reader, entry, ("decisions", at), document))
    ]
    _refuse_doubles(reader, decisions)
    reader.refuse()
    return tuple(decisions)


def _decision(reader: FormReader, entry: Value, pointer: Pointer, document: Document) -> Decision | None:
    kind = reader.word(reader.entries(entry, pointer), "kind", pointer, words=tuple(Kind))
    required, optional = _KEYS.get(kind, ((), ()))
    if not kind:
        if isinstance(entry, Mapping) and "kind" not in entry:
            reader.fault(pointer, f"`kind` is missing; write one of {', '.join(Kind)}")
        return None
    entries = reader.mapping(entry, pointer, required=(*_GROUNDS, *required), optional=optional)
    texts = {
        name: reader.text(entries, name, pointer)
        for name in ("model", "mode", "field", "to", "reason", "author")
    }
    days = {name: reader.day(entries, name, pointer) for name in ("decided", "expires")}
    if days["expires"] and days["expires"] <= days["decided"]:
        reader.fault((*pointer, "expires"), f"ends on {days['expires']}, before it began; set a later day")
    grounds = Grounds(
        texts["reason"],
        texts["author"],
        days["decided"],
        days["expires"] or None,
        document.where((*pointer, "kind"), key=True),
    )
    return _made(Kind(kind), texts, entries, grounds)


def _made(kind: Kind, texts: Mapping[str, str], entries: Mapping[str, Value], grounds: Grounds) -> Decision:
    model, mode, field = texts["model"], texts["mode"] or None, texts["field"] or None
    match kind:
        case Kind.KEEP_OURS:
            ours, theirs = entries.get("ours", ABSENT), entries.get("theirs", ABSENT)
            return KeepOurs(model, mode, field or "", ours, theirs, grounds)
        case Kind.TOMBSTONE:
            return Tombstone(model, mode, grounds)
        case Kind.RENAME:
            return Rename(model, texts["to"], grounds)
        case Kind.HOLD:
            return Hold(model, mode, field, grounds)


def _refuse_doubles(reader: FormReader, decisions: Iterable[Decision]) -> None:
    """Two decisions on one thing: nobody could say which of them holds."""
    first: dict[tuple[Kind, str], Decision] = {}
    for decision in decisions:
        about = decision.model if isinstance(decision, Rename) else decision.target
        before = first.setdefault((kind_of(decision), about), decision)
        if before is not decision:
            line = before.grounds.where.line
            pointer = decision.grounds.where.pointer
            reader.fault(pointer, f"decides on {about} again, as line {line} does; keep one of the two")
