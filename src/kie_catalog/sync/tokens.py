"""The words of a price row: one spelling for each, and the phrases that mean one thing together."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qs, urlsplit

_BLANKS: Final = re.compile(r"\s+")
_INVISIBLE: Final = frozenset({"Cf", "Cc"})
_ANCHOR_HOSTS: Final = frozenset({"kie.ai", "www.kie.ai"})


class Kind(enum.StrEnum):
    """What a token can mean by its form alone."""

    WORD = "word"
    NUMBER = "number"
    OPERATION = "operation"
    SIZE = "size"
    """`720p`, `4k`, `1/2k`: one or several values."""
    SECONDS = "seconds"
    LIMIT = "limit"
    """`up to 15 seconds`."""
    FACTOR = "factor"
    """`4x`, `1x/2x`."""
    CONVERSION = "conversion"
    """`720p -> 1080p`."""
    MEDIA = "media"
    """`with audio`, `no video input`."""
    CHARGE = "charge"
    """`image input`, `cached input`, `output`."""
    INCLUDED = "included"
    """`first image free`."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word or phrase of a row."""

    kind: Kind
    text: str
    values: tuple[str, ...]
    """What it says in one spelling: the operations, the sizes, the medium and whether it is there."""


def normalise(text: str) -> str:
    """One form for all spellings: full-width characters, arrows, invisible ones, case, runs of blanks."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).replace("→", "->")
    visible = plain if plain.isprintable() else _without_invisible(plain)
    return _BLANKS.sub(" ", visible).strip().lower()


def _without_invisible(text: str) -> str:
    return "".join(
        " " if letter.isspace() else letter
        for letter in text
        if letter.isspace() or unicodedata.category(letter) not in _INVISIBLE
    )


_SOURCES: Final = r"text|image|video|reference|speech|audio"
_TARGETS: Final = r"video|image|speech|dialogue|audio"
_TO: Final = r"[ -]+to[ -]+"
_END: Final = r"\b(?!\.\d)"
"""The end of a measure: `1s.1` is no second and a version, but a version mistyped."""

_CHARGES: Final = (
    r"(?P<charge>(?:image|video|audio) input|input (?:image|video|audio)|audio output"
    r"|cached input|cache writes?|(?:input|output)(?= *(?:,|$)))"
)

# In the order in which they are tried at each place; longer phrases stand before their parts.
_PATTERNS: Final = (
    (Kind.CONVERSION, r"(?P<from>\d+p) ?-> ?(?P<into>\d+p)\b"),
    (Kind.LIMIT, r"up to (?P<limit>\d+) ?seconds*\b"),
    (Kind.INCLUDED, r"first (?P<included>image|video) free\b"),
    (Kind.MEDIA, r"(?P<has>with|without|no) (?P<medium>video|image|audio)(?: input)?\b"),
    (Kind.CHARGE, _CHARGES),
    (Kind.OPERATION, rf"(?P<several>(?:{_SOURCES})(?: ?/ ?(?:{_SOURCES}))+){_TO}(?P<many>{_TARGETS})\b"),
    (Kind.OPERATION, rf"(?P<source>{_SOURCES}){_TO}(?P<target>{_TARGETS})\b"),
    (Kind.OPERATION, r"(?P<named>video[ -]?edit|image[ -]edit|r2v|lip[ -]?sync)\b"),
    (Kind.SIZE, rf"(?P<sizes>\d+(?:\.\d+)?k?(?:/\d+(?:\.\d+)?k?)*k|\d+p(?:/\d+p)*){_END}"),
    (Kind.SECONDS, rf"(?P<seconds>\d+(?:\.\d+)?)s{_END}"),
    (Kind.FACTOR, rf"(?:(?:upscale )?factor )?(?P<factors>\d+x(?:/\d+x)*){_END}"),
    (Kind.NUMBER, r"(?P<number>\d+(?:\.\d+)*)"),
    (Kind.WORD, r"(?P<word>[^\W\d_]+)"),
)  # fmt: skip
_SCANNER: Final = re.compile(
    "|".join(f"(?P<k{at}>{'(?<![a-z0-9])' if kind not in {Kind.NUMBER, Kind.WORD} else ''}{pattern})"
             for at, (kind, pattern) in enumerate(_PATTERNS))
)  # fmt: skip
_KINDS: Final = {f"k{at}": kind for at, (kind, _) in enumerate(_PATTERNS)}
_NAMED: Final = {"r2v": "reference-to-video", "lipsync": "lip-sync", "videoedit": "video-edit"}


def tokens(description: str, typos: Mapping[str, str]) -> list[Token]:
    """Split a description into tokens.

    Args:
        description: as upstream wrote it.
        typos: reviewed misspellings of single words, with what they stand for.
    """
    text = normalise(description)
    if typos:
        text = re.sub(r"[^\W\d_]+", lambda word: typos.get(word[0], word[0]), text)
    return [_token_of(match) for match in _SCANNER.finditer(text)]


def _token_of(match: re.Match[str]) -> Token:
    kind = _KINDS[str(match.lastgroup)]  # the group that closes last is the outer one, which has the kind
    return Token(kind, match[0], _VALUES[kind](match))


def numbers(text: str) -> list[str]:
    """A version as its parts: `2.6` is 2 and 6, `3.0` is 3, `02` is 2."""
    parts = [part.lstrip("0") or "0" for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return parts


def _operations(said: re.Match[str]) -> tuple[str, ...]:
    if several := said["several"]:
        return tuple(f"{source.strip()}-to-{said['many']}" for source in several.split("/"))
    if said["source"]:
        return (f"{said['source']}-to-{said['target']}",)
    name = re.sub(r"[ -]", "-", said["named"])
    return (_NAMED.get(name.replace("-", ""), name),)


def _sizes(said: re.Match[str]) -> tuple[str, ...]:
    """`1/2k` is 1k and 2k."""
    unit = said["sizes"][-1]
    return tuple(size if size.endswith(unit) else size + unit for size in said["sizes"].split("/"))


def _charge(said: re.Match[str]) -> tuple[str, ...]:
    words = said["charge"].split()
    medium = next((word for word in words if word in {"image", "video", "audio"}), None)
    if "output" in words:
        return ("output",)
    if words[0].startswith("cache"):
        return ("cached_input",) if words[0] == "cached" else ("cache_write",)
    return (f"input_{medium}",) if medium else ("input",)


_VALUES: Final[Mapping[Kind, Callable[[re.Match[str]], tuple[str, ...]]]] = {
    Kind.WORD: lambda said: (said["word"],),
    Kind.NUMBER: lambda said: tuple(numbers(said["number"])),
    Kind.OPERATION: _operations,
    Kind.SIZE: _sizes,
    Kind.SECONDS: lambda said: (format(Decimal(said["seconds"]).normalize(), "f"),),
    Kind.LIMIT: lambda said: (said["limit"],),
    Kind.FACTOR: lambda said: tuple(each.rstrip("x") for each in said["factors"].split("/")),
    Kind.CONVERSION: lambda said: (said["from"], said["into"]),
    Kind.MEDIA: lambda said: (said["medium"], "yes" if said["has"] == "with" else "no"),
    Kind.CHARGE: _charge,
    Kind.INCLUDED: lambda said: (said["included"],),
}


_NAME_WORDS: Final = re.compile(r"([^\W\d_]+)|(\d+(?:\.\d+)*)")


def name_words(text: str) -> tuple[str, ...]:
    """The words and numbers of a name: an id, a title, a path. `wan/2-7-r2v` is wan, 2, 7, r, 2, v."""
    words: list[str] = []
    for word, number in _NAME_WORDS.findall(normalise(text)):
        words += [word] if word else numbers(number)
    return tuple(words)


def segments(description: str) -> list[str]:
    """The comma-separated parts of a description, normalised."""
    return [part.strip() for part in normalise(description).split(",")]


def tail(description: str) -> str | None:
    """Everything behind the first comma, verbatim but for blanks at its ends; `None` if nothing is there."""
    _, comma, rest = description.partition(",")
    return rest.strip() or None if comma else None


def anchor_model(anchor: str) -> str | None:
    """The id in an anchor's `?model=`, on KIE's own host only; an anchor may be any text."""
    if "model=" not in anchor:
        return None  # most have none, and taking an address apart costs more than reading the row
    try:
        url = urlsplit(anchor.strip())
    except ValueError:
        return None
    if url.hostname not in _ANCHOR_HOSTS:
        return None
    values = parse_qs(url.query).get("model", [])
    return values[0].strip() or None if len(values) == 1 else None


def anchor_page(anchor: str) -> str | None:
    """The last part of an anchor's path on KIE's own host: `https://kie.ai/grok-4-5` is `grok-4-5`."""
    try:
        url = urlsplit(anchor.strip())
    except ValueError:
        return None
    return url.path.rstrip("/").rsplit("/", 1)[-1] or None if url.hostname in _ANCHOR_HOSTS else None
