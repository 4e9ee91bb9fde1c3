"""Two schemas side by side: which part of one is which part of the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.values import Pointer

ALTERNATIVES: Final = ("oneOf", "anyOf")
_WORDS: Final = frozenset(
    {"$comment", "$id", "$schema", "description", "example", "examples", "title", "x-inferred", "x-kie"}
)
"""What never counts: wording, samples, what was read from wording, and the record of a schema."""
_UNORDERED: Final = frozenset({"enum", "required", "type", "allOf", "anyOf", "oneOf"})
NO_SCHEMA: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Pair:
    """One place of an input schema, as it was and as it is."""

    base: Mapping[str, Any]
    theirs: Mapping[str, Any]
    pointer: Pointer = ()
    name: str = ""
    """The property it is about, where it is one of the input's own."""
    priced: frozenset[str] = frozenset()
    """The input's properties that a price depends on."""

    def at(self, *steps: str | int) -> Pointer:
        """A pointer to a part of it."""
        return (*self.pointer, *steps)

    @property
    def is_priced(self) -> bool:
        """Whether a price depends on it."""
        return self.name in self.priced


def pairs(pair: Pair, depth: int = 0) -> Iterator[Pair]:
    """A pair and all the pairs inside it; what only one side has is no pair."""
    yield pair
    for name, base in _mapping(pair.base, "properties").items():
        theirs = _mapping(pair.theirs, "properties").get(name)
        if isinstance(base, Mapping) and isinstance(theirs, Mapping):
            own = str(name) if depth == 0 else ""
            yield from pairs(Pair(base, theirs, pair.at("properties", name), own, pair.priced), depth + 1)
    for key in ("items", "additionalProperties", "propertyNames", "contains"):
        base, theirs = pair.base.get(key), pair.theirs.get(key)
        if isinstance(base, Mapping) and isinstance(theirs, Mapping):
            yield from pairs(Pair(base, theirs, pair.at(key), "", pair.priced), depth + 1)
    for key in (*ALTERNATIVES, "allOf"):
        for base, theirs, at in matched(pair, key).both:
            # An alternative speaks of the same value, so its properties are the input's own as well.
            yield from pairs(Pair(base, theirs, pair.at(key, at), pair.name, pair.priced), depth)


@dataclass(frozen=True, slots=True)
class Matched:
    """The alternatives of two sides, put together."""

    both: tuple[tuple[Mapping[str, Any], Mapping[str, Any], int], ...] = ()
    """Base's, theirs', and the place in theirs."""
    gone: tuple[tuple[Mapping[str, Any], int], ...] = ()
    new: tuple[tuple[Mapping[str, Any], int], ...] = ()


def matched(pair: Pair, key: str) -> Matched:
    """Put the alternatives under a key together: equal ones first, then those with most names in common."""
    base, theirs = _branches(pair.base, key), _branches(pair.theirs, key)
    if not base or not theirs:
        return Matched()
    both: list[tuple[Mapping[str, Any], Mapping[str, Any], int]] = []
    left = dict(enumerate(theirs))
    gone: list[tuple[Mapping[str, Any], int]] = []
    waiting = list(enumerate(base))
    for is_meant in (_is_same, _is_kin):
        still: list[tuple[int, Mapping[str, Any]]] = []
        for number, each in waiting:
            likely = [at for at, other in left.items() if is_meant(each, other)]
            if likely:
                at = max(likely, key=lambda at: (_kinship(each, left[at]), -at))
                both.append((each, left.pop(at), at))
            else:
                still.append((number, each))
        waiting = still
    gone = [(each, number) for number, each in waiting]
    return Matched(tuple(both), tuple(gone), tuple((each, at) for at, each in left.items()))


def _branches(schema: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = schema.get(key)
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, Sequence) else []


def _is_same(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return canonical(base) == canonical(theirs)


def _is_kin(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return kinds(base) == kinds(theirs) and (_kinship(base, theirs) > 0 or not names(base) | names(theirs))


def _kinship(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> int:
    """How much two alternatives have in common; what they require tells them apart from the others most."""
    required = set(base.get("required", ())) & set(theirs.get("required", ()))
    return 2 * len(required) + len(names(base) & names(theirs))


def names(schema: Mapping[str, Any]) -> frozenset[str]:
    """All property names that a schema knows, in its alternatives too."""
    found = set(_mapping(schema, "properties")) | set(schema.get("required", ()))
    for key in (*ALTERNATIVES, "allOf"):
        for each in _branches(schema, key):
            found |= names(each)
    return frozenset(found)


def kinds(schema: Mapping[str, Any]) -> frozenset[str] | None:
    """The JSON types that a schema takes; `None` for all. A number takes integers too."""
    declared = schema.get("type")
    if declared is None:
        return None
    listed = {declared} if isinstance(declared, str) else set(declared)
    return frozenset(listed | ({"integer"} if "number" in listed else set()))


def canonical(value: Any, key: str = "") -> str:
    """One text for schemas that say the same: order, wording and samples left out."""
    if isinstance(value, Mapping):
        # A property may be called `title`: names are no keywords.
        is_names = key in {"properties", "patternProperties", "dependentSchemas"}
        kept = {name: each for name, each in value.items() if is_names or name not in _WORDS}
        body = {name: canonical(each, "" if is_names else name) for name, each in kept.items()}
        return json.dumps(body, sort_keys=True)
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = [canonical(each) for each in value]
        return json.dumps(sorted(listed) if key in _UNORDERED else listed)
    # 1 and 1.0 are one number.
    number = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if number else value, default=str)


def _mapping(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, Mapping) else NO_SCHEMA
