"""Bounds that upstream says in words: `Max length: 5000`, `up to 10 images`, `4-15 seconds`, `step 4`.

The wording of many pages, and its canonical form (`canonical`), read the same; nothing but numbers and
media types is kept. Where a text names several bounds of one kind (one a mode, one a language), the loosest
is read, because only what is beyond all of them is surely too much.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from kie_catalog.schemas.json_kinds import is_whole

Bound: TypeAlias = int | float


class Kind(enum.Flag):
    """What a value is, as far as words about it can bound it."""

    TEXT = enum.auto()
    NUMBER = enum.auto()
    LIST = enum.auto()
    MEDIA = enum.auto()
    """An address of a file, or a list of such."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The bounds that a text names."""

    bounds: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    """By keyword: JSON Schema's own, and `step`, `maxMegabytes`, `minSeconds`, `maxSeconds`."""
    media_types: tuple[str, ...] = ()
    several: frozenset[str] = frozenset()
    """The keywords for which the text names more than one bound."""

    def __bool__(self) -> bool:
        return bool(self.bounds or self.media_types)


_INT: Final = r"(\d{1,15})"
_NUM: Final = r"(-?\d{1,15}(?:\.\d{1,15})?)"
_TO: Final = r"\s*(?:-|to|and|~)\s*"
_MOST: Final = (
    r"(?:max(?:imum)?(?:\s+word\s+limit)?(?:\s+(?:length|duration))?(?:\s+(?:is|of))?|up\s+to|at\s+most|limit(?:ed)?(?:\s+to)?|"
    r"exceed(?:ing)?|(?:no|not|longer|more|larger)(?:\s+(?:longer|more|larger))?\s+than)\s*:?\s*"
)
_LEAST: Final = r"(?:min(?:imum)?(?:\s+(?:length|duration))?(?:\s+(?:is|of))?|at\s+least)\s*:?\s*"
_CHARACTERS: Final = r"\s*(?:non-chinese\s+)?char(?:acter)?s?\b(?!\s+(?:ids?|references?))"
_THINGS: Final = (
    r"\s+(?:(?!per\b)[a-z/-]+\s+){0,3}?(?:images?|photos?|pictures?|videos?|clips?|audios?|files?|items?|elements?|urls?|"
    r"links?|shots?|entries)\b"
)
_SECONDS: Final = r"\s*-?s(?:ec(?:ond)?s?)?\b"


@dataclass(frozen=True, slots=True)
class _Wording:
    """How pages bound one thing: a range of it, its upper bound, its lower bound."""

    kind: Kind
    low: str
    high: str
    ranges: tuple[re.Pattern[str], ...]
    highs: tuple[re.Pattern[str], ...]
    lows: tuple[re.Pattern[str], ...]


def _patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text) for text in texts)


_WORDINGS: Final = (
    _Wording(
        Kind.TEXT,
        "minLength",
        "maxLength",
        ranges=_patterns(rf"{_INT}{_TO}{_INT}{_CHARACTERS}"),
        highs=_patterns(rf"{_MOST}{_INT}{_CHARACTERS}", rf"max(?:imum)?\s+length\s*:\s*{_INT}\b(?!{_TO}\d)"),
        lows=_patterns(rf"{_LEAST}{_INT}{_CHARACTERS}", rf"min(?:imum)?\s+length\s*:\s*{_INT}\b"),
    ),
    _Wording(
        Kind.LIST,
        "minItems",
        "maxItems",
        ranges=_patterns(rf"\b{_INT}{_TO}{_INT}{_THINGS}", rf"\bexactly\s+(?=(\d+)){_INT}{_THINGS}"),
        highs=_patterns(rf"{_MOST}{_INT}{_THINGS}"),
        lows=_patterns(rf"{_LEAST}{_INT}{_THINGS}"),
    ),
    _Wording(
        Kind.NUMBER,
        "minimum",
        "maximum",
        ranges=_patterns(
            rf"{_NUM}{_TO}{_NUM}{_SECONDS}",
            rf"\brange(?:\s+is)?\s*:?\s*\[?\s*{_NUM}\s*(?:-|to|,|~)\s*{_NUM}",
            rf"\b(?:between|from)\s+{_NUM}{_TO}{_NUM}\b",
        ),
        highs=_patterns(rf"\bmax(?:imum)?\s*:\s*{_NUM}"),
        lows=_patterns(rf"\bmin(?:imum)?\s*:\s*{_NUM}"),
    ),
    _Wording(
        Kind.MEDIA,
        "minSeconds",
        "maxSeconds",
        ranges=_patterns(rf"{_NUM}{_TO}{_NUM}{_SECONDS}"),
        highs=_patterns(rf"{_MOST}{_NUM}{_SECONDS}"),
        lows=_patterns(rf"{_LEAST}{_NUM}{_SECONDS}"),
    ),
)
_DIGIT: Final = re.compile(r"\d")
_STEP: Final = re.compile(r"\bstep\s*:?\s*(\d+(?:\.\d+)?)")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(kb|mb|gb)\b")
_SIZE_LIMIT: Final = re.compile(r"max|up to|exceed|larger|less than|limit|under|within|≤|<")
_MEGABYTES: Final = {"kb": 1 / 1024, "mb": 1, "gb": 1024}
# A sum over several values, a difference of two, what is left after a cut: none is a bound of this value.
_OF_SEVERAL: Final = re.compile(
    r"\b(?:combined|total|altogether|sum|interval|difference|trimmed)\b|[a-z]\w* - [a-z]"
)
_SENTENCE_ENDS: Final = re.compile(r"[;\n。；]|\.(?=\s|$)")
_CLAUSE_ENDS: Final = re.compile(r"[()]|,(?=\s*[a-z]+\s+(?:length|size)\b)")
_MIME: Final = re.compile(r"\b((?:image|video|audio)/[a-z0-9.+-]*[a-z0-9])")
_FORMAT_WORD: Final = re.compile(r"\b(?:formats?|types?|support(?:s|ed)?|accept(?:s|ed)?)\b")
_EXTENSION: Final = re.compile(
    r"\b(jpe?g|png|webp|gif|bmp|tiff?|heic|heif|mp4|mov|mkv|webm|avi|mp3|wav|ogg|m4a|flac|aac)\b"
)
_MEDIA_TYPES: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    **{each: f"image/{each}" for each in ("png", "webp", "gif", "bmp", "heic", "heif")},
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    **{each: f"video/{each}" for each in ("mp4", "webm")},
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    **{each: f"audio/{each}" for each in ("wav", "ogg", "flac", "aac")},
}
_SIGNS: Final = str.maketrans({"–": "-", "—": "-", "‑": "-", "：": ":", "，": ",", "`": None, "*": None})
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BLANKS: Final = re.compile(r"[ \t  ]+")


