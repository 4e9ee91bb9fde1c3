"""How values are written: scalars and flow collections in one line, entries and items in block style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeGuard

from kie_catalog.catalog.scalars import scalar_text
from kie_catalog.domain.values import Value


def is_sequence(value: Value) -> TypeGuard[Sequence[Value]]:
    """Whether a value is a sequence; a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def flow_text(value: Value) -> str:
    """How a value is written inside brackets or braces: a collection in one line, however long."""
    if isinstance(value, Mapping):
        pairs = (f"{scalar_text(key, flow=True)}: {flow_text(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if value is None or isinstance(value, str | Decimal | bool):
        return scalar_text(value, flow=True)
    return "[" + ", ".join(map(flow_text, value)) + "]"


def inline_text(value: Value, *, style: str = "", flow: bool = False) -> str:
    """How a value is written behind its key or dash, in one line; see `scalar_text` for the arguments."""
    if value is None or isinstance(value, str | Decimal | bool):
        return scalar_text(value, style=style, flow=flow)
    return flow_text(value)


def entry_lines(key: str, value: Value, step: int) -> list[str]:
    """The lines of a mapping entry in block style, from column 0.

    A sequence of mappings gets a line per field, its dashes `step` columns behind the key;
    every other value stands in the line of its key.
    """
    name = scalar_text(key)
    if is_sequence(value) and value and all(isinstance(each, Mapping) for each in value):
        return [f"{name}:", *(" " * step + line for each in value for line in item_lines(each, step))]
    return [f"{name}: {inline_text(value)}"]


def item_lines(value: Value, step: int) -> list[str]:
    """The lines of a sequence item in block style, from column 0; a mapping's keys align behind the dash."""
    if not isinstance(value, Mapping) or not value:
        return [f"- {inline_text(value)}"]
    first, *rest = (line for key, each in value.items() for line in entry_lines(key, each, step))
    return [f"- {first}", *(f"  {line}" for line in rest)]
