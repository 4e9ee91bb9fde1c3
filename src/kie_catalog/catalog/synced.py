"""A note of when a sync of a workspace last succeeded, for start-ups on this machine.

A sync that changes nothing writes no file of the workspace, and still proves that the data are those of its
day. So the note lies in the user's cache folder, under the name of the workspace. This module imports next to
nothing, since a start-up waits for it.
"""

from __future__ import annotations

import os

from kie_catalog.catalog import sidecar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_LONGEST: Final = 64


def note_sync(root: str | os.PathLike[str], moment: str, folder: str | None = None) -> None:
    """Note the moment of a sync that succeeded; a folder that takes no note does not make it fail.

    Args:
        root: the workspace.
        moment: in UTC, as `2026-09-01T11:59Z`.
        folder: where notes lie; the user's cache folder if `None`.
    """
    sidecar.write(_place(os.fspath(root), folder), f"{moment}\n".encode())


def last_sync(root: str, folder: str | None = None) -> str | None:
    """The moment that was noted last; `None` if none was."""
    try:
        with open(_place(root, folder), encoding="ascii") as file:
            return file.read(_LONGEST).strip() or None
    except (OSError, ValueError):
        return None


def _place(root: str, folder: str | None) -> str:
    name = sidecar.digest(os.path.realpath(root).encode("utf-8", "surrogateescape"))[:24]
    return os.path.join(folder or sidecar.cache_folder(), f"{name}.synced")
