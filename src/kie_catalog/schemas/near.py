"""How near two names are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def is_one_edit(name: str, other: str) -> bool:
    """Whether one letter more, less or other makes one name of the other; case counts."""
    if abs(len(name) - len(other)) > 1 or name == other:
        return False
    start = 0
    while start < min(len(name), len(other)) and name[start] == other[start]:
        start += 1
    tail = max(len(name), len(other)) - start - 1
    return name[len(name) - tail :] == other[len(other) - tail :] and tail <= min(len(name), len(other))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a mistyped one most likely means; `None` where none is near."""
    folded = {each.lower().replace("_", "").replace("-", ""): each for each in sorted(known, reverse=True)}
    near = get_close_matches(name.lower().replace("_", "").replace("-", ""), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None
