"""The one door to the network: a request in, a reply out, and of each failure whether it may have arrived.

The HTTP library is known to this module only, and is imported when a transport is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Any, Final

from kie_catalog.client.errors import NotSent, UpstreamError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import ClientSettings
from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.asking import Passing, Unusable
from kie_catalog.sources.secret import Key
from kie_catalog.sources.unpack import Body

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS, repr=False)
    content: bytes | AsyncIterator[bytes] | None = field(default=None, repr=False)
    query: Mapping[str, Any] | None = field(default=None, repr=False)
    whole: float | None = None
    """Seconds for all of it; the settings' by default."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, unpacked."""

    status: int
    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes


class Lost(UpstreamError):
    """The request went out and no whole reply came back: it may have arrived."""


class Transport:
    """Sends requests over one pool of connections that are kept alive.

    The key is put on here, and only on requests to the origins that may see it; nothing is followed, no
    cookie is kept, and no error of the HTTP library leaves, since those carry the request and its headers.

    Raises:
        UsageError: the HTTP library is not installed.
    """

    def __init__(self, settings: ClientSettings, key: Key | None) -> None:
        self._httpx = httpx = _import_httpx()
        self._settings = settings
        self._key = key
        self._gate = asyncio.Semaphore(settings.connections)
        near = settings.hosts.is_stand_in
        self._client = httpx.AsyncClient(
            trust_env=not near,  # a proxy of the environment leads to the world, not to this machine
            verify=False if near else httpx.create_ssl_context(),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"},
            timeout=httpx.Timeout(settings.timeouts.silence, connect=settings.timeouts.connect),
            limits=httpx.Limits(
                max_connections=settings.connections,
                max_keepalive_connections=settings.connections,
                keepalive_expiry=5.0,  # one that the other side closes meanwhile makes a create unknown
            ),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, request: Request) -> Reply:
        """Send a request and read its reply to the end.

        Raises:
            NotSent: it surely did not arrive.
            Lost: it may have arrived.
        """
        async with self._gate, self._deadline(request), self._stream(request) as reply:
            headers = {name.lower(): value for name, value in reply.headers.items()}
            body = Body(
                "the reply",
                encoding=headers.get("content-encoding", ""),
                length=headers.get("content-length", ""),
                cap=self._settings.reply_bytes,
            )
            async for chunk in reply.aiter_raw():
                body.add(chunk)
            return Reply(reply.status_code, headers, body.end())

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Any]:
        """Send a request and give its reply with the body unread; for downloads, so never with the key.

        Raises:
            NotSent: as for `send`.
            Lost: as for `send`.
        """
        async with self._gate, self._deadline(request), self._stream(request, is_keyed=False) as reply:
            yield reply

    @asynccontextmanager
    async def _deadline(self, request: Request) -> AsyncIterator[None]:
        """Turn every failure on the way into one of two: surely not sent, or perhaps."""
        httpx = self._httpx
        seconds = request.whole or self._settings.timeouts.whole
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError:
            raise _lost(f"no whole reply in {seconds:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(ErrorCode.NETWORK, detail=f"no connection ({type(error).__name__})") from None
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
            raise NotSent(ErrorCode.NETWORK, detail=f"cannot be sent ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise _lost(f"the connection broke ({type(error).__name__})") from None
        except (Passing, Unusable) as error:
            raise _lost(error.fact) from None

    @asynccontextmanager
    async def _stream(self, request: Request, *, is_keyed: bool = True) -> AsyncIterator[Any]:
        headers = dict(request.headers)
        if is_keyed and self._key is not None:
            headers |= self._key.header(request.url)
        async with self._client.stream(
            request.method, request.url, headers=headers, content=request.content, params=request.query
        ) as reply:
            yield reply

    def repeats_key(self, raw: bytes) -> bool:
        """Whether a reply repeats the key; such a reply may be neither shown nor kept."""
        return self._key is not None and self._key.is_in(raw)


def _lost(fact: str) -> Lost:
    return Lost(ErrorCode.NETWORK, detail=fact)


def _import_httpx() -> Any:
    try:
        import httpx  # noqa: PLC0415 -- an extra, and only a client pays for it
    except ImportError as error:
        raise UsageError(
            "the client", "needs httpx, which is not installed", "pip install 'kie-catalog[runtime]'"
        ) from error
    return httpx
