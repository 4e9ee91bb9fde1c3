"""The fault matrix: whatever goes wrong on the way, no task is made twice and none is lost.

Of each cell the stand-in's own count of accepted tasks is compared with what the client knows: tasks that it
holds a ticket for, and those that `reconcile` finds among the ids in KIE's log.
"""

import asyncio
from contextlib import suppress

import httpx
import pytest

from kie_catalog.client.errors import KieError, NotSent, SubmissionUnknown
from kie_catalog.client.ledger import SubmissionLedger
from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.states import Succeeded
from kie_catalog.client.submission import Found, Open
from tests.client.answering import Told, answering, client_at
from tests.client.standing import INPUT, MODEL, standing

REFUSED = ["http-429", "rate-http-429", "rate-429", "rate-430", "code-500", "code-422"]
"""Refusals: nothing is accepted, and the client knows."""
BEFORE = ["early-drop", "early-http-502", "early-http-524", "early-hang", "early-empty", "early-html"]
"""The request is lost before anything is accepted; the client can't know."""
AFTER = [
    "drop",
    "truncated",
    "cut-chunks",
    "cut-gzip",
    "http-502",
    "http-524",
    "http-500",
    "http-503",
    "hang",
    "drip",
    "half-body",
    "wrong-shape",
    "bare-list",
    "not-a-number",
    "deep-json",
    "empty",
    "html",
    "login-redirect",
    "redirect-away",
    "wrong-charset",
    "gzip-bomb",
    "oversized",
    "brotli",
    "echo-key",
    "slow",
]
"""The task is accepted and the reply is not what it should be."""


