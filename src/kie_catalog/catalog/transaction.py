"""Several files in one step: all of them are written or none, whatever happens on the way.

New contents are staged beside, with a second name for each old file; then a journal is put in place, which
is the moment of commitment; then every staged file replaces its target. A failure that this process
survives is undone, and the journal is renamed first, so that nobody finishes what is being undone. What a
process does not survive is finished, or else undone, by the next `recover`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from kie_catalog.catalog.disk import Disk
from kie_catalog.catalog.journal import Journal, Step, journal_of, read_journal
from kie_catalog.catalog.lock import Lock
from kie_catalog.domain.errors import WriteFailed

STATE: Final = ".kie-catalog"
"""The folder in a workspace for what is of this machine only; never committed."""

_AS_BEFORE: Final = "all files are as before; mend that and run again"
_HALF_WAY: Final = "mend that and run again, which finishes or undoes what was begun"


class Transaction:
    """Writes sets of files under one root."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self._root = root
        self._disk = disk or Disk()
        self._stage = root / STATE / "transaction"
        self._journal = self._stage / "journal.json"
        self._undoing = self._stage / "undo.json"
        self._lock = Lock(root / STATE / "lock")
        self.notes: list[str] = []
        """What was done about what earlier runs left behind, a line each."""

    @property
    def is_pending(self) -> bool:
        """Whether an interrupted run left a write that is neither finished nor undone."""
        return self._journal.exists() or self._undoing.exists()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other runs out of the workspace.

        Raises:
            UsageError: another run is at work here.
            WriteFailed: the workspace can't be written to.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._lock.held())
            except OSError as error:
                raise _failed(error, self._root, _AS_BEFORE) from error
            yield

    def commit(self, contents: Mapping[Path, bytes | None]) -> tuple[Path, ...]:
        """Write all files that differ from what is there, and remove those that are to go.

        Args:
            contents: new content by absolute path; `None` for a file that is to go.

        Returns:
            The paths that were written or removed, sorted; empty if nothing differed.

        Raises:
            WriteFailed: a file could not be written; all are as before.
            UsageError: another run is writing to this workspace.
        """
        changed = {path: content for path, content in sorted(contents.items()) if not _holds(path, content)}
        if not changed:
            return ()
        with self._writing():
            journal = self._prepare(changed)
            try:
                self._replace(journal)
            except BaseException:
                self._undo(journal)
                raise
            self._disk.remove(self._journal)
            self._disk.remove_folder(self._stage)
        return tuple(changed)

    def recover(self) -> str | None:
        """Finish or undo what an earlier process left behind.

        Returns:
            What was done, in a line; `None` if nothing was left.
        """
        if not self._stage.exists() and not self._lock.left_by():
            return None
        with self._writing():
            self._recover()
        return "; ".join(self.notes) or None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Leave our name while we write, and the place tidy behind us; say plainly what failed."""
        with self.exclusive():
            try:
                if note := self._lock.sign():
                    self.notes.append(note)
                try:
                    yield
                finally:
                    self._lock.clear()
            except OSError as error:
                raise _failed(error, self._root, _HALF_WAY if self.is_pending else _AS_BEFORE) from error

    def _recover(self) -> None:
        if self._undoing.exists():
            self._put_back(read_journal(self._undoing, self._root))
            self.notes.append("undid the write of an interrupted run")
        elif self._journal.exists():
            self.notes.append(self._finish(read_journal(self._journal, self._root)))
        elif self._stage.exists():
            self._disk.remove_folder(self._stage)
            self.notes.append("removed what an interrupted run had only prepared")

    def _finish(self, journal: Journal) -> str:
        try:
            self._replace(journal)
        except OSError:
            self._undo(journal)
            return "undid the write of an interrupted run"
        self._disk.remove(self._journal)
        self._disk.remove_folder(self._stage)
        return "finished the write of an interrupted run"

    def _prepare(self, changed: Mapping[Path, bytes | None]) -> Journal:
        """Stage everything, then commit by putting the journal in place."""
        self._recover()
        journal = journal_of(changed)
        try:
            for folder in (self._stage, self._stage / "new", self._stage / "old"):
                self._disk.make_folder(folder)
            for step in journal.steps:
                self._stage_step(step, changed[step.target])
            draft = self._journal.with_suffix(".draft")
            self._disk.write(draft, journal.text(self._root).encode())
            self._disk.sync_folder(self._stage / "new")
            self._disk.sync_folder(self._stage / "old")
            self._disk.replace(draft, self._journal)
            self._disk.sync_folder(self._stage)
        except BaseException:
            self._disk.remove(self._journal)
            self._disk.remove_folder(self._stage)
            raise
        return journal

    def _stage_step(self, step: Step, content: bytes | None) -> None:
        if content is not None:
            self._disk.write(self._new(step), content)
        if step.was_there:
            if content is not None:
                self._disk.copy_mode(step.target, self._new(step))
            self._disk.keep(step.target, self._old(step))

    def _replace(self, journal: Journal) -> None:
        for step in journal.steps:
            if step.is_removal:
                self._disk.remove(step.target)
            elif self._new(step).exists():
                self._disk.replace(self._new(step), step.target)
        self._sync_targets(journal)

    def _sync_targets(self, journal: Journal) -> None:
        folders = {step.target.parent for step in journal.steps}
        # A folder that was made is a name in the one above it.
        folders |= {folder.parent for folder in journal.folders}
        for folder in sorted(folders):
            if folder.is_dir():
                self._disk.sync_folder(folder)

    def _undo(self, journal: Journal) -> None:
        self._disk.replace(self._journal, self._undoing)
        self._disk.sync_folder(self._stage)
        self._put_back(journal)

    def _put_back(self, journal: Journal) -> None:
        for step in journal.steps:
            self._put_back_step(step)
        for folder in journal.folders:
            self._disk.remove_empty_folder(folder)
        self._sync_targets(journal)
        self._disk.remove(self._undoing)
        self._disk.remove_folder(self._stage)

    def _put_back_step(self, step: Step) -> None:
        """Give a target its old content, if it has not got it: what is staged still was never put there."""
        is_done = not step.target.exists() if step.is_removal else not self._new(step).exists()
        if not is_done:
            return
        if not step.was_there:
            self._disk.remove(step.target)
        elif self._old(step).exists():
            self._disk.replace(self._old(step), step.target)

    def _new(self, step: Step) -> Path:
        return self._stage / "new" / str(step.number)

    def _old(self, step: Step) -> Path:
        return self._stage / "old" / str(step.number)


def _holds(path: Path, content: bytes | None) -> bool:
    """Whether a file is as it is to become."""
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return content is None
    except OSError:
        return False


def _failed(error: OSError, root: Path, cure: str) -> WriteFailed:
    place = str(error.filename2 or error.filename or root)
    return WriteFailed(place, f"cannot be written ({error.strerror or error})", cure)
