"""Walking an input schema: every subschema with its place, and the properties that are declared around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.values import Pointer

MAX_DEPTH: Final = 24
"""Deeper nesting is left alone; the deepest real input has six levels."""
_BRANCHES: Final = ("allOf", "anyOf", "oneOf")
_SAME: Final = ("if", "then", "else", "not")
_BELOW: Final = ("items", "additionalProperties", "contains", "propertyNames")
_NAMED: Final = ("properties", "patternProperties", "$defs")


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
    """Every subschema of a schema; what is no mapping is left out."""
    yield from _walk(schema, (), frozenset(), MAX_DEPTH)


def _walk(schema: Any, pointer: Pointer, around: frozenset[str], depth: int) -> Iterator[Part]:
    if not isinstance(schema, Mapping) or not depth:
        return
    declared = around | _declared(schema)
    yield Part(pointer, schema, declared, "$ref" in schema or "patternProperties" in schema)
    for key in _NAMED:
        for name, each in _entries(schema.get(key)):
            yield from _walk(each, (*pointer, key, name), frozenset(), depth - 1)
    for key in _BELOW:
        yield from _walk(schema.get(key), (*pointer, key), frozenset(), depth - 1)
    for key in _BRANCHES:
        branches = schema.get(key)
        for at, each in enumerate(branches if isinstance(branches, list | tuple) else ()):
            yield from _walk(each, (*pointer, key, at), declared, depth - 1)
    for key in _SAME:
        yield from _walk(schema.get(key), (*pointer, key), declared, depth - 1)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()


def _declared(schema: Mapping[str, Any]) -> frozenset[str]:
    """The properties that a schema or one of its branches declares."""
    names = {name for name, _ in _entries(schema.get("properties"))}
    for key in _BRANCHES:
        branches = schema.get(key)
        for each in branches if isinstance(branches, list | tuple) else ():
            names |= {
                name for name, _ in _entries(each.get("properties") if isinstance(each, Mapping) else None)
            }
    return frozenset(names)
