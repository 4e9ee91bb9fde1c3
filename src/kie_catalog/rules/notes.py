"""What the notes of a mode say, as far as they name sizes, lengths, sound, grades and packs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from kie_catalog.domain.values import Value

_UP_TO: Final = re.compile(r"up to ([0-9]{1,4})(?:\.0)? ?s(?:ec(?:ond)?s*)?\b")
_SECONDS: Final = re.compile(r"(?<![a-z0-9.])([0-9]{1,4}(?:\.[0-9])?) ?(?:s|secs?|seconds*)(?![a-z0-9])")
_SIZE: Final = re.compile(
    r"(?<![a-z0-9.])([0-9]{3,4})p(?![a-z0-9])|(?<![a-z0-9.])([0-9]{1,2}(?:/[0-9]{1,2})*)k(?![a-z0-9])"
)
_SOUND: Final = re.compile(r"\b(with|without|no)[ -](?:audio|sound)\b")
_PACK: Final = re.compile(r"\bper ([1-9][0-9]{0,3}) (?:images?|videos?|generations?|requests?)\b")
_WORD: Final = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)?")
_LINES: Final[Mapping[str, int]] = {"1": 1024, "2": 1440, "4": 2160, "8": 4320, "16": 8640}
"""How many lines a size in K has, about: enough to order sizes by."""

GRADES: Final[Mapping[str, int]] = {
    "lite": 1,
    "turbo": 2,
    "fast": 2,
    "basic": 3,
    "standard": 3,
    "std": 3,
    "balanced": 3,
    "default": 3,
    "high": 4,
    "quality": 4,
    "pro": 4,
    "max": 5,
    "master": 5,
    "ultra": 5,
}
"""Words for grades, by what they promise; of equal rank nothing can be said."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says of a mode."""

    sizes: frozenset[int]
    """In lines: `720p` is 720, `4K` is 2160."""
    seconds: frozenset[Decimal]
    at_most: Decimal | None
    """`up to 15 seconds`."""
    sound: bool | None
    grades: tuple[str, ...]
    pack: Decimal | None
    """`per 6 images`."""
    rest: tuple[str, ...]
    """The words that are none of these."""


@lru_cache(maxsize=8192)
def said(text: str) -> Said:
    """Read a text."""
    left = " ".join(text.lower().replace("_", " ").split())
    left, most = _take(_UP_TO, left)
    left, packs = _take(_PACK, left)
    left, sound = _take(_SOUND, left)
    left, seconds = _take(_SECONDS, left)
    left, sizes = _take(_SIZE, left)
    words = _WORD.findall(left)
    return Said(
        sizes=frozenset(lines for found in sizes for lines in _lines(found)),
        seconds=frozenset(Decimal(found[1]).normalize() for found in seconds),
        at_most=Decimal(most[0][1]) if most else None,
        sound=sound[0][1] == "with" if sound else None,
        grades=tuple(word for word in words if word in GRADES),
        pack=Decimal(packs[0][1]) if packs else None,
        rest=tuple(word for word in words if word not in GRADES),
    )


def size_of(value: Value) -> int | None:
    """The lines of a value that names a size: `720p`, `4K`."""
    found = _SIZE.fullmatch(value.lower().strip()) if isinstance(value, str) else None
    return max(_lines(found), default=None) if found else None


def seconds_of(value: Value) -> Decimal | None:
    """The seconds of a value that counts them: 5, `5`, `5s`."""
    if isinstance(value, Decimal):
        return value.normalize() if value.is_finite() and abs(value.adjusted()) < 9 else None  # noqa: PLR2004 -- no clip is longer
    text = value.strip().lower().removesuffix("s") if isinstance(value, str) else ""
    return Decimal(text).normalize() if re.fullmatch(r"[0-9]{1,4}(?:\.[0-9])?", text) else None


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, list[re.Match[str]]]:
    """What is left of a text, and what was found in it."""
    found = list(pattern.finditer(text))
    return (pattern.sub(" ", text) if found else text), found


def _lines(found: re.Match[str]) -> list[int]:
    if found[1]:
        return [int(found[1])]
    return [_LINES[each] for each in found[2].split("/") if each in _LINES]
