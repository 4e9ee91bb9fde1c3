"""One PostgreSQL database: its connections, its tables, and its errors in our words."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.postgres.schema import ROOMS, SCHEMA

if TYPE_CHECKING:
    from kie_catalog.service.postgres.pool import Connection, LosslessPool

T = TypeVar("T")
VARIABLE: Final = "KIE_DATABASE_URL"
_LOG: Final = logging.getLogger("kie_catalog.postgres")
_LOCK: Final = 0x6B69_6563_6174
"""Number of the advisory lock under which tables are made."""
_QUEUE: Final = "procrastinate"
_RETRIES: Final = 5
_CURE: Final = "; see that the server runs, lets this user in, and is the one that --database names"
_SKEW: Final = 10.0
"""Seconds that the clock of a host may be off from the server's."""


class Database:
    """A database that any number of processes on any number of hosts share.

    It opens when it is first asked, in the event loop it then belongs to; `close` it, or use `opened`.
    """

    def __init__(self, url: str, *, most: int = 8, patience: float = 30.0) -> None:
        """Name a database; nothing is opened.

        Args:
            url: `postgresql://…`; what it says of a password shows in no error and in no log.
            most: connections of this process.
            patience: seconds to wait for one, and for the server at all.

        Raises:
            UsageError: it is no such URL, or the extra `postgres` is not installed.
        """
        require_extra()
        self._url = _checked(url)
        self._most = most
        self._patience = patience
        self._pool: LosslessPool | None = None
        self._door = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Database({self.place})"

    @property
    def place(self) -> str:
        """Where it is, without user and password."""
        parts = urlsplit(self._url)
        return f"{parts.hostname or 'local'}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @property
    def url(self) -> str:
        """The address, with whatever secret is in it."""
        return self._url

    @property
    def is_open(self) -> bool:
        """Whether it has connections."""
        return self._pool is not None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Open it for as long as the context lasts.

        Raises:
            StoreUnavailable: see `pool`.
        """
        try:
            await self.pool()
            yield self
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the server."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def pool(self) -> LosslessPool:
        """The connections; the first time, opened, with all tables made that are not there.

        Raises:
            StoreUnavailable: there is no server, it lets us not in, or its tables are of a newer version.
        """
        async with self._door:
            if self._pool is None:
                self._pool = await self._open()
            return self._pool

    async def _open(self) -> LosslessPool:
        from kie_catalog.service.postgres.pool import LosslessPool  # noqa: PLC0415 -- an extra

        await self.prepare()
        pool = LosslessPool(
            self._url,
            min_size=1,
            max_size=self._most,
            timeout=self._patience,
            open=False,
            configure=_configure,
            check=LosslessPool.check_connection,
            kwargs={"application_name": "kie-catalog"},
        )
        try:
            with self.told():
                await pool.open(wait=True, timeout=self._patience)
        except BaseException:
            await pool.close()
            raise
        return pool

    async def prepare(self) -> None:
        """Make all tables that are not there; the pool is not opened.

        Raises:
            StoreUnavailable: see `pool`.
        """
        async with self.connection() as connection:
            await _make_tables(connection, self.place)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of its own, outside of the pool; each statement is a transaction.

        Raises:
            StoreUnavailable: it can't be had, or breaks.
        """
        import psycopg  # noqa: PLC0415 -- an extra

        with self.told():
            connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                connect_timeout=max(2, int(self._patience)),
                application_name="kie-catalog",
            )
            async with connection:
                await _configure(connection)
                yield connection

    async def do(self, act: Callable[[Connection], Awaitable[T]], *, is_lazy: bool = False) -> T:
        """Act in one transaction; one that others' acts got into the way of is done again.

        Args:
            act: what to do.
            is_lazy: whether a crash of the server may lose it, if nothing was done since that is not lazy.

        Raises:
            StoreUnavailable: it could not be done.
        """
        task = asyncio.current_task()
        asked = task.cancelling() if task else 0
        try:
            return await self._do(act, is_lazy=is_lazy)
        finally:
            if task and task.cancelling() > asked:
                # Waiting for a connection may swallow it; who waits for the end would wait for ever.
                raise asyncio.CancelledError

    async def _do(self, act: Callable[[Connection], Awaitable[T]], *, is_lazy: bool) -> T:
        from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415 -- an extra
        from psycopg import errors  # noqa: PLC0415 -- an extra

        crossed = (
            errors.DeadlockDetected,
            errors.SerializationFailure,
            errors.UniqueViolation,
            AlreadyEnqueued,
        )
        pool = self._pool or await self.pool()
        for left in reversed(range(_RETRIES)):
            with self.told():
                try:
                    async with pool.connection() as connection:
                        if is_lazy:
                            await connection.execute("SET LOCAL synchronous_commit TO off")
                        return await act(connection)
                except crossed:
                    if not left:
                        raise
        raise AssertionError("unreachable")

    async def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask one thing.

        Args:
            sql: a statement of ours, with `%s` where values go.
            values: what goes there.

        Raises:
            StoreUnavailable: it could not be asked.
        """
        return await self.do(lambda connection: fetch(connection, sql, *values))

    def told(self) -> Told:
        """A context in which an error of the server or of the way to it becomes `StoreUnavailable`."""
        return Told(self.place, self._secrets())

    def _secrets(self) -> tuple[str, ...]:
        password = urlsplit(self._url).password
        return (self._url, password) if password else (self._url,)

    async def require_same_time(self, now: float) -> None:
        """Refuse to work with a clock that is off: leases are told by the hosts' clocks.

        Args:
            now: the moment, by this host's clock.

        Raises:
            UsageError: it is more than ten seconds off from the server's.
        """
        ((there,),) = await self.rows("SELECT extract(epoch FROM clock_timestamp())::float8")
        if abs(there - now) > _SKEW:
            fact = f"is {abs(there - now):.0f} seconds off from the clock of {self.place}"
            raise UsageError("this host's clock", fact, "set it by a time server; leases are told by it")


class Told:
    """A context that tells errors of the database in our words, without what is secret."""

    def __init__(self, place: str, secrets: tuple[str, ...]) -> None:
        self._place = place
        self._secrets = secrets

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is None:
            return
        import psycopg  # noqa: PLC0415 -- an extra
        from procrastinate.exceptions import ConnectorException  # noqa: PLC0415 -- an extra

        if isinstance(error, psycopg.Error | ConnectorException | OSError):
            cure = _CURE if isinstance(error, psycopg.OperationalError | ConnectorException | OSError) else ""
            raise StoreUnavailable(f"{self._place}: {self._fact(error)}{cure}") from None

    def _fact(self, error: BaseException) -> str:
        said = str(error.__cause__ or error).strip() or type(error).__name__
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return " ".join(said.split())[:300]


async def fetch(connection: Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask one thing on a connection; a statement that gives no rows gives an empty list."""
    cursor = await connection.execute(sql, values or None)
    return await cursor.fetchall() if cursor.description else []


