"""Batches from their rows to their results, against a stand-in, on every kind of store."""

import asyncio
import time
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.client.callbacks import CallbackBody
from kie_catalog.client.errors import AccountError, BudgetRefused, UpstreamError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Quotas
from kie_catalog.client.submission import marked
from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.endpoints import RECORD_INFO
from kie_catalog.service.batch.admission import RowsRefused
from kie_catalog.service.batch.batch_service import Order
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.batch.runner import ItemRunner
from kie_catalog.service.webhook import Webhook, webhook_app
from tests.client.standing import MODEL
from tests.service.batch.making import submission
from tests.service.batch.working import PATIENCE, batches_at, collected, rows, work
from tests.service.test_webhook import serving

S = ItemState


async def run(batches, given, order=None, **more):
    added = await batches.submit(given, order)
    reason = await batches.run(added.batch.id, **more)
    return added.batch.id, reason, await batches.status(added.batch.id)


def test_every_row_becomes_one_task_and_one_result(opener):
    async def act(batches, _):
        batch, reason, progress = await run(batches, rows(30), concurrency=7)
        return reason, progress, await collected(batches, batch)

    (reason, progress, items), book = work(opener, act)
    assert reason is None
    assert progress.counts == {S.SUCCEEDED: 30}
    assert {each.task_id for each in items} == set(book.tasks)
    assert len(book.tasks) == 30
    for each in items:
        assert book.tasks[each.task_id].request["input"]["prompt"] == f"a lighthouse {each.row - 1}"
        assert each.urls
        assert each.charged == 4
    assert progress.spent == 120


def test_results_are_fetched_where_that_is_wished(opener, tmp_path):
    async def act(batches, stand_in):
        stand_in.stand.book.files = stand_in.url
        batch, _, _ = await run(batches, rows(2))
        return await collected(batches, batch)

    items, _ = work(opener, act, downloads=tmp_path)
    for each in items:
        (file,) = each.files
        assert file.startswith(str(tmp_path / each.task_id))


def test_the_same_batch_twice_is_one_and_is_paid_once(opener):
    async def act(batches, _):
        first, _, _ = await run(batches, rows(3))
        again = await batches.submit(rows(3))
        await batches.run(again.batch.id)
        meant = await batches.submit(rows(3), Order(is_again=True))
        return first, again, meant

    (first, again, meant), book = work(opener, act)
    assert (again.is_new, again.batch.id) == (False, first)
    assert (meant.is_new, meant.batch.id != first) == (True, True)
    assert len(book.tasks) == 3


def test_a_key_that_names_another_batch_is_refused(opener):
    async def act(batches, _):
        await batches.submit(rows(3), Order(key="k"))
        with pytest.raises(UsageError, match="key k: is that of batch"):
            await batches.submit(rows(4), Order(key="k"))
        await batches.submit([{**rows(1)[0], "key": "a"}])
        with pytest.raises(UsageError, match="row 1: has the key of item"):
            await batches.submit([{**rows(2)[1], "key": "a"}])
        return len(await batches.batches())

    assert work(opener, act)[0] == 2


def test_nothing_is_sent_if_one_row_is_wrong_or_the_budget_is_too_low(opener):
    wrong = [*rows(2), {"model": MODEL, "input": {"prompt": "x", "resolution": "9K"}}, {"model": "no/such"}]

    async def act(batches, _):
        with pytest.raises(RowsRefused) as caught:
            await batches.submit(wrong)
        price = batches.admit(rows(1)).total
        with pytest.raises(BudgetRefused) as refused:
            await batches.submit(rows(3), Order(budget=price * 2))
        skipped = await batches.submit(wrong, Order(may_skip=True, budget=price * 2))
        return caught.value, refused.value, skipped, await batches.batches()

    (error, refused, skipped, batches), book = work(opener, act)
    assert [(each.row, each.place) for each in error.faults] == [
        (3, "item 3:resolution"),
        (4, "item 4:model"),
    ]
    assert "the batch costs" in str(refused)
    assert (skipped.added, len(batches), book.tasks) == (2, 1, {})


