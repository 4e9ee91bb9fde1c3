"""`BatchService`: many generations that are handed in as a whole and outlive whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from kie_catalog.client.errors import KieError
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.admission import Admission, admit
from kie_catalog.service.batch.engine import EmbeddedEngine, Engine
from kie_catalog.service.batch.items import Added, Batch, Item, ItemState, Progress
from kie_catalog.service.batch.patience import Patience
from kie_catalog.service.batch.reading import Rows, drafts_of
from kie_catalog.service.batch.reconciling import details_of, matched
from kie_catalog.service.batch.runner import ItemRunner
from kie_catalog.service.batch.store import BatchStore
from kie_catalog.service.inbox import NOT_ASKED, Callbacks
from kie_catalog.service.service import KIEService
from kie_catalog.service.wakes import Feed

_LOG: Final = logging.getLogger("kie_catalog.batch")
CONCURRENCY: Final = 20
_PAGE: Final = 500
_SKEW: Final = 300.0
_CONTENT: Final = "content:"
"""Before the key of a batch that nobody gave a key: its content."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wished for a batch as a whole."""

    title: str = ""
    key: str | None = None
    """By default its content, so that the same is never handed in twice by mistake."""
    is_again: bool = False
    """Whether the same is meant once more; then it has no key."""
    budget: Decimal | None = None
    tries: int = 2
    callback_url: str | None = None
    may_skip: bool = False
    """Whether rows that can't be run are left out."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What `reconcile` found."""

    found: int
    """Items whose task is known now."""
    open: int
    """Items of which it still can't be known whether they were accepted."""


