"""Kills a process that replaces a folder, again and again, and says what the folder held each time.

Run as a program of its own: it forks, which a process with threads must not. It is killed at the Nth event of
Python's audit hooks (a file opened, a folder renamed), for each N there is, and at random moments besides.

Usage: killer.py FOLDER exchange|renames RANDOM_KILLS
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from kie_catalog.sources import swap

OLD = {"a.json": b"old", "docs/x/y.md": b"old" * 1000, "docs/z.md": b"old"}
NEW = {"a.json": b"new", "docs/x/y.md": b"new" * 1000, "docs/w.md": b"new", "b.json": b"new"}
EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.chmod",
    "shutil.rmtree",
    "ctypes.dlsym",
}


def held(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def replace(folder: Path, files: dict[str, bytes], way: str) -> None:
    if way == "exchange":
        swap.replace_folder(folder, files)
    else:
        swap.replace_folder(folder, files, exchange=lambda _one, _other: False)


def killed_at(folder: Path, way: str, event: int) -> bool:
    """Replace the folder in a child that dies at an event; whether it died."""
    child = os.fork()
    if child == 0:
        left = event

        def hook(name: str, _: tuple[object, ...]) -> None:
            nonlocal left
            if name in EVENTS:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        replace(folder, NEW, way)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def killed_after(folder: Path, way: str, seconds: float) -> None:
    child = os.fork()
    if child == 0:
        replace(folder, NEW, way)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


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
        died = killed_at(folder, way, event)
        seen[check(folder, way, f"at event {event}")] += 1
        if not died:
            break
    chance = random.Random(3)
    for _ in range(kills):
        seconds = chance.random() * 0.012
        killed_after(folder, way, seconds)
        seen[check(folder, way, f"after {seconds:.4f} s")] += 1
    print(f"{event + kills} kills: {seen['old']} old, {seen['new']} new")  # noqa: T201 -- a program's result


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
