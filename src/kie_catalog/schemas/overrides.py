"""Reviewed corrections of upstream's schemas: what no rule could decide and a person did, with evidence.

One file a model, `schemas/overrides/<model id>.json`:

    {"corrections": [{"patch": {…}, "reason": "…", "date": "2026-08-22", "evidence": "…"}]}

`patch` is a JSON Merge Patch (RFC 7396) of the input schema: what it names is replaced, `null` takes out.
It may only go into what is there; a part that it adds is named in `adds`, so that a patch whose target
upstream has renamed is noticed and does not quietly make the old name again. A merge patch replaces lists as
a whole, so one that does can keep the list that was reviewed in `was`: where upstream says another one by
now, the patch is not applied before somebody has looked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Where
from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.faults import BY_NAME
from kie_catalog.schemas.notes import INPUT, Correction, Doubt, Note, parts, step
from kie_catalog.schemas.openapi import JsonSchema, misused_at

_DAY: Final = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_TEXTS: Final = ("reason", "date", "evidence")
_KEYS: Final = frozenset({"patch", "adds", "was", *_TEXTS})
_UNORDERED: Final = frozenset({"enum", "required", "type"})


@dataclass(frozen=True, slots=True)
class Amendment:
    """One reviewed correction."""

    patch: Mapping[str, Any]
    reason: str
    date: str
    """ISO date of the review."""
    evidence: str
    adds: frozenset[str] = frozenset()
    """Pointers of the parts that it adds."""
    was: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """By pointer, what upstream said when it was reviewed."""


@dataclass(frozen=True, slots=True)
class Override:
    """The reviewed corrections of one model's input schema."""

    model: str
    amendments: tuple[Amendment, ...]


def parse_override(content: Any, *, model: str, path: str) -> Override:
    """Read an override's file.

    Args:
        content: the file's JSON.
        model: the model that its name gives.
        path: the file, for messages.

    Raises:
        CatalogInvalid: it is not of that form; every reason is told.
    """
    listed = content.get("corrections") if isinstance(content, Mapping) else None
    if not isinstance(listed, list) or not listed or set(content) != {"corrections"}:
        raise CatalogInvalid([_malformed(path, "", "must be an object that holds a list `corrections` only")])
    findings = [each for at, entry in enumerate(listed) for each in _faults(entry, path, at)]
    if findings:
        raise CatalogInvalid(findings)
    return Override(
        model,
        tuple(
            Amendment(
                patch=each["patch"],
                reason=each["reason"],
                date=each["date"],
                evidence=each["evidence"],
                adds=frozenset(each.get("adds", ())),
                was=MappingProxyType(dict(each.get("was", {}))),
            )
            for each in listed
        ),
    )


def _faults(entry: Any, path: str, at: int) -> Iterator[Finding]:
    place = f"/corrections/{at}"
    if not isinstance(entry, Mapping):
        yield _malformed(path, place, "must be an object")
        return
    for name in sorted(set(entry) - _KEYS):
        yield _malformed(path, f"{place}/{name}", "is unknown; leave it out")
    for name in _TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            yield _malformed(path, f"{place}/{name}", "must be a text; say what a reviewer needs to know")
    if isinstance(entry.get("date"), str) and not _DAY.fullmatch(entry["date"]):
        yield _malformed(path, f"{place}/date", "must be a date as YYYY-MM-DD")
    for name, (is_well_formed, wanted) in _PARTS.items():
        if not is_well_formed(entry.get(name)):
            yield _malformed(path, f"{place}/{name}", f"must be {wanted}")


def _are_pointers(value: Any) -> bool:
    return value is None or all(isinstance(each, str) and each.startswith("#/") for each in value)


_PARTS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "patch": (lambda value: isinstance(value, Mapping) and bool(value), "an object that changes something"),
    "adds": (
        lambda value: isinstance(value, list | None) and _are_pointers(value),
        "a list of pointers such as #/properties/text",
    ),
    "was": (
        lambda value: isinstance(value, Mapping | None) and _are_pointers(value),
        "an object of pointers such as #/required",
    ),
}