class BatchService:
    """Batches on one store. Make one with `open_batches`, or of your own parts."""

    def __init__(
        self,
        service: KIEService,
        store: BatchStore,
        *,
        engine: Engine | None = None,
        inbox: Callbacks | None = None,
        feed: Feed | None = None,
        downloads: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Make a service.

        Args:
            service: starts generations; its client's ledger must be the store.
            store: keeps the batches.
            engine: works them off; in this process by default.
            inbox: of the callbacks, where there are any.
            feed: runs beside the work, and wakes those who wait for a task that a callback told of.
            downloads: a folder into which results are fetched.
            patience: how long things are waited for.
        """
        self.service = service
        self.store = store
        self._clock = service.client.settings.clock
        self.engine: Engine = engine or EmbeddedEngine(store, self._clock)
        self._inbox = inbox
        self._feed = feed
        self._downloads = downloads
        self._patience = patience

    # --- handing in

    def admit(
        self,
        rows: Rows | Iterable[Mapping[str, Any]],
        *,
        priority: int = 0,
        callback_url: str | None = None,
    ) -> Admission:
        """Check and price rows as a whole; nothing is sent or kept. See `admission.admit`."""
        read = rows if isinstance(rows, Rows) else drafts_of(rows)
        return admit(read, self.service, priority=priority, callback_url=callback_url)

    async def is_known(self, admission: Admission, order: Order) -> bool:
        """Whether this batch was handed in before, so that handing it in spends nothing more.

        Raises:
            StoreUnavailable: the store can't be asked.
        """
        key = _key_of(order, admission)
        return key is not None and any(each.key == key for each in await self.store.batches())

    async def submit(
        self, rows: Admission | Rows | Iterable[Mapping[str, Any]], order: Order | None = None
    ) -> Added:
        """Hand in a batch; nothing is sent before `run`.

        Args:
            rows: the items, best as an `Admission` that was looked at.
            order: what is wished for the whole.

        Returns:
            The batch; the earlier one where its key was there before.

        Raises:
            RowsRefused: rows can't be run.
            BudgetRefused: the budget is lower than the total, or could not be kept.
            UsageError: a key names another batch or another request.
            StoreUnavailable: it can't be kept.
        """
        order = order or Order()
        admission = rows if isinstance(rows, Admission) else self.admit(rows, callback_url=order.callback_url)
        admission.require(budget=order.budget, may_skip=order.may_skip)
        batch = Batch(
            id=uuid.uuid4().hex[:10],
            added_at=self._clock.now(),
            title=order.title,
            key=_key_of(order, admission),
            fingerprint=admission.fingerprint,
            budget=order.budget,
            tries=order.tries,
            callback_url=order.callback_url,
        )
        added = await self.engine.submit(batch, admission.items)
        _require_same(added, batch)
        return added

    # --- work

    async def run(
        self,
        batch_id: str | None = None,
        *,
        concurrency: int = CONCURRENCY,
        stop: asyncio.Event | None = None,
        is_endless: bool = False,
        on_rest: Callable[[], None] | None = None,
    ) -> KieError | None:
        """Work off a batch, or all of them, until nothing is left that time alone would bring.

        Args:
            batch_id: of the batch; all if `None`.
            concurrency: most items at once.
            stop: set it to end early; nothing is lost.
            is_endless: whether to wait for what others hand in.
            on_rest: is called whenever items came to a rest.

        Returns:
            Why it had to end early, for everybody: no credits, a wrong key, KIE out of reach; else `None`.

        Raises:
            StoreUnavailable: the store can't be asked any more.
        """
        ending = stop or asyncio.Event()
        reasons: list[KieError] = []

        def halt(error: KieError) -> None:
            reasons.append(error)
            if not is_endless:
                ending.set()

        await self._hear(batch_id)
        runner = ItemRunner(
            self.service,
            self.store,
            inbox=self._inbox,
            downloads=self._downloads,
            patience=self._patience,
            on_halt=halt,
        )
        feeding = asyncio.create_task(self._feed.run()) if self._feed else None
        try:
            await self.engine.run(
                runner,
                concurrency,
                batch_id=batch_id,
                stop=ending,
                is_endless=is_endless,
                on_rest=on_rest,
            )
        finally:
            if feeding:
                await _ended(feeding)
        return reasons[0] if reasons and not is_endless else None

    async def _hear(self, batch_id: str | None) -> None:
        """Look whether callbacks told of unknown items; the rest goes on where KIE can't be asked."""
        if self._inbox is not None:
            with suppress(KieError):
                await self.reconcile(batch_id)

    # --- looking

    async def batches(self) -> list[Batch]:
        """All batches, newest first."""
        return await self.store.batches()

    async def status(self, batch_id: str) -> Progress:
        """How far a batch is.

        Raises:
            UsageError: there is no such batch.
        """
        progress = await self.store.progress(batch_id)
        if progress is None:
            raise UsageError(batch_id, "is no batch of this store", "`kie-catalog batch status` lists them")
        return progress

    async def results(
        self, batch_id: str, states: Collection[ItemState] | None = None
    ) -> AsyncIterator[Item]:
        """The items by row, as far as they are; of these states only where some are named.

        Raises:
            UsageError: there is no such batch.
        """
        await self.status(batch_id)
        after = 0
        while page := await self.store.items(batch_id, states=states, after=after, most=_PAGE):
            for each in page:
                yield each
            after = page[-1].row

    # --- people

    async def cancel(self, batch_id: str) -> int:
        """Call off what was not sent; what runs is paid for, and is brought to its end by `run`.

        Returns:
            How many items.

        Raises:
            UsageError: there is no such batch.
        """
        await self.status(batch_id)
        return await self.store.cancel(batch_id, self._clock.now())

    async def resume(self, batch_id: str, *, budget: Decimal | None = None) -> None:
        """Let a paused batch go on, with another budget where one is given; `run` does the work.

        Raises:
            UsageError: there is no such batch.
        """
        await self.status(batch_id)
        await self.store.resume(batch_id, budget=budget)

    async def reconcile(
        self, batch_id: str | None = None, candidates: Collection[str] = ()
    ) -> Reconciliation:
        """Look for the tasks of unknown items, among callbacks that came and ids that people found.

        Args:
            batch_id: of the batch; all if `None`.
            candidates: ids of tasks, such as those in KIE's log (kie.ai/logs); those of known items may be
                among them.

        Raises:
            KieError: a candidate can't be asked for; nothing is decided.
        """
        unknown = await self._unknown(batch_id)
        if not unknown:
            return Reconciliation(0, 0)
        named = dict.fromkeys([*candidates, *await self._told(unknown)])
        known = await self.store.known(list(named))
        client = self.service.client
        told = await details_of(client, unknown, [each for each in named if each not in known])
        found = 0
        for match in matched(unknown, told):
            if await self.store.found(match.item.id, match.task_id):
                found += 1
                await client.limiter.rename(match.submission.number, match.task_id)
        return Reconciliation(found, len(unknown) - found)

    async def _told(self, unknown: Sequence[Item]) -> list[str]:
        """The tasks that callbacks told of."""
        told: dict[str, None] = {}
        for each in unknown:
            if self._inbox is None or each.submission is None:
                continue
            since, number = each.submission.sent_at - _SKEW, each.submission.number
            with suppress(*NOT_ASKED):
                told |= dict.fromkeys(await self._inbox.candidates(since=since, number=number))
        return list(told)

    async def settle(self, item_ids: Collection[str]) -> int:
        """Queue unknown items again of which a person found that they were surely not accepted.

        Returns:
            How many there were.

        Raises:
            UsageError: one of them is no unknown item; nothing is done.
        """
        items = [(each, await self.store.item(each)) for each in item_ids]
        for name, item in items:
            if item is None or item.state is not ItemState.UNKNOWN:
                raise UsageError(name, "is no item of unknown fate", "`batch results ID --state unknown`")
        count = 0
        for name, item in items:
            if await self.store.settle(name) and item and item.submission:
                count += 1
                await self.service.client.limiter.leave(item.submission.number)
        return count

    async def _unknown(self, batch_id: str | None) -> list[Item]:
        ids = [each.id for each in await self.store.batches()] if batch_id is None else [batch_id]
        return [item for each in ids async for item in self.results(each, {ItemState.UNKNOWN})]


async def _ended(feeding: asyncio.Task[None]) -> None:
    """End what only makes pauses shorter; what became of it is no affair of the run's."""
    feeding.cancel()
    await asyncio.wait([feeding])
    if not feeding.cancelled() and (error := feeding.exception()):
        _LOG.warning("callbacks were not heard (%s)", type(error).__name__)


def _key_of(order: Order, admission: Admission) -> str | None:
    if order.is_again:
        return None
    return order.key or _CONTENT + admission.fingerprint


def _require_same(added: Added, batch: Batch) -> None:
    """Refuse a key that names something else.

    Raises:
        UsageError: it does.
    """
    if not added.is_new and not added.clashing and added.batch.fingerprint != batch.fingerprint:
        raise UsageError(
            f"key {batch.key}",
            f"is that of batch {added.batch.id}, which is another one",
            "choose another key",
        )
    if added.clashing:
        row, item = added.clashing[0]
        more = f" (and {len(added.clashing) - 1} more)" if len(added.clashing) > 1 else ""
        raise UsageError(
            f"row {row}", f"has the key of item {item}, which is another request{more}", "give it another key"
        )
