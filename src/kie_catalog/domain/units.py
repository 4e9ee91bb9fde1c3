"""What a price is for: one vocabulary for the catalog and every spelling that upstream has used."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


class Unit(enum.StrEnum):
    """The units of a price. The first nine are those of version 1."""

    IMAGE = "image"
    VIDEO = "video"
    SECOND = "second"
    MINUTE = "minute"
    MEGAPIXEL = "megapixel"
    REQUEST = "request"
    UPSCALE = "upscale"
    REMOVAL = "removal"
    THOUSAND_CHARACTERS = "1k_characters"
    GENERATION = "generation"
    MILLION_TOKENS = "1m_tokens"


@dataclass(frozen=True, slots=True)
class Sold:
    """What one price buys: `per` units of one kind."""

    unit: Unit
    per: Decimal = Decimal(1)


_SPELLINGS: Final = {
    "image": Unit.IMAGE,
    "images": Unit.IMAGE,
    "video": Unit.VIDEO,
    "videos": Unit.VIDEO,
    "vedio": Unit.VIDEO,
    "second": Unit.SECOND,
    "seconds": Unit.SECOND,
    "minute": Unit.MINUTE,
    "minutes": Unit.MINUTE,
    "megapixel": Unit.MEGAPIXEL,
    "megapixels": Unit.MEGAPIXEL,
    "request": Unit.REQUEST,
    "requests": Unit.REQUEST,
    "upscale": Unit.UPSCALE,
    "removal": Unit.REMOVAL,
    "generation": Unit.GENERATION,
    "1000 characters": Unit.THOUSAND_CHARACTERS,
    "1k characters": Unit.THOUSAND_CHARACTERS,
    "million": Unit.MILLION_TOKENS,
    "million tokens": Unit.MILLION_TOKENS,
    "milion tokens": Unit.MILLION_TOKENS,
    "1m tokens": Unit.MILLION_TOKENS,
}
_PACK: Final = re.compile(r"([1-9][0-9]{0,3}) (.+)")
_BLANKS: Final = re.compile(r"\s+")


def parse_unit(text: str) -> Sold | None:
    """Read the price feed's `creditUnit`: `per  image`, `Per minute`, `per 6 images`; `None` if unknown.

    An empty unit is unknown too: nine rows of the recorded feeds have none, and none of them says which.
    """
    words = _BLANKS.sub(" ", text.strip().lower())
    if not words.startswith("per "):
        return None
    name = words[len("per ") :]
    if unit := _SPELLINGS.get(name):
        return Sold(unit)
    if pack := _PACK.fullmatch(name):
        count, name = pack.groups()
        if unit := _SPELLINGS.get(name):
            return Sold(unit, Decimal(count))
    return None
