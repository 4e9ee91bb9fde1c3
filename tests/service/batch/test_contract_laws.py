"""Any history of any workers leaves a store as the simple model says: no item lost, none in two states."""

import asyncio
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.service.batch.items import ItemState, NewItem
from kie_catalog.service.batch.store import ClaimLost
from tests.client.standing import INPUT, MODEL
from tests.service.batch.making import a_batch, ended, submission
from tests.service.batch.model import Model
from tests.service.batch.opening import KINDS

S = ItemState
LEASE = 10.0
WORKERS = st.sampled_from(["one", "two", "three"])
CREDITS = st.sampled_from([Decimal(0), Decimal("0.35"), Decimal(1), Decimal(4)])
ITEMS = st.lists(
    st.tuples(
        st.integers(-2, 2), CREDITS, st.sampled_from([None, None, "a", "b", "c"]), st.sampled_from("xxy")
    ),
    min_size=0,
    max_size=4,
)
BUDGETS = st.none() | st.sampled_from([Decimal(1), Decimal(4), Decimal(9)])
NAMED = st.sampled_from([f"task-{each}" for each in range(6)])
TASKS = st.none() | NAMED
HEARD = TASKS | st.just("")
DUE = st.sampled_from([0.0, 1.0, 5.0, 30.0])


