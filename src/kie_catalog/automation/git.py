"""Git, by its own program: lists of arguments, no shell, no prompt, and no token in any of them."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kie_catalog.automation.actions import Surroundings
from kie_catalog.domain.errors import UsageError
from kie_catalog.reports.text import clean

REMOTE: Final = "origin"
BRANCH: Final = "kie-catalog/sync"
"""The branch of the rolling pull request."""
NAME: Final = "github-actions[bot]"
EMAIL: Final = "41898282+github-actions[bot]@users.noreply.github.com"
TRAILER: Final = "Kie-Catalog-Plan"
"""What marks a commit as one of a sync; other robots share the name and the address."""

_SECRET: Final = re.compile(r"://[^/@\s]*@")


@dataclass(eq=False)
class GitFailed(UsageError):
    """Git did not do what it was asked for."""


@dataclass(eq=False)
class PushLost(GitFailed):
    """The remote moved between our look at it and our push; nothing was pushed."""


@dataclass(frozen=True, slots=True)
class Git:
    """One clone, worked on from a folder in it."""

    folder: Path
    environment: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Git({self.folder})"  # the environment holds the credentials

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What a command of git prints.

        Raises:
            GitFailed: with git's last line.
        """
        done = self._done(arguments, given)
        if done.returncode:
            raise GitFailed(
                f"git {arguments[0]}", _last_line(done.stderr), "see git's message, and run again"
            )
        return done.stdout

    def text(self, *arguments: str) -> str:
        """The same, as text without the blanks around it."""
        return self.run(*arguments).decode(errors="replace").strip()

    def asked(self, *arguments: str) -> str | None:
        """The same, or `None` where git says no."""
        done = self._done(arguments, b"")
        return None if done.returncode else done.stdout.decode(errors="replace").strip()

    def _done(self, arguments: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-C", str(self.folder), *arguments]
        try:
            return subprocess.run(  # noqa: S603 -- git, and no shell
                command, input=given, capture_output=True, check=False, env=dict(self.environment)
            )
        except OSError as error:
            raise GitFailed("git", f"cannot be run ({error.strerror})", "install git") from error

    def prefix(self) -> str:
        """Where the folder lies in the clone: empty, or with a slash at its end."""
        return self.text("rev-parse", "--show-prefix")

    def fetch(self, ref: str, *, deep: bool = False) -> str | None:
        """Fetch a ref of the remote; its commit, or `None` where the remote has none of that name.

        Args:
            ref: the full name, `refs/heads/main`.
            deep: with all of its history, even into a shallow clone.

        Raises:
            GitFailed: the remote can't be read.
        """
        listed = (line.split("\t") for line in self.text("ls-remote", REMOTE, ref).splitlines())
        if not any(name == ref for _, name in listed):  # git lists every name that ends like it
            return None
        is_shallow = self.text("rev-parse", "--is-shallow-repository") == "true"
        depth = ["--unshallow"] if deep and is_shallow else []
        self.run(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *depth, REMOTE, f"+{ref}:{_kept(ref)}"
        )
        return self.text("rev-parse", "--verify", f"{_kept(ref)}^{{commit}}")

    def read(self, commit: str, place: str) -> bytes | None:
        """A file of a commit, by its path in the repository; `None` where it has none."""
        done = self._done(("cat-file", "blob", f"{commit}:{place}"), b"")
        return None if done.returncode else done.stdout

    def push(
        self, commit: str | None, ref: str, *, seen: str | None, beside: Mapping[str, str] | None = None
    ) -> None:
        """Put a commit where the remote's ref is still what was seen there, or take the ref away.

        Args:
            commit: `None` to take the ref away.
            ref: the full name.
            seen: the commit that the remote had; `None` for a ref that it had not.
            beside: further commits by ref, refs of our own that are replaced in the same step.

        Raises:
            PushLost: the remote has moved since; nothing was pushed.
            GitFailed: it refuses us.
        """
        others = [f"+{other}:{name}" for name, other in (beside or {}).items()]
        lease = f"--force-with-lease={ref}:{seen or ''}"
        arguments = ("push", "--porcelain", "--atomic", lease, REMOTE, f"{commit or ''}:{ref}", *others)
        done = self._done(arguments, b"")
        if not done.returncode:
            return
        said = (done.stdout + done.stderr).decode(errors="replace")
        if any(
            word in said
            for word in ("stale info", "fetch first", "cannot lock ref", "reference already exists")
        ):
            raise PushLost(f"git push {ref}", "the remote moved meanwhile", "run again")
        cure = "give the job `contents: write`, and see whether a rule protects the branch"
        raise GitFailed(f"git push {ref}", _last_line(done.stderr or done.stdout), cure)


def clone_at(folder: Path, here: Surroundings, environment: Mapping[str, str] | None = None) -> Git:
    """The clone around a folder, with the credentials of this run for the server of this run only."""
    given = dict(os.environ if environment is None else environment)
    given |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if here.token:
        basic = base64.b64encode(f"x-access-token:{here.token}".encode()).decode()
        at = int(given.get("GIT_CONFIG_COUNT") or 0)
        header = f"http.{here.server}/.extraheader"
        # Through the environment: what is in the arguments of a process, every other process can read.
        # The empty one takes away what a checkout may have left in the clone: a server wants one such header.
        given |= {
            "GIT_CONFIG_COUNT": str(at + 2),
            f"GIT_CONFIG_KEY_{at}": header,
            f"GIT_CONFIG_VALUE_{at}": "",
            f"GIT_CONFIG_KEY_{at + 1}": header,
            f"GIT_CONFIG_VALUE_{at + 1}": f"AUTHORIZATION: basic {basic}",
        }
    return Git(folder, given)


def _kept(ref: str) -> str:
    """Where the remote's ref is kept in the clone, away from the branches of people."""
    return f"refs/kie-catalog/seen/{ref.removeprefix('refs/')}"


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return clean(_SECRET.sub("://", lines[-1])) if lines else "failed without a word"
