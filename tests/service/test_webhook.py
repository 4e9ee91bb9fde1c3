"""Callbacks are accepted durably, believed never, and whoever waits is woken by them at once."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn

from kie_catalog.client.client import KieClient
from kie_catalog.client.settings import Clock, Polling
from kie_catalog.client.signature import Verifier, sign
from kie_catalog.client.states import Failed, Succeeded
from kie_catalog.service.analytics.metrics import CONTENT_TYPE, MetricsCollector
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.confirming import Confirmer
from kie_catalog.service.inbox import Inbox
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.inbox import PostgresInbox
from kie_catalog.service.service import KIEService
from kie_catalog.service.wakes import InboxWake, LocalWake
from kie_catalog.service.webhook import PATH, Webhook, webhook_app
from tests.client.answering import FAST, KEY, client_at
from tests.client.standing import INPUT, MODEL, standing

from .events import an_event

HMAC = "hmac-key-of-the-tests"
NOW = 1769670760


def body_of(task_id, stage="success"):
    return json.dumps(
        {"code": 200, "msg": "x", "data": {"taskId": task_id, "state": stage, "resultJson": ""}}
    ).encode()


def headers_of(task_id, moment=NOW, key=HMAC):
    return {"X-Webhook-Timestamp": str(moment), "X-Webhook-Signature": sign(task_id, moment, key)}


def posted(webhook, *requests):
    """The status of each request to an application."""

    async def it():
        transport = httpx.ASGITransport(webhook_app(webhook))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return [
                (await client.post(PATH, content=raw, headers=headers)).status_code
                for raw, headers in requests
            ]

    return asyncio.run(it())


@pytest.fixture(name="webhook")
def _webhook(tmp_path):
    clock = Clock(now=lambda: NOW)
    return Webhook(Inbox(tmp_path / "inbox"), Verifier([HMAC]), LocalWake(), most_bytes=10_000, clock=clock)


def due(webhook):
    return [each.task_id for each in asyncio.run(webhook.inbox.due(NOW))]


def test_what_is_signed_is_kept_and_what_is_not_is_refused(webhook):
    statuses = posted(
        webhook,
        (body_of("a"), headers_of("a")),
        (body_of("b"), {}),
        (body_of("b"), headers_of("a")),
        (body_of("b"), headers_of("b", key="other")),
        (body_of("b"), headers_of("b", moment=NOW - 301)),
        (body_of("b"), headers_of("b", moment=NOW + 301)),
        (b"{}", headers_of("b")),
        (b"no JSON", headers_of("b")),
        (body_of("b") + b" " * 10_000, headers_of("b")),
    )
    assert statuses == [200, 401, 401, 401, 401, 401, 400, 400, 413]
    assert due(webhook) == ["a"]


def test_a_body_without_a_length_is_cut_off_at_the_cap(webhook):
    async def it():
        async def endless():
            for _ in range(1000):
                yield b" " * 1000

        transport = httpx.ASGITransport(webhook_app(webhook))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.post(PATH, content=endless())).status_code

    assert asyncio.run(it()) == 413


def test_replays_and_duplicates_are_answered_and_heard_once(webhook):
    again = [(body_of("a"), headers_of("a"))] * 3
    assert posted(webhook, *again) == [200, 200, 200]
    assert due(webhook) == ["a"]
    assert posted(webhook, (body_of("a"), headers_of("a", moment=NOW + 1))) == [200]
    assert due(webhook) == ["a", "a"]


def test_a_key_that_was_replaced_is_still_good(tmp_path):
    webhook = Webhook(Inbox(tmp_path / "i"), Verifier(["new", HMAC]), clock=Clock(now=lambda: NOW))
    assert posted(webhook, (body_of("a"), headers_of("a")), (body_of("b"), headers_of("b", key="new"))) == [
        200,
        200,
    ]


def test_without_a_verifier_unsigned_callbacks_are_kept_once_each(tmp_path):
    webhook = Webhook(Inbox(tmp_path / "i"), None, clock=Clock(now=lambda: NOW))
    assert posted(webhook, (body_of("a"), {}), (body_of("a"), {}), (body_of("b"), {})) == [200, 200, 200]
    assert due(webhook) == ["a", "b"]


def test_what_cannot_be_kept_is_not_answered_with_success(webhook, tmp_path):
    (tmp_path / "inbox").unlink()
    (tmp_path / "inbox").mkdir()
    assert posted(webhook, (body_of("a"), headers_of("a"))) == [500]


def got(webhook, metrics, path="/metrics"):
    """What `GET` of a path answers."""

    async def it():
        transport = httpx.ASGITransport(webhook_app(webhook, metrics=metrics))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path)

    return asyncio.run(it())


def test_metrics_are_served_only_where_they_are_wanted(webhook, tmp_path):
    log = SqliteEventLog(tmp_path / "events")
    log.write([an_event()])
    reply = got(webhook, MetricsCollector(log))
    assert (reply.status_code, reply.headers["content-type"]) == (200, CONTENT_TYPE)
    assert 'kie_generations_total{model="z-image",outcome="succeeded"} 1.0\n' in reply.text
    assert got(webhook, None).status_code == 404
    assert got(webhook, MetricsCollector(log), PATH).status_code == 405


def test_a_scrape_fails_where_the_log_cannot_be_read_and_callbacks_go_on(webhook, tmp_path):
    metrics = MetricsCollector(SqliteEventLog(tmp_path / "events"))
    (tmp_path / "events").unlink()
    (tmp_path / "events").mkdir()
    reply = got(webhook, metrics)
    assert reply.status_code == 503
    assert str(tmp_path) not in reply.text
    assert posted(webhook, (body_of("a"), headers_of("a"))) == [200]


@contextmanager
def serving(app):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, log_level="critical", ws="none", loop="asyncio")
        )
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}{PATH}"
        finally:
            server.should_exit = True
            thread.join(10)


def test_an_application_that_has_ended_leaves_nothing_running(database):
    """A pool that is left open may swallow it that the process ends, while it makes a connection."""

    async def it():
        opened = Database(database)
        inbox = PostgresInbox(opened)

        async def said(_):
            pass

        async with client_at("http://127.0.0.1:9") as client:
            confirmer = Confirmer(inbox, client, said)
            app = webhook_app(Webhook(inbox, None, confirmer=confirmer), during=opened.opened())
            async with app.router.lifespan_context(app):
                await inbox.due(0.0)
                during = len(asyncio.all_tasks())
            return during, asyncio.all_tasks() - {asyncio.current_task()}, opened.is_open

    during, after, is_open = asyncio.run(it())
    assert during > 1
    assert (after, is_open) == (set(), False)


SLOW_POLLING = replace(FAST, polling=Polling(first=20.0, longest=20.0))


class NotingWake(InboxWake):
    """Notes of each pause whether it was ended early."""

    def __init__(self, inbox):
        super().__init__(inbox, interval=0.02)
        self.early = []

    async def pause(self, task_id, seconds):
        begun = time.monotonic()
        await super().pause(task_id, seconds)
        self.early.append(time.monotonic() - begun < seconds)


def run_generation(tmp_path, *turns, model=MODEL, payload=INPUT, settings=SLOW_POLLING, play=0.3):
    """One generation with a webhook elsewhere; gives its details, and which pauses were ended early."""
    inbox = Inbox(tmp_path / "inbox")
    webhook = Webhook(inbox, Verifier([HMAC]))
    wake = NotingWake(inbox)

    async def it(url, callback):
        async with client_at(url, settings) as client:
            ticket = await client.create(model, payload, callback_url=callback)
            return await client.wait(ticket, 60, wake=wake)

    with standing(*turns, play=play, hmac_key=HMAC) as stand_in, serving(webhook_app(webhook)) as callback:
        return asyncio.run(it(stand_in.url, callback)), wake.early


@pytest.mark.parametrize("turn", ["fail-501", "callback-twice", "many-results"])
def test_a_callback_wakes_who_waits_though_another_process_heard_it(tmp_path, turn):
    details, early = run_generation(tmp_path, turn)
    assert isinstance(details.state, Failed if turn == "fail-501" else Succeeded)
    assert all(early)
    assert early


def test_a_callback_wakes_who_waits_in_the_same_process(tmp_path):
    class Noting(LocalWake):
        early = ()

        async def pause(self, task_id, seconds):
            begun = time.monotonic()
            await super().pause(task_id, seconds)
            self.early = (*self.early, time.monotonic() - begun < seconds)

    async def it(stand_in):
        wake = Noting()
        webhook = Webhook(Inbox(tmp_path / "inbox"), Verifier([HMAC]), wake)
        async with client_at(stand_in.url, SLOW_POLLING) as client:
            service = KIEService(client, wake=wake)
            generation = await service.create_generation(MODEL, INPUT)
            waiting = asyncio.create_task(service.wait_for_generation(generation.task_id))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            stand_in.stand.book.tasks[generation.task_id].seconds = 0
            moment = int(time.time())
            signature = sign(generation.task_id, moment, HMAC)
            await webhook.accept(body_of(generation.task_id), str(moment), signature)
            return await waiting, wake.early

    with standing(play=60.0) as stand_in:
        result, early = asyncio.run(it(stand_in))
    assert result.urls
    assert early == (True,)


@pytest.mark.parametrize("turn", ["callback-lost", "callback-forged", "callback-unsigned", "callback-stale"])
def test_polling_covers_a_callback_that_never_comes_or_is_refused(tmp_path, turn):
    details, _ = run_generation(tmp_path, turn, settings=FAST)
    assert isinstance(details.state, Succeeded)


@pytest.mark.parametrize("turn", ["callback-early", "callback-disorder"])
def test_early_and_disordered_callbacks_do_no_harm(tmp_path, turn):
    payload = {"prompt": "x", "customMode": False, "instrumental": True, "model": "V5"}
    model = "ai-music-api/generate" if turn == "callback-disorder" else MODEL
    details, _ = run_generation(
        tmp_path, turn, model=model, payload=payload if model != MODEL else INPUT, settings=FAST
    )
    assert isinstance(details.state, Succeeded)


def test_a_forged_success_is_never_believed(tmp_path):
    """The body of a signed callback says success; the details do not, and they are the truth."""
    ended = []
    forged = json.dumps(
        {
            "code": 200,
            "data": {
                "taskId": "",
                "state": "success",
                "resultJson": '{"resultUrls":["https://evil.example/x"]}',
            },
        }
    )

    async def on_end(details):
        ended.append(details)

    async def it(stand_in):
        async with client_at(stand_in.url) as client:
            inbox = Inbox(tmp_path / "inbox")
            confirmer = Confirmer(inbox, client, on_end, first_pause=0.01)
            webhook = Webhook(inbox, Verifier([HMAC]), confirmer=confirmer)
            ticket = await client.create(MODEL, INPUT)
            body = json.loads(forged)
            body["data"]["taskId"] = ticket.task_id
            moment = int(time.time())
            raw, signature = json.dumps(body).encode(), sign(ticket.task_id, moment, HMAC)
            assert await webhook.accept(raw, str(moment), signature)
            await confirmer.deal()
            assert ended == []
            while not ended:
                await asyncio.sleep(0.02)
                await confirmer.deal()
            assert await inbox.due(time.time() + 1000) == []

    with standing(play=0.3) as stand_in:
        asyncio.run(it(stand_in))
    (details,) = ended
    assert isinstance(details.state, Succeeded)
    assert "evil" not in str(details.state)


def test_a_handler_that_fails_is_told_again(tmp_path):
    told = []

    async def on_end(details):
        told.append(details.task_id)
        if len(told) == 1:
            raise RuntimeError("the database is away")

    async def it(url):
        async with client_at(url) as client:
            inbox = Inbox(tmp_path / "inbox")
            confirmer = Confirmer(inbox, client, on_end, first_pause=0.01)
            webhook = Webhook(inbox, None, confirmer=confirmer)
            ticket = await client.create(MODEL, INPUT)
            await webhook.accept(body_of(ticket.task_id), None, None)
            running = asyncio.create_task(confirmer.run())
            while len(told) < 2:  # noqa: ASYNC110 -- two tries are what is waited for
                await asyncio.sleep(0.01)
            running.cancel()

    with standing() as stand_in:
        asyncio.run(it(stand_in.url))
    assert told[0] == told[1]


SCRIPT = """
import asyncio, sys, uvicorn
sys.path[:0] = {path!r}
from kie_catalog.client.signature import Verifier
from kie_catalog.service.inbox import Inbox
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.inbox import PostgresInbox
from kie_catalog.service.webhook import Webhook, webhook_app
app = webhook_app(Webhook(Inbox({file!r}), Verifier([{key!r}])))
uvicorn.run(app, host="127.0.0.1", port={port}, log_level="critical")
"""


def test_what_was_answered_survives_a_kill(tmp_path):
    file, ended = tmp_path / "inbox", []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = SCRIPT.format(path=sys.path, file=str(file), key=HMAC, port=port)

    async def on_end(details):
        ended.append(details.task_id)

    async def create(url):
        async with client_at(url) as client:
            return (await client.create(MODEL, INPUT)).task_id

    async def take_up(url):
        async with client_at(url) as client:
            await Confirmer(Inbox(file), client, on_end).deal()

    with standing() as stand_in:
        task_id = asyncio.run(create(stand_in.url))
        process = subprocess.Popen([sys.executable, "-c", script], env=dict(os.environ))
        try:
            moment = int(time.time())
            with httpx.Client(trust_env=False) as client:
                for _ in range(200):
                    try:
                        reply = client.post(
                            f"http://127.0.0.1:{port}{PATH}",
                            content=body_of(task_id),
                            headers=headers_of(task_id, moment),
                        )
                        break
                    except httpx.ConnectError:
                        time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert reply.status_code == 200
        asyncio.run(take_up(stand_in.url))
    assert ended == [task_id]


def test_callbacks_lead_reconcile_to_the_task(tmp_path):
    inbox = Inbox(tmp_path / "inbox")

    async def it(url, callback):
        async with KieClient(KEY, settings=replace(FAST, hosts=FAST.hosts.at(url))) as client:
            unknown = []
            for _ in range(2):
                try:
                    await client.create(MODEL, INPUT, callback_url=callback, mark_callback=True)
                except Exception as error:  # noqa: BLE001 -- looked at below
                    unknown.append(error)
            found = []
            for each in unknown:
                number = each.submission.number
                while not (ids := await inbox.candidates(number=number)):  # noqa: ASYNC110 -- the stand-in's time
                    await asyncio.sleep(0.02)
                found.append((await client.reconcile(each, ids)).ticket.task_id)
            return found

    with standing("drop@create*2", hmac_key=HMAC) as stand_in:
        with serving(webhook_app(Webhook(inbox, Verifier([HMAC])))) as callback:
            found = asyncio.run(it(stand_in.url, callback))
        assert found == list(stand_in.stand.book.tasks)


def test_news_that_come_before_the_waiting_are_not_lost():
    async def it():
        wake = LocalWake()
        wake.tell("a")
        await asyncio.wait_for(wake.pause("a", 60), 1)
        waiting = asyncio.create_task(wake.pause("a", 60))
        await asyncio.sleep(0)
        wake.tell("a")
        await asyncio.wait_for(waiting, 1)
        await wake.pause("b", 0.01)
        assert wake._waiting == {}

    asyncio.run(it())
