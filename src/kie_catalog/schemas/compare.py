"""What two schemas of one model say differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.mending.wording import INFERRED
from kie_catalog.schemas.notes import INPUT, show, step

_UNORDERED = frozenset({"enum", "required", "type"})


def differences(schema: Any, other: Any, pointer: str = INPUT) -> Iterator[tuple[str, str]]:
    """The places where two schemas differ, each with both values; order and inferred bounds do not count."""
    if isinstance(schema, Mapping) and isinstance(other, Mapping):
        for key in [*schema, *(each for each in other if each not in schema)]:
            if key != INFERRED:
                yield from differences(
                    schema.get(key, ABSENT), other.get(key, ABSENT), step(pointer, str(key))
                )
    elif isinstance(schema, list) and isinstance(other, list):
        yield from _in_lists(schema, other, pointer)
    elif schema != other:
        yield pointer, f"this page says {_words(schema)}, the other {_words(other)}"


def _in_lists(values: list[Any], others: list[Any], pointer: str) -> Iterator[tuple[str, str]]:
    is_unordered = pointer.rsplit("/", 1)[-1] in _UNORDERED
    if is_unordered and sorted(map(repr, values)) == sorted(map(repr, others)):
        return
    if is_unordered or len(values) != len(others):
        yield pointer, f"this page says {_words(values)}, the other {_words(others)}"
        return
    for at, (value, other) in enumerate(zip(values, others, strict=True)):
        yield from differences(value, other, step(pointer, at))


def _words(value: Any) -> str:
    return "nothing" if value is ABSENT else show(value)
