"""Kills a process that applies a plan, again and again, and says in which state the files are each time.

A program of its own, since it forks. Usage: killer.py FOLDER steps|lines|twice|full-disk|size-limit|read-only
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from kie_catalog.catalog import disk, journal, lock, transaction
from kie_catalog.catalog.apply import apply_plan, files_of
from kie_catalog.catalog.disk import Disk
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.transaction import STATE, Transaction
from kie_catalog.catalog.workspace import DECISIONS, Workspace
from kie_catalog.domain.errors import WriteFailed
from kie_catalog.sources.recordings import read_recording
from tests.catalog.failing import FailingDisk
from tests.incidents.corpus import held
from tests.incidents.replies import MANIFEST, as_json, patched, start
from tests.killing import Work, in_child, killed_at, killed_at_line, until_done

MODULES = frozenset(str(each.__file__) for each in (transaction, disk, journal, lock))
FIRST = {"providers": ["acme"], "names": ["alpha", "beta", "gamma"], "modes": {"480p": "10"}, "chats": {}}
# A plan that has every kind of file: changed, new in a new folder, and removed.
THEN = {
    "rows": [
        {"match": "acme/alpha, 480p", "set": {"creditPrice": "11", "usdPrice": ""}},
        {"add": {"modelDescription": "dune/new, 480p", "provider": "Dune"}},
    ],
    "pages": [{"add": "acme/beta", "options": ["480p"]}, {"add": "dune/new"}],
}
BURIED = """\
decisions:
- {kind: tombstone, model: acme/gamma, reason: gone, author: anna, decided: '2026-08-01'}
"""
NOBODY = 65534


class Scene:
    """A workspace, a plan for it, and what its files are before and after."""

    def __init__(self, place: Path) -> None:
        self.root = place / "root"
        place.chmod(0o755)
        self.root.mkdir()
        replies = start(FIRST)
        first = _recorded(place / "first", "2026-08-11", replies)
        then = _recorded(place / "then", "2026-08-12", patched(replies, THEN, place))
        self.workspace = Workspace(self.root)
        apply_plan(plan_sync(read_recording(first), self.workspace), self.workspace)
        (self.root / DECISIONS).write_text(BURIED)
        shutil.rmtree(self.root / STATE)
        self.old = held(self.root)
        settings = self.workspace.settings(lifted=["all"], today="2026-08-12")
        self.plan = plan_sync(read_recording(then), self.workspace, settings)
        self.contents = files_of(self.plan, self.workspace).contents
        self.spare = place / "spare"
        shutil.copytree(self.root, self.spare)
        other = Workspace(self.spare)
        apply_plan(self.plan, other)
        self.new = held(self.spare)
        self.seen = {"old": 0, "new": 0}
        self.reset()

    def reset(self) -> None:
        shutil.rmtree(self.root)
        for name, content in self.old.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(content)

    def apply(self, on: Disk | None = None) -> None:
        apply_plan(self.plan, self.workspace, transaction=Transaction(self.root, on))

    def write(self, on: Disk | None = None) -> None:
        """What `apply` does once it knows what to write: to work that out anew for each kill is slow."""
        transaction = Transaction(self.root, on)
        with transaction.exclusive():
            transaction.commit(self.contents)

    def recover(self) -> None:
        Transaction(self.root).recover()

    def check(self, when: str) -> None:
        """Recover and note the state; a program that finds a third one ends."""
        self.recover()
        state = held(self.root)
        left = [each.name for each in (self.root / STATE).glob("*") if each.name != "lock"]
        if state not in (self.old, self.new) or left:
            odd = [name for name in {*state, *self.old} if state.get(name) != self.old.get(name)]
            sys.exit(f"{when}: {left} {sorted(odd)}")
        self.seen["old" if state == self.old else "new"] += 1
        self.reset()


def _recorded(folder: Path, day: str, replies: dict[str, bytes]) -> Path:
    for name, raw in {**replies, MANIFEST: as_json({"taken_at": day})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return folder


def steps(scene: Scene) -> Iterator[str]:
    """Killed in front of each thing that it does to a file."""
    yield from (f"at step {each}" for each in until_done(partial(killed_at, scene.apply)))


def lines(scene: Scene) -> Iterator[str]:
    """Killed in front of each line of the transaction."""
    kill = partial(killed_at_line, scene.write, modules=MODULES)
    yield from (f"at line {each}" for each in until_done(kill))


def twice(scene: Scene) -> Iterator[str]:
    """Killed at each step, and its recovery killed too, at a later step each time."""
    for step in until_done(partial(killed_at, scene.apply)):
        killed_at(scene.recover, 1 + step % 17)
        yield f"at step {step} and in the recovery"


def full_disk(scene: Scene) -> Iterator[str]:
    """The disk is full at each of its operations; while that is undone, the process is killed."""
    counting = FailingDisk(-1, OSError())
    scene.write(counting)
    scene.reset()
    for fails in range(1, counting.count + 1):
        disk = FailingDisk(fails, OSError(errno.ENOSPC, "No space left on device"))
        work = partial(refused, scene, disk)
        in_child(work)
        yield f"on a disk that is full at {fails}"
        for step in (1, 2, 4, 8):
            killed_at(work, step, armed=lambda disk=disk: disk.has_failed)
            yield f"on a disk that is full at {fails}, {step} steps behind"


def size_limit(scene: Scene) -> Iterator[str]:
    """No file may grow above a limit, which the system itself keeps."""
    sizes = {len(content) for name, content in scene.new.items() if scene.old.get(name) != content}

    def limited(limit: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        refused(scene)

    for size in sorted(sizes):
        for limit in (size // 2, size - 1):
            in_child(partial(limited, limit))
            yield f"with no file above {limit}"


def read_only(scene: Scene) -> Iterator[str]:
    """Each folder in turn can't be written to; as root, nobody does it, since root may write anywhere."""
    folders = {(scene.root / name).parent for name in scene.new} | {scene.root / STATE}

    def powerless(work: Work) -> None:
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        work()

    for folder in sorted(each for each in folders if each.is_dir() or each.name == STATE):
        for step in (0, *range(1, 90, 4)):
            folder.mkdir(exist_ok=True)
            _give_away(scene.root)
            folder.chmod(0o555)
            work = partial(powerless, partial(refused, scene))
            if step:
                killed_at(work, step)
            else:
                in_child(work)
            folder.chmod(0o755)
            yield f"with {folder.name} read-only, at step {step}"


def refused(scene: Scene, disk: Disk | None = None) -> None:
    """Write where that can't be done; a run that says so in its own words ends well."""
    with suppress(WriteFailed):
        scene.write(disk)


def _give_away(root: Path) -> None:
    if os.geteuid() == 0:
        for each in (root, *root.rglob("*")):
            os.chown(each, NOBODY, NOBODY)


WAYS = {
    "steps": steps,
    "lines": lines,
    "twice": twice,
    "full-disk": full_disk,
    "size-limit": size_limit,
    "read-only": read_only,
}


def main(place: Path, way: str) -> None:
    scene = Scene(place)
    points = 0
    for when in WAYS[way](scene):
        points += 1
        scene.check(when)
    scene.check("at its end")
    seen = f"{scene.seen['old']} old, {scene.seen['new']} new"
    print(f"{points} points of {way}: {seen}")  # noqa: T201 -- a program's result


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