def test_an_account_without_credits_pauses_the_batch_and_fails_nothing(opener):
    async def act(batches, stand_in):
        batch, reason, progress = await run(batches, rows(40), concurrency=5)
        stand_in.switch()
        await batches.resume(batch)
        after = await batches.run(batch)
        return reason, progress, after, await batches.status(batch)

    (reason, progress, after, last), book = work(opener, act, "no-credits")
    assert isinstance(reason, AccountError)
    assert "INSUFFICIENT_CREDITS" in progress.batch.paused
    assert progress.counts == {S.QUEUED: 40}
    assert (after, last.counts, len(book.tasks)) == (None, {S.SUCCEEDED: 40}, 40)


def test_an_account_that_may_not_ask_for_what_is_looked_for_ends_the_run(opener, tmp_path):
    """As it does for what is sent or waited for: else it would be asked again and again without an end."""
    address = "http://h.example/x"

    async def act(batches, _):
        store, now = batches.store, time.time()
        added = await batches.submit(rows(1), Order(callback_url=address))
        (item,) = await store.claim("gone", now, 0.0, 1)
        await store.sent(submission(item, now))
        told = CallbackBody("t1", "success", True, (RECORD_INFO,), marked(address, item.number))
        await batches._inbox.put(told, b"{}", 1, now)
        async with asyncio.timeout(10):
            reason = await batches.run(added.batch.id)
        return reason, await batches.status(added.batch.id)

    (reason, progress), _ = work(opener, act, "code-401@details", inbox=tmp_path / "inbox.sqlite")
    assert isinstance(reason, AccountError)
    assert progress.counts == {S.SENDING: 1}
    assert "AUTH" in progress.batch.paused


def test_what_kie_charges_above_the_price_never_breaks_the_budget(opener):
    async def act(batches, stand_in):
        price = batches.admit(rows(1)).total
        stand_in.stand.book.price = price * 2
        batch, reason, progress = await run(batches, rows(10), Order(budget=price * 10), concurrency=1)
        await batches.resume(batch, budget=price * 21)
        await batches.run(batch, concurrency=1)
        return price, reason, progress, await batches.status(batch)

    (price, reason, progress, last), _ = work(opener, act)
    assert reason is None
    assert progress.spent <= price * 10
    assert progress.counts[S.QUEUED] > 0
    assert "left of the batch's budget" in progress.batch.paused
    assert (last.counts, last.spent) == ({S.SUCCEEDED: 10}, price * 20)


def test_a_budget_that_is_set_while_a_batch_runs_holds_for_what_is_sent_from_then_on(opener):
    """What has no price is not sent under a budget, which could not be kept."""
    unpriced = {"model": "grok-imagine/text-to-image", "input": {"prompt": "x"}}

    async def act(batches, _):
        runner = ItemRunner(batches.service, batches.store, patience=PATIENCE)
        added = await batches.submit([unpriced] * 2)
        before, after = await batches.store.claim("w", time.time(), 60.0, 2)
        first = await runner.run(before)
        await batches.resume(added.batch.id, budget=Decimal(1000))
        return first, await runner.run(after)

    (first, second), book = work(opener, act)
    assert first.state is S.SUCCEEDED
    assert (second.state, second.code, len(book.tasks)) == (S.FAILED, "BUDGET", 1)


def test_a_task_that_failed_free_of_charge_is_tried_once_more(opener):
    async def act(batches, _):
        batch, _, progress = await run(batches, rows(6))
        return progress, await collected(batches, batch)

    (progress, items), book = work(opener, act, "fail-500*3")
    assert progress.counts == {S.SUCCEEDED: 6}
    assert sum(each.tries for each in items) == len(book.tasks) == 9
    assert progress.spent == 24


def test_a_task_that_failed_for_good_fails_its_item_and_costs_nothing(opener):
    async def act(batches, _):
        batch, _, progress = await run(batches, rows(3))
        return progress, await collected(batches, batch, states={S.FAILED})

    (progress, (failed,)), book = work(opener, act, "fail-400*1")
    assert (progress.counts, len(book.tasks)) == ({S.SUCCEEDED: 2, S.FAILED: 1}, 3)
    assert (failed.code, failed.charged, progress.spent) == ("CONTENT_POLICY", 0, 8)


