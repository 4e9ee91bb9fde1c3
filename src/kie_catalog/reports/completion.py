"""A ready-to-paste completion of a model that entered hidden: its entry, with blanks for what it lacks."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from kie_catalog.domain.catalog import ModelType
from kie_catalog.domain.change import Added
from kie_catalog.domain.shape import MODE_FIELDS, MODEL_FIELDS
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import Fields, Value, to_json
from kie_catalog.reports.text import clean

FILL_IN: Final = "FILL-IN"
"""What stands where people must write; no value that the checks let pass."""

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Zl", "Zp"})
"""Categories of characters that show nothing, or do something to what is around them."""
_UNPRICED: Final[Fields] = {"unit": FILL_IN, "credits": FILL_IN, "official_usd": FILL_IN}


def completion(added: Added) -> str:
    """The model as the catalog file has it, active and complete but for the marked places."""
    fields: dict[str, Value] = {"title_ru": added.fields.get("title", added.model), **added.fields}
    fields |= {"type": fields.get("type", FILL_IN), "status": "active"}
    modes: Mapping[str, Fields] = added.modes or {"default": _UNPRICED}
    lines = [f"# {clean(gap)}" for gap in added.gaps]
    lines += [f"- id: {_scalar(added.model)}"]
    lines += [f"  {line}" for line in _lines(fields, [each.name for each in MODEL_FIELDS])]
    lines += ["  modes:"]
    for mode_id, mode in modes.items():
        lines += [f"  - id: {_scalar(mode_id)}"]
        lines += [f"    {line}" for line in _lines(mode, [each.name for each in MODE_FIELDS])]
    return "\n".join(lines)


def _lines(fields: Fields, order: list[str]) -> Iterator[str]:
    for name in order:
        if name in fields:
            hint = f"  # one of {_choices(name)}" if fields[name] == FILL_IN and _choices(name) else ""
            yield f"{name}: {_scalar(fields[name])}{hint}"


def _choices(name: str) -> str:
    return ", ".join({"type": ModelType, "unit": Unit}.get(name, ()))


def _scalar(value: Value) -> str:
    """A value in JSON, which is YAML too; what nobody could see in it is escaped as YAML does."""
    return "".join(map(_visible, json.dumps(to_json(value), ensure_ascii=False)))


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cs":  # half a character, which no file can hold
        return "\\ufffd"
    return f"\\U{ord(letter):08x}" if category in _HIDDEN else letter
