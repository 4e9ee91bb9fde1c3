"""Several files in one step: all of them are written or none, whatever happens on the way.

New contents are staged beside, with a second name for each old file; then a journal is put in place, which
is the moment of commitment; then every staged file replaces its target. A failure that this process
survives is undone. One that it does not survive is finished, or else undone, by the next `recover`.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kie_catalog.catalog.disk import Disk
from kie_catalog.domain.errors import UsageError, WriteFailed

STATE: Final = ".kie-catalog"
"""The folder in a workspace for what is of this machine only; never committed."""


@dataclass(frozen=True, slots=True)
class _Step:
    number: int
    target: Path
    was_there: bool


class Transaction:
    """Writes sets of files under one root."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self._root = root
        self._disk = disk or Disk()
        self._stage = root / STATE / "transaction"
        self._journal = self._stage / "journal.json"

    def commit(self, contents: Mapping[Path, bytes]) -> tuple[Path, ...]:
        """Write all files that differ from what is there.

        Args:
            contents: new content by absolute path.

        Returns:
            The paths that were written, sorted; empty if nothing differed.

        Raises:
            WriteFailed: a file could not be written; all files are as before.
            UsageError: another run is writing to this workspace.
        """
        changed = {path: content for path, content in sorted(contents.items()) if not _holds(path, content)}
        if not changed:
            return ()
        with self._writing():
            steps = self._prepare(changed)
            try:
                self._replace(steps)
            except BaseException:
                self._undo(steps)
                raise
            self._disk.remove(self._journal)
            self._disk.remove_folder(self._stage)
        return tuple(changed)

    def recover(self) -> str | None:
        """Finish or undo what an earlier process left behind.

        Returns:
            What was done, in a line; `None` if nothing was left.
        """
        if not self._stage.exists():
            return None
        with self._writing():
            return self._recover()

    def _recover(self) -> str | None:
        if not self._stage.exists():  # another process recovered while this one waited
            return None
        if not self._journal.exists():
            self._disk.remove_folder(self._stage)
            return "removed what an interrupted run had only prepared"
        steps = self._read_journal()
        try:
            self._replace(steps)
            done = "finished the write of an interrupted run"
        except OSError:
            self._undo(steps)
            done = "undid the write of an interrupted run"
        self._disk.remove(self._journal)
        self._disk.remove_folder(self._stage)
        return done

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the workspace's lock, which the system frees with the process; say plainly what failed."""
        state = self._root / STATE
        try:
            self._disk.make_folder(state)
            descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _failed(error, state) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise UsageError(
                str(self._root), "another run is writing here", "wait until it has ended"
            ) from error
        except OSError as error:
            raise _failed(error, self._root) from error
        finally:
            os.close(descriptor)

    def _prepare(self, changed: Mapping[Path, bytes]) -> list[_Step]:
        """Stage everything, then commit by putting the journal in place."""
        self._recover()
        steps = [_Step(number, path, path.exists()) for number, path in enumerate(changed)]
        try:
            for folder in (self._stage, self._stage / "new", self._stage / "old"):
                self._disk.make_folder(folder)
            for step in steps:
                self._stage_step(step, changed[step.target])
            draft = self._journal.with_suffix(".draft")
            self._disk.write(draft, self._journal_text(steps).encode())
            self._disk.sync_folder(self._stage / "new")
            self._disk.sync_folder(self._stage / "old")
            self._disk.replace(draft, self._journal)
            self._disk.sync_folder(self._stage)
        except BaseException:
            self._disk.remove(self._journal)
            self._disk.remove_folder(self._stage)
            raise
        return steps

    def _stage_step(self, step: _Step, content: bytes) -> None:
        staged = self._new(step)
        self._disk.write(staged, content)
        if step.was_there:
            staged.chmod(step.target.stat().st_mode & 0o7777)
            self._disk.keep(step.target, self._old(step))

    def _replace(self, steps: list[_Step]) -> None:
        for step in steps:
            if self._new(step).exists():
                self._disk.replace(self._new(step), step.target)
        for folder in sorted({step.target.parent for step in steps}):
            self._disk.sync_folder(folder)

    def _undo(self, steps: list[_Step]) -> None:
        for step in steps:
            if step.was_there:
                if self._old(step).exists():
                    self._disk.replace(self._old(step), step.target)
            else:
                self._disk.remove(step.target)
        self._disk.remove(self._journal)
        self._disk.remove_folder(self._stage)

    def _new(self, step: _Step) -> Path:
        return self._stage / "new" / str(step.number)

    def _old(self, step: _Step) -> Path:
        return self._stage / "old" / str(step.number)

    def _journal_text(self, steps: list[_Step]) -> str:
        entries = [
            {
                "number": step.number,
                "target": os.path.relpath(step.target, self._root),
                "was_there": step.was_there,
            }
            for step in steps
        ]
        return json.dumps(entries)

    def _read_journal(self) -> list[_Step]:
        entries = json.loads(self._journal.read_text(encoding="utf-8"))
        return [_Step(each["number"], self._root / each["target"], each["was_there"]) for each in entries]


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _failed(error: OSError, root: Path) -> WriteFailed:
    place = str(error.filename2 or error.filename or root)
    fact = f"cannot be written ({error.strerror or error})"
    return WriteFailed(place, fact, "all files are as before; mend that and run again")
