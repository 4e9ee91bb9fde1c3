"""Callbacks: when they are sent, how they are signed, how often they are tried."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from functools import cache
from typing import Any, Final

from kie_catalog.sandbox.book import Book, Task
from kie_catalog.sandbox.callbacks import callbacks_of

_TRIES: Final = 3
_PAUSE: Final = 0.1
_HOUR: Final = 3600


def signed(task_id: str, timestamp: int, key: str) -> str:
    """KIE's signature: HMAC-SHA256 over `taskId.timestamp`, in base64. The body is no part of it."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@cache
def _trust() -> ssl.SSLContext:
    """Whom to trust, read from the disk once: for each callback it would keep all other replies waiting."""
    return ssl.create_default_context()


class Courier:
    """Delivers the callbacks of a stand-in."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._under_way: set[asyncio.Task[None]] = set()

    def schedule(self, task: Task) -> None:
        """Deliver a task's callbacks once it has ended."""
        job = asyncio.get_running_loop().create_task(self.deliver(task))
        self._under_way.add(job)
        job.add_done_callback(self._under_way.discard)

    async def deliver(self, task: Task, *, early: bool = False) -> None:
        """Deliver now (early), or when the task has ended."""
        if not early:
            await asyncio.sleep(max(0.0, task.ended - self._book.now()) + 0.001)
        bodies = callbacks_of(task, self._book)
        if "callback-disorder" in task.turns:
            bodies.reverse()
        for body in bodies:
            for _ in range(2 if "callback-twice" in task.turns else 1):
                await self._post(task, body)

    async def _post(self, task: Task, body: dict[str, Any]) -> None:
        import httpx  # noqa: PLC0415 -- only callbacks need it

        raw = json.dumps(body, ensure_ascii=False).encode()
        async with httpx.AsyncClient(trust_env=False, timeout=5, verify=_trust()) as client:
            for _ in range(_TRIES):
                headers = {"content-type": "application/json"} | self._signature(task)
                try:
                    reply = await client.post(str(task.callback), content=raw, headers=headers)
                except httpx.HTTPError:
                    await asyncio.sleep(_PAUSE)
                    continue
                if reply.is_success:
                    return
                await asyncio.sleep(_PAUSE)

    def _signature(self, task: Task) -> dict[str, str]:
        key = self._book.hmac_key
        if key is None or "callback-unsigned" in task.turns:
            return {}
        moment = int(self._book.now()) - (_HOUR if "callback-stale" in task.turns else 0)
        signature = signed(task.id, moment, "another key" if "callback-forged" in task.turns else key)
        return {"X-Webhook-Timestamp": str(moment), "X-Webhook-Signature": signature}
