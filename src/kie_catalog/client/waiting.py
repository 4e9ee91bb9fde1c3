"""Waiting for a task: through outages, woken by callbacks, and with its id in hand when patience ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from kie_catalog.client.errors import KieError, WaitExpired
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock, Polling
from kie_catalog.client.states import Details, State, is_final

Look: TypeAlias = Callable[[], Awaitable[Details]]

_PASSES: Final = frozenset({ErrorCode.UNKNOWN, ErrorCode.KEY_CAP})
"""Not to be asked again at once; yet the task goes on behind them."""


class Wake(Protocol):
    """What can end a pause early: a webhook that heard of the task."""

    async def pause(self, task_id: str, seconds: float) -> None:
        """Return after this many seconds, or as soon as there is news of the task."""


@dataclass(frozen=True, slots=True)
class Sleeper:
    """Pauses that nothing ends early."""

    clock: Clock

    async def pause(self, task_id: str, seconds: float) -> None:  # noqa: ARG002 -- the protocol's
        """Let the time pass."""
        await self.clock.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Waits for tasks."""

    polling: Polling
    clock: Clock

    async def wait(
        self,
        task_id: str,
        look: Look,
        *,
        timeout: float,  # noqa: ASYNC109 -- the limit is on our patience, not on a call
        wake: Wake | None = None,
        on_state: Callable[[State], None] | None = None,
    ) -> Details:
        """Look again and again until a task has ended.

        Args:
            task_id: for the error.
            look: asks for its details once.
            timeout: seconds of patience.
            wake: ends a pause early.
            on_state: is told each state that was seen.

        Returns:
            Its details; the state is `Succeeded` or `Failed`.

        Raises:
            WaitExpired: time or the outage's limit ran out; the task goes on.
            KieError: it can't be asked for, and waiting would not help.
        """
        pauses = wake or Sleeper(self.clock)
        begun = last_heard = self.clock.monotonic()
        pause = self.polling.first
        trouble: KieError | None = None
        while True:
            try:
                details = await look()
            except KieError as error:
                trouble = error
                self._require_passing(error, task_id, self.clock.monotonic() - begun)
            else:
                trouble, last_heard = None, self.clock.monotonic()
                if on_state:
                    on_state(details.state)
                if is_final(details.state):
                    return details
            now = self.clock.monotonic()
            left = begun + timeout - now
            if left <= 0 or (trouble and now - last_heard > self.polling.outage_seconds):
                raise self._expired(task_id, trouble, now - begun) from trouble
            jittered = pause * (0.75 + self.clock.chance() / 2)
            await pauses.pause(task_id, min(jittered, left))
            pause = min(pause * self.polling.factor, self.polling.longest)

    def _require_passing(self, error: KieError, task_id: str, since: float) -> None:
        """Let an error pass that says nothing of the task; a new task may be unknown for a while."""
        if error.retryable or error.code in _PASSES:
            return
        if error.code is ErrorCode.NOT_FOUND and since < self.polling.grace_seconds:
            return
        error.task_id = task_id
        raise error

    @staticmethod
    def _expired(task_id: str, trouble: KieError | None, seconds: float) -> WaitExpired:
        said = f"; last heard: {trouble.code}" if trouble else ""
        return WaitExpired(ErrorCode.WAIT_EXPIRED, detail=f"{seconds:.0f} s{said}", task_id=task_id)
