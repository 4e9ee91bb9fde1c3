"""Every active model that is called through `createTask` takes its smallest and its largest legal input."""

import asyncio
from dataclasses import replace

from kie_catalog.catalog.artefact import packaged_catalog
from kie_catalog.client.settings import Quotas
from kie_catalog.domain.catalog import Status
from kie_catalog.pricing.quote import Quote
from kie_catalog.sandbox.jobs import records
from kie_catalog.schemas.endpoints import CREATE_TASK
from kie_catalog.service.budget import Budget, BudgetGuard, Guard
from kie_catalog.service.service import KIEService
from tests.client.answering import FAST, client_at
from tests.client.legal import largest, smallest
from tests.client.standing import standing

CALLBACK = "http://127.0.0.1:9/never"


def test_every_active_model_is_called_with_its_smallest_and_its_largest_input(record_property):
    active = sorted(each.id for each in packaged_catalog() if each.status is Status.ACTIVE)
    models = [each for each in active if each in records() and records()[each].call.endpoint == CREATE_TASK]
    inputs = {
        (model, size): make(records()[model].schema) for model in models for size, make in SIZES.items()
    }
    settings = replace(FAST, quotas=Quotas(creations=50, period=0.05, running=40), connections=8)

    async def one(service, model, payload):
        generation = await service.create_generation(model, payload, CALLBACK)
        result = await service.wait_for_generation(generation.task_id)
        return generation, result

    async def it(url):
        async with client_at(url, settings) as client:
            service = KIEService(client, guard=BudgetGuard(Budget(unquoted=Guard.WARN)))
            return await asyncio.gather(*(one(service, model, each) for (model, _), each in inputs.items()))

    with standing("callback-lost", play=0.05, creations=50, period=0.05, credits=10**9) as stand_in:
        ended = asyncio.run(it(stand_in.url))
        book = stand_in.stand.book
    assert len(models) > 100
    assert len(ended) == len(book.tasks) == 2 * len(models)
    for (model, size), (generation, result) in zip(inputs, ended, strict=True):
        sent = book.tasks[generation.task_id].request
        assert sent["model"] == model
        assert sent["input"] == generation.input
        assert set(inputs[model, size]) <= set(sent["input"])
        assert result.urls
    assert book.most_in_a_period() <= 50
    assert book.most_running() <= 40
    quoted = sum(isinstance(generation.quote, Quote) for generation, _ in ended)
    record_property("models", f"{len(models)} models called twice, {quoted} of {len(ended)} inputs quoted")


SIZES = {"smallest": smallest, "largest": largest}
