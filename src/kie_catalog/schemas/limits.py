"""What an input schema allows, in a few words a property, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SHOWN: Final = 6
"""So many of the listed values are named."""
_SIZES: Final = {
    "string": ("minLength", "maxLength", "characters"),
    "array": ("minItems", "maxItems", "items"),
    "integer": ("minimum", "maximum", ""),
    "number": ("minimum", "maximum", ""),
}


def limits_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """One line for each property of the schema's root that is limited: its values, its bounds, its size."""
    return tuple(_limits(schema.get("properties") or {}))


def required_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What every request must give; of alternatives each, joined by `or`."""
    required = tuple(schema.get("required") or ())
    for key in ("oneOf", "anyOf"):
        branches = [branch.get("required") for branch in schema.get(key) or () if isinstance(branch, Mapping)]
        told = list(dict.fromkeys(" and ".join(branch) for branch in branches if branch))
        required += (" or ".join(told),) if told else ()
    return required


def _limits(properties: Mapping[str, Any]) -> Iterator[str]:
    for name, each in properties.items():
        if isinstance(each, Mapping) and (said := _limit(each)):
            yield f"{name}: {said}"


def _limit(schema: Mapping[str, Any]) -> str:
    options = schema.get("enum")
    if isinstance(options, list):
        more = f" and {len(options) - _SHOWN} more" if len(options) > _SHOWN else ""
        return ", ".join(map(str, options[:_SHOWN])) + more
    inferred = schema.get("x-inferred")
    bounds = {**(inferred if isinstance(inferred, Mapping) else {}), **schema}
    kind = bounds.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    named = next((_SIZES[each] for each in kinds if each in _SIZES), ("", "", ""))
    low_name, high_name, noun = named
    return _span(bounds.get(low_name), bounds.get(high_name), noun)


def _span(low: Any, high: Any, noun: str) -> str:
    if high is not None:
        said = f"{low} to {high}" if low else f"up to {high}"
    elif low and noun != "characters":
        said = f"at least {low}"
    else:
        return ""
    return f"{said} {noun}".rstrip()