def test_a_submission_without_a_reply_waits_for_a_person_and_is_never_sent_again(opener):
    async def act(batches, stand_in):
        batch, reason, progress = await run(batches, rows(5), concurrency=5)
        unknown = await collected(batches, batch, states={S.UNKNOWN})
        again = await batches.run(batch)
        stand_in.switch()
        log = list(stand_in.stand.book.tasks)
        found = await batches.reconcile(batch, log)
        await batches.run(batch)
        return (reason, again), progress, unknown, found, await batches.status(batch)

    (reasons, progress, unknown, found, last), book = work(opener, act, "drop@create*2")
    assert reasons == (None, None)
    assert (progress.counts, len(unknown)) == ({S.SUCCEEDED: 3, S.UNKNOWN: 2}, 2)
    assert (found.found, found.open) == (2, 0)
    assert (last.counts, len(book.tasks)) == ({S.SUCCEEDED: 5}, 5)


def test_equal_requests_without_a_mark_are_as_good_as_each_other(opener):
    equal = [rows(1)[0]] * 4

    async def act(batches, stand_in):
        batch, _, progress = await run(batches, equal)
        found = await batches.reconcile(batch, list(stand_in.stand.book.tasks))
        await batches.run(batch)
        return progress, found, await collected(batches, batch)

    (progress, found, items), book = work(opener, act, "drop@create*3")
    assert (progress.counts[S.UNKNOWN], found.found) == (3, 3)
    assert sorted(each.task_id for each in items) == sorted(book.tasks)


def test_a_lost_reply_is_made_good_by_the_callback(opener, tmp_path):
    inbox = opener.inbox(tmp_path / "inbox.sqlite")
    with serving(webhook_app(Webhook(inbox, verifier=None))) as callback:

        async def act(batches, _):
            batch, reason, progress = await run(batches, rows(12), Order(callback_url=callback))
            return reason, progress, await collected(batches, batch)

        patience = replace(PATIENCE, callback=20.0)
        parts = {"inbox": tmp_path / "inbox.sqlite", "patience": patience}
        (reason, progress, items), book = work(opener, act, "drop@create*4", "http-503@create*2", **parts)
    assert (reason, progress.counts) == (None, {S.SUCCEEDED: 12})
    assert sorted(each.task_id for each in items) == sorted(book.tasks)


def test_what_is_left_unknown_keeps_no_place_from_the_others(opener, tmp_path):
    """Once no callback can come any more; else a few lost replies would stop the queue for an hour."""
    quotas = Quotas(creations=10_000, period=1.0, running=2)
    order = Order(callback_url="http://127.0.0.1:9/nobody")

    async def act(batches, _):
        _, reason, progress = await run(batches, rows(6), order, concurrency=6)
        return reason, progress

    parts = {"quotas": quotas, "inbox": tmp_path / "inbox.sqlite"}
    (reason, progress), _ = work(opener, act, "early-drop@create*3", "callback-lost", **parts)
    assert (reason, progress.counts) == (None, {S.SUCCEEDED: 3, S.UNKNOWN: 3})


def test_what_a_person_settles_is_sent_again(opener):
    async def act(batches, _):
        batch, _, _ = await run(batches, rows(3))
        unknown = [each.id for each in await collected(batches, batch, states={S.UNKNOWN})]
        with pytest.raises(UsageError, match="is no item of unknown fate"):
            await batches.settle([*unknown, f"{batch}-99"])
        count = await batches.settle(unknown)
        await batches.run(batch)
        return count, await batches.status(batch)

    (count, progress), book = work(opener, act, "early-drop@create*2")
    assert (count, progress.counts, len(book.tasks)) == (2, {S.SUCCEEDED: 3}, 3)


def test_a_limit_of_upstream_s_is_waited_out(opener):
    async def act(batches, _):
        _, reason, progress = await run(batches, rows(3))
        return reason, progress

    (reason, progress), book = work(opener, act, "rate-429*9")
    assert (reason, progress.counts, len(book.tasks)) == (None, {S.SUCCEEDED: 3}, 3)


