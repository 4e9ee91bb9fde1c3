"""Four worker processes, random SIGKILLs, faults at a tenth of all requests: nothing lost or paid twice.

`make chaos` runs it with 1,000 items; `KIE_CHAOS_ITEMS` names any other number, and `KIE_CHAOS_SEED` another
chance.
"""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

from kie_catalog.sandbox.switches import Switch, Switchboard
from kie_catalog.service.batch.batch_service import Order
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.batch.opening import Parts, open_batches
from kie_catalog.service.webhook import Webhook, webhook_app
from tests.client.answering import KEY
from tests.client.standing import standing
from tests.service.batch.chaos_worker import LEASE, PATIENCE, QUOTAS, WHOLE, chaos_settings
from tests.service.batch.working import collected, rows
from tests.service.test_webhook import serving

ITEMS = int(os.environ.get("KIE_CHAOS_ITEMS", "40"))
SEED = int(os.environ.get("KIE_CHAOS_SEED", "1"))
WORKERS = 4
LONGEST = 600.0 + ITEMS
"""Seconds after which something is wrong."""
FAULTS = {
    "create": {
        "drop": 0.02,
        "http-503": 0.02,
        "early-drop": 0.01,
        "early-http-502": 0.01,
        "rate-429": 0.02,
        "code-500": 0.01,
        "half-body": 0.01,
    },
    "details": {"drop": 0.03, "http-502": 0.03, "http-429": 0.02, "html": 0.02},
}
"""A tenth of all creations and of all looks at tasks; by what is asked, the share of each fault."""
TURNS = {
    "fail-422": 0.03,
    "fail-500": 0.02,
    "callback-lost": 0.1,
    "callback-twice": 0.1,
    "queuing": 0.1,
    "unknown-state": 0.05,
}
"""How tasks go, beside that."""


class ChanceBoard:
    """A switchboard on which each fault is met by a share of the requests."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        shares = [(name, at, share) for at, named in FAULTS.items() for name, share in named.items()]
        shares += [(name, "create", share) for name, share in TURNS.items()]
        self._all = [(Switch(name, at), share) for name, at, share in shares]
        self.met = Counter()

    @property
    def on(self):
        return tuple(switch for switch, _ in self._all)

    def meet(self, path, names):
        with self._lock:
            for switch, share in self._all:
                if switch.name in names and switch.meets(path) and self._random.random() < share:
                    self.met[switch.name] += 1
                    return switch.name, self.met[switch.name] - 1
        return None


class Crew:
    """Worker processes, of which one is killed now and then and another takes its place."""

    def __init__(self, *arguments):
        self._arguments = arguments
        self._all = [self._start() for _ in range(WORKERS)]
        self.kills = 0

    def _start(self):
        command = [sys.executable, "-m", "tests.service.batch.chaos_worker", *map(str, self._arguments)]
        return subprocess.Popen(command, cwd=Path(__file__).parents[3], env={**os.environ})

    def kill_one(self, at):
        self._all[at].kill()
        self._all[at].wait()
        self._all[at] = self._start()
        self.kills += 1

    def is_done(self):
        return all(each.poll() is not None for each in self._all)

    def end(self):
        for each in self._all:
            each.kill()
            each.wait()

    @property
    def codes(self):
        return [each.wait() for each in self._all]


class Scene:
    """A store, a stand-in and a webhook, and what people do with them."""

    def __init__(self, opener, stand_in, folder):
        self.opener, self.stand_in = opener, stand_in
        self.inbox, self.limits = folder / "inbox.sqlite", folder / "limits.sqlite"

    def do(self, act):
        """Act on the batches in this process."""

        async def it():
            store = self.opener()
            parts = Parts(
                api_key=KEY,
                settings=chaos_settings(self.stand_in.url),
                limiter=self.opener.limiter(store, self.limits, QUOTAS, WHOLE + 1),
                engine=self.opener.engine(store, LEASE),
                inbox=self.opener.inbox(self.inbox),
                patience=PATIENCE,
            )
            try:
                async with open_batches(store, parts) as batches:
                    return await act(batches)
            finally:
                await store.close()

        return asyncio.run(it())

    def shake(self, crew):
        """Kill a worker after each few tasks more, until nearly all is sent; how long it took."""
        chance, begun, doomed = random.Random(SEED), time.monotonic(), 1
        try:
            while not crew.is_done():
                assert time.monotonic() - begun < LONGEST, "the workers do not come to an end"
                time.sleep(chance.uniform(0.005, 0.05))
                made = len(self.stand_in.stand.book.tasks)
                if doomed <= made < ITEMS * 0.95:
                    doomed = made + chance.randint(ITEMS // 25, ITEMS // 10)
                    crew.kill_one(chance.randrange(WORKERS))
            assert crew.codes == [0] * WORKERS
        finally:
            crew.end()
        return time.monotonic() - begun

    async def bring_to_an_end(self, batches, batch):
        """What a person does in the end: look into KIE's log, and settle what is not in it."""
        before = await batches.status(batch)
        await batches.reconcile(batch, list(self.stand_in.stand.book.tasks))
        unknown = await collected(batches, batch, states={ItemState.UNKNOWN})
        await batches.settle([each.id for each in unknown])
        await batches.run(batch)
        return before, await batches.status(batch), await collected(batches, batch)


def test_nothing_is_lost_and_nothing_is_paid_twice(opener, tmp_path, record_property):
    book = {"play": 0.3, "creations": QUOTAS.creations, "period": QUOTAS.period, "credits": Decimal(10**6)}
    with standing(**book) as stand_in:
        scene = Scene(opener, stand_in, tmp_path)
        with serving(webhook_app(Webhook(scene.opener.inbox(scene.inbox), verifier=None))) as callback:

            async def hand_in(batches):
                return (await batches.submit(rows(ITEMS), Order(callback_url=callback, tries=1))).batch.id

            batch = scene.do(hand_in)
            board = stand_in.stand.board = ChanceBoard(SEED)
            crew = Crew(opener.spec, stand_in.url, scene.inbox, scene.limits)
            seconds = scene.shake(crew)
            stand_in.stand.board = Switchboard()
            before, last, items = scene.do(lambda batches: scene.bring_to_an_end(batches, batch))
        book = stand_in.stand.book
    record_property(
        "kills",
        f"{ITEMS} items, {WORKERS} workers, {opener.spec.partition(':')[0]} store: {crew.kills} kills,"
        f" {board.met.total()} faults, {before.counts.get(ItemState.UNKNOWN, 0)} left to a person,"
        f" {seconds:.0f} s",
    )
    assert crew.kills > 0
    assert last.total == len(items) == ITEMS
    assert all(each.state in (ItemState.SUCCEEDED, ItemState.FAILED) for each in items)
    assert Counter(each.task_id for each in items) == Counter(list(book.tasks))
    for each in items:
        assert book.tasks[each.task_id].request["input"]["prompt"] == f"a lighthouse {each.row - 1}"
        assert (book.tasks[each.task_id].failure is None) == (each.state is ItemState.SUCCEEDED)
    assert last.spent == 4 * last.counts[ItemState.SUCCEEDED]
    assert book.most_in_a_period() <= QUOTAS.creations
    assert book.most_running() <= QUOTAS.running
