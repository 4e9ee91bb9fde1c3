"""Many generations leave nothing behind: no task, no connection, no place taken."""

import asyncio
from dataclasses import replace

from kie_catalog.client.settings import Clock
from kie_catalog.client.states import Details, Succeeded
from kie_catalog.service.analytics.recording import Recorder
from kie_catalog.service.service import KIEService
from tests.client.answering import FAST, client_at
from tests.client.standing import INPUT, MODEL, standing


def test_many_generations_leave_no_task_connection_or_place():
    settings = replace(FAST, connections=8)

    async def one(service):
        generation = await service.create_generation(MODEL, INPUT)
        return await service.wait_for_generation(generation.task_id)

    async def it(url):
        async with client_at(url, settings) as client:
            service = KIEService(client)
            ended = await asyncio.gather(*(one(service) for _ in range(200)))
            pool = client._transport._client._transport._pool
            assert len(pool.connections) <= settings.connections
            assert client.open_submissions == ()
            assert client.limiter.running == 0
        assert pool.connections == []
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return {each.task_id for each in ended}

    with standing() as stand_in:
        known = asyncio.run(it(stand_in.url))
        assert known == set(stand_in.stand.book.tasks)
        assert len(known) == 200


def test_a_caller_who_is_called_off_leaves_nothing_but_what_was_sent():
    async def it(url):
        async with client_at(url) as client:
            service = KIEService(client)
            waiting = [
                asyncio.create_task(service.wait_for_generation(each)) for each in await created(service)
            ]
            await asyncio.sleep(0.05)
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert client.open_submissions == ()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def created(service):
        return [(await service.create_generation(MODEL, INPUT)).task_id for _ in range(3)]

    with standing(play=5.0) as stand_in:
        asyncio.run(it(stand_in.url))
        assert len(stand_in.stand.book.tasks) == 3


def test_tasks_are_forgotten_before_they_fill_the_memory_and_can_still_be_asked_for():
    most = 20_000

    async def it(url):
        async with client_at(url) as client:
            service = KIEService(client)
            first = (await service.create_generation(MODEL, INPUT)).ticket
            for number in range(most + 5):
                service.adopt(replace(first, task_id=f"task-{number}"))
            assert len(service._tasks) == most
            assert first.task_id not in service._tasks
            return await service.wait_for_generation(first.task_id)

    with standing() as stand_in:
        assert asyncio.run(it(stand_in.url)).urls


def test_ends_are_forgotten_before_they_fill_the_memory():
    most = 20_000
    recorder = Recorder(None, None, (), Clock())
    for number in range(most + 5):
        recorder.ended(Details(f"task-{number}", Succeeded(()), MODEL))
    assert list(recorder._ended) == [f"task-{number}" for number in range(5, most + 5)]
