"""Walking an input schema: every subschema with its place, and the properties that are declared around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.values import Pointer

MAX_DEPTH: Final = 24
"""Deeper nesting is left alone; the deepest real input has six levels."""
_BRANCHES: Final = frozenset({"allOf", "anyOf", "oneOf"})
_SAME: Final = frozenset({"if", "then", "else", "not"})
_BELOW: Final = frozenset({"items", "additionalProperties", "contains", "propertyNames"})
_NAMED: Final = frozenset({"properties", "patternProperties", "$defs"})
_OTHER: Final = _BELOW | _NAMED
"""What is below these is about another object."""
_HOLDERS: Final = _BRANCHES | _SAME | _OTHER


@dataclass(frozen=True, slots=True)
class Part:
    """One subschema."""

    pointer: Pointer
    schema: Mapping[str, Any]
    declared: frozenset[str]
    """The properties that it, or a schema around it that is about the same object, declares."""
    is_open: bool
    """Whether it may hold properties that nobody names: it refers to, or excludes, something else."""

    @property
    def name(self) -> str:
        """The property it is about, in words."""
        names = [
            str(name) for at, name in enumerate(self.pointer) if at and self.pointer[at - 1] == "properties"
        ]
        return ".".join(names) or "the input"


def walk(schema: Any) -> Iterator[Part]:
    """Every subschema of a schema, in no order; what is no mapping is left out."""
    yield from _walk(schema, (), frozenset(), MAX_DEPTH)


def _walk(schema: Any, pointer: Pointer, around: frozenset[str], depth: int) -> Iterator[Part]:
    if not isinstance(schema, dict) or not depth:
        return
    declared = around | _declared(schema)
    yield Part(pointer, schema, declared, "$ref" in schema or "patternProperties" in schema)
    for key in _HOLDERS & schema.keys():
        scope = frozenset[str]() if key in _OTHER else declared
        for place, each in _held(key, schema[key]):
            yield from _walk(each, (*pointer, key, *place), scope, depth - 1)


def _held(key: str, value: Any) -> Iterator[tuple[Pointer, Any]]:
    """The schemas under a keyword, each with the rest of its place."""
    if key in _NAMED:
        if isinstance(value, dict):
            yield from (((name,), each) for name, each in value.items())
    elif key in _BRANCHES:
        if isinstance(value, list):
            yield from (((at,), each) for at, each in enumerate(value))
    else:
        yield (), value


def _declared(schema: Mapping[str, Any]) -> frozenset[str]:
    """The properties that a schema or one of its branches declares."""
    own = schema.get("properties")
    names = frozenset(own) if isinstance(own, dict) else frozenset[str]()
    for key in _BRANCHES & schema.keys():
        for each in schema[key] if isinstance(schema[key], list) else ():
            inner = each.get("properties") if isinstance(each, dict) else None
            names |= frozenset(inner) if isinstance(inner, dict) else frozenset()
    return names
