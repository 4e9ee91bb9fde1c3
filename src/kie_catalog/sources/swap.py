"""Replacing a whole folder in one step: whoever looks, at any moment, sees the old one or the new one.

The new folder is written beside the old one, brought to the disk, and exchanged with it by one rename where
the system can do that (Linux). Elsewhere two renames do it, and what a kill between them leaves is mended by
whoever comes next. A lock on each draft tells one that is being written from one that was left behind.
"""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from kie_catalog.domain.errors import WriteFailed

_EXCHANGE: Final = 2
"""`RENAME_EXCHANGE` of renameat2(2)."""
_HERE: Final = -100
"""`AT_FDCWD` of openat(2)."""
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; `False` where the system can't.

    Raises:
        OSError: it can, and did not.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))


def replace_folder(
    folder: Path, files: Mapping[str, bytes], *, exchange: Callable[[Path, Path], bool] = exchange
) -> None:
    """Make a folder hold these files and nothing else.

    Args:
        folder: need not exist; its parents are made.
        files: by relative path.
        exchange: exchanges two folders in one step, or says that it can't.

    Raises:
        WriteFailed: the disk is full or read-only; the folder is as before.
    """
    target = folder.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target)
        with _draft(target) as draft:
            _fill(draft, files)
            _swap(draft, target, exchange)
    except OSError as error:
        raise WriteFailed(
            str(folder), f"could not be written ({error.strerror or error})", "the folder is as before"
        ) from error


def recover(folder: Path) -> None:
    """Mend what a kill left behind: put the old folder back if it was moved away, remove dead drafts."""
    target = folder.absolute()
    old = _old(target)
    # On a read-only disk, or beside another's drafts, nothing can be mended: the reader will say so.
    with suppress(OSError):
        if old.is_dir() and not target.exists():
            old.rename(target)
        for left in target.parent.glob(f".{glob.escape(target.name)}.*.draft"):
            with _lock(left) as is_mine:
                if is_mine:
                    shutil.rmtree(left, ignore_errors=True)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.", suffix=".draft"))
    with _lock(draft):
        try:
            yield draft
        finally:
            # After the exchange this is the old folder.
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    """Hold a folder as long as this process lives; the system lets go of it when the process is killed."""
    import fcntl  # noqa: PLC0415 -- POSIX only, as the classifiers say; importing the module must work anywhere

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _fill(draft: Path, files: Mapping[str, bytes]) -> None:
    draft.chmod(0o755)  # mkdtemp makes it for its owner only
    folders = {draft}
    for name, content in files.items():
        file = draft / name
        file.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in file.parents if parent.is_relative_to(draft))
        with file.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for each in folders:
        _sync(each)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(draft: Path, target: Path, exchange: Callable[[Path, Path], bool]) -> None:
    if not target.exists():
        draft.rename(target)
    elif not exchange(draft, target):
        old = _old(target)
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        draft.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    _sync(target.parent)
