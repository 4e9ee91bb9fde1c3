"""What a description states as fact, without its words: bounds, formats, counts, defaults. Pure.

KIE hides many bounds of an input in its description. `fragments` keeps those, each in one canonical wording,
and drops the rest; of its own result it changes nothing. The wordings, and what they are read from:

    Max length: 5000 characters     Maximum length is 5,000; up to 20,000 characters; must not exceed 3,072 …
    Max length: 5000 non-Chinese characters or 2500 Chinese characters
    Min length: 3 characters        Min length: 3; a minimum of 2 characters
    Length: 3-5000 characters       between 3 and 5000 characters; Max length: 3-3000 characters
    Min: 0; Max: 1; Step: 0.1       Minimum: 0. Maximum: 1. Step: 0.1; (step: 0.1)
    multiple of 4                   must be multiple of 4
    up to 2 decimal places          up to 2 decimal places
    Range: 3-15                     Range: [3, 15]; must be between 3 and 15; an integer from 3 to 15; (3-15)
    4-15 seconds                    [4, 15] s; between 4 and 15 seconds; 4s - 15s; the same of milliseconds
    Max duration: 60 seconds        less than 60 seconds; no longer than 30s; max 10s video; … 8 minutes
    Max total duration: 15 seconds  total duration of all videos not exceeding 15 s
    Min duration: 10 seconds        must be at least 10 seconds
    Max size: 10.0MB                not exceeding 15 MB; File size: Up to 20 MB; 10 MB maximum; ≤ 25 MB
    Max total size: 10MB            maximum total size 10MB
    Accepted types: image/jpeg      Accepted file types: …; supported formats: …, of media types
    Formats: JPEG, PNG              Supports JPEG and PNG formats; must be in JPG or PNG format, of endings
    up to 10 images                 Max 7 images; a maximum of three elements; number of … must not exceed 3
    exactly 1 image; only 1 image; 2-4 URLs
    Combined: Range: 10-30          a bound of a sum, a difference or what is left after a cut
    Max total count: 5              the total number of images and videos cannot exceed 5
    Aspect ratio: 0.4-2.5           aspect ratio between 0.4 and 2.5; 1:2.5 to 2.5:1
    Sides: 300-6000 px; Min side: 300 px; Max side: 2160 px; Total pixels: 1-9; Max total pixels: 8294400
    Max megapixels: 16; Frame rate: 24-60 fps; Min frame rate: 8 fps; Bitrate: 1-30 Mbps
    required; required for all      Required field; required for all of an endpoint's requests
    model id: a/b                   must be a/b, a model's id with its provider
    Default: 5                      Defaults to 5; the default is 5 seconds; 1080P (default)
    Options: 720p, 1080p            Available values: …; Must be either 480p or 720p; Supports 360p and 540p

Upstream's own order and repetitions of different facts are kept, so that what reads the wordings finds of two
lengths the one it would have found in the text. A recommendation is no bound. Descriptions in Chinese state
nothing here: they stand on translated pages, whose originals say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

Found: TypeAlias = "re.Match[str]"
Say: TypeAlias = Callable[[Found], "str | None"]

_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKUP: Final = re.compile(r"[`*]|\\(?=[\[\]()])")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212~\uff5e]")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINE_ENDS: Final = re.compile(r"\s*\n\s*")
_SENTENCE_ENDS: Final = re.compile(r"[;\n]|\.(?=\s|$)")
# A sum over several values, a difference of two, what is left after a cut: none is a bound of this value.
_OF_SEVERAL: Final = re.compile(
    r"\b(?:combined|total|altogether|sum|interval|difference|trimmed)\b|[a-z]\w* - [a-z]", re.IGNORECASE
)
_OF_ONE: Final = re.compile(
    r"Length|M(?:ax|in) length|Range|[\d.]+-[\d.]+ (?:milli)?seconds|M(?:ax|in) duration"
)
_NUMERALS: Final = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_ENDING: Final = re.compile(
    r"\.?(?:jpe?g|p?jpeg|pjp|jfif|png|webp|bmp|tiff?|gif|hei[cf]|avif|svg|mp4|m4v|mov|webm|avi|mkv|hdr|"
    r"wav|mp3|aac|ogg|m4a|flac|wma|opus|pdf)",
    re.IGNORECASE,
)
_MEASURE: Final = re.compile(r"\d+[A-Za-z]+")
_LINKING: Final = frozenset({"and", "or", "any"})
_NO_VALUE: Final = frozenset({"a", "an", "the", "empty", "to"})

_N: Final = r"-?\d+(?:\.\d+)?"
# A comma makes a pair in brackets only: elsewhere it makes a list.
_PAIR: Final = rf"(?P<o>[\[(])?(?P<a>{_N})(?(o)\s*(?:,|-|to)\s*|\s*(?:-|to|and)\s*)(?P<b>{_N})[\])]?"
_R: Final = r"\d+(?:\.\d+)?(?::\d+(?:\.\d+)?)?"
_RATIOS: Final = rf"(?P<o>[\[(])?(?P<a>{_R})(?(o)\s*(?:,|-|to)\s*|\s*(?:-|to|and)\s*)(?P<b>{_R})[\])]?"
_NOT_OVER: Final = r"(?:must |can|should )?not (?:to )?exceed(?:ing)?"
_AT_MOST: Final = (
    rf"(?:max(?:imum)?(?: of)?|up to|{_NOT_OVER}|no (?:more|larger|longer) than|less than|limited to|at most|"
    r"under|≤|<=)"
)
_SECONDS: Final = r"(?:s|secs?|seconds?)\b"
_BYTES: Final = r"(?P<n>\d+(?:\.\d+)?) ?(?P<u>[KMG]B?)\b"
_PX: Final = r" ?(?:px|pixels?)\b"
_CHARACTERS: Final = r"characters?\b(?! (?:ids?|urls?|images?|subjects?)\b)"
_MEDIA: Final = r"(?:images?|videos?|audios?|files?|clips?|masks?|urls?|ids?)"
_KINDS: Final = r"(?:reference|character|publicly reachable|input|multi-image|video character)"
_THINGS: Final = (
    rf"(?P<what>image inputs?|{_KINDS} (?:{_MEDIA}(?: urls?)?|subjects?)|{_MEDIA}|subjects?|shots?|items?|"
    r"elements?|boxes|colou?rs?|speakers?)\b"
)
_COUNT: Final = rf"(?P<n>\d+|{'|'.join(_NUMERALS)})"
_ITEM: Final = r"\.?[A-Za-z0-9]+(?:[/+.-][A-Za-z0-9+.-]*[A-Za-z0-9])?"
_NEXT: Final = r"(?:\s*,\s*(?:and |or )?|\s+(?:and|or)\s+)"
_LIST: Final = rf"(?P<list>{_ITEM}(?:{_NEXT}{_ITEM})*)"
_WORD: Final = r"[A-Za-z0-9][A-Za-z0-9_.:/+-]*"
_VALUE: Final = rf"[\"']?{_WORD}[\"']?(?: \(default\))?"
# A semicolon goes on with a list only if a lone value follows: it also stands between our own facts.
_VALUES: Final = rf"(?P<list>{_VALUE}(?:(?:{_NEXT}|\s*;\s*(?={_WORD}\s*(?:[;,.)]|$))){_VALUE})+)"


@lru_cache(maxsize=4096)  # pages repeat each other's descriptions many times over
def fragments(description: str) -> str:
    """The facts of a description, joined by `; ` in the order in which it states them, or an empty text."""
    plain = _DASHES.sub("-", _MARKUP.sub("", description))
    text = _THOUSANDS.sub("", _LINE_ENDS.sub("\n", _BLANKS.sub(" ", plain))).strip()
    taken: list[tuple[int, int, str]] = []
    for pattern, say in _RULES:
        for found in pattern.finditer(text):
            start, end = found.span()
            if any(start < its_end and its_start < end for its_start, its_end, _ in taken):
                continue
            fact = say(found)
            if fact is not None:
                of_several = _OF_ONE.match(fact) and _OF_SEVERAL.search(_sentence(text, found))
                taken.append((start, end, ("Combined: " if of_several else "") + _LINE_ENDS.sub(" ", fact)))
    return "; ".join(dict.fromkeys(fact for _, _, fact in sorted(taken)))


def stated_by(schema: Mapping[str, Any]) -> str:
    """The facts of a schema's own description: the same of a page and of its recording without prose."""
    description = schema.get("description")
    return fragments(description) if isinstance(description, str) else ""


