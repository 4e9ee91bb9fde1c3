"""What becomes of callbacks: asked about, tried again, given up, forgotten; and who waits hears of them."""

import asyncio
import logging
import time

import pytest

from kie_catalog.client.callbacks import read_callback
from kie_catalog.service.confirming import Confirmer
from kie_catalog.service.inbox import Inbox
from kie_catalog.service.refusals import InputRefused
from kie_catalog.service.service import KIEService
from kie_catalog.service.wakes import InboxWake, LocalWake
from tests.client.answering import client_at
from tests.client.standing import INPUT, MODEL, standing
from tests.service.test_webhook import body_of

SUNO = "ai-music-api/generate"
SUNO_INPUT = {"prompt": "x", "customMode": False, "instrumental": True, "model": "V5"}


def dealt(tmp_path, work, *faults, first_pause=0.0):
    """What some work with an inbox and its confirmer gives, and the tasks that were told as ended."""
    ended = []

    async def on_end(details):
        ended.append(details.task_id)

    async def it(url):
        async with client_at(url) as client:
            inbox = Inbox(tmp_path / "inbox")
            return await work(inbox, Confirmer(inbox, client, on_end, first_pause=first_pause), client)

    with standing(*faults) as stand_in:
        return asyncio.run(it(stand_in.url)), ended


async def put(inbox, task_id):
    raw = body_of(task_id)
    return await inbox.put(read_callback(raw), raw, 1, time.time())


async def due(inbox):
    return [(each.task_id, each.tries) for each in await inbox.due(time.time() + 1)]


def test_a_callback_about_a_task_that_nobody_knows_is_tried_a_number_of_times_and_left(tmp_path):
    async def work(inbox, confirmer, _):
        await put(inbox, "nobody")
        tries = []
        while left := await due(inbox):
            tries += left
            await confirmer.deal()
        return tries

    tries, ended = dealt(tmp_path, work)
    assert tries == [("nobody", number) for number in range(13)]
    assert ended == []


def test_a_stage_on_the_way_is_dealt_with_at_once(tmp_path):
    async def work(inbox, confirmer, _):
        raw = b'{"code": 200, "data": {"callbackType": "text", "task_id": "nobody", "data": []}}'
        await inbox.put(read_callback(raw), raw, 1, time.time())
        await confirmer.deal()
        return await due(inbox)

    assert dealt(tmp_path, work) == ([], [])


def test_a_pause_doubles_from_try_to_try(tmp_path):
    async def work(inbox, confirmer, _):
        await put(inbox, "nobody")
        begun = time.time()
        pauses = []
        for seconds in (100, 200, 300, 300):
            (delivery,) = await inbox.due(begun + 10_000)
            await confirmer._put_off(delivery)
            early, late = await inbox.due(begun + seconds - 5), await inbox.due(begun + seconds + 5)
            pauses.append((len(early), len(late)))
        return pauses

    pauses, _ = dealt(tmp_path, work, first_pause=100.0)
    assert pauses == [(0, 1)] * 4


def test_an_inbox_that_cannot_be_read_is_tried_again(tmp_path, caplog):
    async def work(inbox, confirmer, client):
        ticket = await client.create(MODEL, INPUT)
        await put(inbox, ticket.task_id)
        file = tmp_path / "inbox"
        away = file.rename(tmp_path / "away")
        file.mkdir()
        running = asyncio.create_task(confirmer.run())
        while "the inbox cannot be read" not in caplog.text:  # noqa: ASYNC110 -- no event tells of a log
            await asyncio.sleep(0.01)
        file.rmdir()
        away.rename(file)
        confirmer.tell()
        while await due(inbox):  # noqa: ASYNC110 -- nor of an empty inbox
            await asyncio.sleep(0.01)
        running.cancel()
        return ticket.task_id

    caplog.set_level(logging.WARNING)
    task_id, ended = dealt(tmp_path, work, first_pause=0.02)
    assert ended == [task_id]


def test_what_was_dealt_with_is_forgotten_and_what_was_not_is_not(tmp_path):
    async def it():
        inbox = Inbox(tmp_path / "inbox")
        await put(inbox, "a")
        await put(inbox, "b")
        first, _ = await inbox.due(time.time())
        await inbox.close(first, 100.0)
        await inbox.forget(50.0)
        again = await put(inbox, "a")
        await inbox.forget(150.0)
        return again, await put(inbox, "a"), await put(inbox, "b")

    assert asyncio.run(it()) == (False, True, False)


def test_all_who_wait_for_a_task_are_woken_and_what_nobody_asks_for_is_not_kept_for_ever():
    async def it():
        wake = LocalWake()
        both = [asyncio.create_task(wake.pause("a", 60)) for _ in range(2)]
        await asyncio.sleep(0)
        both[1].cancel()
        await asyncio.sleep(0)
        wake.tell("a")
        await asyncio.wait_for(both[0], 1)
        for number in range(20_000):
            wake.tell(f"task {number}")
        assert wake._waiting == {}
        return len(wake._news)

    assert asyncio.run(it()) < 20_000


def test_an_inbox_that_cannot_be_read_wakes_nobody_and_harms_nobody(tmp_path):
    async def it():
        inbox = Inbox(tmp_path / "inbox")
        wake = InboxWake(inbox, interval=0.01)
        await put(inbox, "a")
        await asyncio.wait_for(wake.pause("a", 60), 5)
        begun = time.monotonic()
        await wake.pause("a", 0.05)
        assert time.monotonic() - begun >= 0.05, "the same news count once"
        (tmp_path / "inbox").unlink()
        (tmp_path / "inbox").mkdir()
        await asyncio.wait_for(wake.pause("b", 0.05), 5)

    asyncio.run(it())


def test_a_model_that_answers_by_callback_only_is_refused_without_one():
    async def it(url):
        async with client_at(url) as client:
            with pytest.raises(InputRefused) as caught:
                await KIEService(client).create_generation(SUNO, SUNO_INPUT)
            return caught.value.message("en")

    with standing() as stand_in:
        assert "callBackUrl" in asyncio.run(it(stand_in.url))
        assert stand_in.stand.book.tasks == {}


def test_a_task_of_another_process_is_taken_up():
    async def it(url):
        async with client_at(url) as client:
            ticket = await client.create(MODEL, INPUT)
            service = KIEService(client)
            by_id = await service.wait_for_generation(ticket.task_id, model_id=MODEL)
            service.adopt(ticket)
            return by_id, await service.wait_for_generation(ticket.task_id)

    with standing() as stand_in:
        by_id, adopted = asyncio.run(it(stand_in.url))
    assert by_id.urls == adopted.urls != ()
