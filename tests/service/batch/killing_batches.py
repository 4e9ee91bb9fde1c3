"""A small batch, killed at each step of its work, then brought to its end by another process.

A program of its own: it forks, which a process with threads must not. Arguments: the kind of store, the
URL of a stand-in, and what to kill at: `acts` of the store and the limiter, or `exchanges` with KIE. It
prints a line a kill, and fails where an item is lost or paid twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
import urllib.request
from collections import Counter

from kie_catalog.client.limits import LocalLimiter
from kie_catalog.client.settings import Clock
from kie_catalog.service.batch.batch_service import Order
from kie_catalog.service.batch.engine import EmbeddedEngine
from kie_catalog.service.batch.items import ItemState
from kie_catalog.service.batch.patience import Patience
from tests.killing import in_child
from tests.service.batch.opening import KINDS
from tests.service.batch.working import QUOTAS, batches_at, collected, rows

ITEMS = 3
LEASE = 3.0
LATER = Clock(now=lambda: time.time() + LEASE)
"""That of the process that goes on: what the killed one held is free by then, and nobody waits for it."""
PATIENCE = Patience(callback=0.0, look=5.0, outage=5.0, first_pause=0.02, longest_pause=0.1)
ORDER = Order(key="killed")


class Doom:
    """Kills this process at a step."""

    def __init__(self, step):
        self.left = step

    def step(self):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Doomed:
    """Anything, dying right before or right after one of its async methods' calls."""

    def __init__(self, inner, doom):
        self._inner, self._doom = inner, doom

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def act(*args, **kwargs):
            self._doom.step()
            result = await found(*args, **kwargs)
            self._doom.step()
            return result

        return act


async def work(opener, url, doom=None, clock=None):
    """Hand the batch in, or find it there, and run it; one item at a time, so that steps are the same."""
    store = opener()
    kept = Doomed(store, doom) if doom else store
    limiter = LocalLimiter(QUOTAS)
    engine = EmbeddedEngine(kept, clock, lease=LEASE, interval=0.01)
    given = Doomed(limiter, doom) if doom else limiter
    parts = {"limiter": given, "engine": engine, "patience": PATIENCE, "clock": clock}
    try:
        async with batches_at(url, kept, **parts) as batches:
            added = await batches.submit(rows(ITEMS), ORDER)
            await batches.run(added.batch.id, concurrency=1)
    finally:
        await store.close()


def log_of(url):
    """What KIE's log would show."""
    with urllib.request.urlopen(f"{url}/_sandbox/tasks") as reply:  # noqa: S310 -- a stand-in
        return json.loads(reply.read())


async def finish(opener, url, before):
    """Another process, and a person: go on, look into the log, settle the rest, go on."""
    await work(opener, url, clock=LATER)
    store = opener()
    try:
        engine = EmbeddedEngine(store, LATER, lease=LEASE, interval=0.01)
        async with batches_at(url, store, engine=engine, patience=PATIENCE, clock=LATER) as batches:
            (batch,) = await batches.batches()
            unknown = await batches.reconcile(batch.id, set(log_of(url)) - set(before))
            left = [each.id for each in await collected(batches, batch.id, states={ItemState.UNKNOWN})]
            await batches.settle(left)
            await batches.run(batch.id, concurrency=1)
            items = await collected(batches, batch.id)
    finally:
        await store.close()
    made = [each for each in log_of(url) if each not in before]
    if [each.state for each in items] != [ItemState.SUCCEEDED] * ITEMS:
        raise AssertionError(f"not all ended well: {[each.state for each in items]}")
    if Counter(each.task_id for each in items) != Counter(made):
        raise AssertionError(f"{len(made)} tasks for {ITEMS} items")
    print(f"found {unknown.found}, settled {len(left)}", flush=True)  # noqa: T201 -- a program of its own


class Relay:
    """Stands between the worker and KIE, and kills the worker before or behind an exchange."""

    def __init__(self, upstream, step):
        self._port = int(upstream.rpartition(":")[2])
        self._left = step
        self.victim = 0
        self.is_killed = False

    def _step(self):
        self._left -= 1
        if self._left == 0:
            os.kill(self.victim, signal.SIGKILL)
            self.is_killed = True
        return self.is_killed

    async def serve(self, reader, writer):
        try:
            while (request := await _message(reader)) and not self._step():
                up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
                up_writer.write(request)
                reply = await _message(up_reader)
                up_writer.close()
                if self._step():
                    break
                writer.write(reply)
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the worker is gone
        finally:
            writer.close()

    def run(self, listener, work):
        """Relay for a child that does work; whether it was killed.

        Raises:
            RuntimeError: it ended by itself, but not well.
        """
        self.victim = os.fork()
        if self.victim == 0:
            in_time = False
            try:
                work()
                in_time = True
            finally:
                os._exit(0 if in_time else 1)
        status = asyncio.run(self._until_it_ends(listener))
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise RuntimeError("the work failed; see above")
        return os.WIFSIGNALED(status)

    async def _until_it_ends(self, listener):
        server = await asyncio.start_server(self.serve, sock=listener.dup())
        while True:
            pid, status = os.waitpid(self.victim, os.WNOHANG)  # noqa: ASYNC222 -- it does not wait
            if pid:
                server.close()
                return status
            await asyncio.sleep(0.005)


async def _message(reader):
    """A whole request or reply; nothing at the end of a connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)


def at_acts(opener, url, step):
    """Whether the work got to this act before it was done."""
    return in_child(lambda: asyncio.run(work(opener, url, Doom(step))))


def at_exchanges(opener, url, step):
    """Whether the work got to this exchange before it was done."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        near = f"http://127.0.0.1:{listener.getsockname()[1]}"
        return Relay(url, step).run(listener, lambda: asyncio.run(work(opener, near)))


WAYS = {"acts": at_acts, "exchanges": at_exchanges}


def main(name, url, way):
    kind = next(each for each in KINDS if each.name == name)
    step, is_killed = 0, True
    while is_killed:
        step += 1
        before = log_of(url)
        with kind.fresh() as opener:
            is_killed = WAYS[way](opener, url, step)
            in_child(lambda opener=opener, before=before: asyncio.run(finish(opener, url, before)))
    print(f"{step - 1} kills at {way}", flush=True)  # noqa: T201 -- see above


if __name__ == "__main__":
    main(*sys.argv[1:])
