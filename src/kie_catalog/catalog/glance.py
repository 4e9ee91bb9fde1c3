"""A glance at a catalog file: enough to be sure that nothing in it is an error, or to say nothing.

A start-up that meets a file for the first time wants to know whether all of it can be served. Where the
file is of the form that our writer gives it and plainly obeys every rule whose breach is an error, one pass
over its lines tells, long before the reader and the rules could even be imported. At the least doubt the
answer is `None`, and the rules decide; tests hold that they never find an error where this finds none. This
module imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from typing import Final

HEAD: Final = ("version: '2.0'", "source: ", "last_updated: '", "models:")
MODEL_FIELDS: Final = {
    name: rank
    for rank, name in enumerate(
        ("title", "title_ru", "type", "category", "provider", "status", "page", "free", "description_ru",
         "output_type_ru", "modes")
    )
}  # fmt: skip
"""The fields of a model that are understood here, in the writer's order."""
MODE_FIELDS: Final = {
    name: rank
    for rank, name in enumerate(
        ("charge", "unit", "per", "credits", "official_usd", "included", "when", "status", "title_ru",
         "short_hint_ru", "notes")
    )
}  # fmt: skip
"""The same of a mode."""
WORDS: Final = {
    "type": frozenset(
        ("t2i", "i2i", "t2v", "i2v", "v2v", "tts", "stt", "sfx", "audio_isolation", "upscale", "bg_remove",
         "watermark_remove", "music", "lip_sync", "chat")
    ),
    "category": frozenset(("image", "video", "music", "chat")),
    "status": frozenset(("active", "missing", "retired", "hidden")),
    "charge": frozenset(("output", "input", "cached_input", "cache_write", "input_image", "input_video")),
    "unit": frozenset(
        ("image", "video", "second", "minute", "megapixel", "request", "upscale", "removal", "1k_characters",
         "generation", "1m_tokens")
    ),
    "free": frozenset(("true", "false")),
}  # fmt: skip
"""The words that fields with a vocabulary may hold; a test compares them with the domain's."""

_AMBIGUOUS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_NO_NUMBER: Final = frozenset("ghijklmnpqrstuvwyzGHIJKLMNPQRSTUVWYZ /(")
"""Signs that no number of any version of YAML has."""
_HARMLESS: Final = "\n\xa0\u202f"
"""What Python calls unprintable and YAML takes as it is: line ends, and blanks of titles."""
_FLOW: Final = frozenset(",[]{}")
_NULL: Final = (None, "null")
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST: Final = 100
_DIGITS: Final = 9


class _Unsure(Exception):
    """Something is not plainly right."""


def glance(raw: bytes) -> tuple[int, str] | None:
    """Look at a file's content.

    Returns:
        How many models it has, and its date, if nothing in it is an error beyond doubt; else `None`.
    """
    try:
        text = raw.decode()
        lines = text.split("\n")
        if lines.pop() or not _is_printable(text):
            return None
        if "#" in text:
            lines = _without_comments(lines)
        return _Glance().file(lines)
    except (_Unsure, LookupError, ValueError):
        return None


def _without_comments(lines: Sequence[str]) -> list[str]:
    """The lines that are no comments, where no comment speaks to this tool and none stands behind content."""
    left = [line for line in lines if not line.lstrip(" ").startswith("#")]
    if "#" in "".join(left) or "kie-catalog" in "".join(line for line in lines if "#" in line):
        raise _Unsure
    return left


def _is_printable(text: str) -> bool:
    for sign in _HARMLESS:
        text = text.replace(sign, "")
    return text.isprintable()


