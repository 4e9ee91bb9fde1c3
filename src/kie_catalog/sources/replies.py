"""What every source does with raw bytes before it believes them."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from kie_catalog.domain.errors import SourceError

RECORD_AGAIN: Final = "take the recording again"


def refuse(place: str, fact: str) -> NoReturn:
    """Stop: this reply can't be used."""
    raise SourceError(place, fact, RECORD_AGAIN)


def read_text(raw: bytes, place: str) -> str:
    """UTF-8 text of a reply.

    Raises:
        SourceError: the reply is empty, not UTF-8, or an HTML page.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(place, f"the reply is not UTF-8 (byte {error.start})")
    if not text.strip():
        refuse(place, "the reply is empty")
    if is_html(raw):
        refuse(place, "the reply is a login page" if is_login(raw) else "the reply is an HTML page")
    return text


def is_html(raw: bytes) -> bool:
    """Whether bytes begin as an HTML page does, whatever their content type says."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower().startswith((b"<!doctype", b"<html"))


def is_login(raw: bytes) -> bool:
    """Whether an HTML page asks for a password."""
    return b'type="password"' in raw.lower()


def read_json(raw: bytes, place: str) -> Any:
    """The JSON of a reply.

    Raises:
        SourceError: as for `read_text`, or the JSON is truncated or malformed.
    """
    text = read_text(raw, place)
    try:
        return json.loads(text, parse_constant=lambda name: refuse(place, f"the reply holds {name}"))
    except ValueError as error:
        refuse(place, f"the reply is not JSON ({error})")
    except RecursionError:
        refuse(place, "the reply is nested too deeply")


def read_list(raw: bytes, place: str) -> list[Any]:
    """The JSON list of a reply, which must hold something.

    Raises:
        SourceError: as for `read_json`, or it is no list, or an empty one: an empty feed is a broken feed.
    """
    reply = read_json(raw, place)
    if not isinstance(reply, list):
        refuse(place, f"the reply is {type(reply).__name__}, not a list")
    if not reply:
        refuse(place, "the list is empty, which looks like a broken upstream")
    return reply


def recorded_json(value: Any, place: str) -> bytes:
    """A JSON value as a recording keeps it: equal values, equal bytes, whatever form they came in.

    Raises:
        SourceError: it holds half a surrogate pair, which is no text, or is nested too deeply.
    """
    try:
        return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
    except UnicodeEncodeError:
        refuse(place, "the reply holds half a character (a lone surrogate)")
    except RecursionError:
        refuse(place, "the reply is nested too deeply")
