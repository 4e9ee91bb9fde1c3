"""Kills a process that replaces a folder, again and again, and says what the folder held each time.

Run as a program of its own: it forks, which a process with threads must not. It is killed at the Nth event of
Python's audit hooks (a file opened, a folder renamed), for each N there is, and at random moments besides.

Usage: killer.py FOLDER exchange|renames RANDOM_KILLS
"""

from __future__ import annotations

import random
import sys
from functools import partial
from pathlib import Path

from kie_catalog.sources import swap
from tests.killing import killed_after, killed_at

OLD = {"a.json": b"old", "docs/x/y.md": b"old" * 1000, "docs/z.md": b"old"}
NEW = {"a.json": b"new", "docs/x/y.md": b"new" * 1000, "docs/w.md": b"new", "b.json": b"new"}


def held(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def replace(folder: Path, files: dict[str, bytes], way: str) -> None:
    if way == "exchange":
        swap.replace_folder(folder, files)
    else:
        swap.replace_folder(folder, files, exchange=lambda _one, _other: False)


def check(folder: Path, way: str, when: str) -> str:
    """Which state the folder is in; a program that finds a third one ends."""
    if way == "renames":
        swap.recover(folder)
    state = held(folder)
    if state not in (OLD, NEW):
        sys.exit(f"killed {when}: {sorted(state)}")
    name = "old" if state == OLD else "new"
    replace(folder, OLD, way)
    strays = [each.name for each in folder.parent.iterdir() if each != folder]
    if strays or held(folder) != OLD:
        sys.exit(f"killed {when}, then replaced: {strays} {sorted(held(folder))}")
    return name


def main(folder: Path, way: str, kills: int) -> None:
    seen = {"old": 0, "new": 0}
    replace(folder, OLD, way)
    event = 0
    while True:
        event += 1
        died = killed_at(partial(replace, folder, NEW, way), event)
        seen[check(folder, way, f"at event {event}")] += 1
        if not died:
            break
    chance = random.Random(3)
    for _ in range(kills):
        seconds = chance.random() * 0.012
        killed_after(partial(replace, folder, NEW, way), seconds)
        seen[check(folder, way, f"after {seconds:.4f} s")] += 1
    print(f"{event + kills} kills: {seen['old']} old, {seen['new']} new")  # noqa: T201 -- a program's result


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
