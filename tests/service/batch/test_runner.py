"""One item to its next rest: whatever comes in its way, it is sent at most once and rests where it should."""

import time
from dataclasses import replace

import pytest

from kie_catalog.client.callbacks import CallbackBody
from kie_catalog.client.errors import AccountError, UpstreamError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.submission import marked
from kie_catalog.domain.values import plain_number
from kie_catalog.schemas.endpoints import RECORD_INFO
from kie_catalog.service.batch.items import ItemState, NewItem
from kie_catalog.service.batch.runner import ItemRunner
from kie_catalog.service.batch.store import StoreUnavailable
from kie_catalog.service.inbox import Inbox
from tests.client.standing import MODEL
from tests.service.batch.making import a_batch, away, new_items
from tests.service.batch.opening import Embedded
from tests.service.batch.working import PATIENCE, QUOTAS, collected, rows, work

S = ItemState
ADDRESS = "http://127.0.0.1:9/nobody"
CHAT = "gpt-5-2"
LEASE = 60.0


@pytest.fixture(name="opener")
def _opener():
    """Of one kind of store: a runner asks of it only what all of them promise."""
    with Embedded().fresh() as opener:
        yield opener


def runner_of(batches, **more):
    return ItemRunner(batches.service, batches.store, **{"patience": PATIENCE, **more})


async def claimed(store):
    """The one item that may be taken up: all pauses are over by then."""
    (item,) = await store.claim("w", time.time() + 1000, LEASE, 1)
    return item


async def one(store, item=None, **batch):
    """The only item of a new batch, claimed."""
    await store.add(a_batch(**batch), [item or new_items(1, quoted=None)[0]])
    return await claimed(store)


async def running(batches):
    """An item that runs: accepted in an earlier claim, by a process that is gone."""
    store = batches.store
    item = await one(store)
    generation = await batches.service.create_generation(MODEL, item.payload, number=item.number)
    await store.release(item, 0.0, code=None, reason=None)
    again = await claimed(store)
    assert (again.state, again.task_id) == (S.RUNNING, generation.task_id)
    return again


# --- sending


def test_what_is_paused_between_its_claim_and_its_sending_is_not_sent(opener):
    async def act(batches, stand_in):
        store, runner = batches.store, runner_of(batches)
        item = await one(store)
        await store.pause("b", "a person wants it so")
        rest = await runner.run(item), len(stand_in.stand.book.tasks)
        await store.resume("b")
        return rest, await runner.run(await claimed(store))

    ((rest, later), book) = work(opener, act)
    assert rest == (None, 0)
    assert (later.state, len(book.tasks)) == (S.SUCCEEDED, 1)


def test_what_costs_more_by_now_than_it_was_priced_at_is_not_sent(opener):
    async def act(batches, _):
        price = batches.admit(rows(1)).total
        item = await one(batches.store, *new_items(1, quoted=price / 2))
        return price, await runner_of(batches).run(item)

    (price, ended), book = work(opener, act)
    assert (ended.state, ended.code, ended.charged) == (S.FAILED, "BUDGET", 0)
    now, was = plain_number(price), plain_number(price / 2)
    assert ended.reason == f"costs {now} credits by now and was priced at {was}"
    assert book.tasks == {}


CHATTED = NewItem(1, CHAT, {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]})


def test_what_json_has_no_form_for_fails_by_itself_and_costs_nothing(opener):
    """Also where a model takes anything."""

    async def act(batches, stand_in):
        odd = replace(CHATTED, payload={"messages": [float("nan")]})
        return await runner_of(batches).run(await one(batches.store, odd)), stand_in.seen

    (ended, seen), _ = work(opener, act)
    assert (ended.state, ended.code, ended.charged) == (S.FAILED, "VALIDATION", 0)
    assert ended.reason == "messages[0]: no-json"
    assert seen == []


def test_a_call_that_answers_with_its_result_ends_without_a_task(opener):
    async def act(batches, _):
        return await runner_of(batches).run(await one(batches.store, CHATTED))

    ended, _ = work(opener, act)
    assert (ended.state, ended.item.task_id, ended.item.tries) == (S.SUCCEEDED, None, 1)
    assert ended.data["content"] == [{"type": "text", "text": "Hello."}]