class Histories(RuleBasedStateMachine):
    """What workers, people and time may do, in any order, with claims old and new."""

    batches = Bundle("batches")
    claims = Bundle("claims")
    kind = None

    def __init__(self):
        super().__init__()
        self.closing = ExitStack()
        self.runner = self.closing.enter_context(asyncio.Runner())
        opener = self.closing.enter_context(self.kind.fresh())

        async def opened():
            return opener()

        self.store = self.do(opened())
        self.model, self.now, self.count = Model(), 100.0, 0

    def do(self, work):
        return self.runner.run(work)

    def teardown(self):
        self.do(self.store.close())
        self.closing.close()

    @initialize(target=batches, items=ITEMS)
    def begin(self, items):
        return self.add(items, None)

    @rule(target=batches, items=ITEMS, budget=BUDGETS)
    def another(self, items, budget):
        return self.add(items, budget)

    def add(self, items, budget):
        self.count += 1
        name = f"b{self.count}"
        new = [
            NewItem(row, MODEL, INPUT, key=key, priority=priority, quoted=quoted, fingerprint=printed)
            for row, (priority, quoted, key, printed) in enumerate(items, 1)
        ]
        added = self.do(self.store.add(a_batch(name, self.now, budget=budget), new))
        assert added.is_new == self.model.add(name, self.now, budget, items)
        return name if added.is_new else multiple()

    @rule(seconds=st.sampled_from([0.5, 4.0, LEASE, 31.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule(target=claims, worker=WORKERS, most=st.integers(1, 4))
    def claim(self, worker, most):
        return self.claimed(worker, most, None)

    @rule(target=claims, worker=WORKERS, batch=batches)
    def claim_of(self, worker, batch):
        return self.claimed(worker, 2, batch)

    def claimed(self, worker, most, batch):
        wanted = self.model.next(self.now, batch)[:most]
        items = self.do(self.store.claim(worker, self.now, LEASE, most, batch_id=batch))
        assert [each.id for each in items] == [each.id for each in wanted]
        for each in wanted:
            self.model.give(each, worker, self.now + LEASE)
        assert [each.epoch for each in items] == [each.epoch for each in wanted]
        return multiple(*items)

    @rule(target=claims, worker=WORKERS, data=st.data())
    def take(self, worker, data):
        if not self.model.pieces:
            return multiple()
        piece = self.model.pieces[data.draw(st.sampled_from(sorted(self.model.pieces)))]
        item = self.do(self.store.take(piece.id, worker, self.now, LEASE))
        assert (item is not None) == self.model.is_free(piece, self.now)
        if item is None:
            return multiple()
        self.model.give(piece, worker, self.now + LEASE)
        return item

    @rule(worker=WORKERS)
    def keep(self, worker):
        self.do(self.store.keep(worker, self.now, LEASE))
        self.model.keep(worker, self.now + LEASE)

    @rule(item=claims)
    def send(self, item):
        try:
            self.do(self.store.sent(submission(item, self.now)))
        except ClaimLost:
            said = "lost"
        except BudgetRefused:
            said = "budget"
        else:
            said = "sent"
        assert said == self.model.send(item, item.number)

    @rule(item=claims, task=HEARD)
    def hear(self, item, task):
        self.do(self.store.closed(item.number, task))
        self.model.close(item, item.number, task)

    @rule(item=claims, after=DUE)
    def release(self, item, after):
        held = self.model.held_by(item)
        told = self.do(self.store.release(item, self.now + after, code="X", reason="x"))
        assert told == (held is not None)
        if held:
            self.model.let_go(held, self.now + after)

    @rule(item=claims, after=DUE)
    def again(self, item, after):
        held = self.model.held_by(item)
        told = self.do(self.store.again(item, self.now + after, code="X", reason="x"))
        assert told == (held is not None)
        if held:
            self.model.again(held, self.now + after)

    @rule(item=claims)
    def park(self, item):
        held = self.model.held_by(item)
        assert self.do(self.store.park(item, code="X", reason="x")) == (held is not None)
        if held:
            self.model.park(held)

    @rule(
        items=st.lists(claims, max_size=4),
        state=st.sampled_from([S.SUCCEEDED, S.FAILED]),
        charged=st.none() | CREDITS,
        task=TASKS,
    )
    def finish(self, items, state, charged, task):
        held = {each.id: each for each in items if self.model.held_by(each)}
        ends = [ended(replace(each, task_id=task), state, self.now, charged=charged) for each in items]
        assert self.do(self.store.finish(ends)) == len(held)
        for each in held:
            self.model.finish(self.model.pieces[each], state, charged, task)

    @rule(batch=batches)
    def cancel(self, batch):
        assert self.do(self.store.cancel(batch, self.now)) == self.model.cancel(batch)

    @rule(batch=batches)
    def pause(self, batch):
        self.do(self.store.pause(batch, "why"))
        self.model.pause(batch)

    @rule(batch=batches, budget=BUDGETS)
    def resume(self, batch, budget):
        self.do(self.store.resume(batch, budget=budget))
        known = self.model.batches[batch]
        known.paused, known.budget = False, known.budget if budget is None else budget

    @rule(item=claims, task=NAMED)
    def find(self, item, task):
        piece = self.model.pieces[item.id]
        is_mine = self.model.tasks.get(task, item.id) == item.id
        may = piece.state in (S.SENDING, S.UNKNOWN) and is_mine
        assert self.do(self.store.found(item.id, task)) == may
        if may:
            self.model.run(piece, task)

    @rule(item=claims)
    def settle(self, item):
        piece = self.model.pieces[item.id]
        assert self.do(self.store.settle(item.id)) == (piece.state is S.UNKNOWN)
        if piece.state is S.UNKNOWN:
            self.model.requeue(piece)

    @invariant()
    def everything_is_as_the_model_says(self):
        for name, batch in self.model.batches.items():
            mine = [each for each in self.model.pieces.values() if each.batch == name]
            progress = self.do(self.store.progress(name))
            assert progress.counts == Counter(each.state for each in mine)
            assert progress.spent == self.model.spent(name)
            assert progress.quoted == sum((each.quoted for each in mine), Decimal(0))
            assert (progress.batch.is_cancelled, progress.batch.budget) == (batch.cancelled, batch.budget)
            assert (progress.batch.paused is not None) == batch.paused
            told = [
                (each.id, each.state, each.epoch, each.task_id, each.tries, each.charged)
                for each in self.do(self.store.items(name))
            ]
            assert told == [(e.id, e.state, e.epoch, e.task, e.tries, e.charged) for e in mine]
            due = self.do(self.store.next_due(self.now, batch_id=name))
            assert due == self.model.next_due(self.now, name)
        assert self.do(self.store.next_due(self.now)) == self.model.next_due(self.now)

    @invariant()
    def every_task_that_was_heard_of_is_known_as_its_item_s(self):
        tasks = self.do(self.store.known([f"task-{each}" for each in range(6)]))
        assert tasks == self.model.tasks


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.name)
def test_any_history_leaves_the_store_as_the_model_says(kind):
    if reason := kind.missing():
        pytest.skip(reason)
    case = type("Case", (Histories,), {"kind": kind})
    machine = case.TestCase
    histories = 25 if kind.name == "embedded" else 8  # a server takes long over each of their steps
    machine.settings = settings(deadline=None, max_examples=histories, stateful_step_count=30)
    result = machine("runTest").run()
    assert result is not None
    assert result.wasSuccessful(), "\n".join(said for _, said in (*result.failures, *result.errors))
