"""Prints how much of each room the tests run, lines and branches together; fails where a room has too little.

Reads `.coverage`, the combined data of `make coverage`; what is exempt, and why, is in `pyproject.toml` and
behind `# pragma: no cover` in the sources.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from coverage import Coverage

LEAST: Final = 97.0
"""Percent of lines and branches that every room must reach."""
PACKAGE: Final = "kie_catalog"
COUNTED: Final = ("num_statements", "covered_lines", "num_branches", "covered_branches", "excluded_lines")


def measured() -> dict[str, Any]:
    """Coverage's own report, as data."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        data = Coverage()
        data.load()
        data.json_report(outfile=str(file))
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found


def room_of(file: str) -> str:
    """The room that a source file stands in; those beside the rooms are the package's own."""
    parts = Path(file).parts
    behind = parts[parts.index(PACKAGE) + 1 :]
    return behind[0] if len(behind) > 1 else PACKAGE


def main() -> int:
    """Print the table."""
    rooms: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    for file, each in measured()["files"].items():
        for name in COUNTED:
            rooms[room_of(file)][name] += each["summary"][name]
            rooms["all"][name] += each["summary"][name]
    sys.stdout.write(f"{'room':12} {'lines':>13} {'branches':>13} {'exempt':>7} {'covered':>8}\n")
    low = 0
    for room, counts in sorted(rooms.items(), key=lambda item: (item[0] == "all", item[0])):
        lines, ran, branches, taken, exempt = (counts[name] for name in COUNTED)
        share = 100 * (ran + taken) / (lines + branches) if lines else 100.0
        is_low = share < LEAST
        low += is_low
        mark = f"  below {LEAST:.0f} %" if is_low else ""
        sys.stdout.write(
            f"{room:12} {ran:6}/{lines:6} {taken:6}/{branches:6} {exempt:7} {share:7.2f}%{mark}\n"
        )
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
