"""What differs between two versions of an input schema, a line a difference."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

MOST: Final = 40
"""More lines than this say `and N more`; the file's own diff has them all."""

_STEP: Final = re.compile(r"\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")


def schema_details(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Say where two schemas differ: `/properties/duration/maximum: 10 is now 15`.

    Order of properties and of lists that are sets (`enum`, `required`) does not count.
    """
    from deepdiff import DeepDiff  # noqa: PLC0415 -- heavy, and only a changed schema needs it

    difference = DeepDiff(before, after, ignore_order=True, verbose_level=2)
    lines: list[str] = []
    for place, value in difference.get("dictionary_item_added", {}).items():
        lines.append(f"{_pointer(place)}: added {_short(value)}")
    for place, value in difference.get("dictionary_item_removed", {}).items():
        lines.append(f"{_pointer(place)}: removed, was {_short(value)}")
    for place, value in difference.get("iterable_item_added", {}).items():
        lines.append(f"{_pointer(place, drop_last=True)}: gained {_short(value)}")
    for place, value in difference.get("iterable_item_removed", {}).items():
        lines.append(f"{_pointer(place, drop_last=True)}: lost {_short(value)}")
    for kind in ("values_changed", "type_changes"):
        for place, change in difference.get(kind, {}).items():
            lines.append(
                f"{_pointer(place)}: {_short(change['old_value'])} is now {_short(change['new_value'])}"
            )
    lines.sort()
    more = len(lines) - MOST
    return (*lines[:MOST], f"and {more} more") if more > 0 else tuple(lines)


def _pointer(place: str, *, drop_last: bool = False) -> str:
    steps = [name or number for name, number in _STEP.findall(place)]
    return "/" + "/".join(steps[:-1] if drop_last else steps)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 -- one line of a report
