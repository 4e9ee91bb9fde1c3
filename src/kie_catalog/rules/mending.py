"""Fixes that several rules have: a value in its kind, a key or a word as it was probably meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kie_catalog.domain.finding import Fix, FixEdit
from kie_catalog.domain.money import parse_amount
from kie_catalog.domain.shape import Kind
from kie_catalog.domain.values import ABSENT, Absence, Pointer, Value
from kie_catalog.rules.subject import Entry, is_amount
from kie_catalog.rules.wording import amount_text, clip

_OF_TEXT: Final = frozenset({Kind.TEXT, Kind.ID, Kind.TITLE, Kind.DATE, Kind.VERSION, Kind.WORD})


def in_kind(kind: Kind, value: Value) -> Value | Absence:
    """The same value in the kind that its field has; `ABSENT` where there is a doubt about it."""
    match value:
        case str() if kind is Kind.NUMBER and (amount := parse_amount(value)) is not None:
            return amount
        case str() if kind is Kind.FLAG and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case Decimal() if kind in _OF_TEXT and is_amount(value):
            return format(value, "f")
    return ABSENT


def kind_fix(pointer: Pointer, new: Value) -> Fix:
    """A value of another kind that says the same."""
    return Fix(f"write {_written(new)}", (FixEdit(pointer, new),), is_safe=True)


def _written(value: Value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{amount_text(value)} without quotes"
    return f"'{clip(str(value))}' in quotes"


def renamed(entry: Entry, key: str, meant: str) -> Fix | None:
    """A key under the name that was probably meant; none if that one is there already."""
    if meant in entry.fields:
        return None
    old, new = (*entry.pointer, key), (*entry.pointer, meant)
    return Fix(f"call `{clip(key)}` `{meant}`", (FixEdit(old), FixEdit(new, entry.fields[key])))


def other_word(pointer: Pointer, word: str, meant: str) -> Fix:
    """The word that was probably meant; safe where only case or blanks differ."""
    return Fix(f"write {meant}", (FixEdit(pointer, meant),), is_safe=word.strip().lower() == meant)
