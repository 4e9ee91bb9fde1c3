"""Where the client asks, how long it waits, how much it takes, how often it asks again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.endpoints import API_HOST, UPLOAD_HOST, host_of

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Hosts:
    """The two hosts that may see the key."""

    api: str = API_HOST
    uploads: str = UPLOAD_HOST

    @classmethod
    def at(cls, url: str, uploads: str | None = None) -> Hosts:
        """A stand-in on this machine.

        Raises:
            UsageError: the URL leads elsewhere; no host but KIE's may see a key.
        """
        for each in (url, uploads or url):
            parts = urlsplit(each)
            if parts.scheme not in {"http", "https"} or parts.hostname not in _LOOPBACK:
                raise UsageError(each, "is no host of KIE's", "name a stand-in on this machine, or none")
        return cls(url.rstrip("/"), (uploads or url).rstrip("/"))

    @property
    def is_stand_in(self) -> bool:
        """Whether they are on this machine."""
        return urlsplit(self.api).hostname in _LOOPBACK

    def url(self, path: str) -> str:
        """The address of a path of KIE's, on the host that serves it."""
        return (self.uploads if host_of(path) == UPLOAD_HOST else self.api) + path


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect: float = 10.0
    silence: float = 30.0
    """The longest silence in the middle of a request or a reply."""
    whole: float = 60.0
    """One request and its reply, however steadily they drip."""
    upload: float = 900.0
    """The same for an upload or a download."""
    chat: float = 600.0
    """The same for a call that answers with the result itself."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often the same is asked again; each wait is twice the one before, with jitter, up to a cap."""

    reads: int = 5
    """Tries of a request that changes nothing."""
    creates: int = 4
    """Tries of a paid request that was surely not accepted."""
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 0.5


@dataclass(frozen=True, slots=True)
class Polling:
    """How a task is waited for (documented: begin at 2 to 3 s, grow, give up after 10 to 15 minutes)."""

    first: float = 2.0
    factor: float = 1.4
    longest: float = 15.0
    grace_seconds: float = 30.0
    """How long a task that was just created may be unknown."""
    outage_seconds: float = 300.0
    """How long details may fail to come before the waiting gives up, with the task's id in hand."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """What an account may do, as documented."""

    creations: int = 20
    period: float = 10.0
    running: int = 100
    lease: float = 3600.0
    """Seconds after which a task that nobody saw end is taken for ended; 785 s in a queue were observed."""
    metadata_interval: float = 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, as they come in through the door."""

    now: Callable[[], float] = time.time
    """Unix seconds."""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
    """Numbers from 0 to 1, for jitter."""


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """All of it."""

    hosts: Hosts = field(default_factory=Hosts)
    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: Retries = field(default_factory=Retries)
    polling: Polling = field(default_factory=Polling)
    quotas: Quotas = field(default_factory=Quotas)
    connections: int = 32
    reply_bytes: int = 16_000_000
    """The most a reply may have, unpacked."""
    download_bytes: int = 4_000_000_000
    user_agent: str = "kie-catalog"
    clock: Clock = field(default_factory=Clock)