def test_the_answer_that_a_process_took_along_is_not_paid_for_again(opener):
    """Nobody can be asked for it, and to send it anew would cost anew."""

    async def act(batches, stand_in):
        store = batches.store
        item = await one(store, CHATTED)
        await batches.service.create_generation(CHAT, item.payload, number=item.number)
        await store.release(item, 0.0, code=None, reason=None)
        stand_in.switch("drop")
        return await runner_of(batches).run(await claimed(store))

    ended, _ = work(opener, act)
    assert (ended.state, ended.code, ended.charged) == (S.FAILED, "EMPTY_RESULT", None)
    assert ended.reason == "its answer was lost with the process"


# --- looking for what may have been sent


@pytest.mark.parametrize(
    ("fault", "code"), [("http-503@details", "GATEWAY"), ("code-422@details", "VALIDATION")]
)
def test_what_cannot_be_looked_for_now_is_looked_for_again(opener, tmp_path, fault, code):
    """It is neither sent anew nor given up: the next look finds the task that the callback told of."""

    async def act(batches, stand_in):
        store, inbox, rests = batches.store, batches._inbox, []
        runner = runner_of(batches, inbox=inbox, patience=replace(PATIENCE, callback=60.0))
        item = await one(store, callback_url=ADDRESS)
        rests.append(await runner.run(item))
        (task_id,) = stand_in.stand.book.tasks
        told = CallbackBody(task_id, "success", True, (RECORD_INFO,), marked(ADDRESS, item.number))
        await inbox.put(told, b"{}", 1, time.time())
        stand_in.switch(fault)
        rests.append(await runner.run(await claimed(store)))
        kept = await store.item(item.id)
        stand_in.switch()
        return rests, kept, await runner.run(await claimed(store))

    (rests, kept, last), book = work(opener, act, "drop@create", inbox=tmp_path / "inbox.sqlite")
    assert (rests, kept.state, kept.code) == ([None, None], S.SENDING, code)
    assert (last.state, last.item.task_id, len(book.tasks)) == (S.SUCCEEDED, *book.tasks, 1)


class Unreadable(Inbox):
    """An inbox whose server is not there."""

    async def candidates(self, **_):
        raise StoreUnavailable("the server is gone")


@pytest.mark.parametrize(("patience", "state"), [(60.0, S.SENDING), (0.0, S.UNKNOWN)])
def test_without_its_inbox_a_lost_reply_waits_as_without_news(opener, tmp_path, caplog, patience, state):
    """For a callback as long as one may come, then for a person; and it is said why."""

    async def act(batches, _):
        item = await one(batches.store, callback_url=ADDRESS)
        inbox = Unreadable(tmp_path / "inbox.sqlite")
        runner = runner_of(batches, inbox=inbox, patience=replace(PATIENCE, callback=patience))
        return await runner.run(item), await batches.store.item(item.id)

    (rest, kept), book = work(opener, act, "drop@create")
    assert (rest, kept.state, kept.code, len(book.tasks)) == (None, state, "SUBMISSION_UNKNOWN", 1)
    assert "the inbox cannot be read (the server is gone)" in caplog.text


# --- waiting


def test_an_account_that_may_not_ask_any_more_halts_everybody_and_loses_nothing(opener):
    async def act(batches, stand_in):
        item, halts = await running(batches), []
        stand_in.switch("code-401@details")
        rest = await runner_of(batches, on_halt=halts.append).run(item)
        kept, batch = await batches.store.item(item.id), await batches.store.batch("b")
        stand_in.switch()
        return rest, halts, kept, batch, await runner_of(batches).run(await claimed(batches.store))

    (rest, halts, kept, batch, last), _ = work(opener, act)
    assert (rest, kept.state, kept.code) == (None, S.RUNNING, "AUTH")
    assert [type(each) for each in halts] == [AccountError]
    assert "AUTH" in batch.paused
    assert (last.state, last.item.task_id) == (S.SUCCEEDED, kept.task_id)


@pytest.mark.parametrize(("patience", "is_given_up"), [(60.0, False), (0.0, True)])
def test_a_task_that_takes_too_long_for_one_look_is_waited_for_again_until_it_is_far_too_late(
    opener, patience, is_given_up
):
    async def act(batches, _):
        item = await running(batches)
        runner = runner_of(batches, patience=replace(PATIENCE, look=0.05, task=patience))
        return await runner.run(item), await batches.store.item(item.id)

    (rest, kept), book = work(opener, act, book={"play": 60.0})
    assert [kept.task_id] == list(book.tasks)
    if is_given_up:
        assert (rest.state, rest.code, rest.charged) == (S.FAILED, "WAIT_EXPIRED", None)
        assert rest.item.task_id == kept.task_id
    else:
        assert (rest, kept.state, kept.code) == (None, S.RUNNING, "WAIT_EXPIRED")