async def log_of(url):
    """The ids in KIE's own log, which a person can read."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{url}/_sandbox/tasks")).json()


async def create(url, client, *, count=3):
    """Create so many, gives the ids that the client knows at the end, and what stays open."""
    known, left = [], []
    for number in range(count):
        try:
            ticket = await client.create(MODEL, {"prompt": f"number {number}"})
            known.append(ticket.task_id)
        except SubmissionUnknown as unknown:
            found = await client.reconcile(unknown, await log_of(url))
            if isinstance(found, Found):
                known.append(found.ticket.task_id)
                details = await client.wait(found.ticket)
                assert isinstance(details.state, Succeeded)
            else:
                left.append(unknown)
        except KieError:
            continue  # it was refused: no task, and none that the client knows
    return known, left


def matrix(fault):
    async def it(url):
        async with client_at(url) as client:
            known, left = await create(url, client)
            assert {each.number for each in client.open_submissions} == {
                each.submission.number for each in left
            }
            return known, left

    with standing(f"{fault}@create*1") as stand_in:
        known, left = asyncio.run(it(stand_in.url))
        return known, left, stand_in


@pytest.mark.parametrize("fault", [*REFUSED, *BEFORE, *AFTER])
def test_the_tasks_that_were_accepted_are_those_the_client_knows(fault):
    known, left, stand_in = matrix(fault)
    accepted = list(stand_in.stand.book.tasks)
    assert sorted(known) == sorted(accepted)
    prompts = [each.request["input"]["prompt"] for each in stand_in.stand.book.tasks.values()]
    assert len(set(prompts)) == len(prompts)
    lost = len(left) if fault in BEFORE else 1 if fault == "code-422" else 0
    assert len(accepted) == 3 - lost


@pytest.mark.parametrize("fault", BEFORE)
def test_what_is_not_found_stays_open_until_a_person_settles_it(fault):
    async def it(url):
        async with client_at(url) as client:
            with pytest.raises(SubmissionUnknown) as caught:
                await client.create(MODEL, INPUT)
            assert client.limiter.running == 1
            assert isinstance(await client.reconcile(caught.value), Open)
            assert [each.fingerprint for each in client.open_submissions] == [caught.value.fingerprint]
            await client.settle(caught.value)
            assert client.open_submissions == ()
            assert client.limiter.running == 0
            return (await client.create(MODEL, INPUT)).task_id

    with standing(f"{fault}@create*1") as stand_in:
        task_id = asyncio.run(it(stand_in.url))
        assert list(stand_in.stand.book.tasks) == [task_id]


def test_a_create_that_could_not_connect_is_no_submission_and_one_that_could_is_sent_once():
    async def it():
        async with client_at("http://127.0.0.1:9") as client:
            with pytest.raises(NotSent):
                await client.create(MODEL, INPUT)
            assert client.open_submissions == ()
            assert client.limiter.running == 0
        async with answering(lambda _: Told(body=None)) as (url, asked), client_at(url) as client:
            with pytest.raises(SubmissionUnknown):
                await client.create(MODEL, INPUT)
            assert [each.path for each in asked] == ["/api/v1/jobs/createTask"]

    asyncio.run(it())


DETAILS = [
    "drop",
    "early-drop",
    "truncated",
    "cut-chunks",
    "http-502",
    "http-524",
    "http-429",
    "http-429-seconds",
    "code-429",
    "code-430",
    "code-500",
    "code-455",
    "half-body",
    "wrong-shape",
    "deep-json",
    "empty",
    "html",
    "hang",
    "slow",
    "echo-key",
    "gzip-bomb",
    "redirect-away",
]


@pytest.mark.parametrize("fault", DETAILS)
def test_a_fault_on_details_costs_no_task_and_is_sat_out(fault):
    async def it(url):
        async with client_at(url) as client:
            tickets = [await client.create(MODEL, {"prompt": f"number {number}"}) for number in range(2)]
            ended = await asyncio.gather(*(client.wait(each, 20) for each in tickets))
            assert all(isinstance(each.state, Succeeded) for each in ended)
            return [each.task_id for each in ended]

    with standing(f"{fault}@details*2") as stand_in:
        known = asyncio.run(it(stand_in.url))
        assert sorted(known) == sorted(stand_in.stand.book.tasks)


def test_a_create_that_is_cancelled_on_its_way_is_not_forgotten():
    async def it(url):
        async with client_at(url) as client:
            under_way = asyncio.create_task(client.create(MODEL, INPUT))
            while not await log_of(url):  # noqa: ASYNC110 -- the stand-in is another thread's
                await asyncio.sleep(0.01)
            under_way.cancel()
            with pytest.raises(asyncio.CancelledError):
                await under_way
            (submission,) = client.open_submissions
            found = await client.reconcile(submission, await log_of(url))
            assert isinstance(found, Found)
            assert client.open_submissions == ()
            return found.ticket.task_id

    with standing("hang@create*1") as stand_in:
        task_id = asyncio.run(it(stand_in.url))
        assert list(stand_in.stand.book.tasks) == [task_id]


def test_a_ledger_knows_after_a_crash_what_was_open_before_it(tmp_path):
    async def it(stand_in):
        url = stand_in.url
        ledger = SubmissionLedger(tmp_path / "ledger")
        async with client_at(url, ledger=ledger) as client:
            done = await client.create(MODEL, INPUT)
            stand_in.switch("hang@create*1")
            under_way = asyncio.create_task(client.create(MODEL, {"prompt": "the second"}))
            while len(await log_of(url)) < 2:  # noqa: ASYNC110 -- the stand-in is another thread's
                await asyncio.sleep(0.01)
            under_way.cancel()  # as far as the ledger can tell, the process died here
            with suppress(asyncio.CancelledError):
                await under_way
        again = SubmissionLedger(tmp_path / "ledger")
        assert await again.tasks() == [done.task_id]
        (left,) = await again.open()
        async with client_at(url, ledger=again) as client:
            ids = [each for each in await log_of(url) if each not in await again.tasks()]
            found = await client.reconcile(left, ids)
            with pytest.raises(KieError):
                await client.create("no/such-model", INPUT)
        assert await again.open() == []
        return [done.task_id, found.ticket.task_id]

    with standing() as stand_in:
        known = asyncio.run(it(stand_in))
        assert known == list(stand_in.stand.book.tasks)


class _CutOff(LocalLimiter):
    """A limiter whose caller is called off after its create was accepted and before it has the ticket."""

    async def rename(self, *_):
        raise asyncio.CancelledError


def test_a_caller_who_is_called_off_between_the_reply_and_the_ticket_can_still_find_the_task():
    async def it(url):
        async with client_at(url) as client:
            client._submitter._limiter = _CutOff()
            with pytest.raises(asyncio.CancelledError):
                await client.create(MODEL, INPUT)
            client._submitter._limiter = LocalLimiter()
            (submission,) = client.open_submissions
            found = await client.reconcile(submission, await log_of(url))
            return found.ticket.task_id

    with standing() as stand_in:
        assert [asyncio.run(it(stand_in.url))] == list(stand_in.stand.book.tasks)


def test_equal_requests_are_never_taken_for_each_other():
    async def it(stand_in):
        url = stand_in.url
        async with client_at(url) as client:
            known = [(await client.create(MODEL, INPUT)).task_id for _ in range(3)]
            stand_in.switch("drop@create*2")
            unknown = []
            for _ in range(2):
                with pytest.raises(SubmissionUnknown) as caught:
                    await client.create(MODEL, INPUT)
                unknown.append(caught.value)
            assert unknown[0].fingerprint == unknown[1].fingerprint
            ids = await log_of(url)
            assert await client.reconcile(unknown[0], ids) == Open(2, "2 tasks fit equally")
            _, extra = [each for each in ids if each not in known]
            found = await client.reconcile(unknown[0], [extra])
            assert found.ticket.task_id == extra
            assert isinstance(await client.reconcile(unknown[1], ids), Found)

    with standing() as stand_in:
        asyncio.run(it(stand_in))


def test_a_marked_callback_address_tells_equal_requests_apart():
    async def it(url):
        async with client_at(url) as client:
            unknown = []
            for _ in range(2):
                with pytest.raises(SubmissionUnknown) as caught:
                    await client.create(
                        MODEL, INPUT, callback_url="http://127.0.0.1:9/cb?a=1", mark_callback=True
                    )
                unknown.append(caught.value)
            ids = await log_of(url)
            for each, task_id in zip(unknown, ids, strict=True):
                found = await client.reconcile(each, reversed(ids))
                assert found.ticket.task_id == task_id

    with standing("drop@create*2", "callback-lost") as stand_in:
        asyncio.run(it(stand_in.url))
