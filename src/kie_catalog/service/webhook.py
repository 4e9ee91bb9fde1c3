"""The webhook: a Starlette application that accepts KIE's callbacks, durably, and answers at once.

A signature covers the task's id and a moment, not the body; so what is accepted is only that there is news of
a task. Waiters are woken and ask for its details; a confirmer asks on behalf of those who do not wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.client.callbacks import CallbackRefused, read_callback
from kie_catalog.client.settings import Clock
from kie_catalog.client.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, SignatureRefused, Verifier
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.confirming import Confirmer
from kie_catalog.service.inbox import NOT_ASKED, Callbacks
from kie_catalog.service.wakes import LocalWake

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from kie_catalog.service.analytics.metrics import MetricsCollector

PATH: Final = "/kie/callback"
METRICS_PATH: Final = "/metrics"
_MOST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Webhook:
    """What a webhook is made of."""

    inbox: Callbacks
    verifier: Verifier | None
    """`None` accepts unsigned callbacks: then anybody can make this process ask KIE for a task's details."""
    wake: LocalWake | None = None
    confirmer: Confirmer | None = None
    path: str = PATH
    most_bytes: int = _MOST_BYTES
    clock: Clock = field(default_factory=Clock)

    async def accept(self, raw: bytes, timestamp: str | None, signature: str | None) -> bool:
        """Accept one callback.

        Returns:
            Whether it is new.

        Raises:
            CallbackRefused: the body is no callback.
            SignatureRefused: it is not signed as it must be.
            sqlite3.Error: it could not be kept, in a file; StoreUnavailable: in a database.
        """
        body = read_callback(raw)
        now = self.clock.now()
        moment = self.verifier.check(body.task_id, timestamp, signature, now) if self.verifier else None
        is_new = await self.inbox.put(body, raw, moment, now)
        if is_new:
            if self.wake:
                self.wake.tell(body.task_id)
            if self.confirmer:
                self.confirmer.tell()
        return is_new


def webhook_app(
    webhook: Webhook,
    *,
    metrics: MetricsCollector | None = None,
    during: AbstractAsyncContextManager[object] | None = None,
) -> Starlette:
    """The application.

    Args:
        webhook: what accepts callbacks.
        metrics: what to tell whoever asks for `GET /metrics`; nothing is served there without it. KIE must
            reach the callback's path only, so let a proxy show the world no other.
        during: what is open for as long as it serves, as `database.opened()` of its inbox: a database that is
            left open may keep the process from its end.

    Raises:
        UsageError: the extra `webhook` is not installed.
    """
    try:
        from starlette.applications import Starlette  # noqa: PLC0415 -- an extra
        from starlette.routing import Route  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "the webhook", "needs starlette, which is not installed", "pip install 'kie-catalog[webhook]'"
        ) from error

    async def receive(request: Request) -> Response:
        return await _receive(webhook, request)

    routes = [Route(webhook.path, receive, methods=["POST"])]
    if metrics is not None:

        async def scrape(_: Request) -> Response:
            return await _scraped(metrics)

        routes.append(Route(METRICS_PATH, scrape, methods=["GET"]))
    return Starlette(routes=routes, lifespan=_lifespan(webhook.confirmer, during or nullcontext()))


def _lifespan(
    confirmer: Confirmer | None, during: AbstractAsyncContextManager[object]
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with during, _running(confirmer):
            yield

    return lifespan


@asynccontextmanager
async def _running(confirmer: Confirmer | None) -> AsyncIterator[None]:
    if confirmer is None:
        yield
        return
    running = asyncio.create_task(confirmer.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _receive(webhook: Webhook, request: Request) -> Response:
    raw = await _read(request, webhook.most_bytes)
    if raw is None:
        return _reply(413, "too large")
    headers = request.headers
    try:
        await webhook.accept(raw, headers.get(TIMESTAMP_HEADER), headers.get(SIGNATURE_HEADER))
    except SignatureRefused as refused:
        return _reply(401, refused.reason)
    except CallbackRefused as refused:
        return _reply(400, refused.reason)
    except NOT_ASKED:
        return _reply(500, "could not be kept")  # upstream tries again
    return _reply(200, "success")


async def _scraped(metrics: MetricsCollector) -> Response:
    """All metrics; those of an earlier moment are never told, so a scrape fails where the store does."""
    from starlette.responses import PlainTextResponse  # noqa: PLC0415 -- an extra

    from kie_catalog.service.analytics.metrics import CONTENT_TYPE, exposition  # noqa: PLC0415 -- who asks pays

    try:
        text = await asyncio.to_thread(exposition, metrics)
    except (*NOT_ASKED, TimeoutError):
        return PlainTextResponse("the log of events could not be read\n", 503)
    return PlainTextResponse(text, media_type=CONTENT_TYPE)


async def _read(request: Request, most: int) -> bytes | None:
    """The body, or `None` as soon as it is too large."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:19]) > most:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def _reply(code: int, message: str) -> Response:
    from starlette.responses import JSONResponse  # noqa: PLC0415 -- an extra

    return JSONResponse({"code": code, "msg": message}, code)
