"""What an account may do, kept to by everybody who shares a limiter.

The window slides, and a creation leaves it `period` seconds after its reply, not after its request: however
long a request is under way, the server never sees more than the limit in any window. (A leaky bucket does
not keep to that: it lets a burst through, and while the burst is in the window its drops as well.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from kie_catalog.client.settings import Clock, Quotas


class Limiter(Protocol):
    """Lets creations, running tasks and metadata requests through."""

    def creation(self) -> AbstractAsyncContextManager[None]:
        """A context that one creation's request is sent in; entering it waits for a place."""

    async def enter(self, submission: str) -> None:
        """Wait for a place among the running tasks, and take it under this name; called off, take none."""

    async def rename(self, submission: str, task_id: str) -> None:
        """Keep a place under the task's id, once it has one."""

    async def leave(self, name: str) -> None:
        """Give a place back; a name that holds none is nothing to mind."""

    async def metadata(self) -> None:
        """Wait for a turn at the keyed models API."""


class LocalLimiter:
    """The limits of one process. Share one between all clients of an account."""

    def __init__(self, quotas: Quotas | None = None, clock: Clock | None = None) -> None:
        self.quotas = quotas or Quotas()
        self._clock = clock or Clock()
        self._turn = asyncio.Lock()
        self._sending = 0
        self._sent: list[float] = []
        """When each creation of the window got its reply."""
        self._ended = asyncio.Event()
        self._running: dict[str, float] = {}
        """When each place is given up, by who holds it."""
        self._left = asyncio.Event()
        self._door = asyncio.Lock()
        self._next_metadata = 0.0

    @asynccontextmanager
    async def creation(self) -> AsyncIterator[None]:
        """A context that one creation's request is sent in; entering it waits for a place, in turn."""
        async with self._turn:
            while (wait := self._wait()) is not None:
                await self._sleep(wait, self._ended)
            self._sending += 1
        try:
            yield
        finally:
            self._sending -= 1
            self._sent.append(self._clock.monotonic())
            self._ended.set()

    def _wait(self) -> float | None:
        """Seconds until there may be a place; `None` if there is one."""
        now = self._clock.monotonic()
        self._sent = [each for each in self._sent if each > now - self.quotas.period]
        if self._sending + len(self._sent) < self.quotas.creations:
            return None
        return self._sent[0] + self.quotas.period - now if self._sent else self.quotas.period

    async def _sleep(self, seconds: float, woken: asyncio.Event) -> None:
        """Wait for time to pass where that is what is needed, and for others to end where it is not."""
        if woken is self._ended and self._sent:
            await self._clock.sleep(max(seconds, 0.001))
            return
        woken.clear()
        try:
            async with asyncio.timeout(max(seconds, 0.001)):
                await woken.wait()
        except TimeoutError:
            return

    async def enter(self, submission: str) -> None:
        """Wait for a place among the running tasks, and take it under this name."""
        async with self._door:
            while self._is_full():
                await self._sleep(1.0, self._left)
            self._running[submission] = self._clock.monotonic() + self.quotas.lease

    def _is_full(self) -> bool:
        if len(self._running) < self.quotas.running:
            return False
        now = self._clock.monotonic()
        self._running = {name: until for name, until in self._running.items() if until > now}
        return len(self._running) >= self.quotas.running

    async def rename(self, submission: str, task_id: str) -> None:
        """Keep a place under the task's id, once it has one."""
        if (until := self._running.pop(submission, None)) is not None:
            self._running[task_id] = until

    async def leave(self, name: str) -> None:
        """Give a place back; a name that holds none is nothing to mind."""
        if self._running.pop(name, None) is not None:
            self._left.set()

    async def metadata(self) -> None:
        """Wait for a turn at the keyed models API."""
        now = self._clock.monotonic()
        wait = max(0.0, self._next_metadata - now)
        self._next_metadata = max(now, self._next_metadata) + self.quotas.metadata_interval
        if wait:
            await self._clock.sleep(wait)

    @property
    def running(self) -> int:
        """How many places are taken."""
        return len(self._running)
