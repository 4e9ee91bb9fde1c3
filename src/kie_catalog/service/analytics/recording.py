"""From what `KIEService` sees of a generation to what the log keeps, and to what the breaker counts.

Nothing here raises or waits: a generation does not know that it is written down.
"""

from __future__ import annotations

import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from kie_catalog.client.errors import KieError, SubmissionUnknown
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock
from kie_catalog.client.states import Details, Failed, State, Succeeded, Waiting, is_final
from kie_catalog.client.submission import Ticket
from kie_catalog.client.submitting import REPEATED
from kie_catalog.pricing.quote import Answer, Quote
from kie_catalog.service.analytics.events import (
    JOINT,
    OTHER,
    Begun,
    Entry,
    GenerationEvent,
    Moved,
    OpenState,
    Outcome,
)
from kie_catalog.service.analytics.log import EventLog
from kie_catalog.service.analytics.tally import amount
from kie_catalog.service.batch.store import ClaimLost
from kie_catalog.service.breaker import CircuitBreaker
from kie_catalog.service.refusals import refuse_troubled

_LOG: Final = logging.getLogger("kie_catalog.analytics")
_REMEMBERED: Final = 20_000
_LONGEST: Final = 90 * 86_400.0
"""Seconds; KIE keeps records for two months, so what took longer is no time of a generation."""


@dataclass(slots=True)
class Asking:
    """A generation that is being asked for."""

    model: str
    payload: Mapping[str, Any] = field(repr=False)
    price: Answer | None = None
    """Set as soon as it is known."""
    is_admitted: bool = False
    """Whether the breaker let it through."""


