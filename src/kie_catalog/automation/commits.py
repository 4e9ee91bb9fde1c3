"""Commits that a run makes: without touching a work tree, and the same commit for the same content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kie_catalog.automation.git import EMAIL, NAME, TRAILER, Git, GitFailed

_FIELDS: Final = f"--format=%H%x00%ce%x00%(trailers:key={TRAILER},valueonly,separator=%x20)"


def commit(
    git: Git, files: Mapping[str, bytes | None], message: str, *, parent: str | None, seconds: int
) -> str:
    """Make a commit in the clone and give its id; no branch and no file of the clone moves.

    Args:
        git: the clone.
        files: content by path in the repository; `None` for a file that goes.
        message: title, blank line, the rest.
        parent: what it stands on; `None` for one that stands on nothing.
        seconds: its date, since 1970; the same content on the same date is the same commit, whoever makes it.

    Raises:
        GitFailed: git did not take it.
    """
    draft = f"refs/kie-catalog/draft/{os.getpid()}"
    stream = b"".join(_stream(draft, files, message, parent, seconds))
    made = git.run("fast-import", "--quiet", "--force", "--date-format=raw", given=stream).decode().strip()
    git.run("update-ref", "-d", draft)
    return made


def _stream(
    draft: str, files: Mapping[str, bytes | None], message: str, parent: str | None, seconds: int
) -> Iterator[bytes]:
    who = f"{NAME} <{EMAIL}> {seconds} +0000"
    yield f"commit {draft}\nmark :1\nauthor {who}\ncommitter {who}\n".encode()
    yield _data(message.encode())
    if parent:
        yield f"from {parent}\n".encode()
    for path, content in sorted(files.items()):
        if any(letter in path for letter in '"\n\\'):
            raise GitFailed(path, "is no path that a commit of ours holds", "rename it")
        yield (
            f"D {path}\n".encode()
            if content is None
            else f"M 100644 inline {path}\n".encode() + _data(content)
        )
    yield b"\nget-mark :1\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def seconds_of(git: Git, revision: str) -> int:
    """When a commit was made, in seconds since 1970."""
    return int(git.text("show", "--no-patch", "--format=%ct", revision))


def of_people(git: Git, base: str, tip: str) -> Sequence[str]:
    """The commits from a base to a tip that no sync made."""
    return [sha for sha, plan in _since(git, base, tip) if plan is None]


def plan_of(git: Git, base: str, tip: str) -> tuple[str, str] | None:
    """The newest commit of a sync from a base to a tip, and its plan's digest; `None` where there is none."""
    return next(((sha, plan) for sha, plan in _since(git, base, tip) if plan), None)


def _since(git: Git, base: str, tip: str) -> Iterator[tuple[str, str | None]]:
    """Each commit with its plan's digest, the newest first; no digest for one of people."""
    listed = git.text("log", _FIELDS, f"{base}..{tip}")
    for line in listed.splitlines():
        sha, email, digest = [*line.split("\0"), "", ""][:3]
        is_ours = email == EMAIL and digest.strip()
        yield sha, digest.strip() if is_ours else None
