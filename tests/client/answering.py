"""A server on loopback that answers as it is told, down to the bytes; and a client pointed at it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from kie_catalog.client.client import KieClient
from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.settings import ClientSettings, Hosts, Polling, Quotas, Retries, Timeouts

KEY = "sk-very-secret-1234567890"
FAST = ClientSettings(
    timeouts=Timeouts(connect=2, silence=2, whole=3, upload=5, chat=3),
    retries=Retries(reads=3, creates=3, first_wait=0.01, longest_wait=0.05, jitter=0.01),
    polling=Polling(first=0.01, factor=1.2, longest=0.05, grace_seconds=0.3, outage_seconds=8.0),
    quotas=Quotas(creations=10_000, period=0.1, running=10_000, metadata_interval=0.01),
)


@dataclass
class Asked:
    """One request as the server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self):
        return self.target.partition("?")[0]

    def json(self):
        return json.loads(self.body)


@dataclass
class Told:
    """One reply; `body=None` closes the connection without one."""

    status: int = 200
    body: bytes | None = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def envelope(code=200, msg="success", data=None):
    return Told(body=json.dumps({"code": code, "msg": msg, "data": data}).encode())


@asynccontextmanager
async def answering(answer: Callable[[Asked], Told]) -> AsyncIterator[tuple[str, list[Asked]]]:
    """Serve until the context ends; gives the URL and the requests so far."""
    asked: list[Asked] = []

    async def serve(reader, writer):
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split(" ", 2)
                headers = {}
                while (line := (await reader.readline()).decode().strip()) != "":
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                asked.append(Asked(method, target, headers, body))
                told = answer(asked[-1])
                if told.body is None:
                    break
                more = "".join(f"{name}: {value}\r\n" for name, value in told.headers.items())
                length = len(told.body) + (10 if told.cut else 0)
                writer.write(f"HTTP/1.1 {told.status} X\r\nContent-Length: {length}\r\n{more}\r\n".encode())
                writer.write(told.body)
                await writer.drain()
                if told.cut:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # the client has left
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()


def client_at(url: str, settings: ClientSettings = FAST, **more) -> KieClient:
    """A client whose hosts are at a URL."""
    settings = replace(settings, hosts=Hosts.at(url))
    return KieClient(
        more.pop("api_key", KEY), settings=settings, limiter=LocalLimiter(settings.quotas), **more
    )