class _Glance:
    """One pass over the lines of one file."""

    __slots__ = ("_conditions", "_fields", "_ids", "_mode", "_modes", "_prices", "_rank", "_traits")

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._conditions: dict[str, Hashable] = {}
        self._prices: set[tuple[str, str | None]] = set()
        self._fields: dict[str, str] = {}
        self._mode: dict[str, str] | None = None
        self._modes: set[str] = set()
        self._traits: set[Hashable] = set()
        self._rank = -1

    def file(self, lines: Sequence[str]) -> tuple[int, str]:
        version, source, updated, models = lines[: len(HEAD)]
        if version != HEAD[0] or not source.startswith(HEAD[1]) or models != HEAD[3]:
            raise _Unsure
        _text(source[len(HEAD[1]) :])
        date = _date(updated)
        for line in lines[len(HEAD) :]:
            self._line(line)
        self._end_model()
        if not self._ids:
            raise _Unsure
        return len(self._ids), date

    def _line(self, line: str) -> None:
        if line.startswith("    "):
            if self._mode is None:
                raise _Unsure
            self._field(line[4:], self._mode, MODE_FIELDS)
        elif line.startswith("  - id: "):
            self._begin_mode(_text(line[8:]))
        elif line.startswith("- id: "):
            self._end_model()
            self._begin_model(_text(line[6:]))
        elif line.startswith("  ") and self._fields and self._mode is None:
            self._field(line[2:], self._fields, MODEL_FIELDS)
        else:
            raise _Unsure

    def _field(self, line: str, fields: dict[str, str], known: dict[str, int]) -> None:
        """Take one field: of a known name, behind those that come before it, so never twice."""
        name, _, value = line.partition(": ")
        if line == "modes:":
            name = "modes"
        rank = known.get(name, -1)
        if rank <= self._rank:
            raise _Unsure
        self._rank = rank
        if name in WORDS:
            if value not in WORDS[name]:
                raise _Unsure
        elif name not in _CHECKED:
            _text(value)
        fields[name] = value

    def _begin_model(self, name: str) -> None:
        if not _is_id(name, "/") or name.lower() in self._ids:
            raise _Unsure
        self._ids.add(name.lower())
        self._fields = {"id": name}
        self._rank = -1

    def _end_model(self) -> None:
        if not self._fields:
            return
        self._end_mode()
        fields = self._fields
        is_empty = fields.get("modes") == "[]" and fields.get("status") != "active"
        if not {"title", "title_ru", "status", "modes"} <= fields.keys() or is_empty is bool(self._modes):
            raise _Unsure
        if fields["modes"] and not is_empty:
            raise _Unsure
        self._fields, self._mode = {}, None
        self._modes, self._traits = set(), set()

    def _begin_mode(self, name: str) -> None:
        if "modes" not in self._fields or not _is_id(name, "") or name.lower() in self._modes:
            raise _Unsure
        self._end_mode()
        self._modes.add(name.lower())
        self._mode = {}
        self._rank = -1

    def _end_mode(self) -> None:
        mode = self._mode
        if mode is None:
            return
        price = mode["credits"], mode.get("official_usd")
        if price not in self._prices:
            _require_agreement(*price)
            self._prices.add(price)
        per = _amount(mode.get("per", "1"))
        _amount(mode.get("included", "0"))
        if per == (0, 0):
            raise _Unsure
        when = self._when(mode["when"]) if "when" in mode else frozenset()
        notes = _text(mode["notes"]) if "notes" in mode else ""
        traits = (mode["unit"], per, mode.get("charge", "output"), when, notes)
        if traits in self._traits:
            raise _Unsure
        self._traits.add(traits)

    def _when(self, text: str) -> Hashable:
        """The conditions of a mode in one form for all ways to write them."""
        if text not in self._conditions:
            pairs = [(_plain(name), _condition(value)) for name, value in _pairs(text)]
            if len({name for name, _ in pairs}) != len(pairs) or not pairs:
                raise _Unsure
            self._conditions[text] = frozenset(pairs)
        return self._conditions[text]


_CHECKED: Final = frozenset(("modes", "per", "credits", "official_usd", "included", "when"))
"""Fields that are looked at when their mapping ends."""


def _date(line: str) -> str:
    """The date in the third line, if it is one beyond doubt."""
    date = line[len(HEAD[2]) : -1]
    if line != f"{HEAD[2]}{date}'" or len(date) != 10 or date[4] + date[7] != "--":  # noqa: PLR2004 -- YYYY-MM-DD
        raise _Unsure
    parts = date.split("-")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise _Unsure
    year, month, day = map(int, parts)
    if not (year and 1 <= month <= len(_DAYS) and 1 <= day <= _DAYS[month - 1]):
        raise _Unsure
    return date


