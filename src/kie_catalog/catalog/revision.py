"""A workspace as a revision of version control has it, laid out in a folder of its own for a while."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kie_catalog.catalog.workspace import ARTEFACT, RECORDINGS, Workspace
from kie_catalog.domain.errors import UsageError

_FOLDERS: Final = ("catalog", "schemas", "sync", "reports", ARTEFACT.as_posix())


@contextmanager
def workspace_before(workspace: Workspace, place: str) -> Iterator[Workspace]:
    """The workspace in a folder, or as a revision of this one's version control has it.

    Raises:
        UsageError: the place is neither a folder nor a revision.
    """
    if Path(place).is_dir():
        yield Workspace(Path(place).resolve())
        return
    with tempfile.TemporaryDirectory(prefix="kie-catalog-") as name:
        folder = Path(name)
        _lay_out(workspace.root, place, folder)
        yield Workspace(folder)


def _lay_out(root: Path, revision: str, folder: Path) -> None:
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        cure = "name a folder, or a revision that is in this clone"
        raise UsageError(f"--before {revision}", "is neither a folder nor a revision", cure)
    sha = commit.decode().strip()
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", sha, "--", *_FOLDERS) or b""
    recordings = f"{RECORDINGS.as_posix()}/"
    names = [name for name in listed.decode().split("\0") if name and not name.startswith(recordings)]
    for name, content in _contents(root, sha, names):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _contents(root: Path, sha: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The content of each file, all of them from one process."""
    listed = list(names)
    asked = "".join(f"{sha}:./{name}\n" for name in listed)
    told = _git(root, "cat-file", "--batch", given=asked.encode()) or b""
    at = 0
    for name in listed:
        start = told.index(b"\n", at) + 1
        size = int(told[at:start].rsplit(b" ", 1)[-1])
        yield name, told[start : start + size]
        at = start + size + 1


def _git(root: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """What git prints; `None` where it refuses, or is not there."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603 -- git, and a revision that is checked first
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
