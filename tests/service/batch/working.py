"""Batches at a stand-in."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.settings import Clock, Hosts, Quotas, Retries
from kie_catalog.service.batch.opening import Parts, open_batches
from kie_catalog.service.batch.patience import Patience
from tests.client.answering import FAST, KEY
from tests.client.standing import MODEL, standing

QUOTAS = Quotas(creations=10_000, period=1.0, running=1000)
PATIENCE = Patience(callback=0.6, look=5.0, outage=0.5, first_pause=0.02, longest_pause=0.1)


def settings_at(url, quotas=QUOTAS, **more):
    retries = Retries(creates=2, first_wait=0.01, longest_wait=0.05)
    return replace(FAST, hosts=Hosts.at(url), quotas=quotas, retries=retries, **more)


@asynccontextmanager
async def batches_at(url, store, **more):
    """A service of batches on an open store, with short patience."""
    clock = more.pop("clock", None) or Clock()
    settings = settings_at(url, more.pop("quotas", QUOTAS), clock=clock)
    limiter = more.pop("limiter", None) or LocalLimiter(settings.quotas)
    given = {"patience": PATIENCE, "limiter": limiter, **more}
    async with open_batches(store, Parts(api_key=KEY, settings=settings, **given)) as batches:
        yield batches


def rows(count, **more):
    return [{"model": MODEL, "input": {"prompt": f"a lighthouse {each}"}, **more} for each in range(count)]


def work(opener, act, *faults, book=None, **parts):
    """Do async work with a service of batches at a stand-in with these faults; its result, and the book."""

    async def it(stand_in):
        store = opener()
        try:
            async with batches_at(stand_in.url, store, **parts) as batches:
                return await act(batches, stand_in)
        finally:
            await store.close()

    with standing(*faults, **(book or {})) as stand_in:
        return asyncio.run(it(stand_in)), stand_in.stand.book


async def collected(batches, batch_id, **more):
    return [each async for each in batches.results(batch_id, **more)]
