"""A world in which time passes only where somebody waits for it, and chance has no say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sources.cache import NoCache
from kie_catalog.sources.fetching import Fetcher, Line, Pace, World
from kie_catalog.sources.progress import Tally
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Settings
from kie_catalog.sources.transport import HttpTransport, Reply, Request, Transport


@dataclass
class FakeWorld:
    """Gives a `World`, and keeps what was waited for."""

    start: datetime
    waits: list[float] = field(default_factory=list)

    @property
    def passed(self) -> float:
        return sum(self.waits)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)

    def world(self, transport: Callable[[Settings], Transport] = HttpTransport) -> World:
        return World(
            now=lambda: self.start + timedelta(seconds=self.passed),
            clock=lambda: self.passed,
            sleep=self.sleep,
            chance=lambda: 1.0,
            transport=transport,
        )


@dataclass
class FakeTransport:
    """Answers each request with what a function says; an exception it returns is raised."""

    answer: Callable[[Request], Reply | Exception]
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(0)
        reply = self.answer(request)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def close(self) -> None:
        pass


def fetcher(
    answer: Callable[[Request], Reply | Exception],
    world: FakeWorld,
    *,
    settings: Settings | None = None,
    key: Key | None = None,
) -> tuple[Fetcher, FakeTransport]:
    """A fetcher for the price feed, over a transport that a function plays."""
    transport = FakeTransport(answer)
    here = world.world()
    line = Line(settings or Settings(), transport, here, NoCache(), Pace(1.0, here), key)
    return Fetcher(SourceName.PRICES, line, Tally()), transport


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or the error of ours that it raises; any other error goes on."""
    try:
        return call()
    except SourceError as error:
        return error