class Recorder:
    """Watches the generations of one service."""

    def __init__(
        self, log: EventLog | None, breaker: CircuitBreaker | None, models: Collection[str], clock: Clock
    ) -> None:
        """Make a recorder.

        Args:
            log: takes the events; without it none are made.
            breaker: is told what speaks of upstream.
            models: ids that may stand in an event; any other becomes `OTHER`.
            clock: for the moments of events.
        """
        self._log = log
        self._breaker = breaker
        self._models = models
        self._clock = clock
        self._under_way: OrderedDict[str, tuple[float, float | None]] = OrderedDict()
        """By key when it was sent, and after how many seconds it was first seen under way."""
        self._ended: OrderedDict[str, None] = OrderedDict()

    # --- beginning

    @contextmanager
    def asking(self, model: str, payload: Mapping[str, Any]) -> Iterator[Asking]:
        """Watch a generation being asked for; what refuses it, or leaves it unknown, is noted and goes on."""
        asked = Asking(model, payload)
        try:
            yield asked
        except SubmissionUnknown as error:
            self._tell_breaker(asked, error.code)
            key = _number(error)
            self._note(lambda: self._begun(asked, key, OpenState.UNKNOWN))
            raise
        except (KieError, ValueError) as error:
            code = error.code if isinstance(error, KieError) else ErrorCode.VALIDATION
            self._tell_breaker(asked, code)
            if not isinstance(error, ClaimLost):  # another worker's generation, and its event
                self._note(lambda: self._refused(asked, code))
            raise
        except BaseException:
            self._tell_breaker(asked, None)
            raise

    def admit(self, asked: Asking) -> None:
        """Ask the breaker.

        Raises:
            ModelPaused: the model keeps failing upstream.
        """
        if self._breaker and (trouble := self._breaker.ask(asked.model)):
            refuse_troubled(trouble)
        asked.is_admitted = True

    def begun(self, asked: Asking, ticket: Ticket) -> None:
        """Note that a generation was accepted."""
        key = key_of(ticket)
        _remember(self._under_way, key, (self._clock.now(), None))
        self._note(lambda: self._begun(asked, key, OpenState.RUNNING))
        if is_final(ticket.state):
            self.ended(Details(ticket.task_id, ticket.state, ticket.model), ticket)

    def adopted(self, ticket: Ticket) -> None:
        """Note that the task of a submission was found."""
        number = ticket.submission.number
        self._note(lambda: Moved(number, OpenState.RUNNING, key_of(ticket)))

    # --- going on and ending

    def seen(self, key: str, state: State) -> None:
        """Note when a generation was first seen under way."""
        sent, wait = self._under_way.get(key, (None, None))
        if sent is not None and wait is None and not isinstance(state, Waiting) and not is_final(state):
            self._under_way[key] = (sent, max(self._clock.now() - sent, 0.0))

    def expired(self, key: str) -> None:
        """Note that nobody waits for a generation any more."""
        self._note(lambda: Moved(key, OpenState.EXPIRED))

    def ended(self, details: Details, ticket: Ticket | None = None, model: str | None = None) -> None:
        """Note how a generation ended; only the first who sees it counts."""
        key = key_of(ticket) if ticket else details.task_id
        if not isinstance(details.state, Succeeded | Failed) or key in self._ended:
            return
        _remember(self._ended, key, None)
        code = details.state.code if isinstance(details.state, Failed) else None
        label = (ticket.model if ticket else None) or model or details.model or OTHER
        if self._breaker:
            self._breaker.ended(label, code)
        self._note(lambda: self._event(key, label, details))

    # --- entries

    def _begun(self, asked: Asking, key: str, state: OpenState) -> Begun:
        model, modes, quoted = self._priced(asked)
        extra = {"input": dict(asked.payload)} if self._keeps_content else None
        return Begun(key, model, modes, self._clock.now(), quoted, state, extra)

    def _refused(self, asked: Asking, code: ErrorCode) -> GenerationEvent:
        model, modes, quoted = self._priced(asked)
        extra = {"input": dict(asked.payload)} if self._keeps_content else None
        now = self._clock.now()
        return GenerationEvent(
            uuid.uuid4().hex, model, modes, now, Outcome.REFUSED, code.value, quoted, extra=extra
        )

    def _event(self, key: str, model: str, details: Details) -> GenerationEvent:
        _, wait = self._under_way.pop(key, (0.0, None))
        state = details.state
        urls = state.urls if isinstance(state, Succeeded) else ()
        seconds = details.seconds
        return GenerationEvent(
            key,
            self._label(model),
            "",
            self._clock.now(),
            Outcome.FAILED if isinstance(state, Failed) else Outcome.SUCCEEDED,
            state.code.value if isinstance(state, Failed) else "",
            charged=amount(details.credits),
            wait=wait,
            run=seconds if seconds is not None and 0 <= seconds < _LONGEST else None,
            extra={"urls": list(urls)} if self._keeps_content and urls else None,
        )

    def _priced(self, asked: Asking) -> tuple[str, str, Decimal | None]:
        price = asked.price
        if not isinstance(price, Quote):
            return self._label(asked.model), "", None
        modes = JOINT.join(line.mode for line in price.lines)
        return self._label(asked.model), modes, amount(price.credits)

    def _label(self, model: str) -> str:
        return model if model in self._models else OTHER

    @property
    def _keeps_content(self) -> bool:
        return self._log is not None and self._log.keeps_content

    def _note(self, make: Callable[[], Entry]) -> None:
        """Make an entry and hand it over; a fault of ours in that is logged, and nobody else's affair."""
        if self._log is None:
            return
        try:
            self._log.append(make())
        except Exception:  # noqa: BLE001 -- a generation is paid for; its event is not
            _LOG.exception("an event could not be made")

    def _tell_breaker(self, asked: Asking, code: ErrorCode | None) -> None:
        if self._breaker and asked.is_admitted:
            self._breaker.failed(asked.model, code)


def key_of(ticket: Ticket) -> str:
    """What tells a generation from every other: its task's id.

    A call that answers at once has no task, and one that asks for another form of a finished task has that
    one's id: these go by the number of their submission.
    """
    is_own = ticket.task_id and ticket.call.endpoint not in REPEATED
    return ticket.task_id if is_own else ticket.submission.number


def _number(error: SubmissionUnknown) -> str:
    return error.submission.number if error.submission is not None else uuid.uuid4().hex


def _remember(known: OrderedDict[str, Any], key: str, value: Any) -> None:
    known[key] = value
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