def test_an_outage_while_a_task_is_waited_for_halts_everybody_once_it_lasts(opener):
    async def act(batches, stand_in):
        item, halts = await running(batches), []
        runner = runner_of(batches, on_halt=halts.append, patience=replace(PATIENCE, look=0.05, outage=0.0))
        stand_in.switch("drop@details")
        rests = [await runner.run(item)]
        early = list(halts)
        rests.append(await runner.run(await claimed(batches.store)))
        return rests, early, halts, await batches.store.item(item.id)

    (rests, early, halts, kept), _ = work(opener, act)
    assert (rests, kept.state) == ([None, None], S.RUNNING)
    assert early == []
    assert [each.code for each in halts] == [ErrorCode.NETWORK]
    assert isinstance(halts[0], UpstreamError)


@pytest.mark.parametrize("hindrance", ["nobody serves them", "there is no such folder"])
def test_results_that_cannot_be_fetched_are_told_of_and_are_results_all_the_same(opener, tmp_path, hindrance):
    downloads, code = tmp_path, "NETWORK"
    if hindrance == "there is no such folder":
        downloads, code = tmp_path / "file", "NOT_WRITTEN"
        downloads.write_text("no folder")

    async def act(batches, stand_in):
        stand_in.stand.book.files = "http://127.0.0.1:9" if downloads == tmp_path else stand_in.url
        added = await batches.submit(rows(1))
        await batches.run(added.batch.id)
        return await collected(batches, added.batch.id)

    ((item,), _) = work(opener, act, downloads=downloads)
    assert (item.state, item.charged, item.files, item.code) == (S.SUCCEEDED, 4, (), code)
    assert item.urls
    assert item.reason == "the results could not be fetched; their addresses expire"


# --- faults of ours


def test_a_store_that_cannot_be_asked_is_no_fault_of_the_item(opener):
    async def act(batches, _):
        item = await one(batches.store)
        with away(batches.store), pytest.raises(StoreUnavailable):
            await runner_of(batches).run(item)
        return await runner_of(batches).run(item)

    ended, book = work(opener, act)
    assert (ended.state, len(book.tasks)) == (S.SUCCEEDED, 1)


class Stumbling(LocalLimiter):
    """Limits with a fault of ours, whose message repeats what a person wrote."""

    def __init__(self, quotas, *, on_row=None, leaves=0):
        super().__init__(quotas)
        self.on_row = on_row
        self.leaves = leaves

    async def enter(self, submission):
        if submission.partition(".")[0].endswith(f"-{self.on_row}"):
            raise RuntimeError("a lighthouse")
        await super().enter(submission)

    async def leave(self, name):
        if self.leaves:
            self.leaves -= 1
            raise RuntimeError("a lighthouse")
        await super().leave(name)


def test_an_item_that_this_program_cannot_send_fails_at_last_and_keeps_no_other_from_its_end(opener, caplog):
    async def act(batches, _):
        added = await batches.submit(rows(3))
        reason = await batches.run(added.batch.id)
        return reason, await collected(batches, added.batch.id)

    patience = replace(PATIENCE, refusals=3)
    limiter = Stumbling(QUOTAS, on_row=2)
    (reason, items), book = work(opener, act, limiter=limiter, patience=patience)
    assert (reason, len(book.tasks)) == (None, 2)
    assert [each.state for each in items] == [S.SUCCEEDED, S.FAILED, S.SUCCEEDED]
    failed = items[1]
    assert (failed.code, failed.charged, failed.epoch) == ("UNKNOWN", 0, 3)
    assert failed.reason == "failed in this program (RuntimeError)"
    assert "a lighthouse" not in caplog.text


def test_what_was_accepted_is_not_called_failed_for_a_fault_of_ours(opener):
    """However often it comes: the task is paid for, and is waited for again."""

    async def act(batches, _):
        item = await one(batches.store)
        runner = runner_of(batches, patience=replace(PATIENCE, refusals=1))
        rests = [await runner.run(item), await runner.run(await claimed(batches.store))]
        return rests, await batches.store.item(item.id), await runner.run(await claimed(batches.store))

    (rests, kept, last), book = work(opener, act, limiter=Stumbling(QUOTAS, leaves=2))
    assert (rests, kept.state, kept.code) == ([None, None], S.RUNNING, "UNKNOWN")
    assert (last.state, len(book.tasks)) == (S.SUCCEEDED, 1)