def _sentence(text: str, found: Found) -> str:
    """What a sentence says before a fact, and the fact."""
    start = max((end.end() for end in _SENTENCE_ENDS.finditer(text, 0, found.start())), default=0)
    return text[start : found.end()]


def _count(found: Found) -> str:
    return _NUMERALS.get(found["n"].lower(), found["n"])


def _size(found: Found) -> str:
    total = "total " if "total" in found[0].lower() else ""
    return f"Max {total}size: {found['n']}{found['u'].upper().rstrip('B')}B"


def _duration(found: Found) -> str:
    total = "total " if "total" in found[0].lower() else ""
    return f"Max {total}duration: {found['n']} {_unit(found)}"


def _unit(found: Found) -> str:
    return "minutes" if found["u"].lower().startswith("m") else "seconds"


def _types(found: Found) -> str | None:
    items = re.findall(_ITEM, found["list"])
    if media := [item for item in items if "/" in item]:
        return "Accepted types: " + ", ".join(media)
    endings = [item for item in items if _ENDING.fullmatch(item)]
    return "Formats: " + ", ".join(endings) if endings else None


def _supported(found: Found) -> str | None:
    """What is supported may be formats, or values such as resolutions; of anything else nothing is kept."""
    items = [item for item in re.findall(_ITEM, found["list"]) if item.lower() not in _LINKING]
    if len(items) > 1 and all(_MEASURE.fullmatch(item) for item in items):
        return "Options: " + ", ".join(items)
    return _types(found)


