"""Upstream's words made harmless, and numbers as people read them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kie_catalog.domain.values import Absence, Value, canonical, plain_number

if TYPE_CHECKING:
    from kie_catalog.domain.change import Version

_BLANKS: Final = re.compile(r"\s+")
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()+!|~&$^])")
_LIVE: Final = re.compile(r"([@#]|://|www\.)")
"""What GitHub turns into mentions, references and links even where Markdown escapes it."""
_CODE: Final = re.compile(r"[`|]")
MAX_LENGTH: Final = 300


def clean(text: str) -> str:
    """One line without control, format and direction characters, cut at a length no fact needs."""
    visible = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter
        for letter in text
        if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}
    )
    line = _BLANKS.sub(" ", visible).strip()
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1] + "…"


def prose(text: str) -> str:
    """Upstream's text for the running text or a table cell: nothing in it is markup, a mention or a link."""
    return _LIVE.sub("\\1\u2060", _SPECIAL.sub(r"\\\1", clean(text)))


def code(text: str) -> str:
    """Upstream's text as inline code, which renders literally; it holds no backtick and no cell border."""
    inner = _CODE.sub("'", clean(text))
    return f"`{inner}`" if inner else "—"


def number(value: Decimal) -> str:
    """A number as the catalog writes it."""
    return plain_number(value)


def value(version: Version) -> str:
    """Any value of a field as inline code; a dash for none."""
    if isinstance(version, Absence):
        return "—"
    return code(plain(version))


def plain(version: Value) -> str:
    """A value without marks: a number as people write it, a text as it is, all else as JSON."""
    if isinstance(version, Decimal):
        return plain_number(version)
    return version if isinstance(version, str) else canonical(version)


def percent(share: Decimal | None) -> str:
    """A share as `+25 %`; a dash where there was no price to compare with."""
    if share is None:
        return "—"
    rounded = (share * 100).quantize(Decimal("0.1"))
    return f"{rounded.normalize() if rounded == rounded.to_integral_value() else rounded:+f} %"


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """`1 model`, `2 models`."""
    return f"{amount} {noun if amount == 1 else plural or noun + 's'}"
