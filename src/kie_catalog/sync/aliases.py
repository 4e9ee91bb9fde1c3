"""`sync/aliases.yaml`: reviewed facts that no rule can know, each dated, with its evidence and its scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final

from kie_catalog.domain.values import Value

KINDS: Final = ("typos", "noise", "names", "values")
_ALWAYS: Final = frozenset({"text", "scope", "date", "evidence"})
_MEANINGS: Final = {
    "typos": "means",
    "noise": None,
    "names": "means",
    "values": "when",
}


@dataclass(frozen=True, slots=True)
class Alias:
    """One reviewed fact: what a text stands for, and for which models."""

    kind: str
    text: str
    scope: str
    """A pattern of model ids: `kling/*`; `*` for all."""
    meaning: Value
    date: str
    evidence: str

    def holds_for(self, model_id: str) -> bool:
        """Whether the fact is about a model."""
        return self.scope == "*" or fnmatchcase(model_id, self.scope)

    def __str__(self) -> str:
        return f"{self.kind} {self.text!r} for {self.scope}"


@dataclass(frozen=True, slots=True)
class Aliases:
    """All of them, by kind."""

    all: tuple[Alias, ...] = ()
    typos: Mapping[str, str] = field(default_factory=dict)
    noise: Mapping[str, tuple[Alias, ...]] = field(default_factory=dict)
    names: tuple[Alias, ...] = ()
    values: Mapping[str, tuple[Alias, ...]] = field(default_factory=dict)

    def noise_for(self, text: str, model_id: str) -> Alias | None:
        """The fact that a text says nothing of a model."""
        return _first(self.noise.get(text, ()), model_id)

    def value_for(self, text: str, model_id: str) -> Alias | None:
        """The condition that a text stands for with a model."""
        return _first(self.values.get(text, ()), model_id)

    def names_of(self, model_id: str) -> tuple[Alias, ...]:
        """Other names that the feed has for a model."""
        return tuple(alias for alias in self.names if alias.holds_for(model_id))


def _first(aliases: Sequence[Alias], model_id: str) -> Alias | None:
    return next((alias for alias in aliases if alias.holds_for(model_id)), None)


def parse_aliases(data: Any) -> Aliases:
    """Read the file's content.

    Raises:
        ValueError: it has not the form of the file; the message names the entry.
    """
    if not isinstance(data, Mapping) or not set(data) <= set(KINDS):
        raise ValueError(f"is no mapping of {', '.join(KINDS)}")
    every = [_alias(kind, at, entry) for kind in KINDS for at, entry in enumerate(data.get(kind) or ())]
    return Aliases(
        all=tuple(every),
        typos={alias.text: str(alias.meaning) for alias in every if alias.kind == "typos"},
        noise=_by_text(every, "noise"),
        names=tuple(alias for alias in every if alias.kind == "names"),
        values=_by_text(every, "values"),
    )


def _alias(kind: str, at: int, entry: Any) -> Alias:
    place = f"{kind}[{at}]"
    if not isinstance(entry, Mapping):
        raise ValueError(f"{place} is no mapping")  # noqa: TRY004 -- the caller wants one kind of error
    meaning = _MEANINGS[kind]
    wanted = _ALWAYS | ({meaning} if meaning else frozenset())
    if set(entry) != wanted:
        raise ValueError(f"{place} has {', '.join(sorted(entry))}, not {', '.join(sorted(wanted))}")
    for name in _ALWAYS:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise ValueError(f"{place}: {name} is no text")
    return Alias(
        kind=kind,
        text=entry["text"],
        scope=entry["scope"],
        meaning=entry[meaning] if meaning else None,
        date=entry["date"],
        evidence=entry["evidence"],
    )


def _by_text(aliases: Sequence[Alias], kind: str) -> dict[str, tuple[Alias, ...]]:
    """By text; the narrowest scope first."""
    grouped: dict[str, list[Alias]] = {}
    for alias in aliases:
        if alias.kind == kind:
            grouped.setdefault(alias.text, []).append(alias)
    return {text: tuple(sorted(each, key=lambda alias: alias.scope == "*")) for text, each in grouped.items()}
