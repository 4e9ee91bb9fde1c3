"""What every store of batches does; embedded in a SQLite file, or on PostgreSQL for many hosts.

The order of things is what makes a kill at any moment harmless. A claim gives an item to one worker under a
new epoch. The submission is written into the item before it is sent, in the same act that looks whether the
claim still holds (`sent`), and what became of it right after (`closed`). So whoever takes the item up next
knows: queued means that nothing was accepted, running that this task was, sending that it must be reconciled.

A claim holds until its worker lets go of the item or brings it to its end: a lease that is over ends it only
once somebody else has claimed the item. `pause` and `cancel` end the claims of items of which nothing is
sent, so that nothing will be.
Wherever an item would go back to the queue of a batch that was called off, it is cancelled instead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import ClassVar, Protocol

from kie_catalog.client.errors import KieError
from kie_catalog.client.ledger import Ledger
from kie_catalog.client.submission import Submission
from kie_catalog.domain.errors import CatalogError
from kie_catalog.service.batch.items import Added, Batch, Ended, Item, ItemState, NewItem, Progress


class StoreUnavailable(CatalogError):
    """The store can't be asked: its file or its server is not there, or does not answer."""

    exit_code: ClassVar[int] = 2


class ClaimLost(KieError):
    """Another worker holds the item by now; nothing was sent, and nothing may be."""


class BatchStore(Ledger, Protocol):
    """Keeps batches and hands out their items. Every act is whole or not at all, between any processes.

    All moments are Unix seconds, from the caller's clock. Every method raises `StoreUnavailable` where
    the store can't be asked, whichever it is.
    """

    async def close(self) -> None:
        """Let go of the file or the server; nothing can be asked any more."""

    async def add(self, batch: Batch, items: Sequence[NewItem]) -> Added:
        """Keep a batch with its items, or find it by its key; all or nothing.

        An item's id is `id_of(batch.id, row)`. A row whose key an earlier item has, of this batch or of any
        other, is not added; one row that clashes keeps the whole batch out (then `is_new` is false).
        """

    async def batch(self, batch_id: str) -> Batch | None:
        """A batch."""

    async def batches(self) -> list[Batch]:
        """All batches, newest first."""

    async def progress(self, batch_id: str) -> Progress | None:
        """How far a batch is."""

    async def items(
        self, batch_id: str, *, states: Collection[ItemState] | None = None, after: int = 0, most: int = 1000
    ) -> list[Item]:
        """Items by row: those with a row above `after`, at most this many."""

    async def item(self, item_id: str) -> Item | None:
        """An item."""

    # --- work

    async def claim(
        self, worker: str, now: float, lease: float, most: int, *, batch_id: str | None = None
    ) -> list[Item]:
        """Give a worker the items that are next: what was begun and let go of first, then the queue by rank.

        Args:
            worker: its name, unlike any other's.
            now: the moment.
            lease: seconds for which they are the worker's, unless it `keep`s them.
            most: at most so many.
            batch_id: of this batch only.

        Returns:
            Items in state QUEUED, SENDING or RUNNING, each under a new epoch and in the order in which they
            are next; equal ranks by the order they were added in. Nothing of a paused batch is begun; what
            was begun is given out to be brought to its end. No item is given out before it is due, or while
            a lease on it lasts.
        """

    async def take(self, item_id: str, worker: str, now: float, lease: float) -> Item | None:
        """Give a worker this item, as `claim` does; `None` if a lease on it lasts, or `claim` would not."""

    async def keep(self, worker: str, now: float, lease: float) -> None:
        """Keep all items of a worker for so many more seconds."""

    async def release(self, item: Item, due_at: float, *, code: str | None, reason: str | None) -> bool:
        """Put a claimed item back: to the queue if nothing of it is accepted, else to be waited for again.

        A running item that failed without a charge and may be tried again goes to the queue by `again`.

        Returns:
            Whether the claim still held.
        """

    async def again(self, item: Item, due_at: float, *, code: str, reason: str) -> bool:
        """Queue an item anew whose task came to nothing; what the task held counts no more as spent.

        Returns:
            Whether the claim still held.
        """

    async def park(self, item: Item, *, code: str, reason: str) -> bool:
        """Note that it can't be known what became of the submission; see `ItemState.UNKNOWN`.

        An item that meanwhile is not SENDING any more is let go of instead, as by `release`.
        """

    async def finish(self, ended: Sequence[Ended]) -> int:
        """Note how claimed items ended; one whose claim is lost is left alone.

        Returns:
            How many were noted.
        """

    async def next_due(self, now: float, *, batch_id: str | None = None) -> float | None:
        """The moment at which there may be something to claim: now, when something is due, or a lease ends.

        `None` where no time brings anything: all has ended, waits for a person, or is paused.
        """

    # --- people

    async def cancel(self, batch_id: str, now: float) -> int:
        """Call off every item of which nothing was sent; those that run are brought to their end.

        Returns:
            How many.
        """

    async def pause(self, batch_id: str, reason: str) -> None:
        """Begin nothing more of a batch."""

    async def resume(self, batch_id: str, *, budget: Decimal | None = None) -> None:
        """Go on with a batch; with another budget where one is given."""

    async def found(self, item_id: str, task_id: str) -> bool:
        """Note the task of an item that is SENDING or UNKNOWN: it runs, and is waited for.

        Returns:
            Whether it was; false for a task that is known to be another item's.
        """

    async def known(self, task_ids: Collection[str]) -> dict[str, str]:
        """Which of these tasks are known to be an item's, each with the item, whatever became of it."""

    async def settle(self, item_id: str) -> bool:
        """Note that an unknown item was surely not accepted, as a person found: it is queued again."""

    # --- the ledger of `KieClient`

    async def sent(self, submission: Submission) -> None:
        """Write down the submission of a claimed item before it is sent, on the disk, and count its price.

        Raises:
            ClaimLost: its number names no claim that holds.
            BudgetRefused: the batch has not so much left; nothing is written.
        """

    async def closed(self, number: str, task_id: str | None) -> None:
        """Write down that it was accepted as this task, or (`None`) surely not.

        An empty text is the task of a call that answered with the result itself: the item runs, and has none.
        It counts whoever holds the item by now, as long as this submission is its last. Where it can't be
        written it is logged and the caller goes on: the item stays SENDING, and is reconciled, unless it was
        accepted and this store comes to write that down before, with `keep`, `release` or `again`.
        """
