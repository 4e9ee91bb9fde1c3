"""Reads a value as what a schema takes: `"5"` as 5, `1080P` as `1080p`, one address as a list of one.

A reading is another spelling of the same value. Nothing is rounded, filled in or guessed, and a value that
the schema takes as it is stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from kie_catalog.schemas.aliases import fold
from kie_catalog.schemas.json_kinds import is_number, kind_of, number_of, readable_as, same

Takes: TypeAlias = Callable[[Mapping[str, Any], Any], bool]
"""Tells whether a schema takes a value."""

_BETWEEN: Final = re.compile(r"(?<=[a-z0-9])[\s_-]+(?=[a-z0-9])")
_TIMES: Final = re.compile(r"(?<=\d)\s*[x×/]\s*(?=\d)")
_SUFFIXED: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:p|s|sec|seconds?)")
_TIMED: Final = re.compile(r"(?:^|_)(?:duration|seconds)$")
_ADDRESS: Final = re.compile(r"(?:https?|oss)://[^\s/?#]+\S*", re.IGNORECASE)
MAX_DEPTH: Final = 20


def is_address(text: str) -> bool:
    """Whether a text is an absolute http(s) address, or one of KIE's object store (`oss://`)."""
    return _ADDRESS.fullmatch(text) is not None


def read_value(value: Any, schema: Mapping[str, Any], takes: Takes, *, name: str = "", depth: int = 0) -> Any:
    """The value as the schema takes it, or as near to that as spelling goes.

    Args:
        value: any JSON value.
        schema: what it is for.
        takes: the judge of alternatives.
        name: the property that it is for.
        depth: how deep in the input it stands.
    """
    if depth > MAX_DEPTH or takes(schema, value):
        return value
    for branch in _alternatives(schema):
        read = read_value(value, branch, takes, name=name, depth=depth + 1)
        if takes(branch, read):
            return read
    if isinstance(schema.get("enum"), list):
        return _member(_single(value, schema), schema["enum"])
    kinds = _kinds(schema)
    if "array" in kinds:
        return _as_list(value, schema, takes, name, depth)
    if "object" in kinds and isinstance(value, dict):
        return _as_object(value, schema, takes, depth)
    return _scalar(_single(value, schema), kinds, name)


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = [each for key in ("anyOf", "oneOf") for each in schema.get(key, ())]
    return [each for each in listed if isinstance(each, dict)]


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type", [])
    return [declared] if isinstance(declared, str) else list(declared)


def _single(value: Any, schema: Mapping[str, Any]) -> Any:
    """The one element of a list where no list is meant."""
    is_wrapped = isinstance(value, list) and len(value) == 1 and "array" not in _kinds(schema)
    return value[0] if is_wrapped else value


def _member(value: Any, enum: Sequence[Any]) -> Any:
    """The member of an enum that a value spells; the value itself where that is none, or not one alone."""
    for key in (fold_choice, _without_unit):
        wanted = key(value)
        meant = [each for each in enum if wanted is not None and key(each) == wanted]
        if len(meant) == 1:
            return meant[0]
        if meant:
            break
    return value


def fold_choice(value: Any) -> str | None:
    """What is equal for two spellings of a choice: `1080P`, `1080p`; `16x9`, `16:9`; 5, `"5"`."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_number(value):
        return str(readable_as(value, "string"))
    if not isinstance(value, str):
        return None
    return _BETWEEN.sub("", _TIMES.sub(":", value.strip().lower()))


def _without_unit(value: Any) -> str | None:
    folded = fold_choice(value)
    if folded is None:
        return None
    match = _SUFFIXED.fullmatch(folded)
    return match.group(1) if match else folded


def _as_list(value: Any, schema: Mapping[str, Any], takes: Takes, name: str, depth: int) -> Any:
    items = schema.get("items")
    inner = items if isinstance(items, dict) else {}
    elements = value if isinstance(value, list) else [value]
    if value is None or (isinstance(value, dict) and "object" not in _kinds(inner)):
        return value
    return [read_value(each, inner, takes, name=name, depth=depth + 1) for each in elements]


def _as_object(value: dict[str, Any], schema: Mapping[str, Any], takes: Takes, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    spelled = {fold(each): each for each in properties}
    read: dict[str, Any] = {}
    for name, each in value.items():
        meant = spelled.get(fold(name), name)
        known = meant if name not in properties and meant not in value and meant not in read else name
        inner = properties.get(known)
        is_schema = isinstance(inner, dict)
        read[known] = read_value(each, inner, takes, name=known, depth=depth + 1) if is_schema else each
    return read


def _scalar(value: Any, kinds: Sequence[str], name: str) -> Any:
    plain = value.strip() if isinstance(value, str) else value
    if kind_of(plain) in kinds or (kind_of(plain) == "integer" and "number" in kinds):
        return plain
    candidates = [plain]
    if isinstance(plain, str) and _TIMED.search(name) and (match := _SUFFIXED.fullmatch(plain.lower())):
        candidates.append(number_of(match.group(1)))
    for each in candidates:
        for kind in kinds:
            read = each if same_kind(each, kind) else readable_as(each, kind)
            if read is not None:
                return read
    return value


def same_kind(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type; an integer is a number."""
    own = kind_of(value)
    return own == kind or (own == "integer" and kind == "number")


def equal(value: Any, other: Any) -> bool:
    """JSON equality through lists and objects: true is not 1, 1 is 1.0."""
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(equal(value[key], other[key]) for key in value)
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(equal, value, other))
    return same(value, other)
