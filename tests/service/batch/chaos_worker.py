"""A worker process of the chaos test: works a store off until nothing is left that time would bring.

Arguments: the store's spec, the stand-in's URL, the inbox, the file of limits.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from kie_catalog.client.settings import Polling, Quotas, Timeouts
from kie_catalog.service.batch.opening import Parts, open_batches
from kie_catalog.service.batch.patience import Patience
from tests.client.answering import KEY
from tests.service.batch.opening import opener_of
from tests.service.batch.working import settings_at

LEASE = 5.0
QUOTAS = Quotas(creations=60, period=1.0, running=50)
CONCURRENCY = 20
PATIENCE = Patience(callback=10.0, look=60.0, outage=60.0, first_pause=0.2, longest_pause=1.0, refusals=50)
WHOLE = 20.0


def chaos_settings(url):
    return replace(
        settings_at(url, QUOTAS),
        timeouts=Timeouts(connect=10, silence=15, whole=WHOLE),
        polling=Polling(first=0.5, factor=1.5, longest=3.0, grace_seconds=2.0, outage_seconds=30.0),
    )


async def main(spec, url, inbox, limits):
    opener = opener_of(spec)
    store = opener()
    settings = chaos_settings(url)
    parts = Parts(
        api_key=KEY,
        settings=settings,
        limiter=opener.limiter(store, Path(limits), QUOTAS, WHOLE + 1),
        engine=opener.engine(store, LEASE),
        inbox=Path(inbox),
        patience=PATIENCE,
    )
    try:
        async with open_batches(store, parts) as batches:
            await batches.run(concurrency=CONCURRENCY)
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
