"""A batch and its items: what they are and how far they are."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from kie_catalog.client.submission import Submission


class ItemState(enum.StrEnum):
    """How far an item is.

    QUEUED ──> SENDING ──> RUNNING ──> SUCCEEDED | FAILED
       ^ └──> CANCELLED       │
       └── surely not accepted, or failed and may be tried again
    SENDING ──> UNKNOWN where it can't be known whether it was accepted; `reconcile` leads on from there.
    """

    QUEUED = "queued"
    """Nothing was sent, or what was sent was surely not accepted."""
    SENDING = "sending"
    """Its submission is in the store and is sent, or was when a process died."""
    RUNNING = "running"
    """Accepted; its task is known."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Called off before anything was sent."""
    UNKNOWN = "unknown"
    """Sent, and no task of it was found; it waits for news or a person and is never sent again by itself."""

    @property
    def is_final(self) -> bool:
        """Whether it can't change any more."""
        return self in FINAL

    @property
    def is_open(self) -> bool:
        """Whether a worker may have something to do for it."""
        return self in OPEN


FINAL: Final = frozenset({ItemState.SUCCEEDED, ItemState.FAILED, ItemState.CANCELLED})
OPEN: Final = frozenset({ItemState.QUEUED, ItemState.SENDING, ItemState.RUNNING})

_MOST_DIGITS: Final = 9
"""Of a row or a claim: what every store has a column for."""
PRIORITIES: Final = range(-10, 11)
AGE: Final = 60.0
"""Seconds of waiting that one step of priority is worth.

An item is overtaken only by those that came less than `AGE` times the difference of priorities after it, so
that nothing waits for ever, however much of higher priority keeps coming.
"""


def rank(added_at: float, priority: int) -> float:
    """The place of an item in the queue, smallest first.

    Args:
        added_at: Unix seconds.
        priority: of `PRIORITIES`; higher starts first.
    """
    return added_at - priority * AGE


@dataclass(frozen=True, slots=True)
class Batch:
    """Many generations that were handed in together."""

    id: str
    added_at: float
    """Unix seconds."""
    title: str = ""
    """For people; a file's name, say."""
    key: str | None = None
    """The caller's; a second batch with the same key is the first one."""
    fingerprint: str = ""
    """Of its items; tells whether two batches of one key are the same."""
    budget: Decimal | None = None
    """Credits that it may cost in all."""
    tries: int = 2
    """Most tasks for one item; a further one only where the last failed, cost nothing and may be repeated."""
    callback_url: str | None = None
    paused: str | None = None
    """Why nothing of it is begun at present; `None` where it goes on."""
    is_cancelled: bool = False
    """Whether it was called off: what would go back to its queue is cancelled instead."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """One generation as it was handed in, checked and priced."""

    row: int
    """Its place in what was handed in, from 1."""
    model_id: str
    payload: Mapping[str, Any] = field(repr=False)
    """As a person typed it; it is read anew when it is sent."""
    measurements: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What only the media tell, for the price."""
    key: str | None = None
    """The caller's; a second item with the same key, in whichever batch, is the first one."""
    priority: int = 0
    quoted: Decimal | None = None
    """Credits; `None` where no price is known."""
    fingerprint: str = ""
    """Of model and payload; tells whether two items of one key are the same."""


@dataclass(frozen=True, slots=True)
class Item:
    """One generation of a batch, as the store has it."""

    id: str
    batch_id: str
    row: int
    model_id: str
    state: ItemState
    payload: Mapping[str, Any] = field(repr=False)
    measurements: Mapping[str, Any] = field(default_factory=dict, repr=False)
    key: str | None = None
    priority: int = 0
    quoted: Decimal | None = None
    charged: Decimal | None = None
    """Credits that KIE took, as far as it said."""
    epoch: int = 0
    """Grows with each claim; who holds an older one may not write any more."""
    tries: int = 0
    """Tasks that were accepted for it."""
    task_id: str | None = None
    submission: Submission | None = field(default=None, repr=False)
    """The last one, from the moment before it was sent."""
    urls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    data: Any = field(default=None, repr=False)
    """The result where it is no file."""
    code: str | None = None
    """An `ErrorCode`, where it failed, waits for a further try, or is unknown."""
    reason: str | None = None
    """In words; nothing of the input, and no key."""
    added_at: float = 0.0
    sent_at: float | None = None
    """Unix seconds at which the last submission was written down."""
    ended_at: float | None = None
    due_at: float = 0.0
    """Unix seconds before which it is not begun."""

    @property
    def number(self) -> str:
        """The number of the submission that this claim of it may send; see `Submission.number`."""
        return f"{self.id}.{self.epoch}"


def id_of(batch_id: str, row: int) -> str:
    """The id of an item."""
    return f"{batch_id}-{row}"


def place_of(item_id: str) -> tuple[str, int] | None:
    """The batch and the row that an item's id names; `None` where it is none."""
    return _named(item_id.rpartition("-"))


def item_of(number: str) -> tuple[str, int] | None:
    """The item and the claim that a submission's number names; `None` where it is no item's."""
    return _named(number.rpartition("."))


def _named(parts: tuple[str, str, str]) -> tuple[str, int] | None:
    name, mark, number = parts
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    return (name, int(number)) if mark and name and is_number else None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch that was handed in."""

    batch: Batch
    is_new: bool
    """Whether it was not there before."""
    added: int
    """New items."""
    known: tuple[tuple[int, str], ...] = ()
    """Rows whose key was there before with the same request, each with the item it is."""
    clashing: tuple[tuple[int, str], ...] = ()
    """Rows whose key was there before with another request, each with that item; then nothing is added."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one claim of an item ended."""

    item: Item
    """As it was claimed, with the task that its worker knows of."""
    state: ItemState
    """One of `FINAL`."""
    ended_at: float
    charged: Decimal | None = None
    """Credits; `None` where it is not known, and what was sent then stays counted as quoted."""
    urls: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    data: Any = field(default=None, repr=False)
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    batch: Batch
    counts: Mapping[ItemState, int]
    quoted: Decimal
    """Credits of all items with a known price."""
    spent: Decimal
    """Credits of what was sent: as charged where KIE said so, else as quoted; 0 for what cost nothing."""

    @property
    def total(self) -> int:
        """Items in all."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Items that a worker has still something to do for."""
        return sum(count for state, count in self.counts.items() if state.is_open)


@dataclass(frozen=True, slots=True)
class Row:
    """What an act must know of an item before it changes it."""

    number: int
    batch: str
    state: ItemState
    epoch: int
    is_claimed: bool
    sent: str | None
    quoted: Decimal
    held: Decimal
