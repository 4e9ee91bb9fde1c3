"""Beneath HTTP: replies that break off, hang or drip, and the server protocol that lets them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_LONG: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Connection:
    transport: asyncio.Transport
    closed: asyncio.Event


_OPEN: Final[dict[tuple[str, int], _Connection]] = {}
"""The open connections by their other end: ASGI has no word for breaking one."""


class Wire(H11Protocol):
    """Uvicorn's protocol, which also tells who is connected."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Note a connection."""
        super().connection_made(transport)
        if self.client:
            _OPEN[self.client] = _Connection(transport, asyncio.Event())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        if self.client and (open_ := _OPEN.pop(self.client, None)):
            open_.closed.set()
        super().connection_lost(exc)


async def _cut(scope: Scope, *, flush: bool) -> None:
    """Close the connection of a request, with what was sent or without."""
    open_ = _OPEN.get(scope["client"])
    if open_ is None:
        return
    if flush:
        open_.transport.close()
    else:
        open_.transport.abort()
    await open_.closed.wait()


class Drop:
    """Closes the connection without a word."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """Answer a request so."""
        await _cut(scope, flush=False)


class Hang:
    """Never answers, until the other side has had enough."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- see above
        """Answer a request so."""
        await _gone(receive, _LONG)
        await _cut(scope, flush=False)


@dataclass(frozen=True, slots=True)
class Slow:
    """Answers late."""

    answer: ASGIApp
    pause: float = 0.4
    """Seconds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request so."""
        await asyncio.sleep(self.pause)
        await self.answer(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Broken:
    """Sends a part of a reply that announces more, and closes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    announced: int | None = None
    """Its `Content-Length`; chunked without one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- see above
        """Answer a request so."""
        length = {} if self.announced is None else {"content-length": str(self.announced)}
        await send(start(self.status, {**self.headers, **length}))
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await _cut(scope, flush=True)


@dataclass(frozen=True, slots=True)
class Drip:
    """Sends a reply byte by byte, never silent for long and never done."""

    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.02
    """Seconds."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request so."""
        await send(start(200, self.headers))
        while not await _gone(receive, self.pause):
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await _cut(scope, flush=False)


def start(status: int, headers: Mapping[str, str]) -> Message:
    """The ASGI message that begins a reply."""
    pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


async def _gone(receive: Receive, seconds: float) -> bool:
    """Whether the other side closes the connection within this time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False
