"""A store of batches in the simplest words there are: what `test_contract_laws` compares a real one with."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from kie_catalog.service.batch.items import ItemState, id_of, rank

S = ItemState
NOTHING = Decimal(0)


@dataclass
class Piece:
    batch: str
    row: int
    added_at: float
    priority: int
    order: int
    quoted: Decimal
    key: str | None
    print: str
    state: ItemState = S.QUEUED
    epoch: int = 0
    worker: str | None = None
    until: float = 0.0
    due: float = 0.0
    sent: str | None = None
    held: Decimal = NOTHING
    task: str | None = None
    tries: int = 0
    charged: Decimal | None = None

    @property
    def id(self):
        return id_of(self.batch, self.row)


@dataclass
class Whole:
    budget: Decimal | None
    paused: bool = False
    cancelled: bool = False


@dataclass
class Model:
    """All that a store knows, without a thought for how long anything takes."""

    batches: dict[str, Whole] = field(default_factory=dict)
    pieces: dict[str, Piece] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)

    def add(self, name, at, budget, items):
        """Whether the batch is new."""
        rows = []
        for row, (priority, quoted, key, printed) in enumerate(items, 1):
            others = [*self.pieces.values(), *rows]
            first = next((each for each in others if key is not None and each.key == key), None)
            if first is not None and first.print != printed:
                return False
            if first is None:
                order = len(self.pieces) + len(rows)
                rows.append(Piece(name, row, at, priority, order, quoted, key, printed))
        self.batches[name] = Whole(budget)
        self.pieces |= {each.id: each for each in rows}
        return True

    def is_free(self, piece, now):
        """Whether it may be claimed."""
        if not piece.state.is_open or (piece.worker and piece.until > now) or self.is_out(piece):
            return False
        return bool(piece.worker) or piece.due <= now

    def is_out(self, piece):
        return piece.state is S.QUEUED and self.batches[piece.batch].paused

    def next(self, now, batch=None):
        free = [
            each for each in self.pieces.values() if batch in (None, each.batch) and self.is_free(each, now)
        ]
        return sorted(free, key=lambda e: (e.state is S.QUEUED, rank(e.added_at, e.priority), e.order))

    def next_due(self, now, batch=None):
        moments = [
            max(now, each.until if each.worker else each.due)
            for each in self.pieces.values()
            if each.state.is_open and batch in (None, each.batch) and not self.is_out(each)
        ]
        return min(moments, default=None)

    def give(self, piece, worker, until):
        piece.epoch += 1
        piece.worker, piece.until = worker, until

    def keep(self, worker, until):
        for each in self.pieces.values():
            if each.worker == worker:
                each.until = until

    def held_by(self, claim):
        """The piece of a claim that still holds."""
        piece = self.pieces[claim.id]
        return piece if piece.worker and piece.epoch == claim.epoch else None

    def spent(self, batch):
        return sum((each.held for each in self.pieces.values() if each.batch == batch), NOTHING)

    def settle_down(self, piece):
        """What its batch makes of an item in the queue."""
        batch = self.batches[piece.batch]
        if piece.state is S.QUEUED and batch.cancelled:
            piece.state, piece.worker = S.CANCELLED, None
        elif self.is_out(piece):
            piece.worker = None

    def let_go(self, piece, due):
        piece.worker, piece.due = None, due
        self.settle_down(piece)

    def send(self, claim, number):
        """`lost`, `budget`, or `sent`."""
        piece = self.held_by(claim)
        if not piece or not (piece.state is S.QUEUED or (piece.state is S.SENDING and piece.sent == number)):
            return "lost"
        budget = self.batches[piece.batch].budget
        if budget is not None and self.spent(piece.batch) - piece.held + piece.quoted > budget:
            return "budget"
        piece.state, piece.sent, piece.held = S.SENDING, number, piece.quoted
        return "sent"

    def close(self, claim, number, task):
        piece = self.pieces[claim.id]
        if task:
            self.tasks.setdefault(task, piece.id)
        if piece.sent != number:
            return
        is_open = piece.state in (S.SENDING, S.UNKNOWN)
        if task is not None and (is_open or piece.state is S.QUEUED):
            self.run(piece, task)
        elif task is None and is_open:
            self.requeue(piece)

    def run(self, piece, task):
        if task:
            self.tasks.setdefault(task, piece.id)
        piece.state, piece.task, piece.held, piece.due = S.RUNNING, task or None, piece.quoted, 0.0
        piece.tries += 1

    def requeue(self, piece):
        piece.state, piece.held, piece.due = S.QUEUED, NOTHING, 0.0
        self.settle_down(piece)

    def again(self, piece, due):
        piece.state, piece.task, piece.held = S.QUEUED, None, NOTHING
        self.let_go(piece, due)

    def park(self, piece):
        if piece.state is S.SENDING:
            piece.state, piece.worker = S.UNKNOWN, None
        else:
            self.let_go(piece, piece.due)

    def finish(self, piece, state, charged, task):
        piece.state, piece.charged, piece.worker = state, charged, None
        piece.held = piece.held if charged is None else charged
        piece.task = piece.task or task
        if task is not None:
            self.tasks.setdefault(task, piece.id)

    def cancel(self, name):
        queued = [each for each in self.pieces.values() if each.batch == name and each.state is S.QUEUED]
        self.batches[name].cancelled = True
        for each in queued:
            self.settle_down(each)
        return len(queued)

    def pause(self, name):
        self.batches[name].paused = True
        for each in self.pieces.values():
            if each.batch == name:
                self.settle_down(each)
