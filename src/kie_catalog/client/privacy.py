"""What of upstream's texts may be kept: nothing that repeats the key or what the caller wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

HELD_BACK: Final = "[text held back: it repeats the request]"
_LONGEST: Final = 300
_WINDOW: Final = 10
_SHORTEST: Final = 4
_URL: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_SECRET: Final = re.compile(r"\b(?:bearer\s+\S+|sk-[\w-]{6,}|[0-9a-f]{24,}|[\w-]{40,})", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def texts_in(value: Any) -> Iterator[str]:
    """Every text that stands anywhere in an input; names of members are no secret."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            stack.extend(each.values())
        elif isinstance(each, list | tuple):
            stack.extend(each)


def safe_text(text: str, private: Iterable[str] = ()) -> str:
    """A text of upstream as an error may hold it: one short line, without addresses, keys and long ids.

    Args:
        text: as it came.
        private: what the caller wrote; a text that shares ten characters in a row with any of it, or holds
            one whole, is held back.
    """
    line = _BLANKS.sub(" ", text).strip()
    folded = line.casefold()
    windows = {folded[at : at + _WINDOW] for at in range(max(0, len(folded) - _WINDOW + 1))}
    for each in private:
        words = _BLANKS.sub(" ", each).strip().casefold()
        if len(words) < _SHORTEST:
            continue
        if words in folded or any(
            words[at : at + _WINDOW] in windows for at in range(max(0, len(words) - _WINDOW + 1))
        ):
            return HELD_BACK
    line = _SECRET.sub("[…]", _URL.sub("[address]", line))
    return line.encode("utf-8", "replace").decode()[:_LONGEST]
