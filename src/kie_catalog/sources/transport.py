"""The one door to the network: a request in, the bytes of a reply out, within limits.

Nothing is followed, believed or asked again here; `fetching` does that. The HTTP library is known to this
module only, and is imported when a transport is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.asking import Passing, Unusable
from kie_catalog.sources.secret import origin
from kie_catalog.sources.settings import Limits, Settings, is_loopback
from kie_catalog.sources.unpack import Body

if TYPE_CHECKING:
    import httpx

_LANE: Final = 2
"""Connections a pool. At each request httpcore compares all connections of a pool with all that wait for one:
230 requests over 24 connections cost 0.6 s of CPU in two pools, and 0.3 s in twelve."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    url: str
    cap: int
    """The most bytes its reply may have, unpacked."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, unpacked."""

    status: int
    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes


class Transport(Protocol):
    """Sends requests.

    Must raise `Passing` for what the network did, and `Unusable` for a reply that breaks a limit.
    Must not follow a redirect, keep a cookie, or let a request's headers into an error.
    """

    async def send(self, request: Request) -> Reply:
        """Send one request and read its reply to the end."""

    async def close(self) -> None:
        """Close all connections."""


class HttpTransport:
    """Sends requests over pooled connections that are kept alive: so many at once a host, and no more.

    Raises:
        UsageError: the HTTP library is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        hosts, many = settings.hosts, settings.connections
        wanted: dict[str, int] = {}
        for base, connections in ((hosts.api, many.api), (hosts.docs, many.docs)):
            wanted[origin(base)] = wanted.get(origin(base), 0) + connections
        self._hosts = {base: _Host(base, connections, settings) for base, connections in wanted.items()}
        self._limits = settings.limits

    async def send(self, request: Request) -> Reply:
        """Send one request and read its reply to the end.

        Raises:
            Passing: the network failed, or time ran out.
            Unusable: the host is none of the settings', its certificate is wrong, or the reply too large.
        """
        host = self._hosts.get(origin(request.url))
        if host is None:
            raise Unusable(request.url, "is on another host")
        async with host.gate:
            try:
                async with asyncio.timeout(self._limits.reply_seconds):
                    return await host.send(request, self._limits)
            except TimeoutError:
                raise Passing(
                    request.url, f"gave no whole reply within {self._limits.reply_seconds:g} s"
                ) from None

    async def close(self) -> None:
        """Close all connections."""
        async with AsyncExitStack() as exits:
            for host in self._hosts.values():
                for lane in host.lanes:
                    exits.push_async_callback(lane.client.aclose)


@dataclass(slots=True)
class _Lane:
    """One pool of connections."""

    client: httpx.AsyncClient
    under_way: int = 0


class _Host:
    """The pools of one host, and the gate before them."""

    def __init__(self, base: str, connections: int, settings: Settings) -> None:
        self._httpx = _import_httpx()
        self.gate = asyncio.Semaphore(connections)
        lanes = -(-connections // _LANE)
        options = self._options(base, -(-connections // lanes), settings)
        self.lanes = [_Lane(self._httpx.AsyncClient(**options)) for _ in range(lanes)]

    def _options(self, base: str, width: int, settings: Settings) -> dict[str, Any]:
        httpx, limits = self._httpx, settings.limits
        near = is_loopback(base)
        return {
            # A proxy of the environment leads to the world, not to this machine.
            "trust_env": not near,
            "verify": httpx.create_ssl_context() if base.startswith("https:") else False,
            "follow_redirects": False,
            "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
            "headers": {"User-Agent": settings.user_agent, "Accept-Encoding": "gzip"},
            "timeout": httpx.Timeout(limits.silence_seconds, connect=limits.connect_seconds, pool=None),
            "limits": httpx.Limits(max_connections=width, max_keepalive_connections=width),
        }

    async def send(self, request: Request, limits: Limits) -> Reply:
        httpx = self._httpx
        lane = min(self.lanes, key=lambda lane: lane.under_way)
        lane.under_way += 1
        try:
            return await self._exchange(lane.client, request)
        except httpx.ConnectTimeout:
            raise Passing(request.url, f"could not be reached in {limits.connect_seconds:g} s") from None
        except httpx.TimeoutException:
            raise Passing(request.url, f"was silent for {limits.silence_seconds:g} s") from None
        except httpx.UnsupportedProtocol as error:
            raise Unusable(request.url, f"cannot be asked ({error})") from None
        except httpx.TransportError as error:
            # `from None`: the library's errors carry the request, and the request may carry the key.
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Unusable(request.url, "shows a certificate that is not trusted") from None
            how = "could not be reached" if isinstance(error, httpx.ConnectError) else "broke the connection"
            raise Passing(request.url, f"{how} ({type(error).__name__})") from None
        finally:
            lane.under_way -= 1

    @staticmethod
    async def _exchange(client: httpx.AsyncClient, request: Request) -> Reply:
        headers = dict(request.headers)
        async with client.stream(request.method, request.url, headers=headers, content=request.body) as reply:
            found = {name.lower(): value for name, value in reply.headers.items()}
            body = Body(
                request.url,
                encoding=found.get("content-encoding", ""),
                length=found.get("content-length", ""),
                cap=request.cap,
            )
            async for chunk in reply.aiter_raw():
                body.add(chunk)
            return Reply(reply.status_code, found, body.end())


def _import_httpx() -> Any:
    try:
        import httpx  # noqa: PLC0415 -- an extra, and only a fetch pays for it
    except ImportError as error:
        raise UsageError(
            "fetching over HTTP",
            "needs httpx, which is not installed",
            "pip install 'kie-catalog[runtime]', or name a recording's folder with --upstream",
        ) from error
    return httpx