async def count(connection: Connection, sql: str, *values: object) -> int:
    """Do one thing on a connection.

    Returns:
        How many rows it touched.
    """
    cursor = await connection.execute(sql, values or None)
    return int(cursor.rowcount)


def require_extra() -> None:
    """Check that what PostgreSQL needs is installed.

    Raises:
        UsageError: it is not.
    """
    try:
        import procrastinate  # noqa: F401, PLC0415 -- an extra
        import psycopg_pool  # noqa: F401, PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "the database", "needs procrastinate and psycopg", "pip install 'kie-catalog[postgres]'"
        ) from error


def storable(text: str | None) -> str | None:
    """A text without what PostgreSQL keeps in none: NUL, and halves of characters."""
    return None if text is None else text.replace("\0", "").encode("utf-8", "replace").decode()


def _checked(url: str) -> str:
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 -- an extra

    cure = "write it as postgresql://user:password@host:5432/database"
    try:
        is_known = urlsplit(url).scheme in {"postgresql", "postgres"}
        conninfo_to_dict(url)
    except Exception:  # noqa: BLE001 -- whatever the parser says repeats the URL, and its password
        is_known = False
    if not is_known:
        raise UsageError("the database", "is named by no PostgreSQL URL", cure)
    return url


async def _configure(connection: Connection) -> None:
    await connection.execute(f"SET search_path TO {SCHEMA}")
    # What was sent must be on the disk, whatever the server does by default.
    await connection.execute("SET synchronous_commit TO on")
    await connection.commit()


async def _make_tables(connection: Connection, place: str) -> None:
    """Make what is missing, while nobody else does; a database that is complete is only read."""
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 -- an extra

    queue = await asyncio.to_thread(_queue_steps, Path(SchemaManager.get_migrations_path()))
    wanted = {room: len(steps) for room, steps in ROOMS.items()} | {_QUEUE: len(queue)}
    if await _made(connection, place, wanted) == wanted:
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS steps (room text PRIMARY KEY, number integer NOT NULL)"
        )
        made = await _made(connection, place, wanted)
        for room, steps in ROOMS.items():
            for step in steps[made.get(room, 0) :]:
                await connection.execute(step)
        if _QUEUE not in made:
            await connection.execute(SchemaManager.get_schema())
        else:
            for file in queue[made[_QUEUE] :]:
                step = await asyncio.to_thread(file.read_text, encoding="utf-8")
                await connection.execute(step)
        for room, number in wanted.items():
            await connection.execute(
                "INSERT INTO steps VALUES (%s, %s)"
                " ON CONFLICT (room) DO UPDATE SET number = greatest(steps.number, excluded.number)",
                [room, number],
            )
    _LOG.info("made the tables of %s", place)


def _queue_steps(folder: Path) -> list[Path]:
    """Procrastinate's own steps: its names sort by version, and none is ever taken away."""
    return sorted(each for each in folder.glob("*.sql") if re.match(r"\d", each.name))


async def _made(connection: Connection, place: str, wanted: dict[str, int]) -> dict[str, int]:
    """How many steps of each room are there.

    Raises:
        StoreUnavailable: more than this version knows.
    """
    ((is_there,),) = await fetch(connection, "SELECT to_regclass(%s) IS NOT NULL", f"{SCHEMA}.steps")
    made = dict(await fetch(connection, "SELECT room, number FROM steps")) if is_there else {}
    newer = [room for room, number in made.items() if number > wanted.get(room, number)]
    if newer:
        raise StoreUnavailable(
            f"{place}: a newer kie-catalog made its tables ({', '.join(newer)}); upgrade this one"
        )
    return made
