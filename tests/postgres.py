"""A PostgreSQL server for tests: one that is there, else one that is started; a fresh database a test.

The server is that of `KIE_TEST_POSTGRES`, else one on 127.0.0.1:5432 in which databases may be made, else one
started for the session from the wheel `pgserver`, else from the system's package. Where there is none, tests
that need one are skipped with the reason, and fail where `CI` is set.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from kie_catalog.service.postgres.database import Database

VARIABLE = "KIE_TEST_POSTGRES"
_STANDARD = "postgresql://postgres@127.0.0.1:5432/postgres"
_PREFIX = "kie_test"
_ABANDONED = 6 * 3600
"""Seconds after which a database of ours is one that a killed run left behind."""


class NoServer(Exception):
    """There is no server, and none could be started."""


_EMPTY = """
DO $$ DECLARE each text; BEGIN
  SET LOCAL synchronous_commit TO off;
  SET LOCAL search_path TO kie_catalog;
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'kie_catalog' AND tablename <> 'steps' LOOP
    EXECUTE format('DELETE FROM kie_catalog.%I', each);
  END LOOP;
END $$
"""


async def _make_tables(url: str) -> None:
    async with Database(url).opened():
        pass


@dataclass
class Server:
    """A server in which databases may be made."""

    url: str
    _kept: str | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def at(self, database: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """A database of its own for as long as the context lasts; gives its address."""
        name = f"{_PREFIX}_{int(time.time())}_{uuid.uuid4().hex[:12]}"
        self._say(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield self.at(name)
        finally:
            self._drop(name)

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """One database again and again, emptied: to make one with its tables and drop it takes seconds."""
        if self._kept is None:
            url = self._stack.enter_context(self.fresh())
            asyncio.run(_make_tables(url))
            self._kept = url
        with psycopg.connect(self._kept, autocommit=True) as connection:
            connection.execute(_EMPTY)
        yield self._kept

    def close(self) -> None:
        """Drop what was kept."""
        self._stack.close()

    def sweep(self) -> None:
        """Drop what killed runs left behind."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}\\_%"]
                )
            ]
        for name in names:
            made = name.removeprefix(f"{_PREFIX}_").partition("_")[0]
            if made.isdecimal() and int(made) < time.time() - _ABANDONED:
                self._drop(name)

    def _drop(self, name: str) -> None:
        self._say(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _say(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def _may_make_databases(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            row = connection.execute(asked).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


def _programs() -> list[Path]:
    """Folders that may hold a server's programs."""
    found = importlib.util.find_spec("pgserver")
    wheels = [Path(each) / "pginstall" / "bin" for each in found.submodule_search_locations] if found else []
    systems = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    named = shutil.which("initdb")
    here = [Path(named).resolve().parent] if named else []
    return [each for each in [*wheels, *systems, *here] if (each / "initdb").exists()]


def _person() -> str | None:
    """Who runs the server: a server refuses to be root's."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return next((each for each in ("postgres", "nobody") if each in known), None)


def _reachable(programs: Path, person: str | None, folder: Path) -> Path:
    """The programs, copied where the one who runs them may not reach into the place they are in."""
    try:
        subprocess.run([programs / "initdb", "--version"], user=person, check=True, capture_output=True)
    except PermissionError:
        return Path(shutil.copytree(programs.parent, folder / "install")) / "bin"
    return programs


@contextmanager
def _started(programs: Path) -> Iterator[Server]:
    person = _person()
    folder = Path(tempfile.mkdtemp(prefix="kie-pg-"))
    try:
        if person:
            shutil.chown(folder, person)
        programs = _reachable(programs, person, folder)
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"],
            user=person,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise NoServer(f"{programs / 'initdb'} failed: {made.stderr.strip()[-300:]}")
        with _running(programs, person, folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, person: str | None, folder: Path) -> Iterator[Server]:
    words = ["listen_addresses=", "fsync=off", "max_connections=200", f"unix_socket_directories={folder}"]
    options = [part for word in words for part in ("-c", word)]
    command = [programs / "postgres", "-D", folder / "data", *options]
    url = f"postgresql://postgres@/postgres?host={folder}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, user=person, cwd=folder, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 30
            while not _may_make_databases(url):
                if process.poll() is not None or time.monotonic() > until:
                    raise NoServer(f"{programs / 'postgres'} did not start: {_tail(folder / 'log')}")
                time.sleep(0.05)
            yield Server(url)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip()[-300:]


@contextmanager
def server() -> Iterator[Server]:
    """A server, for as long as the context lasts.

    Raises:
        NoServer: there is none, and none could be started; a server that was named is the only one tried.
    """
    if named := os.environ.get(VARIABLE):
        if not _may_make_databases(named):
            raise NoServer(f"the server that {VARIABLE} names can't be reached, or lets make no databases")
        yield Server(named)
        return
    if _may_make_databases(_STANDARD):
        yield Server(_STANDARD)
        return
    programs = _programs()
    if not programs:
        raise NoServer(f"none on 127.0.0.1:5432, no wheel pgserver, no package; name one in {VARIABLE}")
    with _started(programs[0]) as started:
        yield started


@functools.cache
def session_server() -> Server | NoServer:
    """The one server of this process, started when it is first asked for; or why there is none."""
    stack = ExitStack()
    atexit.register(stack.close)
    try:
        found = stack.enter_context(server())
        found.sweep()
        stack.callback(found.close)
    except NoServer as reason:
        return reason
    return found


def missing() -> str | None:
    """Why there is no server to test with; `None` where there is one. In CI that is a failure."""
    found = session_server()
    if isinstance(found, Server):
        return None
    if os.environ.get("CI"):
        pytest.fail(f"no PostgreSQL, and CI may not go without: {found}")
    return f"no PostgreSQL: {found}"


@pytest.fixture(scope="session")
def postgres() -> Server:
    """The session's server."""
    if reason := missing():
        pytest.skip(reason)
    found = session_server()
    assert isinstance(found, Server)
    return found


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The address of an empty database of the test's own."""
    with postgres.fresh() as url:
        yield url
