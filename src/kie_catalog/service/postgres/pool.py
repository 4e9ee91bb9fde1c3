"""The pool of connections; imported only where the extra `postgres` is at hand."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

import psycopg
from psycopg_pool import AsyncConnectionPool

Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]


class LosslessPool(AsyncConnectionPool[Connection]):
    """A pool that gets each connection back, whatever becomes of the task that had it.

    The library's own loses one that waits for its turn to be put back when the task is called off then, and
    is a connection smaller ever after. Here the way back is a task of its own.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._on_their_way: set[asyncio.Task[None]] = set()

    async def putconn(self, conn: Connection) -> None:
        """Take a connection back; whoever is called off meanwhile need not wait for it."""
        back = asyncio.create_task(super().putconn(conn))
        self._on_their_way.add(back)
        back.add_done_callback(self._on_their_way.discard)
        await asyncio.shield(back)

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109 -- the library's
        """Close it, once all that is on its way back is there."""
        try:
            await asyncio.gather(*self._on_their_way, return_exceptions=True)
        finally:
            await super().close(timeout)
