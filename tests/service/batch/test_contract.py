"""What every store of batches does, by example; `test_contract_laws` says it for all histories."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.service.batch.items import AGE, PRIORITIES, ItemState, NewItem, id_of
from kie_catalog.service.batch.store import ClaimLost
from tests.service.batch.making import a_batch, accepted, away, ended, new_items, submission
from tests.service.batch.opening import KINDS

S = ItemState
NO_ITEMS = ("no-1", "no", "", "-", "no-x", "b-²", f"b-{2**31}", f"b-{2**63}", f"b-{'9' * 5000}")


def with_store(opener, work, stores=1):
    """Do async work with a store, opened as often as asked for."""

    async def it():
        opened = [opener() for _ in range(stores)]
        try:
            return await work(*opened)
        finally:
            for each in opened:
                await each.close()

    return asyncio.run(it())


async def states(store, batch="b"):
    return {each.row: each.state for each in await store.items(batch)}


def test_an_item_goes_from_the_queue_to_its_result(opener):
    async def work(store):
        added = await store.add(a_batch(title="photos.jsonl", tries=3), new_items(1))
        (item,) = await store.claim("w", 1.0, 60.0, 10)
        await accepted(store, item, "task-1")
        running = await store.item(item.id)
        done = ended(
            replace(item, task_id="task-1"), charged=Decimal("3.5"), urls=("https://x.example/1",), data=[1]
        )
        count = await store.finish([done])
        return added, item, running, count, await store.item(item.id), await store.progress("b")

    added, item, running, count, last, progress = with_store(opener, work)
    assert (added.is_new, added.added, added.batch.title) == (True, 1, "photos.jsonl")
    assert (item.state, item.epoch, item.number) == (S.QUEUED, 1, f"{item.id}.1")
    assert (running.state, running.task_id, running.tries) == (S.RUNNING, "task-1", 1)
    assert running.submission == submission(item)
    assert (count, last.state, last.ended_at) == (1, S.SUCCEEDED, 9.0)
    assert (last.urls, last.data, last.charged) == (("https://x.example/1",), [1], Decimal("3.5"))
    assert (progress.counts, progress.quoted, progress.spent) == ({S.SUCCEEDED: 1}, 4, Decimal("3.5"))


def test_what_is_handed_in_comes_back_as_it_was(opener):
    payload = {"prompt": "Ночь «\ud800» 🎈 \x00", "n": [1, 2.5, None, True], "deep": {"a": {}}}
    item = NewItem(7, "m/x", payload, {"input_seconds": 8}, "key", -3, Decimal("0.125"), "print")

    async def work(store):
        await store.add(a_batch(key="k", fingerprint="f", callback_url="http://h/x?a=1"), [item])
        return await store.item(id_of("b", 7)), await store.batch("b"), await store.batches()

    kept, batch, batches = with_store(opener, work)
    assert (kept.row, kept.model_id, kept.payload) == (7, "m/x", payload)
    assert (kept.measurements, kept.key, kept.priority) == ({"input_seconds": 8}, "key", -3)
    assert (kept.quoted, kept.charged, kept.added_at) == (Decimal("0.125"), None, 0.0)
    assert batch == a_batch(key="k", fingerprint="f", callback_url="http://h/x?a=1")
    assert batches == [batch]


def test_nothing_is_known_of_what_was_never_handed_in(opener):
    async def work(store):
        return (
            await store.batch("no"),
            await store.progress("no"),
            await store.items("no"),
            [await store.item(each) for each in NO_ITEMS],
            await store.take("no-1", "w", 0.0, 1.0),
            await store.next_due(0.0),
            [await store.found("no-1", "t"), await store.settle("no-1"), await store.cancel("no", 0.0)],
        )

    assert with_store(opener, work) == (
        *(None, None, [], [None] * len(NO_ITEMS), None, None),
        [False, False, 0],
    )


# --- keys


def test_a_second_batch_of_one_key_is_the_first(opener):
    async def work(store):
        first = await store.add(a_batch("one", key="k"), new_items(2))
        second = await store.add(a_batch("two", key="k"), new_items(5))
        return first, second, await store.batches()

    first, second, batches = with_store(opener, work)
    assert (second.is_new, second.added, second.batch) == (False, 0, first.batch)
    assert [each.id for each in batches] == ["one"]


def test_a_second_item_of_one_key_is_the_first_in_whichever_batch(opener):
    async def work(store):
        await store.add(a_batch("one"), new_items(2, keys=["a", "b"]))
        rows = new_items(4, keys=["b", "c", "c", None])
        added = await store.add(a_batch("two"), rows)
        return added, await states(store, "two")

    added, kept = with_store(opener, work)
    assert (added.is_new, added.added) == (True, 2)
    assert added.known == ((1, "one-2"), (3, "two-2"))
    assert kept == {2: S.QUEUED, 4: S.QUEUED}


def test_one_key_for_two_requests_keeps_the_whole_batch_out(opener):
    async def work(store):
        await store.add(a_batch("one"), new_items(1, keys=["a"]))
        rows = [*new_items(1), replace(new_items(1, first=2, keys=["a"])[0], fingerprint="other")]
        added = await store.add(a_batch("two"), rows)
        return added, await store.batch("two"), await store.items("two")

    added, batch, items = with_store(opener, work)
    assert (added.is_new, added.added, added.clashing) == (False, 0, ((2, "one-1"),))
    assert (batch, items) == (None, [])


# --- claims


def test_no_two_workers_hold_one_item(opener):
    async def work(*stores):
        await stores[0].add(a_batch(), new_items(60))
        claims = [
            store.claim(f"w{at}-{turn}", 1.0, 60.0, 7) for turn in range(4) for at, store in enumerate(stores)
        ]
        return [each.id for items in await asyncio.gather(*claims) for each in items]

    claimed = with_store(opener, work, stores=3)
    assert sorted(claimed) == sorted(id_of("b", row) for row in range(1, 61))


def test_an_item_whose_worker_is_gone_is_given_to_another_and_the_first_may_do_nothing_more(opener):
    async def work(store):
        await store.add(a_batch(), new_items(1))
        (first,) = await store.claim("gone", 0.0, 10.0, 1)
        early = await store.claim("next", 9.9, 10.0, 1)
        (second,) = await store.claim("next", 10.0, 10.0, 1)
        with pytest.raises(ClaimLost):
            await store.sent(submission(first))
        lost = [
            await store.release(first, 0.0, code=None, reason=None),
            await store.again(first, 0.0, code="X", reason="x"),
            await store.park(first, code="X", reason="x"),
            await store.finish([ended(first)]) == 1,
        ]
        await store.sent(submission(second))
        return early, second, lost, await states(store)

    early, second, lost, last = with_store(opener, work)
    assert (early, second.epoch, lost) == ([], 2, [False] * 4)
    assert last == {1: S.SENDING}


def test_a_worker_that_keeps_its_items_keeps_them(opener):
    async def work(store):
        await store.add(a_batch(), new_items(2))
        await store.claim("w", 0.0, 10.0, 1)
        await store.keep("w", 8.0, 10.0)
        return await store.claim("v", 17.0, 10.0, 5), await store.claim("v", 18.0, 10.0, 5)

    first, second = with_store(opener, work)
    assert ([each.row for each in first], [each.row for each in second]) == ([2], [1])


def test_one_item_is_taken_by_name_once(opener):
    async def work(store):
        await store.add(a_batch(), new_items(2))
        first = await store.take("b-2", "w", 0.0, 10.0)
        again = [await store.take("b-2", each, 5.0, 10.0) for each in ("w", "v")]
        return first, again, await store.take("b-2", "v", 10.0, 10.0)

    first, again, late = with_store(opener, work)
    assert (first.row, first.epoch, again, late.epoch) == (2, 1, [None, None], 2)


def test_what_is_put_back_comes_when_it_is_due_and_the_rest_goes_on(opener):
    async def work(store):
        await store.add(a_batch(), new_items(2))
        (item,) = await store.claim("w", 0.0, 60.0, 1)
        await store.release(item, 30.0, code="RATE_LIMITED", reason="slow down")
        kept = await store.item(item.id)
        early = await store.claim("w", 29.0, 60.0, 5)
        due = await store.next_due(29.0)
        return kept, early, due, await store.claim("w", 30.0, 60.0, 5)

    kept, early, due, late = with_store(opener, work)
    assert (kept.state, kept.code, kept.reason, kept.due_at) == (S.QUEUED, "RATE_LIMITED", "slow down", 30.0)
    assert ([each.row for each in early], due, [each.row for each in late]) == ([2], 30.0, [1])


def test_what_was_begun_comes_before_what_waits(opener):
    async def work(store):
        await store.add(a_batch(), new_items(1, priority=-10))
        (item,) = await store.claim("gone", 0.0, 10.0, 1)
        await accepted(store, item, "t")
        await store.add(a_batch("high"), new_items(2, priority=10))
        return await store.claim("w", 20.0, 60.0, 2)

    assert [each.id for each in with_store(opener, work)] == ["b-1", "high-1"]


def test_a_claim_for_one_batch_takes_nothing_of_another(opener):
    async def work(store):
        await store.add(a_batch("a"), new_items(2, priority=9))
        await store.add(a_batch("b"), new_items(2))
        mine = await store.claim("w", 0.0, 60.0, 5, batch_id="b")
        return mine, await store.next_due(1.0, batch_id="b"), await store.next_due(1.0)

    mine, mine_due, due = with_store(opener, work)
    assert ([each.id for each in mine], mine_due, due) == (["b-1", "b-2"], 60.0, 1.0)


ARRIVALS = st.lists(
    st.tuples(st.floats(0, 3 * AGE), st.integers(PRIORITIES[0], PRIORITIES[-1]), st.integers(0, 2)),
    min_size=2,
    max_size=12,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.name)
@given(arrivals=ARRIVALS)
def test_an_item_is_overtaken_only_by_what_came_soon_enough_after_it(kind, arrivals):
    """However much of higher priority comes: less than AGE seconds for each step of priority between them."""
    if reason := kind.missing():
        pytest.skip(reason)
    with kind.fresh() as opener:
        pairs = with_store(opener, lambda store: pairs_in_turn(store, arrivals))
    for first, added_at, priority in pairs:
        overtook = first.added_at >= added_at
        assert not overtook or first.added_at - added_at <= AGE * (first.priority - priority)


async def pairs_in_turn(store, arrivals):
    """Each item that was claimed, with each that waited then: when that was added, and its priority."""
    waiting, pairs = {}, []

    async def claim(at):
        for first in await store.claim("w", at, 1e9, 1):
            del waiting[first.batch_id]
            pairs.extend((first, *late) for late in waiting.values())

    for number, (at, priority, claims) in enumerate(sorted(arrivals)):
        await store.add(a_batch(f"b{number}", at), new_items(1, priority=priority))
        waiting[f"b{number}"] = (at, priority)
        for _ in range(claims):
            await claim(at)
    while waiting:
        await claim(1e6)
    return pairs


# --- money


def test_a_budget_holds_however_many_send_at_once(opener):
    async def work(*stores):
        await stores[0].add(a_batch(budget=Decimal(22)), new_items(20))
        items = await stores[0].claim("w", 0.0, 60.0, 20)

        async def send(at, item):
            try:
                await stores[at % len(stores)].sent(submission(item))
            except BudgetRefused:
                return False
            return True

        sent = await asyncio.gather(*(send(at, item) for at, item in enumerate(items)))
        return sent, await stores[0].progress("b")

    sent, progress = with_store(opener, work, stores=3)
    assert (sum(sent), progress.spent) == (5, 20)
    assert progress.counts == {S.SENDING: 5, S.QUEUED: 15}


def test_what_cost_nothing_is_not_counted(opener):
    async def work(store):
        await store.add(a_batch(), new_items(4))
        a, b, c, d = await store.claim("w", 0.0, 60.0, 4)
        for item in (a, b, c, d):
            await store.sent(submission(item))
        spent = [(await store.progress("b")).spent]
        await store.closed(a.number, None)
        for item in (b, c, d):
            await store.closed(item.number, f"task-{item.id}")
        spent.append((await store.progress("b")).spent)
        await store.finish([ended(b, S.FAILED, charged=Decimal(0)), ended(c, S.FAILED)])
        spent.append((await store.progress("b")).spent)
        await store.again(d, 0.0, code="TRANSIENT", reason="x")
        spent.append((await store.progress("b")).spent)
        return spent

    assert with_store(opener, work) == [16, 12, 8, 4]


def test_a_new_budget_lets_a_batch_go_on(opener):
    async def work(store):
        await store.add(a_batch(budget=Decimal(3)), new_items(1))
        (item,) = await store.claim("w", 0.0, 60.0, 1)
        with pytest.raises(BudgetRefused) as caught:
            await store.sent(submission(item))
        await store.pause("b", str(caught.value))
        await store.resume("b", budget=Decimal(4))
        (item,) = await store.claim("w", 0.0, 60.0, 1)
        await store.sent(submission(item))
        return caught.value, await store.batch("b")

    error, batch = with_store(opener, work)
    assert "4 credits are more than the 3 left" in str(error)
    assert (batch.budget, batch.paused) == (4, None)


# --- people


def test_a_batch_that_is_called_off_begins_nothing_more_and_ends_what_runs(opener):
    async def work(store):
        await store.add(a_batch(), new_items(5))
        a, b, c, d = await store.claim("w", 0.0, 60.0, 4)
        await accepted(store, a, "t1")
        await accepted(store, b, "t2")
        await store.sent(submission(c))
        count = await store.cancel("b", 7.0)
        with pytest.raises(ClaimLost):
            await store.sent(submission(d))
        await store.finish([ended(a)])
        await store.again(b, 0.0, code="TRANSIENT", reason="x")
        await store.closed(c.number, None)
        return count, await store.items("b"), (await store.batch("b")).is_cancelled, await store.next_due(9.0)

    count, items, is_cancelled, due = with_store(opener, work)
    assert (count, is_cancelled, due) == (2, True, None)
    assert [each.state for each in items] == [S.SUCCEEDED, *[S.CANCELLED] * 4]
    assert [each.ended_at for each in items[1:]] == [7.0] * 4


def test_a_paused_batch_begins_nothing_and_goes_on_where_it_was(opener):
    async def work(store):
        await store.add(a_batch(), new_items(3))
        a, b = await store.claim("w", 0.0, 60.0, 2)
        await accepted(store, a, "t1")
        await store.pause("b", "no credits")
        with pytest.raises(ClaimLost):
            await store.sent(submission(b))
        await store.release(a, 0.0, code=None, reason=None)
        while_paused = await store.claim("w", 1.0, 60.0, 5)
        paused = await store.batch("b")
        await store.release(while_paused[0], 0.0, code=None, reason=None)
        await store.resume("b")
        return while_paused, paused.paused, await store.claim("w", 2.0, 60.0, 5), await store.batch("b")

    while_paused, reason, after, batch = with_store(opener, work)
    assert ([each.row for each in while_paused], reason) == ([1], "no credits")
    assert ([each.row for each in after], batch.paused) == ([1, 2, 3], None)


def test_a_batch_whose_rest_is_paused_has_nothing_that_time_brings(opener):
    async def work(store):
        await store.add(a_batch(), new_items(2))
        await store.pause("b", "no credits")
        return (
            await store.next_due(5.0),
            await store.claim("w", 5.0, 1.0, 9),
            await store.take("b-1", "w", 5, 1),
        )

    assert with_store(opener, work) == (None, [], None)


def test_an_unknown_submission_waits_for_news_or_a_person(opener):
    async def work(store):
        await store.add(a_batch(), new_items(3))
        items = await store.claim("w", 0.0, 60.0, 3)
        for item in items:
            await store.sent(submission(item))
            await store.park(item, code="SUBMISSION_UNKNOWN", reason="no reply")
        nothing = await store.claim("w", 1e6, 60.0, 5), await store.next_due(1e6)
        a, b, _ = items
        found = await store.found(a.id, "t1"), await store.found(b.id, "t1"), await store.settle(b.id)
        again = await store.found(a.id, "t2"), await store.settle(a.id)
        return nothing, found, again, await store.claim("w", 1e6, 60.0, 5), await store.progress("b")

    nothing, found, again, claimed, progress = with_store(opener, work)
    assert nothing == ([], None)
    assert (found, again) == ((True, False, True), (False, False))
    assert [(each.row, each.state, each.task_id) for each in claimed] == [
        (1, S.RUNNING, "t1"),
        (2, S.QUEUED, None),
    ]
    assert (progress.counts[S.UNKNOWN], progress.spent) == (1, 8)


def test_a_reply_counts_even_where_another_holds_the_item_by_then(opener):
    async def work(store):
        await store.add(a_batch(), new_items(2))
        first, second = await store.claim("slow", 0.0, 10.0, 2)
        for item in (first, second):
            await store.sent(submission(item))
        other, _ = await store.claim("next", 10.0, 10.0, 2)
        await store.closed(first.number, "late")
        while_held = await store.item(first.id)
        is_let_go = await store.park(other, code="X", reason="x")
        return while_held, is_let_go, await store.item(first.id), await store.known(["late", "no"])

    while_held, is_let_go, last, known = with_store(opener, work)
    assert (while_held.state, while_held.task_id) == (S.RUNNING, "late")
    assert (is_let_go, last.state, known) == (True, S.RUNNING, {"late": "b-1"})


@pytest.mark.parametrize("next_act", ["keep", "release", "again"])
def test_a_task_that_could_not_be_written_down_is_as_soon_as_the_store_can_be_asked(opener, next_act):
    """With the next sign of life, or when its item is let go of: else only a person could find it."""

    async def work(store):
        await store.add(a_batch(), new_items(2))
        item, refused = await store.claim("w", 0.0, 60.0, 2)
        for each in (item, refused):
            await store.sent(submission(each))
        with away(store):
            await store.closed(item.number, "t1")
            await store.closed(refused.number, None)
        before = await states(store)
        match next_act:
            case "keep":
                await store.keep("w", 1.0, 60.0)
            case "release":
                await store.release(item, 0.0, code=None, reason=None)
            case "again":
                await store.again(item, 0.0, code="TRANSIENT", reason="x")
        return before, await store.item(item.id), await store.known(["t1"]), await states(store)

    before, item, known, after = with_store(opener, work)
    assert before == {1: S.SENDING, 2: S.SENDING}
    assert (item.tries, known) == (1, {"t1": "b-1"})
    assert after == {1: S.QUEUED if next_act == "again" else S.RUNNING, 2: S.SENDING}


def test_a_task_is_known_for_ever_whatever_became_of_its_item(opener):
    async def work(store):
        await store.add(a_batch(), new_items(1))
        (item,) = await store.claim("w", 0.0, 60.0, 1)
        await accepted(store, item, "t1")
        await store.again(item, 0.0, code="TRANSIENT", reason="x")
        (item,) = await store.claim("w", 0.0, 60.0, 1)
        await accepted(store, item, "t2")
        await store.finish([ended(item)])
        return await store.known(["t1", "t2", "t3"]), await store.item(item.id)

    known, item = with_store(opener, work)
    assert known == {"t1": "b-1", "t2": "b-1"}
    assert (item.task_id, item.tries) == ("t2", 2)


def test_items_come_page_by_page_and_state_by_state(opener):
    async def work(store):
        await store.add(a_batch(), new_items(25))
        await store.finish([ended(each) for each in await store.claim("w", 0.0, 60.0, 10)])
        pages, after = [], 0
        while page := await store.items("b", after=after, most=7):
            pages.append(page)
            after = page[-1].row
        done = await store.items("b", states={S.SUCCEEDED}, after=3)
        return pages, done, await store.items("b", states=())

    pages, done, none = with_store(opener, work)
    assert [each.row for page in pages for each in page] == list(range(1, 26))
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    assert ([each.row for each in done], none) == (list(range(4, 11)), [])
