"""What became of paid requests, on its way into a store that can't always be asked."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from kie_catalog.service.batch.store import StoreUnavailable

_LOG: Final = logging.getLogger("kie_catalog.batch")


class Closing:
    """Writes down what became of submissions, and that one was accepted again and again until it is."""

    def __init__(self, write: Callable[[str, str | None], Awaitable[bool]]) -> None:
        """Make it for a store.

        Args:
            write: does it, with what `closed` is given; says whether the submission is an item's last one.
        """
        self._write = write
        self._late: dict[str, str] = {}
        """Tasks by the number of their submission that could not be written down yet."""

    async def closed(self, number: str, task_id: str | None) -> None:
        """See `BatchStore.closed`."""
        try:
            is_known = await self._write(number, task_id)
        except StoreUnavailable as error:
            _LOG.warning("what became of submission %s could not be kept: %s", number, error)
            if task_id is not None:  # what was refused may be on its way once more by the time it is written
                self._late[number] = task_id
            return
        if task_id is not None and not is_known:
            _LOG.warning("task %s is of submission %s, which is no item's last one", task_id, number)

    async def catch_up(self) -> None:
        """Write down what could not be.

        Raises:
            StoreUnavailable: it still can't.
        """
        for number, task_id in list(self._late.items()):
            await self._write(number, task_id)
            self._late.pop(number, None)
