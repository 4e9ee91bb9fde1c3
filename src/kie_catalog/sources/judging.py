"""Judging a reply of upstream before it is believed: its status, its envelope, its words. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from kie_catalog.domain.errors import SourceError
from kie_catalog.sources.asking import NotOffered, Passing, Unusable
from kie_catalog.sources.replies import read_json, read_text
from kie_catalog.sources.secret import origin

NOT_OFFERED: Final = "kie-catalog-not-offered"
FAULT: Final = "kie-catalog-fault"
"""The headers in which our stand-in says, with the recording's own reason, that a source or one entry of it
could not be had; from anyone else they would be but other words for a refusal."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
OK: Final = 200
_SUCCESS: Final = range(200, 300)
_SERVER_ERRORS: Final = range(500, 600)
_PASSING_HTTP: Final = frozenset({408, 429})
_PASSING_CODES: Final = frozenset({405, 408, 429, 430})
"""In a body, 405 and 430 mean a rate limit too (CONTRACT section 4)."""
_REGION_CODE: Final = 4030
_REGION: Final = re.compile(r"not supported in (?:the|your) (?:current )?region", re.IGNORECASE)
_LOGIN: Final = re.compile(r"/(?:log-?in|sign-?in|auth)(?:[/?#.]|$)", re.IGNORECASE)
_JSON: Final = re.compile(r"\s*(?:\{|\[\s*[{\[\"])")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_LONGEST_MESSAGE: Final = 120


def quiet(text: object) -> str:
    """Upstream's own words as one short line without control characters."""
    words = _UNPRINTABLE.sub(" ", str(text)).strip()
    return words if len(words) <= _LONGEST_MESSAGE else words[: _LONGEST_MESSAGE - 1] + "…"


def judge(status: int, headers: Mapping[str, str], raw: bytes, place: str) -> None:
    """Judge a reply as a whole; one that passes is still to be read.

    The code of an envelope in the body goes before the status around it (CONTRACT section 1.4).

    Raises:
        NotOffered: the stand-in has nothing of this source.
        Passing: the status or the code is 408, 429 or 5xx, or another code for a rate limit.
        Unusable: the status is any other but 2xx, or the code any other but 200.
    """
    if fact := headers.get(NOT_OFFERED):
        raise NotOffered(place, quiet(fact))
    if fact := headers.get(FAULT):
        raise Unusable(place, quiet(fact))
    retry_after = headers.get("retry-after")
    if raw.lstrip()[:1] == b"{":
        _judge_code(raw, place, retry_after)
    if status in _SUCCESS:
        return
    if status in _PASSING_HTTP or status in _SERVER_ERRORS:
        raise Passing(place, f"answers HTTP {status}", retry_after=retry_after)
    raise Unusable(place, f"answers HTTP {status}")


def next_hop(url: str, location: str | None) -> str:
    """Where a redirect leads.

    Raises:
        Unusable: to nowhere, to a login page, or to another host, which is never followed: what answers
            there is not KIE.
    """
    if not location:
        raise Unusable(url, "redirects to nowhere")
    try:
        target = urljoin(url, location)
        elsewhere = origin(target) != origin(url)
    except ValueError:
        raise Unusable(url, "redirects to nowhere") from None
    if _LOGIN.search(urlsplit(target).path):
        raise Unusable(url, "redirects to a login page")
    if elsewhere:
        raise Unusable(url, f"redirects to another host ({quiet(urlsplit(target).hostname)})")
    return target


def data_of(raw: bytes, place: str) -> Any:
    """The `data` of KIE's envelope.

    Raises:
        Unusable: the body is no JSON, or no envelope with code 200.
    """
    try:
        reply = read_json(raw, place)
    except SourceError as error:
        raise Unusable(place, error.fact) from None
    if _code(reply) != OK:
        raise Unusable(place, "the reply is no envelope with code 200")
    return reply.get("data")


def text_of(raw: bytes, place: str) -> str:
    """The text of a documentation page or index.

    Raises:
        Unusable: it is empty, HTML, a login page, JSON, or not UTF-8.
    """
    try:
        text = read_text(raw, place)
    except SourceError as error:
        raise Unusable(place, error.fact) from None
    if _JSON.match(text):
        raise Unusable(place, "the reply is JSON and no page")
    return text


def day_of(headers: Mapping[str, str]) -> datetime | None:
    """The moment the server says it answered (`Date`); `None` where it says none."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _judge_code(raw: bytes, place: str, retry_after: str | None) -> None:
    try:
        reply = read_json(raw, place)
    except SourceError:
        return  # no envelope; its own reader will say what it is
    code = _code(reply)
    if code is None or code == OK:
        return
    message = quiet(reply.get("msg") or reply.get("message") or "without a message")
    if code == _REGION_CODE or _REGION.search(message):
        raise Unusable(place, f"is blocked in this region (code {code}: {message})")
    fact = f"answers code {code}: {message}"
    if code in _PASSING_CODES or code in _SERVER_ERRORS:
        raise Passing(place, fact, retry_after=retry_after)
    raise Unusable(place, fact)


def _code(reply: Any) -> int | None:
    code = reply.get("code") if isinstance(reply, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdigit():
        return int(code[:9])
    return code if isinstance(code, int) and not isinstance(code, bool) else None