def _malformed(path: str, pointer: str, fact: str) -> Finding:
    fault = BY_NAME["override-malformed"]
    where = Where(path, pointer=tuple(pointer.split("/")[1:]))
    return Finding(fault.code, fault.name, fault.severity, where, f"{pointer or 'the file'} {fact}")


def apply_override(
    schema: JsonSchema, override: Override, *, fault_of: Callable[[JsonSchema], str | None] | None = None
) -> tuple[JsonSchema, list[Note]]:
    """Amend an input schema.

    Args:
        schema: the schema as upstream gives it.
        override: its reviewed corrections.
        fault_of: says why an amended schema would be none; by default JSON Schema's own schema, which is
            thorough and slow.

    Returns:
        The amended schema (the given one is left as it is), and a note for each value that was changed and
        for each amendment that is idle, astray or would make no schema.
    """
    notes: list[Note] = []
    for amendment in override.amendments:
        amended = merge(schema, amendment.patch)
        if astray := next(_missing(schema, amendment.patch, amendment.adds, INPUT), None):
            fact = f"{astray} is not there to be patched"
            notes.append(Doubt("override-astray", astray, fact, amendment.reason))
        elif moved := next(_moved(schema, amendment), None):
            fact = f"upstream says something else at {moved} than was reviewed"
            notes.append(Doubt("override-astray", moved, fact, amendment.reason))
        elif amended == schema:
            fact = "the schema says so already"
            notes.append(Doubt("override-idle", INPUT, fact, amendment.reason))
        elif fault := (fault_of or _no_schema)(amended):
            notes.append(Doubt("override-malformed", INPUT, fault, amendment.reason))
        else:
            notes += _changes(schema, amended, amendment)
            schema = amended
    return schema, notes


def merge(target: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396); neither argument is changed."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _moved(schema: Any, amendment: Amendment) -> Iterator[str]:
    """The places where upstream no longer says what was reviewed."""
    for pointer, reviewed in amendment.was.items():
        way = parts(pointer)
        target = schema
        for part in way:
            target = target.get(part, ABSENT) if isinstance(target, Mapping) else ABSENT
        is_unordered = (
            bool(way) and way[-1] in _UNORDERED and isinstance(target, list) and isinstance(reviewed, list)
        )
        same = (
            sorted(map(repr, target)) == sorted(map(repr, reviewed)) if is_unordered else target == reviewed
        )
        if not same:
            yield pointer


def _missing(target: Any, patch: Mapping[str, Any], adds: frozenset[str], pointer: str) -> Iterator[str]:
    """The objects that a patch goes into and that are not there."""
    for key, value in patch.items():
        place = step(pointer, key)
        if not isinstance(value, Mapping) or place in adds:
            continue
        inner = target.get(key) if isinstance(target, Mapping) else None
        if not isinstance(inner, Mapping):
            yield place
        else:
            yield from _missing(inner, value, adds, place)


def _no_schema(schema: JsonSchema) -> str | None:
    place = misused_at(schema)
    return None if place is None else f"it would be no JSON Schema at {place}"


def _changes(before: Any, after: Any, amendment: Amendment, pointer: str = INPUT) -> Iterator[Correction]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(each for each in after if each not in before)]:
            place = step(pointer, str(key))
            yield from _changes(before.get(key, ABSENT), after.get(key, ABSENT), amendment, place)
    elif before != after:
        evidence = f"{amendment.reason} ({amendment.evidence}; reviewed {amendment.date})"
        yield Correction("override", pointer, before, after, evidence)


def stray_overrides(overrides: Iterable[Override], models: Iterable[str]) -> Iterator[Doubt]:
    """The overrides of models that upstream no longer has."""
    known = set(models)
    for override in overrides:
        if override.model not in known:
            fact = f"no page declares {override.model} any more"
            yield Doubt("override-astray", INPUT, fact, override.amendments[0].reason)
