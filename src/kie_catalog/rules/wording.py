"""How rules put values and suggestions into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from kie_catalog.domain.values import Value, plain_number

_LONGEST: Final = 60
"""More of an odd value than this helps nobody, and comparing it would be slow."""


def clip(text: str) -> str:
    """The text in one line that can be shown anywhere, cut where it is too long for a message."""
    printable = (
        each if each.isprintable() else ascii(each)[1:-1] for each in " ".join(text[: 4 * _LONGEST].split())
    )
    line = "".join(printable)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def amount_text(number: Decimal) -> str:
    """A number as a reader writes it; one out of all proportion keeps its exponent."""
    is_odd = not number.is_finite() or not -_LONGEST < number.adjusted() < _LONGEST
    return clip(str(number)) if is_odd else clip(plain_number(number))


def say(value: Value) -> str:
    """What a value is, in words: `the text 'abc'`, `the number 5`, `a list`, `empty`."""
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case Decimal():
            return f"the number {clip(str(value))}"
        case str():
            return f"the text '{clip(value)}'" if value.strip() else "an empty text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; `None` where none is near."""
    import difflib  # noqa: PLC0415 -- slow to import, and only a mistake needs it

    near = difflib.get_close_matches(word[:_LONGEST].lower(), tuple(known), n=1)
    return near[0] if near else None


def suggest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, as the tail of a sentence; else an empty text."""
    meant = nearest(word, known)
    return f"; did you mean `{meant}`?" if meant else ""
