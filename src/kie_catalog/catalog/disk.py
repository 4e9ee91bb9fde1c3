"""The few things a transaction does to a disk, behind one door that a test can make fail."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


class Disk:
    """The real one. Every method may raise `OSError`."""

    def write(self, path: Path, content: bytes) -> None:
        """Write a file and wait until it is on the disk."""
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def keep(self, path: Path, copy: Path) -> None:
        """Give a file a second name, or copy it where the file system has no hard links."""
        try:
            os.link(path, copy)
        except OSError:
            shutil.copy2(path, copy)
            with copy.open("rb") as file:
                os.fsync(file.fileno())

    def copy_mode(self, path: Path, other: Path) -> None:
        """Let who may read the one read the other as well."""
        other.chmod(path.stat().st_mode & 0o7777)

    def replace(self, source: Path, target: Path) -> None:
        """Put a file in the place of another in one step."""
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        path.mkdir(parents=True, exist_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder and all in it, if it is there."""
        if path.exists():
            shutil.rmtree(path)

    def remove_empty_folder(self, path: Path) -> None:
        """Remove a folder if nothing is in it."""
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()

    def sync_folder(self, path: Path) -> None:
        """Wait until the names in a folder are on the disk."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
