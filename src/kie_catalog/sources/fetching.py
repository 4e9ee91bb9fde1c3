"""Fetching: one request at a time is asked, judged, and asked again where that may help."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sources import judging
from kie_catalog.sources.asking import Passing, Unusable, retry_after_seconds
from kie_catalog.sources.cache import ReplyCache
from kie_catalog.sources.progress import SILENT, Progress, Tally
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Settings, is_loopback
from kie_catalog.sources.transport import HttpTransport, Reply, Request, Transport

T = TypeVar("T")
_NOT_MODIFIED: Final = 304
_JSON: Final = {"Content-Type": "application/json"}


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """Time, chance and the network, as they come in through the door."""

    now: Callable[[], datetime] = _now
    """Aware."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """Numbers from 0 to 1, for jitter."""
    transport: Callable[[Settings], Transport] = HttpTransport


class Pace:
    """Lets one through each interval, for an API that counts requests a second."""

    def __init__(self, per_second: float, world: World) -> None:
        self._interval = 1 / per_second
        self._world = world
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for a turn."""
        now = self._world.clock()
        wait = max(0.0, self._next - now)
        self._next = max(now, self._next) + self._interval
        if wait:
            await self._world.sleep(wait)


@dataclass(frozen=True, slots=True)
class Line:
    """What all sources of one fetch share."""

    settings: Settings
    transport: Transport
    world: World
    cache: ReplyCache
    pace: Pace
    """Of the keyed API."""
    key: Key | None = None
    progress: Progress = SILENT


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A reply that was believed."""

    value: T
    raw: bytes
    day: str
    """ISO date."""


@dataclass(slots=True)
class Fetcher:
    """Asks for one source, and counts what it costs."""

    source: SourceName
    line: Line
    tally: Tally = field(default_factory=Tally)

    async def get(
        self, url: str, read: Callable[[bytes, str], T], *, cap: int | None = None, keyed: bool = False
    ) -> Fetched[T]:
        """Ask for what stands at a URL, and read it.

        Args:
            url: where to ask.
            read: turns the body into a value; raises `Passing` or `Unusable` where it can't be believed.
            cap: the most bytes the reply may have; the settings' `reply_bytes` by default.
            keyed: send the key, at the keyed API's pace, and remember nothing of the reply.

        Raises:
            Unusable: there is no reply that can be believed.
        """
        line = self.line
        limit = cap or line.settings.limits.reply_bytes
        if keyed:
            secret = line.key.header(url) if line.key else {}
            return await self._ask(Request("GET", url, limit, secret), read, keyed=True)
        known = line.cache.recall(url)
        request = Request("GET", url, limit, known.validators if known else {})
        return await self._ask(request, read, known=known.body if known else None)

    async def post(self, url: str, payload: Mapping[str, Any], read: Callable[[bytes, str], T]) -> Fetched[T]:
        """Ask a question that has a body; a question only: nothing upstream changes by it.

        Raises:
            Unusable: there is no reply that can be believed.
        """
        body = json.dumps(payload, separators=(",", ":")).encode()
        return await self._ask(
            Request("POST", url, self.line.settings.limits.reply_bytes, _JSON, body), read, keep=False
        )

    async def _ask(
        self,
        request: Request,
        read: Callable[[bytes, str], T],
        *,
        keyed: bool = False,
        known: bytes | None = None,
        keep: bool = True,
    ) -> Fetched[T]:
        try:
            return await self._ask_patiently(request, read, keyed=keyed, known=known, keep=keep)
        finally:
            self.line.progress.step(self.source)

    async def _ask_patiently(
        self,
        request: Request,
        read: Callable[[bytes, str], T],
        *,
        keyed: bool,
        known: bytes | None,
        keep: bool,
    ) -> Fetched[T]:
        world, patience = self.line.world, self.line.settings.limits.patience
        waits = patience.waits(world.chance)
        for attempt in range(1, patience.attempts + 1):
            try:
                if keyed:
                    await self.line.pace.turn()
                reply = await self._send(request)
                fetched = self._believe(request, reply, read, known)
            except Passing as error:
                wait = self._wait(error, next(waits, None), attempt)
                self.tally.again += 1
                await world.sleep(wait)
            else:
                if keep and not keyed and reply.status != _NOT_MODIFIED:
                    self.line.cache.keep(request.url, reply.headers, reply.body)
                return fetched
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _wait(self, error: Passing, wait: float | None, attempt: int) -> float:
        """How long to wait before the next attempt; what upstream asks for is honoured, up to a limit."""
        if wait is None:
            tries = f" ({attempt} tries)" if attempt > 1 else ""
            raise Unusable(error.place, error.fact + tries) from None
        asked = retry_after_seconds(error.retry_after, self.line.world.now())
        longest = self.line.settings.limits.longest_wait_seconds
        if asked is not None and asked > longest:
            raise Unusable(error.place, f"{error.fact}, and asks to wait longer than {longest:g} s") from None
        return max(wait, asked or 0.0)

    async def _send(self, request: Request) -> Reply:
        """Send a request and follow what redirects stay on its host."""
        for _ in range(self.line.settings.limits.redirects + 1):
            self.tally.requests += 1
            reply = await self.line.transport.send(request)
            self.tally.received += len(reply.body)
            if self.line.key and self.line.key.is_in(_everything(reply)):
                raise Unusable(request.url, "repeats the API key in its reply")
            if reply.status not in judging.REDIRECTS:
                return reply
            target = judging.next_hop(request.url, reply.headers.get("location"))
            if request.method != "GET":
                raise Unusable(request.url, "redirects a question that is no GET")
            request = Request(request.method, target, request.cap, request.headers)
        raise Unusable(request.url, "redirects in circles")

    def _believe(
        self, request: Request, reply: Reply, read: Callable[[bytes, str], T], known: bytes | None
    ) -> Fetched[T]:
        raw = reply.body
        if reply.status == _NOT_MODIFIED and known is not None:
            self.tally.unchanged += 1
            raw = known
        else:
            judging.judge(reply.status, reply.headers, raw, request.url)
        return Fetched(read(raw, request.url), raw, self._day(reply))

    def _day(self, reply: Reply) -> str:
        """The day the server says it answered; ours where it says none, or one that has not come."""
        ours = self.line.world.now()
        theirs = judging.day_of(reply.headers) or ours
        if not is_loopback(self.line.settings.hosts.docs):  # a stand-in replays days as they were recorded
            theirs = min(theirs, ours)
        return theirs.astimezone(UTC).date().isoformat()


def _everything(reply: Reply) -> bytes:
    return "\n".join(reply.headers.values()).encode("utf-8", "replace") + b"\n" + reply.body


async def together(waiting: Iterable[Coroutine[Any, Any, T]], *, at_once: int | None = None) -> list[T]:
    """Wait for all; where one fails the others are called off before its error goes on.

    Args:
        waiting: what to wait for.
        at_once: how many may be under way; all of them by default. One that has not begun costs nothing yet.
    """
    tasks = [asyncio.create_task(each) for each in _gated(waiting, at_once)]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _gated(
    waiting: Iterable[Coroutine[Any, Any, T]], at_once: int | None
) -> Iterable[Coroutine[Any, Any, T]]:
    if at_once is None:
        return waiting
    gate = asyncio.Semaphore(at_once)

    async def through(each: Coroutine[Any, Any, T]) -> T:
        try:
            async with gate:
                return await each
        finally:
            each.close()

    return [through(each) for each in waiting]
