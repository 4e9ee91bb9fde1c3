"""Scalars: what a plain one means, and how a value is written so that every reader takes it for the same.

Readers of YAML disagree about plain scalars: `no` is false for one and a text for another, `012` is ten,
twelve or a text. This file takes the part on which YAML 1.1 (PyYAML, what version 1 loaders use) and YAML 1.2
agree, and calls the rest ambiguous:

- a number is a plain decimal one, exact, at most `MAX_NUMBER` characters long, with an exponent of at most
  two digits; octal, hexadecimal, binary, sexagesimal (`16:9` is 969) and grouped (`1_000`) numbers,
  infinities and numbers of one of the two versions only (`1e5`, `08`, `-.5`) are ambiguous
- a boolean is `true` or `false` (also `True`, `TRUE`); `yes`, `no`, `on` and `off` are ambiguous
- null is `null`, `~` or nothing at all
- a date is a text: it is compared and written as it stands
- `=` and `<<` mean something only to old readers: ambiguous
- all else is text, and so is everything that is quoted
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from yaml.resolver import Resolver

from kie_catalog.domain.values import Scalar, plain_number

MAX_NUMBER: Final = 40
"""No price is longer; a longer number is not exact for readers that use floats, or is an attack."""

_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*|[0-9]*\.[0-9]*(?:[eE][-+][0-9]{1,2})?)")
_NEWER_NUMBER: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)"
)
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SHORT_BOOLEANS: Final = frozenset("yYnN")
_ONE_LINE: Final = re.compile("[ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NOT_PLAIN: Final = re.compile(
    r"""\s|.*\s\Z|[#,\[\]{}&*!|>'"%@`]|[-?:](?:\s|\Z)|---|\.\.\.|.*(?::(?:\s|\Z)|\s\#)"""
)
_NOT_PLAIN_IN_FLOW: Final = re.compile(r".*[,?\[\]{}:]")


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A plain scalar that programs read differently."""

    cure: str
    """What its author should write."""


@lru_cache(maxsize=4096)
def resolve(text: str) -> Scalar | Ambiguous:
    """The value of a plain scalar; see the module."""
    match _older_kind(text):
        case "null":
            return None
        case "bool":
            return _BOOLEANS.get(text, Ambiguous("write true or false, or quote it"))
        case "int" | "float":
            plain = _DECIMAL.fullmatch(text) and len(text) <= MAX_NUMBER
            return Decimal(text) if plain else Ambiguous("write a plain decimal number, or quote it")
        case "merge" | "value":
            return Ambiguous("quote it")
        case None if _NEWER_NUMBER.fullmatch(text):
            return Ambiguous("write a plain decimal number, or quote it")
    return text


def _older_kind(text: str) -> str | None:
    """What YAML 1.1 makes of a plain scalar, in its own word; `None` for a text."""
    for tag, pattern in Resolver.yaml_implicit_resolvers.get(text[:1], ()):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return None


def scalar_text(value: Scalar, *, style: str = "", flow: bool = False) -> str:
    """How a scalar is written, in one line.

    Args:
        value: what to write.
        style: the quote that texts should have, `'` or `"`; anything else asks for none. It is followed
            where the text can be written so.
        flow: whether it stands inside brackets or braces, where less can be plain.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_number(value) if isinstance(value, Decimal) else _text(value, style, flow=flow)


def _text(text: str, style: str, *, flow: bool) -> str:
    if style == '"' or not _ONE_LINE.fullmatch(text):
        import json  # noqa: PLC0415 -- slow to import, and only a writer needs it

        quoted = json.dumps(text, ensure_ascii=False)  # all of its escapes are escapes of YAML too
        return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    if style != "'" and _is_plain(text, flow=flow):
        return text
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str, *, flow: bool) -> bool:
    if _NOT_PLAIN.match(text) or (flow and _NOT_PLAIN_IN_FLOW.match(text)):
        return False
    return _older_kind(text) is None and resolve(text) == text and text not in _SHORT_BOOLEANS
