"""Serving a stand-in on loopback: in the foreground for people, in a thread for tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kie_catalog.domain.errors import UsageError
from kie_catalog.sandbox.shelf import Shelf
from kie_catalog.sandbox.switches import SURFACES, Switch, Switchboard, read_switch

if TYPE_CHECKING:
    import uvicorn

    from kie_catalog.sandbox.stand import Seen, Stand

HOST: Final = "127.0.0.1"
"""A stand-in is for this machine only: it takes any key and does as it is told."""

_START_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class StandIn:
    """A stand-in that runs."""

    url: str
    stand: Stand

    def switch(self, *faults: str) -> None:
        """Turn these faults on and all others off: `http-503@prices*2`."""
        self.stand.board.set(read_switches(faults))

    @property
    def seen(self) -> list[Seen]:
        """The requests so far."""
        return list(self.stand.journal)


def read_switches(specs: Iterable[str]) -> list[Switch]:
    """Read faults as people type them.

    Raises:
        UsageError: there is no such fault or surface.
    """
    _require_extra()
    from kie_catalog.sandbox.control import FAULTS  # noqa: PLC0415 -- needs the extra

    return [read_switch(spec, FAULTS) for spec in specs]


def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of all faults, and of the surfaces they can be aimed at.

    Raises:
        UsageError: the extra `webhook` is not installed.
    """
    _require_extra()
    from kie_catalog.sandbox.control import FAULTS  # noqa: PLC0415 -- see read_switches

    return FAULTS, SURFACES


def serve(
    recording: Path,
    port: int,
    *,
    faults: Iterable[str] = (),
    latency: float = 0.0,
    play: float = 1.0,
    hmac_key: str | None = None,
    ready: Callable[[str], None],
) -> None:
    """Serve a recording until the process is told to stop.

    Args:
        recording: its folder.
        port: of loopback; 0 for any that is free.
        faults: to turn on, as `read_switches` reads them.
        latency: seconds before each reply.
        play: seconds that a generation takes.
        hmac_key: with which callbacks are signed.
        ready: is told the URL once it answers.

    Raises:
        UsageError: there is no such recording, port or fault, or the extra `webhook` is not installed.
    """
    stand = _stand(recording, faults, latency)
    stand.book.play_seconds, stand.book.hmac_key = play, hmac_key
    with _listening(port) as listener:
        stand.book.files = _url(listener)
        server = _server(stand)
        ready(_url(listener))
        with suppress(KeyboardInterrupt):  # Ctrl-C is how one ends it, and no accident
            server.run(sockets=[listener])


@contextmanager
def running(
    recording: Path, *, faults: Iterable[str] = (), latency: float = 0.0, port: int = 0
) -> Iterator[StandIn]:
    """Serve a recording in a thread of this process for as long as the context lasts.

    Raises:
        UsageError: as for `serve`.
    """
    stand = _stand(recording, faults, latency)
    with _listening(port) as listener:
        server = _server(stand)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(
            target=loop.run_until_complete, args=(_serve(server, listener),), daemon=True
        )
        thread.start()
        try:
            _await_start(server, thread)
            yield StandIn(_url(listener), stand)
        finally:
            server.should_exit = server.force_exit = True
            thread.join(_START_SECONDS)
            loop.close()


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve(sockets=[listener])
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for each in left:  # callbacks that nobody took
        each.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    for _ in range(int(_START_SECONDS / 0.005)):
        if server.started or not thread.is_alive():
            return
        thread.join(0.005)


def _stand(recording: Path, faults: Iterable[str], latency: float) -> Stand:
    board = Switchboard(read_switches(faults))
    from kie_catalog.sandbox.stand import Stand  # noqa: PLC0415 -- see read_switches

    return Stand(Shelf.of(recording), board, latency)


def _server(stand: Stand) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415 -- an extra

    from kie_catalog.sandbox.app import sandbox_app  # noqa: PLC0415 -- needs the extra
    from kie_catalog.sandbox.wire import Wire  # noqa: PLC0415 -- needs the extra

    return uvicorn.Server(
        uvicorn.Config(
            sandbox_app(stand),
            http=Wire,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            # The rooms say when upstream gave what they serve.
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
    )


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # Named as TCP, so that asyncio sends each part of a reply at once; else they wait 40 ms for each other.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"port {port}", f"cannot be listened on ({reason})", "choose another") from error
        yield listener
    finally:
        listener.close()


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _require_extra() -> None:
    try:
        import starlette  # noqa: F401, PLC0415 -- an extra
        import uvicorn  # noqa: F401, PLC0415 -- an extra
    except ImportError as error:
        raise UsageError(
            "the stand-in",
            "needs starlette and uvicorn, which are not installed",
            "pip install 'kie-catalog[webhook]'",
        ) from error