def _is_id(text: str, slash: str) -> bool:
    """Whether a text is an id beyond doubt; a model's may have slashes between its parts."""
    parts = text.split("/") if slash else [text]
    return len(text) <= _MOST and all(
        part.isascii()
        and part[:1].isalnum()
        and part.replace("-", "").replace(".", "").replace("_", "").isalnum()
        for part in parts
    )


def _text(value: str) -> str:
    """A scalar that is a text beyond doubt, and not an empty one."""
    if value[:1] == "'":
        inner = value[1:-1]
        if value[-1] != "'" or len(value) < 3 or "'" in inner or not inner.strip():  # noqa: PLR2004 -- two quotes
            raise _Unsure
        return inner
    return _plain(value)


def _plain(value: str) -> str:
    """A plain scalar that every reader takes for a text."""
    first = value[:1]
    is_text = first.isalpha() or (first.isdigit() and not _NO_NUMBER.isdisjoint(value))
    if not is_text or ":" in value or value.lower() in _AMBIGUOUS or value != value.strip():
        raise _Unsure
    return value


def _amount(text: str) -> tuple[int, int]:
    """A number that is not below zero, as an integer and the number of its decimals that count."""
    whole, point, decimals = text.partition(".")
    if not (text.isascii() and whole.isdigit() and (decimals.isdigit() or not point)):
        raise _Unsure
    if len(whole) > _DIGITS or len(decimals) > _DIGITS or (whole[0] == "0" and len(whole) > 1):
        raise _Unsure
    decimals = decimals.rstrip("0")
    return int(whole + decimals), len(decimals)


def _require_agreement(credits_text: str, usd_text: str | None) -> None:
    """A credit is half a cent; less than a hundredth off is no error, and no price in USD is none either."""
    credits = _amount(credits_text)
    if usd_text is None:
        return
    usd = _amount(usd_text)
    worth, price = 5 * credits[0] * 10 ** usd[1], 1000 * usd[0] * 10 ** credits[1]
    if 100 * abs(worth - price) > worth:
        raise _Unsure


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a mapping in braces."""
    for item in _items(text, "{", "}"):
        name, colon, value = item.partition(": ")
        if not colon or not _FLOW.isdisjoint(name):
            raise _Unsure
        yield name, value


def _items(text: str, opening: str, closing: str) -> list[str]:
    """The items of a collection in one line, at its own level."""
    if text[:1] != opening or text[-1:] != closing or not _is_quoted_simply(text):
        raise _Unsure
    items: list[str] = []
    for part in text[1:-1].split(", "):
        if items and items[-1].count("{") + items[-1].count("[") > items[-1].count("}") + items[-1].count(
            "]"
        ):
            items[-1] += f", {part}"  # it belongs to a collection inside
        else:
            items.append(part)
    return items


def _is_quoted_simply(text: str) -> bool:
    """Whether quoted texts hold nothing that the form of a collection could be mistaken by."""
    return all(_FLOW.isdisjoint(part) and ": " not in part for part in text.split("'")[1::2])


def _condition(text: str) -> Hashable:
    """One condition in one form for all ways to write it."""
    if text[:1] != "{":
        values = frozenset(map(_scalar, _items(text, "[", "]") if text[:1] == "[" else [text]))
        if values == {_NULL}:
            raise _Unsure
        return values
    bounds = dict(_pairs(text))
    if bounds.keys() == {"present"} and bounds["present"] in WORDS["free"]:
        return bounds["present"]
    if len(bounds) != text.count(": ") or not bounds.keys() <= {"min", "max"}:
        raise _Unsure
    reach = {name: _amount(value) for name, value in bounds.items()}
    if len(reach) > 1 and _is_more(reach["min"], reach["max"]):
        raise _Unsure
    return tuple(sorted(reach.items()))


def _is_more(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return bool(one[0] * 10 ** other[1] > other[0] * 10 ** one[1])


def _scalar(text: str) -> Hashable:
    """A scalar of a condition, of the kind it is."""
    if text == "null":
        return _NULL
    if text in WORDS["free"]:
        return text == "true", "flag"
    if text[:1].isdigit() and _NO_NUMBER.isdisjoint(text):
        return _amount(text), "number"
    value = _text(text)
    if text[:1] != "'" and not _FLOW.isdisjoint(text):
        raise _Unsure
    return value, "text"
