"""Asking KIE: reads again while that may help, a paid request only where it surely was not accepted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from kie_catalog.client.classify import classify
from kie_catalog.client.envelope import Answer, read_answer
from kie_catalog.client.errors import KieError, NotSent
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import ClientSettings
from kie_catalog.client.transport import Reply, Request, Transport
from kie_catalog.sources.asking import retry_after_seconds

T = TypeVar("T")
JSON_HEADERS: Final[Mapping[str, str]] = {"Content-Type": "application/json"}
_AGAIN: Final = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.TRANSIENT})
_TRIES_OF_TRANSIENT: Final = 2


@dataclass(frozen=True, slots=True)
class Asker:
    """Sends requests and reads what comes back; shared by all parts of a client."""

    settings: ClientSettings
    transport: Transport

    async def once(self, request: Request) -> tuple[Answer, float | None]:
        """Send a request once.

        Returns:
            The reply, and the seconds it asks to wait. One that repeats the key is as good as none.

        Raises:
            UpstreamError: there is no reply; `NotSent` where it surely did not arrive.
        """
        reply = await self.transport.send(request)
        if self.transport.repeats_key(reply.body):
            return Answer(reply.status, None, "", None, is_json=False, top={}), None
        return read_answer(reply.status, reply.body), self._retry_after(reply)

    def _retry_after(self, reply: Reply) -> float | None:
        asked = reply.headers.get("retry-after")
        if asked is None:
            return None
        return retry_after_seconds(asked, datetime.fromtimestamp(self.settings.clock.now(), UTC))

    async def read(self, make: Callable[[], Request], *, private: Iterable[str] = ()) -> Answer:
        """Ask for what changes nothing, patiently.

        Args:
            make: gives the request, anew for each try.
            private: texts of the caller, which no error may repeat.

        Returns:
            An answer that says success.

        Raises:
            KieError: there is none to be had.
        """

        async def attempt() -> Answer:
            answer, retry_after = await self.once(make())
            if not answer.is_success:
                raise classify(answer, private=private, retry_after=retry_after)
            return answer

        return await self.patiently(attempt, self.settings.retries.reads, lambda error: error.retryable)

    async def patiently(
        self, attempt: Callable[[], Awaitable[T]], tries: int, may_again: Callable[[KieError], bool]
    ) -> T:
        """Try, and try again after growing waits with jitter while the error allows it.

        Raises:
            KieError: the last one.
        """
        try:
            return await attempt()
        except KieError as error:
            if tries <= 1 or not may_again(error):
                raise
            again = _Again(error, may_again, self.settings.retries.longest_wait)
        return await self._again(attempt, tries, again)

    async def _again(self, attempt: Callable[[], Awaitable[T]], tries: int, again: _Again) -> T:
        import stamina  # noqa: PLC0415 -- an extra, and only a failure pays for it

        retries = self.settings.retries
        async for turn in stamina.retry_context(
            on=again.may,
            attempts=tries,
            timeout=None,
            wait_initial=retries.first_wait,
            wait_max=retries.longest_wait,
            wait_jitter=retries.jitter,
        ):
            with turn:
                again.replay()  # the first try was made already: its error stands for it
                return await attempt()
        raise AssertionError("unreachable: the last attempt returns or raises")


@dataclass(slots=True)
class _Again:
    """Whether, and after how long, a failed try is made again."""

    first: KieError
    """Of the try that was made before; it has been allowed already."""
    may_again: Callable[[KieError], bool]
    longest: float
    is_replayed: bool = False

    def replay(self) -> None:
        """Raise the error of the try that was made before, once."""
        if not self.is_replayed:
            self.is_replayed = True
            raise self.first

    def may(self, error: Exception) -> bool | float:
        """What upstream asks for is honoured up to our own cap; beyond it the caller is told."""
        if not isinstance(error, KieError) or not (error is self.first or self.may_again(error)):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self.longest else False


@dataclass(slots=True)
class CreateAgain:
    """Which refusals of a paid request are worth the same request once more: those that created nothing."""

    transient: int = field(default=0)

    def __call__(self, error: KieError) -> bool:
        """Whether this one is."""
        if isinstance(error, NotSent):
            return True
        if error.code is ErrorCode.TRANSIENT:  # on a create, 500 is usually a wrong input in disguise
            self.transient += 1
            return self.transient < _TRIES_OF_TRANSIENT
        return error.code in _AGAIN


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """A request's body."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
