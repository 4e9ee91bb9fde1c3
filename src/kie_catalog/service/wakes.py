"""What ends a pause of waiting early: a callback that this process, or another one, heard."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import Protocol

from kie_catalog.client.settings import Clock
from kie_catalog.service.inbox import NOT_ASKED, Callbacks

_REMEMBERED = 10_000


class LocalWake:
    """Wakes those who wait in this process. News that come before anybody waits are kept for them."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._news: OrderedDict[str, None] = OrderedDict()

    def tell(self, task_id: str) -> None:
        """There is news of a task."""
        for each in self._waiting.get(task_id, ()):
            each.set()
        self._news[task_id] = None
        while len(self._news) > _REMEMBERED:
            self._news.popitem(last=False)

    async def pause(self, task_id: str, seconds: float) -> None:
        """Return after this many seconds, or as soon as there is news of the task."""
        if task_id in self._news:
            del self._news[task_id]
            return
        event = asyncio.Event()
        self._waiting.setdefault(task_id, set()).add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
                self._news.pop(task_id, None)
        except TimeoutError:
            return
        finally:
            self._waiting[task_id].discard(event)
            if not self._waiting[task_id]:
                del self._waiting[task_id]


class Feed(Protocol):
    """Tells those who wait in this process what callbacks say elsewhere."""

    async def run(self) -> None:
        """Go on until cancelled."""


class InboxFeed:
    """Tells a `LocalWake` what comes into an inbox: one look at it for however many wait."""

    def __init__(
        self, inbox: Callbacks, wake: LocalWake, clock: Clock | None = None, interval: float = 0.25
    ) -> None:
        self._inbox = inbox
        self._wake = wake
        self._clock = clock or Clock()
        self._interval = interval
        self._heard = 0

    async def run(self) -> None:
        """Go on until cancelled; while it can't be read, polling goes on without it."""
        while True:
            with suppress(*NOT_ASKED):
                for number, task_id in await self._inbox.news(self._heard):
                    self._heard = number
                    self._wake.tell(task_id)
            await self._clock.sleep(self._interval)


class InboxWake:
    """Wakes those who wait in this process for what a webhook in another one puts into the inbox."""

    def __init__(self, inbox: Callbacks, clock: Clock | None = None, interval: float = 0.25) -> None:
        self._inbox = inbox
        self._clock = clock or Clock()
        self._interval = interval
        self._heard: OrderedDict[str, int] = OrderedDict()

    async def pause(self, task_id: str, seconds: float) -> None:
        """Return after this many seconds, or soon after there is news of the task."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            if newest := await self._newest(task_id):
                self._heard[task_id] = newest
                while len(self._heard) > _REMEMBERED:
                    self._heard.popitem(last=False)
                return
            await self._clock.sleep(min(self._interval, left))

    async def _newest(self, task_id: str) -> int:
        """The newest callback that was not heard yet; none where the inbox can't be read: polling goes on."""
        try:
            return await self._inbox.heard_of(task_id, self._heard.get(task_id, 0))
        except NOT_ASKED:
            return 0