@pytest.mark.parametrize("count", [3, 12])
def test_an_outage_ends_the_run_with_everything_kept(opener, count):
    """Also where so many were refused by it that the breaker lets nobody ask any more, for a minute."""

    async def it():
        store = opener()
        async with batches_at("http://127.0.0.1:9", store) as batches, asyncio.timeout(20):
            _, reason, progress = await run(batches, rows(count), concurrency=count)
        await store.close()
        return reason, progress

    reason, progress = asyncio.run(it())
    assert isinstance(reason, UpstreamError)
    assert reason.code is ErrorCode.NETWORK
    assert progress.counts == {S.QUEUED: count}
    assert (progress.batch.paused, progress.spent) == (None, 0)


def test_a_run_that_is_stopped_lets_go_of_everything_and_goes_on_later(opener):
    async def act(batches, stand_in):
        added = await batches.submit(rows(30))
        stop = asyncio.Event()
        stopping = asyncio.get_running_loop().call_later(0.3, stop.set)
        await batches.run(added.batch.id, stop=stop, concurrency=4)
        stopping.cancel()
        half = await batches.status(added.batch.id)
        stand_in.stand.book.play_seconds = 0.0
        await batches.run(added.batch.id)
        return half, await batches.status(added.batch.id)

    (half, last), book = work(opener, act, book={"play": 0.25})
    assert 0 < half.open <= 30
    assert S.SENDING not in half.counts
    assert (last.counts, len(book.tasks)) == ({S.SUCCEEDED: 30}, 30)


def test_what_is_being_sent_when_a_run_is_stopped_is_given_to_nobody_before_its_reply(opener):
    """However much longer than the lease that takes; else it would be paid for, and its result lost."""

    async def act(batches, _):
        batches.engine = opener.engine(batches.store, 1.0)
        added = await batches.submit(rows(1))
        batch, stop = added.batch.id, asyncio.Event()
        running = asyncio.create_task(batches.run(stop=stop))
        while not (await batches.status(batch)).counts.get(S.SENDING):  # noqa: ASYNC110 -- no event tells
            await asyncio.sleep(0.01)
        stop.set()
        taken = []
        while not running.done():
            taken += await batches.store.claim("another", time.time(), 60.0, 5)
            await asyncio.sleep(0.05)
        return taken, await batches.status(batch)

    (taken, progress), book = work(opener, act, "hang@create")
    assert taken == []
    assert (progress.counts, len(book.tasks)) == ({S.UNKNOWN: 1}, 1)


def test_a_batch_that_is_called_off_brings_what_runs_to_its_end(opener):
    async def act(batches, _):
        added = await batches.submit(rows(20))
        batch = added.batch.id

        async def call_off():
            while not (await batches.status(batch)).counts.get(S.RUNNING):  # noqa: ASYNC110 -- no event tells
                await asyncio.sleep(0.01)
            return await batches.cancel(batch)

        cancelled, _ = await asyncio.gather(call_off(), batches.run(batch, concurrency=3))
        return cancelled, await batches.status(batch)

    (cancelled, progress), book = work(opener, act, book={"play": 0.2})
    assert cancelled > 0
    assert progress.counts == {S.SUCCEEDED: len(book.tasks), S.CANCELLED: cancelled}


def test_a_run_ends_well_whatever_becomes_of_what_only_wakes_it(opener, caplog):
    class Broken:
        async def run(self):
            raise RuntimeError("a fault of ours")

    async def act(batches, _):
        batches._feed = Broken()
        return (await run(batches, rows(1)))[2]

    progress, _ = work(opener, act)
    assert progress.counts == {S.SUCCEEDED: 1}
    assert "RuntimeError" in caplog.text


def test_unknown_batches_are_named_as_such(opener):
    async def act(batches, _):
        for ask in (batches.status("no"), batches.cancel("no"), batches.resume("no")):
            with pytest.raises(UsageError, match="no: is no batch"):
                await ask
        return await batches.run()

    assert work(opener, act)[0] is None
