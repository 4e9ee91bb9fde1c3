"""A disk that fails where a test wants it to."""

from __future__ import annotations

from pathlib import Path

from kie_catalog.catalog.disk import Disk


class FailingDisk(Disk):
    """A disk whose nth operation fails; with `dead`, every later one does too, as after a power cut."""

    def __init__(self, fail_at: int, failure: BaseException, *, dead: bool = False) -> None:
        self.count = 0
        self._fail_at = fail_at
        self._failure = failure
        self._dead = dead

    @property
    def has_failed(self) -> bool:
        """Whether the operation that fails was tried."""
        return self.count >= self._fail_at

    def _tick(self) -> None:
        self.count += 1
        if self.count == self._fail_at or (self._dead and self.count > self._fail_at):
            raise self._failure

    def write(self, path: Path, content: bytes) -> None:
        if self.count + 1 == self._fail_at:
            path.write_bytes(content[: len(content) // 2])  # a full disk leaves half a file
        self._tick()
        super().write(path, content)

    def keep(self, path, copy):
        self._tick()
        super().keep(path, copy)

    def replace(self, source, target):
        self._tick()
        super().replace(source, target)

    def remove(self, path):
        self._tick()
        super().remove(path)

    def remove_folder(self, path):
        self._tick()
        super().remove_folder(path)

    def make_folder(self, path):
        self._tick()
        super().make_folder(path)

    def sync_folder(self, path):
        self._tick()
        super().sync_folder(path)
