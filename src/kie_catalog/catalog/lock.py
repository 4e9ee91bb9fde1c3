"""One run at a time in a workspace: a lock that the system frees with its process, and says whose it was."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kie_catalog.domain.errors import UsageError


class Lock:
    """The lock of one workspace. Held twice by one object it counts once.

    The kernel keeps it, so it never outlives a process. Who writes puts its name into the file and takes it
    out again, so a name that is found there is that of a process which ended in the middle of a write.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            UsageError: another run holds it.
            OSError: the file can't be made or locked.
        """
        if self._descriptor is not None:
            yield
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take(self._descriptor)
            yield
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            root, name = self._file.parent.parent, self.left_by()
            fact = f"another run is writing here{f' ({name})' if name else ''}"
            raise UsageError(str(root), fact, "wait until it has ended") from error

    def left_by(self) -> str:
        """The name that stands in the file: of who writes now, or of who ended while it wrote."""
        try:
            return self._file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def sign(self) -> str | None:
        """Put our name into the file; a line about whose place that was, if it was still taken."""
        before = self.left_by()
        self._write(f"process {os.getpid()} on {platform.node()}\n")
        return f"took over the lock of {before}, which ended while it was writing" if before else None

    def clear(self) -> None:
        """Take our name out again."""
        self._write("")

    def _write(self, text: str) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text.encode(), 0)