def _options(found: Found) -> str | None:
    default = re.search(rf"({_WORD}) \(default\)", found["list"])
    items = re.findall(_WORD, found["list"].replace(" (default)", ""))
    values = [item.rstrip(".,:") for item in items if item.lower() not in _LINKING]
    if len(values) < 2:  # noqa: PLR2004 -- one value is no choice
        return None
    return "Options: " + ", ".join(values) + (f"; Default: {default[1]}" if default else "")


def _default(found: Found) -> str | None:
    value = found["v"].strip().rstrip(".,;:")
    return None if not value or value.lower() in _NO_VALUE else f"Default: {value}"


def _rule(pattern: str, say: str | Say) -> tuple[re.Pattern[str], Say]:
    """A rule; a blank in its pattern is a line's end as well."""
    saying = (lambda found: found.expand(say)) if isinstance(say, str) else say
    return re.compile(pattern.replace(" ", r"\s"), re.IGNORECASE), saying


_RULES: Final = (
    # Whether it is needed, and which model it is.
    _rule(
        r"(?<![^.;\n()])[^\w.;\n()]*(?:(?:this )?(?:field|parameter) is )?required(?: field| parameter)?"
        r"[^\w.;\n()]*(?=$|[.;\n()])",
        "required",
    ),
    _rule(r"(?<![^.;\n()])[^\w.;\n()]*required for all\b", "required for all"),
    _rule(r"(?:must be|model id:) (?P<v>[a-z0-9][\w.-]*/[\w./-]*\w)", r"model id: \g<v>"),
    # Lengths of texts.
    _rule(
        rf"(?:{_AT_MOST}|maximum:?|max:?|length:?)[^.;\d]{{0,30}}(?P<n>\d+) non-Chinese characters "
        r"or (?P<m>\d+) Chinese(?: characters)?",
        r"Max length: \g<n> non-Chinese characters or \g<m> Chinese characters",
    ),
    _rule(
        rf"(?:(?:max(?:imum)? )?length\b[^.;\d]{{0,30}}|between |from )?{_PAIR}[ -]{_CHARACTERS}",
        r"Length: \g<a>-\g<b> characters",
    ),
    _rule(
        rf"min(?:imum)? (?:length(?: is| of)?:?|of) (?P<n>\d+)(?: {_CHARACTERS})",
        r"Min length: \g<n> characters",
    ),
    _rule(r"min(?:imum)? length(?: is| of)?:? (?P<n>\d+)", r"Min length: \g<n> characters"),
    _rule(
        rf"max(?:imum)? length(?: is| of)?:? (?P<n>\d+)(?: {_CHARACTERS})?", r"Max length: \g<n> characters"
    ),
    _rule(rf"(?:{_AT_MOST}|limit(?: is)?:?) (?P<n>\d+) {_CHARACTERS}", r"Max length: \g<n> characters"),
    # Limits of media, before the numbers in them could be taken for the input's own.
    _rule(rf"(?:(?:total |file )*size\b[^.;:\d]{{0,40}})?:? ?{_AT_MOST}[^.;\d]{{0,40}}?:? ?{_BYTES}", _size),
    _rule(rf"size:? {_BYTES} maximum", _size),
    _rule(
        r"total pixels?[^;\d]{0,20}\[(?:\d+×\d+=)?(?P<a>\d+),? ?(?:\d+×\d+=)?(?P<b>\d+)\]",
        r"Total pixels: \g<a>-\g<b>",
    ),
    _rule(
        rf"(?:total pixels?(?: range)?(?: is)?:?|product of width and height[^.;\d]{{0,50}}) {_PAIR}",
        r"Total pixels: \g<a>-\g<b>",
    ),
    _rule(rf"(?:total pixels {_NOT_OVER}|max total pixels:) (?P<n>\d+)", r"Max total pixels: \g<n>"),
    _rule(r"(?:max |max megapixels: )(?P<n>\d+)(?: ?MP\b|(?=;|$))", r"Max megapixels: \g<n>"),
    _rule(rf"aspect ratio\b[^.;\d]{{0,40}}{_RATIOS}", r"Aspect ratio: \g<a>-\g<b>"),
    _rule(rf"(?:frame rate|fps\))[^.;\d]{{0,30}}{_PAIR}(?: ?fps)?", r"Frame rate: \g<a>-\g<b> fps"),
    _rule(r"frame rate[^.;\d]{0,30}(?P<n>\d+) fps", r"Min frame rate: \g<n> fps"),
    _rule(rf"bitrate:? {_PAIR} Mbps", r"Bitrate: \g<a>-\g<b> Mbps"),
    _rule(
        rf"(?:width|height|sides?|side length)\b[^.;\d]{{0,40}}{_PAIR}(?:{_PX})?", r"Sides: \g<a>-\g<b> px"
    ),
    _rule(
        r"(?:min side:|min dimension|at least|size needs to be greater than) (?P<n>\d+)(?:x\d+)?" + _PX,
        r"Min side: \g<n> px",
    ),
    _rule(
        rf"(?:max side:|max dimension|side {_NOT_OVER}|resolution under) (?P<n>\d+)(?:x\d+)?(?:{_PX})?",
        r"Max side: \g<n> px",
    ),
    _rule(
        rf"(?:accepted|supported)(?: file| image| video| audio)? (?:types|formats)(?: include)?:? ?{_LIST}",
        _types,
    ),
    _rule(rf"\b(?:video |audio |image )?formats?: ?{_LIST}", _types),
    _rule(rf"(?:(?<!not )supports?|must be in|should be in) {_LIST}(?: formats?)?", _supported),
    # Durations.
    _rule(
        rf"(?P<o>[\[(])?(?P<a>\d+(?:\.\d+)?) ?(?:{_SECONDS})?(?(o)\s*(?:,|-|to)\s*|\s*(?:-|to|and)\s*)"
        rf"(?P<b>\d+(?:\.\d+)?)[\])]?[ -]?(?P<u>milli)?{_SECONDS}",
        lambda found: f"{found['a']}-{found['b']} {'milli' if found['u'] else ''}seconds",
    ),
    _rule(
        r"(?:total duration\b[^.;\d]{0,60}|max total duration: )"
        rf"(?P<n>\d+(?:\.\d+)?) ?(?P<u>{_SECONDS}|minutes?)",
        _duration,
    ),
    _rule(rf"(?:max duration: |{_AT_MOST} )(?P<n>\d+(?:\.\d+)?) ?(?P<u>{_SECONDS}|minutes?)", _duration),
    _rule(
        rf"(?:min duration: |at least )(?P<n>\d+(?:\.\d+)?) ?(?P<u>{_SECONDS}|minutes?)",
        lambda found: f"Min duration: {found['n']} {_unit(found)}",
    ),
    # Counts.
    _rule(rf"\b(?P<a>\d+)\s*(?:-|to|or)\s*(?P<b>\d+) {_THINGS}", r"\g<a>-\g<b> \g<what>"),
    _rule(r"\burl list \((?P<a>\d+)-(?P<b>\d+)\)", r"\g<a>-\g<b> URLs"),
    _rule(
        rf"(?P<how>exactly|only) {_COUNT} {_THINGS}",
        lambda found: f"{found['how'].lower()} {_count(found)} {found['what']}",
    ),
    _rule(
        rf"(?:(?:total|combined|sum of the) number\b[^.;\d]{{0,80}}{_NOT_OVER}|max total count:) (?P<n>\d+)",
        r"Max total count: \g<n>",
    ),
    _rule(rf"number of {_THINGS} {_NOT_OVER} (?P<n>\d+)", r"up to \g<n> \g<what>"),
    _rule(
        rf"(?:{_AT_MOST}|supports) {_COUNT} {_THINGS}", lambda found: f"up to {_count(found)} {found['what']}"
    ),
    _rule(r"up to (?P<n>\d+) decimal places", r"up to \g<n> decimal places"),
    # Numbers.
    _rule(rf"\bmin(?:imum)?: ?(?P<n>{_N})", r"Min: \g<n>"),
    _rule(rf"\bmax(?:imum)?: ?(?P<n>{_N})", r"Max: \g<n>"),
    _rule(rf"\bstep:? ?(?P<n>{_N})", r"Step: \g<n>"),
    _rule(rf"multiple of (?P<n>{_N})", r"multiple of \g<n>"),
    _rule(rf"ranges from (?P<a>{_N}) \([^)]*\) to (?P<b>{_N})", r"Range: \g<a>-\g<b>"),
    _rule(
        r"(?:range[^.;\d-]{0,30}|between |"
        r"(?<!or any )(?:integers?|values?|ranging|ranges?)(?: \w+)? (?:from|in) )" + _PAIR,
        r"Range: \g<a>-\g<b>",
    ),
    _rule(rf"\((?P<a>{_N}) ?- ?(?P<b>{_N})\)", r"Range: \g<a>-\g<b>"),
    # Values.
    _rule(
        r"(?:options|(?:available|valid|supported|optional|allowed) (?:values|options))(?: are)?:? ?"
        + _VALUES,
        _options,
    ),
    _rule(rf"must be (?:either|one of(?: the following values)?:?) {_VALUES}", _options),
    _rule(
        r"default(?:s to| of| value(?: is)?| is)?:? "
        rf"(?P<v>\"[^\"]{{0,40}}\"|{_N}(?!\w|[.:/]\w)|true\b|false\b|none\b|null\b)",
        _default,
    ),
    _rule(rf"(?:defaults to|default(?: value)?(?: is)?:|default(?: value)? is) ?(?P<v>{_WORD})", _default),
    _rule(rf"(?P<v>{_WORD}) \(default\)", _default),
    _rule(rf"set to (?P<v>{_WORD}) by default", _default),
)
"""Of rules that overlap in a text the first one counts."""
