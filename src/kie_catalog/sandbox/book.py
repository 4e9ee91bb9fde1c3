"""The account of a stand-in: its credits, its tasks, how fast they were made, and how they play.

Credits are held when a task is accepted and come back when it fails. A generation plays in `play_seconds`,
whole: it waits for a while, generates, and ends.
"""

from __future__ import annotations

import time
import uuid
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

TURNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fail-400": "the task fails with code 400 and a policy's words",
        "fail-422": "the task fails with code 422",
        "fail-500": 'the task fails with code 500 and "try again"',
        "fail-501": "the task fails with code 501",
        "empty-result": "the task succeeds and has no file",
        "broken-result": "the task's resultJson is no JSON",
        "text-result": "the task's result is an object, as a transcript is",
        "many-results": "the task has six files",
        "unknown-state": "the task is in a state that nobody knows, until it ends",
        "queuing": "the task queues before it generates",
        "long-wait": "the task takes fifty times as long, and waits most of it",
        "grace": "the task is unknown while it waits",
        "shape-april": "its record has the members of April 2026",
        "shape-august": "its record has the members of August 2026",
        "param-object": "its record holds the request as plain objects",
        "no-credits": "the create is refused with 402",
        "no-credits-500": "the create is refused with 500 and the same words",
        "rate-http-429": "the create is refused with HTTP 429",
        "rate-429": "the create is refused with code 429",
        "rate-430": "the create is refused with code 430",
        "callback-lost": "no callback is sent",
        "callback-twice": "each callback is sent twice",
        "callback-disorder": "the last callback comes first",
        "callback-early": "the callback comes before the create's reply",
        "callback-forged": "the callback's signature is wrong",
        "callback-unsigned": "the callback has no signature",
        "callback-stale": "the callback's signature is an hour old",
    }
)
"""Turns that a create, or the task it makes, can take."""

OF_TASKS: Final = tuple(name for name in TURNS if not name.startswith(("no-credits", "rate-")))
_WAITS, _QUEUES = 0.3, 0.2
_LONGER: Final = 50.0


@dataclass(slots=True)
class Task:
    """One accepted task."""

    id: str
    model: str
    endpoint: str
    status: str
    """The call that tells its state."""
    request: Mapping[str, Any]
    callback: str | None
    created: float
    """Unix seconds."""
    seconds: float
    """How long it plays."""
    price: Decimal
    turns: frozenset[str] = frozenset()
    is_refunded: bool = False

    @property
    def ended(self) -> float:
        """When it ends."""
        return self.created + self.seconds

    @property
    def failure(self) -> str | None:
        """The code that it fails with; `None` for one that succeeds."""
        return next((turn.removeprefix("fail-") for turn in self.turns if turn.startswith("fail-")), None)

    def state(self, now: float) -> str:
        """Its state in the market's words."""
        part = (now - self.created) / self.seconds if self.seconds else 1.0
        if part >= 1:
            return "fail" if self.failure else "success"
        if "unknown-state" in self.turns:
            return "polishing"
        if "long-wait" in self.turns:
            return "waiting"
        if part < _WAITS:
            return "queuing" if "queuing" in self.turns and part > _QUEUES else "waiting"
        return "generating"

    def is_known(self, now: float) -> bool:
        """Whether upstream knows it already."""
        return not ("grace" in self.turns and now < self.created + self.seconds * _WAITS)


@dataclass(slots=True)
class Book:
    """What the account did."""

    credits: Decimal = Decimal("1000.25")
    price: Decimal = Decimal("4.0")
    """Of every task."""
    key: str | None = None
    """The only key that is taken; any by default."""
    hmac_key: str | None = None
    """With which callbacks are signed; unsigned without one."""
    play_seconds: float = 1.0
    creations: int = 20
    """How many creations are taken in any `period`."""
    period: float = 10.0
    files: str = "https://tempfile.aiquickdraw.com"
    """Where results are said to lie."""
    tasks: dict[str, Task] = field(default_factory=dict)
    uploads: dict[str, int] = field(default_factory=dict)
    """Sizes, by name."""
    now: Callable[[], float] = time.time
    arrivals: list[float] = field(default_factory=list)
    """When each creation was asked for, whatever became of it."""
    _accepted: deque[float] = field(default_factory=deque)

    def is_too_fast(self) -> bool:
        """Note that a creation is asked for, and say whether it is one too many."""
        now = self.now()
        self.arrivals.append(now)
        while self._accepted and self._accepted[0] <= now - self.period:
            self._accepted.popleft()
        return len(self._accepted) >= self.creations

    def accept(
        self,
        *,
        model: str,
        endpoint: str,
        status: str,
        request: Mapping[str, Any],
        callback: str | None,
        turns: frozenset[str],
    ) -> Task:
        """Accept a task: note it, and hold its price."""
        now = self.now()
        self._accepted.append(now)
        task = Task(
            id=uuid.uuid4().hex,
            model=model,
            endpoint=endpoint,
            status=status,
            request=request,
            callback=callback,
            created=now,
            seconds=self.play_seconds * (_LONGER if "long-wait" in turns else 1.0),
            price=self.price,
            turns=turns,
        )
        self.credits -= task.price
        self.tasks[task.id] = task
        return task

    def balance(self) -> Decimal:
        """The credits, with what failed tasks held given back."""
        now = self.now()
        for task in self.tasks.values():
            if not task.is_refunded and task.failure and now >= task.ended:
                task.is_refunded = True
                self.credits += task.price
        return self.credits

    def most_in_a_period(self, period: float | None = None) -> int:
        """The most creations that arrived in any window of this many seconds, open at its end."""
        times = sorted(self.arrivals)
        width = self.period if period is None else period
        return max(
            (bisect_right(times, start + width - 1e-9) - at for at, start in enumerate(times)), default=0
        )

    def most_running(self) -> int:
        """The most tasks that ran at once."""
        steps = sorted(
            [(each.created, 1) for each in self.tasks.values()]
            + [(each.ended, -1) for each in self.tasks.values()]
        )
        most = running = 0
        for _, step in steps:
            running += step
            most = max(most, running)
        return most
