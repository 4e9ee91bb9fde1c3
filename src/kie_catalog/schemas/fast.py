"""The fast JSON Schema engine (extra `fast`) as a gate: what it lets pass needs no look by the plain one.

It never says what is wrong; for that, and for every schema that the two might read differently, the plain
engine is asked as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kie_catalog.schemas.openapi import LISTED, NAMED, NESTED

Gate = Callable[[Any], bool]
"""Whether a value meets a schema for sure."""

_APART: Final = frozenset({"pattern", "patternProperties", "$ref", "$dynamicRef", "propertyNames"})
"""Keywords whose meaning hangs on the engine: on its regular expressions, or on where it looks things up."""
_FORMATS: Final = frozenset({"uri"})


def gate_for(schema: Mapping[str, Any], known: str, is_address: Callable[[Any], bool]) -> Gate | None:
    """Compile a gate; `None` without the engine, or where it might read the schema differently.

    Args:
        schema: a compiled schema, with our keyword in it.
        known: the name of our keyword, which lists the names that an object may have.
        is_address: what the format `uri` means.
    """
    if not _is_plain(schema):
        return None
    try:
        import jsonschema_rs  # noqa: PLC0415 -- an extra
    except ImportError:
        return None
    try:
        validator = jsonschema_rs.validator_for(
            dict(schema),
            formats={"uri": is_address},
            validate_formats=True,
            keywords={known: _Known},
        )
    except (ValueError, TypeError):
        return None
    return _asked(validator.is_valid)


def _asked(is_valid: Gate) -> Gate:
    def gate(value: Any) -> bool:
        try:
            return bool(is_valid(value))
        except (ValueError, TypeError, OverflowError):
            return False  # a number or an object that it has no form for: the plain engine decides

    return gate


class _Known:
    """Our keyword: an object has no other names than the listed ones."""

    def __init__(self, _: Any, names: Any, __: Any) -> None:
        self._names = frozenset(names)

    def validate(self, instance: Any) -> None:
        """Refuse an object with another name, as the engine wants it."""
        if isinstance(instance, dict) and not instance.keys() <= self._names:
            raise ValueError("unknown name")


def _is_plain(schema: Any) -> bool:
    """Whether both engines read a schema alike beyond doubt."""
    if not isinstance(schema, dict):
        return True
    if schema.keys() & _APART or schema.get("format", "uri") not in _FORMATS:
        return False
    step = schema.get("multipleOf", 1)
    if not isinstance(step, int):  # the plain one reckons exactly
        return False
    inner: list[Any] = []
    for key, each in schema.items():
        if key in NAMED and isinstance(each, dict):
            inner += each.values()
        elif key in LISTED and isinstance(each, list):
            inner += each
        elif key in NESTED or key in {"if", "not"}:
            inner.append(each)
    return all(map(_is_plain, inner))
