"""One claimed item to its next rest: sent, found again, waited for, downloaded; put back where it must wait.

Nothing is sent for an item whose last submission may have been accepted. Whatever happens, the item rests in
the store: ended, or let go of with a moment at which it is looked at again, or waiting for a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from kie_catalog.client.errors import (
    AccountError,
    BudgetRefused,
    CallerError,
    KieError,
    SubmissionUnknown,
    TaskFailed,
    UpstreamError,
    WaitExpired,
)
from kie_catalog.client.kinds import Charged, ErrorCode
from kie_catalog.client.states import Succeeded, Waiting
from kie_catalog.client.submission import Found, Submission, Ticket, takes_callback
from kie_catalog.client.submitting import REPEATED
from kie_catalog.domain.values import plain_number
from kie_catalog.pricing.quote import Quote
from kie_catalog.service.batch.items import Batch, Ended, Item, ItemState
from kie_catalog.service.batch.patience import Patience
from kie_catalog.service.batch.store import BatchStore, ClaimLost, StoreUnavailable
from kie_catalog.service.inbox import NOT_ASKED, Callbacks
from kie_catalog.service.refusals import ModelPaused
from kie_catalog.service.service import Generation, KIEService, Result

_LOG: Final = logging.getLogger("kie_catalog.batch")
_SKEW: Final = 300.0
"""Seconds that the clocks of two machines may be apart."""
_WITHOUT_END: Final = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.MAINTENANCE, ErrorCode.NETWORK})
"""Refusals that say nothing of the request: it is asked for again however often they come."""
_NOTHING: Final = Decimal(0)


class ItemRunner:
    """Brings claimed items to their next rest; any number at once."""

    def __init__(
        self,
        service: KIEService,
        store: BatchStore,
        *,
        inbox: Callbacks | None = None,
        downloads: Path | None = None,
        patience: Patience | None = None,
        on_halt: Callable[[KieError], None] | None = None,
    ) -> None:
        """Make a runner.

        Args:
            service: checks, prices and starts generations; its client's ledger must be the store.
            store: holds the items.
            inbox: of the callbacks, where there are any.
            downloads: a folder into which results are fetched, each item's into one of its own.
            patience: how long things are waited for.
            on_halt: is told why nothing more can be begun for anybody: no credits, a wrong key, no KIE.
        """
        self._service = service
        self._client = service.client
        self._store = store
        self._inbox = inbox
        self._downloads = downloads
        self._patience = patience or Patience()
        self._on_halt = on_halt
        self._clock = service.client.settings.clock
        self._down: tuple[float, KieError] | None = None
        """Since when KIE is not reached, and the first error that said so."""

    def is_sending(self, item: Item) -> bool:
        """Whether a request for this claim is under way, so that it must not be broken off."""
        return any(each.number == item.number for each in self._client.open_submissions)

    async def run(self, item: Item, stop: asyncio.Event | None = None) -> Ended | None:
        """Bring an item to its next rest.

        Args:
            item: as it was claimed.
            stop: once it is set, what is accepted is not waited for any more.

        Returns:
            How it ended, for `BatchStore.finish`; `None` where it rests otherwise, which is written down.

        Raises:
            StoreUnavailable: the store can't be asked.
        """
        try:
            return await self._run(item, stop or asyncio.Event())
        except asyncio.CancelledError:
            await asyncio.shield(
                self._store.release(item, self._clock.now(), code=item.code, reason=item.reason)
            )
            raise
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- one item must not keep the others from their end
            _LOG.warning("item %s: %s; trying again later", item.id, type(error).__name__)
            return await self._puzzled(item, error)

    async def _run(self, item: Item, stop: asyncio.Event) -> Ended | None:
        # Asked for each time: a budget may have been set since the last item.
        batch = await self._store.batch(item.batch_id) or Batch(item.batch_id, item.added_at)
        reached: Item | Ended | None = item
        if item.state is ItemState.QUEUED:
            reached = await self._send(item, batch)
        elif item.state is ItemState.SENDING and item.submission is not None:
            reached = await self._look_for(item, batch, item.submission)
        elif _is_answered_at_once(item):
            return self._failed(item, ErrorCode.EMPTY_RESULT, "its answer was lost with the process", None)
        if not isinstance(reached, Item):
            return reached
        if stop.is_set():
            await self._store.release(reached, self._clock.now(), code=None, reason=None)
            return None
        return await self._see_through(reached, batch)

    # --- sending

    async def _send(self, item: Item, batch: Batch) -> Item | Ended | None:
        """Send what was never accepted."""
        if item.epoch > 1:  # a worker that died may have held a place among the running for it
            await self._client.limiter.leave(f"{item.id}.{item.epoch - 1}")
        try:
            self._require_price(item, batch)
            generation = await self._create(item, batch)
        except SubmissionUnknown as error:
            return await self._look_for(item, batch, error)
        except ClaimLost:
            await self._store.release(item, self._clock.now(), code=None, reason=None)
            return None
        except KieError as error:
            return await self._refused(item, error)
        self._down = None
        return self._accepted(item, generation)

    async def _create(self, item: Item, batch: Batch) -> Generation:
        try:
            return await self._service.create_generation(
                item.model_id,
                item.payload,
                batch.callback_url,
                measurements=item.measurements,
                number=item.number,
            )
        except asyncio.CancelledError:
            if not self.is_sending(item):  # written down, perhaps, and then surely not sent
                await asyncio.shield(self._store.closed(item.number, None))
            raise

    def _require_price(self, item: Item, batch: Batch) -> None:
        """Refuse to send what would cost more than it was priced at.

        Raises:
            CallerError: with the code `BUDGET`; or the input or the model is refused by now.
        """
        if item.quoted is None and batch.budget is None:
            return
        _, answer = self._service.prepare(item.model_id, item.payload, item.measurements)
        if not isinstance(answer, Quote):
            if batch.budget is not None:
                raise CallerError(ErrorCode.BUDGET, detail="no price is known by now, and there is a budget")
        elif item.quoted is not None and answer.credits > item.quoted:
            was, now = plain_number(item.quoted), plain_number(answer.credits)
            raise CallerError(ErrorCode.BUDGET, detail=f"costs {now} credits by now and was priced at {was}")

    def _accepted(self, item: Item, generation: Generation) -> Item | Ended:
        state, ticket = generation.state, generation.ticket
        running = replace(
            item,
            state=ItemState.RUNNING,
            task_id=generation.task_id or None,
            tries=item.tries + 1,
            submission=ticket.submission if ticket else None,
            sent_at=ticket.submission.sent_at if ticket else self._clock.now(),
        )
        if generation.task_id or not isinstance(state, Succeeded):
            return running
        return Ended(running, ItemState.SUCCEEDED, self._clock.now(), urls=state.urls, data=state.data)

    async def _refused(self, item: Item, error: KieError) -> Ended | None:
        """Deal with what was surely not accepted."""
        if isinstance(error, BudgetRefused):
            await self._pause(item, error)
            return None
        if isinstance(error, AccountError):
            await self._close_down(item, error)
            return None
        if isinstance(error, UpstreamError | ModelPaused):
            self._note_trouble(error)
        says_nothing_of_it = error.code in _WITHOUT_END or isinstance(error, ModelPaused)
        passes = error.retryable and (says_nothing_of_it or item.epoch < self._patience.refusals)
        if not passes:
            return self._failed(item, error.code, error.detail, _NOTHING)
        await self._put_back(item, error)
        return None

    async def _pause(self, item: Item, error: KieError) -> None:
        """Begin nothing more of the batch: the next item would be told the same."""
        await self._store.pause(item.batch_id, str(error))
        await self._put_back(item, error)

    async def _close_down(self, item: Item, error: AccountError) -> None:
        """Begin nothing more for anybody: it is the account that may not."""
        await self._pause(item, error)
        self._halt(error)

    def _note_trouble(self, error: KieError) -> None:
        """Halt where KIE was not reached for too long; that a model is paused for that is no sign of it."""
        now = self._clock.monotonic()
        if error.code is ErrorCode.NETWORK:
            self._down = self._down or (now, error)
        elif not isinstance(error, ModelPaused):
            self._down = None
        if self._down and now - self._down[0] > self._patience.outage:
            self._halt(self._down[1])

    def _halt(self, error: KieError) -> None:
        if self._on_halt:
            self._on_halt(error)

    async def _put_back(self, item: Item, error: KieError) -> None:
        wait = self._pause_of(item)
        if error.retry_after is not None:
            wait = min(max(wait, error.retry_after), self._patience.longest_pause)
        due = self._clock.now() + wait
        await self._store.release(item, due, code=error.code.value, reason=error.detail)

    def _pause_of(self, item: Item) -> float:
        """Twice as long with each claim, with jitter."""
        grown = self._patience.first_pause * 2.0 ** min(item.epoch - 1, 30)
        return min(grown, self._patience.longest_pause) * (0.75 + self._clock.chance() / 2)

    # --- looking for what may have been sent

    async def _look_for(
        self, item: Item, batch: Batch, unknown: SubmissionUnknown | Submission
    ) -> Item | Ended | None:
        """Look for the task of a submission of which it is not known whether it was accepted."""
        submission = unknown if isinstance(unknown, Submission) else unknown.submission
        try:
            candidates = await self._candidates(item, submission)
            reconciled = await self._client.reconcile(unknown, candidates)
        except AccountError as error:
            await self._close_down(item, error)
            return None
        except KieError as error:
            if isinstance(error, UpstreamError):
                self._note_trouble(error)
            await self._put_back(item, error)
            return None
        if isinstance(reconciled, Found):
            return replace(
                item,
                state=ItemState.RUNNING,
                task_id=reconciled.ticket.task_id,
                tries=item.tries + 1,
                submission=submission,
                sent_at=submission.sent_at,
            )
        code, reason = ErrorCode.SUBMISSION_UNKNOWN.value, reconciled.reason
        age = self._clock.now() - submission.sent_at
        if self._may_hear(batch, submission):
            if age < self._patience.callback:
                wait = min(max(self._patience.first_pause, age / 4), 60.0)
                await self._store.release(item, self._clock.now() + wait, code=code, reason=reason)
                return None
            # If there is a task it has ended by now; its place is for others, who would wait for ever.
            await self._client.limiter.leave(submission.number)
        await self._store.park(item, code=code, reason=reason)
        return None

    def _may_hear(self, batch: Batch, submission: Submission) -> bool:
        """Whether a callback may tell of it."""
        has_address = batch.callback_url is not None and takes_callback(submission.call)
        return has_address and self._inbox is not None

    async def _candidates(self, item: Item, submission: Submission) -> list[str]:
        """The tasks that callbacks told of and that are no other item's."""
        if self._inbox is None:
            return []
        try:
            told = await self._inbox.candidates(since=submission.sent_at - _SKEW, number=submission.number)
        except NOT_ASKED as error:
            _LOG.warning("the inbox cannot be read (%s)", error)
            return []
        known = await self._store.known(told)
        return [each for each in told if known.get(each, item.id) == item.id]

    # --- waiting

    async def _see_through(self, item: Item, batch: Batch) -> Ended | None:
        """Wait for a task, and fetch what it made."""
        submission = item.submission
        if item.task_id is None or submission is None:
            raise TypeError(f"item {item.id} runs and has no task")
        self._service.adopt(Ticket(item.task_id, submission.model, submission.call, Waiting(), submission))
        try:
            result = await self._service.wait_for_generation(item.task_id, self._patience.look)
        except TaskFailed as error:
            return await self._came_to_nothing(item, batch, error)
        except AccountError as error:
            await self._close_down(item, error)
            return None
        except KieError as error:
            return await self._not_told(item, error)
        self._down = None
        return await self._fetched(item, result)

    async def _came_to_nothing(self, item: Item, batch: Batch, error: TaskFailed) -> Ended | None:
        is_free = error.charged is Charged.NO
        if error.retryable and is_free and item.tries < batch.tries:
            due = self._clock.now() + self._pause_of(item)
            await self._store.again(item, due, code=error.code.value, reason=error.detail)
            return None
        charged = Decimal(error.credits) if error.credits is not None else _NOTHING if is_free else None
        return self._failed(item, error.code, error.detail, charged)

    async def _not_told(self, item: Item, error: KieError) -> Ended | None:
        """Wait once more for a task that nobody told the end of, unless it is far too late."""
        if isinstance(error, UpstreamError | WaitExpired) and isinstance(error.__cause__, UpstreamError):
            self._note_trouble(error.__cause__)
        if self._clock.now() - (item.sent_at or 0.0) > self._patience.task:
            return self._failed(item, ErrorCode.WAIT_EXPIRED, error.detail, None)
        await self._put_back(item, error)
        return None

    async def _fetched(self, item: Item, result: Result) -> Ended:
        """Fetch the results; where they can't be, the item has succeeded all the same and says so."""
        files, trouble = result.files, None
        if self._downloads is not None and not files:
            try:
                files = await self._service.download_results(result.task_id, result.urls, self._downloads)
            except (KieError, OSError) as error:
                trouble = error.code.value if isinstance(error, KieError) else "NOT_WRITTEN"
                _LOG.warning("task %s: its results could not be fetched (%s)", result.task_id, trouble)
        return Ended(
            item,
            ItemState.SUCCEEDED,
            self._clock.now(),
            charged=result.credits,
            urls=result.urls,
            files=tuple(str(each) for each in files),
            data=result.data,
            code=trouble,
            reason="the results could not be fetched; their addresses expire" if trouble else None,
        )

    # --- ends

    def _failed(self, item: Item, code: ErrorCode, reason: str, charged: Decimal | None) -> Ended:
        return Ended(
            item,
            ItemState.FAILED,
            self._clock.now(),
            charged=charged,
            code=code.value,
            reason=reason or None,
        )

    async def _puzzled(self, item: Item, error: Exception) -> Ended | None:
        """Deal with a fault of ours; what it says may hold private things, its class does not."""
        reason = f"failed in this program ({type(error).__name__})"
        if item.epoch >= self._patience.refusals and item.state is ItemState.QUEUED:
            kept = await self._store.item(item.id)
            if kept is not None and kept.state is ItemState.QUEUED:
                return self._failed(item, ErrorCode.UNKNOWN, reason, _NOTHING)
        due = self._clock.now() + self._pause_of(item)
        await self._store.release(item, due, code=ErrorCode.UNKNOWN.value, reason=reason)
        return None


def _is_answered_at_once(item: Item) -> bool:
    """Whether its call answers with the result itself, once, so that a process that died took it along."""
    if item.task_id is None or item.submission is None:
        return True
    call = item.submission.call
    return call.status is None and call.endpoint not in REPEATED
