"""A circuit breaker for each model: what KIE keeps failing at is not asked of it for a while.

CLOSED ──> OPEN       enough of the last generations failed upstream
OPEN ──> HALF_OPEN    its pause is over: one generation may try
HALF_OPEN ──> CLOSED  it succeeded
HALF_OPEN ──> OPEN    it failed upstream

Only failures that speak of KIE count: never a refused input, an empty account, or our own rate. What a
breaker knows is its process's own; `restore` tells a new one what the log of events saw in the last minutes.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kie_catalog.client.kinds import KINDS, Actor, ErrorCode
from kie_catalog.client.settings import Clock

FAULTS: Final = frozenset(code for code, kind in KINDS.items() if kind.actor is Actor.UPSTREAM) - {
    ErrorCode.RATE_LIMITED,  # we were too fast
    ErrorCode.UNKNOWN,  # nobody knows of whom it speaks
} | {
    ErrorCode.UNAVAILABLE,  # as KIE says it of a model; the caller can't mend that
    ErrorCode.SUBMISSION_UNKNOWN,  # what an outage makes of a paid request
}
"""The codes of failures that speak of upstream."""
_MOST: Final = 2000
"""Generations of a window that are remembered for one model."""


class BreakerState(enum.StrEnum):
    """Whether generations of a model are let through."""

    CLOSED = "closed"
    """They are."""
    OPEN = "open"
    """They are not."""
    HALF_OPEN = "half_open"
    """One of them is, at a time."""


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When a breaker opens, and for how long."""

    window: float = 300.0
    """Seconds of the past that count."""
    least: int = 10
    """Generations in the window below which it never opens."""
    share: float = 0.5
    """The share of them from which on it opens, if they failed upstream."""
    pause: float = 60.0
    """Seconds for which it stays open; also for how long a try that nobody sees end is waited for."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a model is degraded: generations of it keep failing upstream."""

    state: BreakerState
    failed: int
    """Of the last generations, when it opened."""
    of: int
    retry_after: float
    """Seconds until one is let through; 0 where one may try now."""

    def message(self, language: str = "en") -> str:
        """A sentence for the end user, in English, or in Russian for `ru`."""
        if language == "ru":
            return "Эта модель сейчас работает с перебоями: генерации часто не удаются. Попробуйте позже."
        return "This model has trouble right now: its generations often fail. Please try again later."

    def __str__(self) -> str:
        return f"{self.failed} of its last {self.of} generations failed upstream"


@dataclass(slots=True)
class _Circuit:
    """What is known of one model."""

    seen: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=_MOST))
    """Moment, and whether it failed upstream."""
    opened_at: float | None = None
    failed: int = 0
    of: int = 0
    tried_at: float | None = None
    """When a generation was let through to try; `None` while none is on its way."""


class CircuitBreaker:
    """Watches what becomes of generations, model by model."""

    def __init__(self, settings: BreakerSettings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or BreakerSettings()
        self._clock = clock or Clock()
        self._circuits: dict[str, _Circuit] = {}

    def trouble(self, model: str) -> Trouble | None:
        """Why a model is degraded; `None` where it is not. Lets nothing through by itself."""
        circuit = self._circuits.get(model)
        if circuit is None or circuit.opened_at is None:
            return None
        left = self._left(circuit)
        if left < -self.settings.window:
            return None  # nobody has tried for so long that nothing is known any more
        left = max(left, 0.0)
        state = BreakerState.OPEN if left > 0 and circuit.tried_at is None else BreakerState.HALF_OPEN
        return Trouble(state, circuit.failed, circuit.of, left)

    def state(self, model: str) -> BreakerState:
        """Whether generations of a model are let through."""
        trouble = self.trouble(model)
        return trouble.state if trouble else BreakerState.CLOSED

    @property
    def troubles(self) -> dict[str, Trouble]:
        """All models that are degraded."""
        found = ((model, self.trouble(model)) for model in list(self._circuits))
        return {model: trouble for model, trouble in found if trouble}

    def ask(self, model: str) -> Trouble | None:
        """Ask to let a generation through.

        Returns:
            `None` if it may go: whoever asked then tells how it went, by `failed` or `ended`. Else why not.
        """
        trouble = self.trouble(model)
        if trouble is None:
            if self._circuit(model).opened_at is not None:
                self._circuits[model] = _Circuit()
            return None
        if trouble.retry_after > 0:
            return trouble
        self._circuits[model].tried_at = self._clock.now()
        return None

    def _left(self, circuit: _Circuit) -> float:
        """Seconds until one may try, since it opened or the last one set out of which nothing was heard.

        A moment that is ahead of the clock, which was set back or is another host's, is taken for now: else a
        model would be closed for as long as that.
        """
        now = self._clock.now()
        circuit.opened_at = min(circuit.opened_at or 0.0, now)
        if circuit.tried_at is not None:
            circuit.tried_at = min(circuit.tried_at, now)
        return max(circuit.opened_at, circuit.tried_at or 0.0) + self.settings.pause - now

    def failed(self, model: str, code: ErrorCode | None) -> None:
        """A generation was not accepted, for this reason; `None` or a caller's reason says nothing of KIE."""
        if code in FAULTS:
            self._note(model, is_fault=True)
        else:
            self._neither(model)

    def ended(self, model: str, code: ErrorCode | None) -> None:
        """A generation ended: well (`None`), or with this error."""
        if code is None or code in FAULTS:
            self._note(model, is_fault=code is not None)
        else:
            self._neither(model)

    def restore(self, past: Iterable[tuple[float, str, ErrorCode | None]]) -> None:
        """Take up what another process, or an earlier one, saw: moment, model, and error or `None`.

        Moments are Unix seconds, oldest first. A model whose last minutes were bad begins open.
        """
        for at, model, code in past:
            if code is None or code in FAULTS:
                self._recall(model, at, is_fault=code is not None)

    def _recall(self, model: str, at: float, *, is_fault: bool) -> None:
        circuit = self._circuit(model)
        if circuit.opened_at is None:
            self._count(circuit, at, is_fault=is_fault)
        elif at >= circuit.opened_at + self.settings.pause:  # somebody tried, with this end
            if is_fault:
                circuit.opened_at = at
            else:
                self._circuits[model] = _Circuit()

    def _circuit(self, model: str) -> _Circuit:
        return self._circuits.setdefault(model, _Circuit())

    def _neither(self, model: str) -> None:
        """A try that says nothing of KIE makes room for another."""
        circuit = self._circuits.get(model)
        if circuit is not None and circuit.tried_at is not None and circuit.opened_at is not None:
            circuit.tried_at = None

    def _note(self, model: str, *, is_fault: bool) -> None:
        now = self._clock.now()
        circuit = self._circuit(model)
        if circuit.opened_at is None:
            self._count(circuit, now, is_fault=is_fault)
        elif circuit.tried_at is None:
            return  # it set out before this one opened, and tells no more than the others did
        elif is_fault:
            circuit.opened_at, circuit.tried_at = now, None
        else:
            self._circuits[model] = _Circuit()

    def _count(self, circuit: _Circuit, at: float, *, is_fault: bool) -> None:
        """Count a generation of a closed circuit, and open it if it was one too many."""
        circuit.seen.append((at, is_fault))
        while circuit.seen and circuit.seen[0][0] <= at - self.settings.window:
            circuit.seen.popleft()
        failed, of = sum(fault for _, fault in circuit.seen), len(circuit.seen)
        if is_fault and of >= self.settings.least and failed >= self.settings.share * of:
            circuit.opened_at, circuit.failed, circuit.of = at, failed, of
            circuit.seen.clear()