def read_bounds(text: str, kind: Kind) -> Spoken:
    """The bounds that a text names for a value of that kind."""
    clauses = list(_clauses(text))
    found: dict[str, list[Bound]] = {}
    for clause in clauses:
        for key, bound in _read_clause(clause, kind):
            found.setdefault(key, []).append(bound)
    loosest = {key: (min if key.startswith("min") else max)(bounds) for key, bounds in found.items()}
    several = frozenset(key for key, bounds in found.items() if len(set(bounds)) > 1)
    media = _media_types(clauses) if Kind.MEDIA in kind else ()
    return Spoken(MappingProxyType(loosest), media, several)


def _clauses(text: str) -> Iterator[str]:
    plain = _THOUSANDS.sub("", text.translate(_SIGNS).lower())
    for sentence in _SENTENCE_ENDS.split(plain):
        if not _OF_SEVERAL.search(sentence):
            yield from (_BLANKS.sub(" ", clause).strip() for clause in _CLAUSE_ENDS.split(sentence))


def _read_clause(clause: str, kind: Kind) -> Iterator[tuple[str, Bound]]:
    if not _DIGIT.search(clause):
        return
    for wording in _WORDINGS:
        if wording.kind in kind:
            yield from _read_wording(clause, wording)
    if Kind.NUMBER in kind:
        yield from (("step", _number(each)) for each in _STEP.findall(clause) if float(each) > 0)
    if Kind.MEDIA in kind and _SIZE_LIMIT.search(clause):
        yield from (
            ("maxMegabytes", _number(size) * _MEGABYTES[unit]) for size, unit in _SIZE.findall(clause)
        )


def _read_wording(clause: str, wording: _Wording) -> Iterator[tuple[str, Bound]]:
    for pattern in wording.ranges:
        if match := pattern.search(clause):
            low, high = map(_number, match.groups())
            if low <= high:
                yield wording.low, low
                yield wording.high, high
                return
    for key, patterns in ((wording.low, wording.lows), (wording.high, wording.highs)):
        match = next((found for each in patterns if (found := each.search(clause))), None)
        if match:
            yield key, _number(match.group(1))


def _number(text: str) -> Bound:
    number = float(text)
    return int(number) if is_whole(number) else number


def _media_types(clauses: Iterable[str]) -> tuple[str, ...]:
    named: list[str] = []
    spelled: list[str] = []
    for clause in clauses:
        named += _MIME.findall(clause)
        if _FORMAT_WORD.search(clause):
            spelled += [_MEDIA_TYPES[each] for each in _EXTENSION.findall(clause)]
    return tuple(sorted(set(named or spelled)))


_CANONICAL: Final = (
    ("minLength", "min length: {} characters"),
    ("maxLength", "max length: {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "up to {} items"),
    ("minimum", "min: {}"),
    ("maximum", "max: {}"),
    ("step", "step: {}"),
    ("maxMegabytes", "max size: {}MB"),
    ("minSeconds", "at least {} seconds"),
    ("maxSeconds", "up to {} seconds"),
)


def canonical(spoken: Spoken) -> str:
    """The bounds in one fixed wording, which reads as the same bounds again."""
    fragments = [words.format(spoken.bounds[key]) for key, words in _CANONICAL if key in spoken.bounds]
    if spoken.media_types:
        fragments.append(f"accepted types: {', '.join(spoken.media_types)}")
    return "; ".join(fragments)
