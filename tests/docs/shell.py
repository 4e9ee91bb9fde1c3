"""Runs the shell blocks of a page, as a reader would who pastes one after the other.

Everything is done in a copy of the repository's data, with a home of its own, and reaches loopback only. What
must not be done in earnest has a stand-in on the path: `make` runs no target but proves that it is there (the
targets themselves are what runs these tests), `pip` installs nothing but proves that the extras that it is
asked for are declared. A command that serves until Ctrl-C is started, and ended with the page.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT

SERVERS = {"sandbox": "8787", "webhook": "8788"}
"""Commands that serve until Ctrl-C, with the port that the documentation names."""
COPIED = ("catalog", "schemas", "sync", "reports", "pyproject.toml", "README.md", "docs")
_PATIENCE = 600.0
"""Seconds; a slow machine is no fault of a page."""

# A process of the documentation reaches this machine only, whatever it is told.
_LOOPBACK_ONLY = """
import sys
def near(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in ("127.0.0.1", "::1"):
        raise PermissionError(f"the documentation may reach loopback only, not {args[1][0]}")
sys.addaudithook(near)
"""
_SHIMS = {
    "kie-catalog": 'exec "{python}" -m kie_catalog "$@"',
    "python": 'exec "{python}" "$@"',
    "make": 'exec "{make}" --dry-run --silent -C "{root}" "$@" > /dev/null',
    "pip": 'exec "{python}" "{root}/tests/docs/extras.py" "{root}/pyproject.toml" "$@"',
}


class Shell:
    """A folder, an environment, and whatever serves in it."""

    def __init__(self, folder: Path, *, key: str) -> None:
        self.folder = folder / "kie-catalog"
        self._home = folder / "home"
        self._ports = {}
        self._serving = []
        self._copy()
        shims = folder / "bin"
        shims.mkdir()
        places = {"python": sys.executable, "make": shutil.which("make") or "make", "root": ROOT}
        for name, line in _SHIMS.items():
            file = shims / name
            file.write_text(f"#!/bin/sh\n{line.format(**places)}\n")
            file.chmod(0o755)
        guard = folder / "guard"
        guard.mkdir()
        (guard / "sitecustomize.py").write_text(_LOOPBACK_ONLY)
        paths = [str(guard), *filter(None, [os.environ.get("PYTHONPATH")])]
        if not os.environ.get("KIE_CATALOG_INSTALLED"):
            paths.append(str(ROOT / "src"))
        names = ("LANG", "LC_ALL", "TMPDIR", "KIE_DATABASE_URL")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self.environment = kept | {
            "HOME": str(self._home),
            "XDG_CACHE_HOME": str(self._home / "cache"),
            "KIE_API_KEY": key,
            "PATH": f"{shims}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(paths),
            "COLUMNS": "100",
        }

    def _copy(self):
        self._home.mkdir(parents=True)
        self.folder.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.is_file():
                shutil.copy(source, self.folder / name)

    # --- ports: those that the documentation names may be taken on this machine

    def here(self, text: str) -> str:
        """A block with the ports of this run in the place of those that the documentation names."""
        for named in SERVERS.values():
            if f"127.0.0.1:{named}" in text:
                text = text.replace(f"127.0.0.1:{named}", f"127.0.0.1:{self._port(named)}")
        return text

    def there(self, text: str) -> str:
        """What was printed, as the documentation would show it."""
        for named, port in self._ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{named}")
        return text.replace(f"{self.folder}/", "").replace(str(self.folder), ".")

    def _port(self, named):
        if named not in self._ports:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self._ports[named] = str(probe.getsockname()[1])
        return self._ports[named]

    # --- running

    def run(self, text: str) -> str:
        """Run a block and give what it printed.

        Raises:
            AssertionError: it failed.
        """
        if named := self._serves(text):
            return self._start(text, named)
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", self.here(text)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}"
        return self.there(done.stdout)

    def _serves(self, text):
        words = shlex.split(text, comments=True)
        is_ours = len(words) > 1 and words[0] == "kie-catalog" and "--list-faults" not in words
        return SERVERS.get(words[1]) if is_ours else None

    def _start(self, text, named):
        words = " ".join(shlex.quote(word) for word in shlex.split(self.here(text), comments=True))
        said = self._home / f"{named}.txt"
        with said.open("wb") as out:
            process = subprocess.Popen(
                ["/bin/bash", "-c", f"exec {words} --port {self._port(named)}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._serving.append(process)
        until = time.monotonic() + _PATIENCE
        while "Ctrl-C ends it" not in said.read_text() or not self._answers(named):
            assert process.poll() is None, f"ended with {process.returncode}:\n{said.read_text()}"
            assert time.monotonic() < until, f"does not serve:\n{said.read_text()}"
            time.sleep(0.05)
        return self.there(said.read_text())

    def _answers(self, named):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self._port(named)))) == 0

    def close(self) -> None:
        """End what serves.

        Raises:
            AssertionError: something did not end well on Ctrl-C.
        """
        for process in self._serving:
            process.send_signal(signal.SIGINT)
        codes = []
        for process in self._serving:
            with suppress(subprocess.TimeoutExpired):
                codes.append(process.wait(10))
            process.kill()
            process.wait()
        assert [code for code in codes if code not in (0, 130)] == []
        assert len(codes) == len(self._serving)


MOVING = re.compile(
    r"\$\d[\d.]*|(?<=[x=] )\d[\d.]*"
    r"|\b\d[\d.]*(?= (?:credits|models|of|rows|new|modes|input|other|prices|files|"
    r"resolved|ignored|unresolved|warnings|infos|x|second|image|USD|per)\b)"
)
"""Prices and counts of the catalog, which move with every sync: that there is one is compared, not which."""


def matches(shown: str, printed: str) -> bool:
    """Whether a `text` block shows what was printed; `…` stands for anything, on its own for any lines."""
    shown, printed = MOVING.sub("#", shown), MOVING.sub("#", printed)
    lines = [line.rstrip() for line in shown.strip("\n").splitlines()]
    parts = [
        r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", r"[^\n]*?") + r"[ ]*\n"
        for line in lines
    ]
    return re.fullmatch("".join(parts), printed.strip("\n") + "\n") is not None
