"""`BlockingKie`: the same client for code without an event loop; wrapped, not written twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from kie_catalog.client.client import KieClient

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[KieClient, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[BlockingKie, P], T]:
    """A method of the client that returns when it is done."""

    def call(self: BlockingKie, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(method(self._client, *args, **kwargs))

    call.__doc__, call.__name__ = method.__doc__, getattr(method, "__name__", "call")
    return call


class BlockingKie:
    """A client whose methods block; any number of threads may share it, and they share its limits.

    Use it as a context manager. It runs the one client on a loop of its own, in a thread of its own.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a client; the arguments are those of `KieClient`."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kie-client", daemon=True)
        self._thread.start()

        async def make() -> KieClient:
            return KieClient(*args, **kwargs)

        try:
            self._client = self._run(make())
        except BaseException:
            self._stop()
            raise

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def __enter__(self) -> Self:
        """Nothing is connected before the first request."""
        return self

    def __exit__(self, *args: object) -> None:
        """Close all connections and end the thread."""
        self.close()

    def close(self) -> None:
        """Close all connections and end the thread."""
        self._run(self._client.close())
        self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    create = _blocking(KieClient.create)
    details = _blocking(KieClient.details)
    wait = _blocking(KieClient.wait)
    reconcile = _blocking(KieClient.reconcile)
    settle = _blocking(KieClient.settle)
    credits = _blocking(KieClient.credits)
    models = _blocking(KieClient.models)
    schema = _blocking(KieClient.schema)
    download_url = _blocking(KieClient.download_url)
    upload_file = _blocking(KieClient.upload_file)
    upload_base64 = _blocking(KieClient.upload_base64)
    upload_url = _blocking(KieClient.upload_url)
    download = _blocking(KieClient.download)
