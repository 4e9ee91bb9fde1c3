"""What a callback says is asked for: its task's details are believed, and nothing before them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import KieError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock
from kie_catalog.client.states import Details, is_final
from kie_catalog.service.inbox import NOT_ASKED, Callbacks, Delivery

_LOG: Final = logging.getLogger("kie_catalog.webhook")
OnEnd: TypeAlias = Callable[[Details], Awaitable[None]]
_MOST_TRIES: Final = 12
_LONGEST_PAUSE: Final = 300.0


class Confirmer:
    """Deals with the callbacks of an inbox; what a crash left open is taken up again."""

    def __init__(
        self, inbox: Callbacks, client: KieClient, on_end: OnEnd, *, first_pause: float = 1.0
    ) -> None:
        """Make a confirmer.

        Args:
            inbox: of the callbacks.
            client: asks for details.
            on_end: is told each task that has ended, at least once; one that raises is told again later.
            first_pause: seconds before the first further try; each next one is twice as long.
        """
        self._inbox = inbox
        self._client = client
        self._on_end = on_end
        self._first_pause = first_pause
        self._clock: Clock = client.settings.clock
        self._news = asyncio.Event()

    def tell(self) -> None:
        """There is a new callback in the inbox."""
        self._news.set()

    async def run(self) -> None:
        """Deal with what is there, and with what comes."""
        while True:
            self._news.clear()
            try:
                await self.deal()
            except NOT_ASKED as error:
                _LOG.warning("the inbox cannot be read (%s); trying again", error)
            try:
                async with asyncio.timeout(self._first_pause):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def deal(self) -> None:
        """Deal with what is due now."""
        for each in await self._inbox.due(self._clock.now()):
            try:
                await self._deal_with(each)
            except Exception as error:  # noqa: BLE001 -- one callback must not keep the others from being heard
                _LOG.warning(
                    "a callback could not be dealt with (%s); trying again later", type(error).__name__
                )
                await self._put_off(each)

    async def _deal_with(self, delivery: Delivery) -> None:
        details = await self._ask(delivery)
        if details is not None and is_final(details.state):
            await self._on_end(details)
            await self._inbox.close_task(delivery.task_id, self._clock.now())
        elif not delivery.is_last or delivery.tries >= _MOST_TRIES:
            await self._inbox.close(delivery, self._clock.now())  # a stage on the way, or left to polling
        else:
            await self._put_off(delivery)

    async def _ask(self, delivery: Delivery) -> Details | None:
        """A task's details, from whichever family knows it; `None` where none does."""
        for status in delivery.statuses:
            try:
                return await self._client.details(delivery.task_id, status=status)
            except KieError as error:
                if error.code is not ErrorCode.NOT_FOUND:
                    raise
        return None

    async def _put_off(self, delivery: Delivery) -> None:
        pause = min(self._first_pause * 2**delivery.tries, _LONGEST_PAUSE)
        await self._inbox.put_off(delivery, self._clock.now() + pause)
