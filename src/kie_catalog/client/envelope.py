"""One reply, read: the body's own code, its message, its data. Total over any bytes."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

OK: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as the client sees it."""

    status: int
    """HTTP's."""
    code: int | None
    """The body's; `None` where the body is no envelope."""
    message: str
    data: Any
    """The envelope's `data`; without an envelope, the JSON of the body, or `None` where it is none."""
    is_json: bool
    top: dict[str, Any]
    """The body itself where it is an object: a few replies keep a member beside `data`."""

    @property
    def effective(self) -> int:
        """The body's code, which is the truth; HTTP's status where there is none."""
        return self.status if self.code is None else self.code

    @property
    def is_success(self) -> bool:
        """Whether an envelope says so."""
        return self.code == OK


def read_answer(status: int, body: bytes) -> Answer:
    """Read a reply. Content types are not asked: KIE sends JSON as plain text, and with none at all."""
    parsed = parse_json(body)
    if parsed is None:
        parsed = _events(body)
    if parsed is None:
        return Answer(status, None, "", None, is_json=False, top={})
    if not isinstance(parsed, dict):
        return Answer(status, None, "", parsed, is_json=True, top={})
    code = as_code(parsed.get("code"))
    if code is None:
        return Answer(status, None, _said(parsed), parsed, is_json=True, top=parsed)
    return Answer(status, code, _said(parsed), parsed.get("data"), is_json=True, top=parsed)


def parse_json(body: bytes | str) -> Any:
    """The JSON of a text; `None` for what is none, however broken, and for JSON's own null."""
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _events(body: bytes) -> list[Any] | dict[str, Any] | None:
    """The JSON of a stream of server-sent events, which chats give when asked for one; `None` for no such.

    A stream whose first event is an envelope with an error code is that envelope.
    """
    if not body.lstrip().startswith((b"data:", b"event:", b"id:", b":")):
        return None
    lines = body.decode("utf-8", "replace").splitlines()
    events = [parse_json(line.removeprefix("data:")) for line in lines if line.startswith("data:")]
    found = [each for each in events if each is not None]
    first = found[0] if found else None
    if isinstance(first, dict) and as_code(first.get("code")) is not None and "msg" in first:
        return first
    return found or None


def as_code(value: Any) -> int | None:
    """A code: a number, or a text that is one. A truth value is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value.strip())
    return None


def _said(body: dict[str, Any]) -> str:
    """The message, under whichever of its names; chat vendors put it under `error`."""
    for name in ("msg", "message", "error"):
        said = body.get(name)
        if isinstance(said, dict):
            said = said.get("message")
        if isinstance(said, str) and said:
            return said
    return ""
