"""`generate` and `webhook` as people run them, against a stand-in."""

import asyncio
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from kie_catalog.client.signature import sign
from kie_catalog.service.analytics.events import Outcome
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.batch.items import Batch, NewItem
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.batch.sqlite_store import SqliteStore
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.event_log import PostgresEventLog
from tests.client.answering import client_at
from tests.client.standing import MODEL, standing
from tests.service.events import NOON, an_event

UNPRICED = "grok-imagine/text-to-image"
HMAC = "hmac-key-of-the-tests"


@pytest.fixture(name="at")
def _at(run):
    def invoke(url, *args):
        return run("generate", *args, "--upstream", url)

    return invoke


def test_a_generation_from_the_command_line_to_its_file(at, tmp_path):
    with standing() as stand_in:
        stand_in.stand.book.files = stand_in.url
        result = at(
            stand_in.url, MODEL, "prompt=a lighthouse", "resolution=2k", "--download", tmp_path / "out"
        )
        task = next(iter(stand_in.stand.book.tasks.values()))
    assert result.exit_code == 0, result.output
    assert f"task {task.id} of {MODEL}: 12 credits" in result.stderr
    assert task.request["input"]["resolution"] == "2K"
    (file,) = (tmp_path / "out").rglob("*.bin")
    assert result.stdout.strip() == str(file)


def test_without_waiting_it_gives_the_task_that_can_be_waited_for_later(at):
    with standing() as stand_in:
        started = at(stand_in.url, MODEL, "prompt=x")
        task_id = started.stdout.strip()
        assert list(stand_in.stand.book.tasks) == [task_id]
        waited = at(stand_in.url, MODEL, "--task", task_id, "--format", "json")
        assert len(stand_in.stand.book.tasks) == 1
    told = json.loads(waited.stdout)
    assert (told["task_id"], told["state"], len(told["urls"]), told["credits"]) == (
        task_id,
        "succeeded",
        1,
        "4.0",
    )


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((MODEL, "prompt=x", "resolution=9k"), 1, "resolution"),
        (("no/such-model", "prompt=x"), 1, "UNKNOWN_MODEL"),
        ((MODEL, "prompt=x", "--max-credits", "1"), 4, "above the limit of 1"),
        ((MODEL, "prompt=x", "--max-credits", "one"), 2, "no number"),
        ((MODEL, "prompt=x", "--max-credits", "NaN"), 2, "no number"),
        ((MODEL, "prompt=x", "--max-credits", "-inf"), 2, "no number"),
        ((MODEL, "prompt"), 2, "neither key=value"),
    ],
)
def test_what_must_not_be_sent_is_refused_in_one_line(at, args, code, said):
    with standing() as stand_in:
        result = at(stand_in.url, *args)
        assert stand_in.stand.book.tasks == {}
    assert result.exit_code == code
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def test_what_has_no_price_is_bought_only_where_somebody_says_so(at):
    with standing() as stand_in:
        refused = at(stand_in.url, UNPRICED, "prompt=x")
        limited = at(stand_in.url, UNPRICED, "prompt=x", "--yes", "--max-credits", "1000")
        assert stand_in.stand.book.tasks == {}
        agreed = at(stand_in.url, UNPRICED, "prompt=x", "--yes")
        assert len(stand_in.stand.book.tasks) == 1
    assert (refused.exit_code, limited.exit_code, agreed.exit_code) == (4, 4, 0)


def test_what_a_page_says_in_words_only_is_a_warning_and_is_sent(at):
    with standing() as stand_in:
        sent = at(stand_in.url, MODEL, "prompt=x", 'image_input:=["https://files.example/a.gif"]')
        assert len(stand_in.stand.book.tasks) == 1
    assert sent.exit_code == 0
    assert "warning: image_input[0] looks like image/gif" in sent.stderr


def test_a_result_that_is_no_file_is_printed_as_data(at):
    with standing() as stand_in:
        words = at(stand_in.url, "ai-music-api/generate-lyrics", "prompt=x", "--wait", "--yes")
        told = at(
            stand_in.url, "ai-music-api/generate-lyrics", "prompt=x", "--wait", "--yes", "--format", "json"
        )
    assert (words.exit_code, told.exit_code) == (0, 0), words.output
    assert json.loads(words.stdout)
    assert json.loads(told.stdout)["data"] == json.loads(words.stdout)


def test_what_generations_came_to_is_kept_for_stats(at, run, tmp_path):
    with standing() as stand_in:
        for _ in range(2):
            assert at(stand_in.url, MODEL, "prompt=x", "--wait", "--events", "events.sqlite").exit_code == 0
        (tmp_path / "text").write_text("no database, and long enough to be read as one" * 99)
        refused = at(stand_in.url, MODEL, "prompt=x", "--events", "text")
        assert len(stand_in.stand.book.tasks) == 2
    assert (refused.exit_code, "text: cannot keep events" in str(refused.exception)) == (2, True)
    events = list(SqliteEventLog(tmp_path / "events.sqlite").events(0, 10**12))
    assert [(each.model, each.outcome) for each in events] == [(MODEL, Outcome.SUCCEEDED)] * 2
    assert MODEL in run("stats", "--store", "events.sqlite").stdout


def test_a_failed_and_an_unknown_generation_have_their_exit_codes(at):
    with standing("fail-400@create") as stand_in:
        failed = at(stand_in.url, MODEL, "prompt=x", "--wait")
    assert (failed.exit_code, "CONTENT_POLICY" in str(failed.exception)) == (5, True)
    with standing("drop@create") as stand_in:
        unknown = at(stand_in.url, MODEL, "prompt=x", "--wait")
        assert len(stand_in.stand.book.tasks) == 1
    assert (unknown.exit_code, "reconcile" in str(unknown.exception)) == (4, True)


def test_without_a_key_nothing_is_asked_of_kie(run, monkeypatch):
    monkeypatch.delenv("KIE_API_KEY", raising=False)
    result = run("generate", MODEL, "prompt=x")
    assert (result.exit_code, "KIE_API_KEY" in str(result.exception)) == (2, True)


def test_on_a_terminal_a_price_is_confirmed_and_the_state_is_shown():
    with standing(play=0.5) as stand_in:
        for answer, count in (("n", 0), ("y", 1)):
            leader, follower = pty.openpty()
            command = [sys.executable, "-m", "kie_catalog", "generate", MODEL, "prompt=x", "--wait"]
            process = subprocess.Popen(
                [*command, "--upstream", stand_in.url],
                stdin=follower,
                stdout=follower,
                stderr=follower,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            os.close(follower)
            shown = _read_until(leader, b"spend it?")
            os.write(leader, f"{answer}\n".encode())
            shown += _read_until(leader, None)
            assert process.wait(30) == (0 if count else 4), shown
            assert len(stand_in.stand.book.tasks) == count
    assert b"generating" in shown


def _read_until(leader, mark):
    seen = b""
    while mark is None or mark not in seen:
        try:
            piece = os.read(leader, 1024)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    return seen


def _told(stand_in, folder, *options):
    """A task's id, and what a webhook of its own process says when KIE calls it back for it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "kie_catalog",
        "webhook",
        "--port",
        str(port),
        "--upstream",
        stand_in.url,
    ]
    process = subprocess.Popen(
        [*command, *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "KIE_WEBHOOK_HMAC_KEY": f"new,{HMAC}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        task_id = asyncio.run(_created(stand_in.url))
        moment = int(time.time())
        headers = {"X-Webhook-Timestamp": str(moment), "X-Webhook-Signature": sign(task_id, moment, HMAC)}
        _post(
            f"http://127.0.0.1:{port}/kie/callback",
            {"data": {"taskId": task_id, "state": "success"}},
            headers,
        )
        return task_id, json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()


def test_the_webhook_says_which_tasks_have_ended(tmp_path):
    with standing() as stand_in:
        task_id, told = _told(stand_in, tmp_path, "--inbox", "inbox")
    assert (told["task_id"], told["state"], len(told["urls"])) == (task_id, "succeeded", 1)
    assert (tmp_path / "inbox").is_file()


def test_the_webhook_keeps_callbacks_in_a_database_and_says_why_a_task_failed(tmp_path, database):
    with standing("fail-400") as stand_in:
        task_id, told = _told(stand_in, tmp_path, "--database", database)
    assert told.pop("reason")
    assert told == {"task_id": task_id, "model": MODEL, "state": "failed", "code": "CONTENT_POLICY"}
    assert asyncio.run(_kept(database)) == [(task_id,)]
    assert list(tmp_path.iterdir()) == []


async def _kept(url):
    async with Database(url).opened() as database:
        return await database.rows("SELECT task FROM callbacks")


def test_a_webhook_does_not_listen_for_a_database_that_cannot_be_had(run):
    result = run("webhook", "--unsigned", "--database", "postgresql://127.0.0.1:9/x")
    assert (result.exit_code, "127.0.0.1:9/x" in str(result.exception)) == (2, True)


async def _created(url):
    async with client_at(url) as client:
        return (await client.create(MODEL, {"prompt": "x"})).task_id


def _post(url, body, headers):
    with httpx.Client(trust_env=False) as client:
        for _ in range(200):
            try:
                assert client.post(url, json=body, headers=headers).status_code == 200
            except httpx.ConnectError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError("the webhook never listened")


def samples_of(text):
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {each.name + str([*each.labels.values()]): each.value for each in samples}


def test_the_webhook_serves_metrics_of_a_file_of_events_and_batches(tmp_path):
    asyncio.run(_queued(SqliteStore(tmp_path / "kie.sqlite")))
    SqliteEventLog(tmp_path / "kie.sqlite").write([an_event()])
    SqliteEventLog(tmp_path / "events.sqlite").write([an_event(), an_event("two")])
    for file, counts in (("kie.sqlite", (1, 1)), ("events.sqlite", (2, None))):
        found = samples_of(_scraped(tmp_path, "--metrics", tmp_path / file))
        assert found["kie_generations_total['z-image', 'succeeded']"] == counts[0]
        assert found.get("kie_batch_items['queued']") == counts[1]


def test_the_webhook_serves_metrics_of_a_database(tmp_path, database):
    asyncio.run(_queued(PostgresStore(Database(database))))
    with PostgresEventLog(Database(database)) as log:
        log.write([an_event()])
    found = samples_of(_scraped(tmp_path, "--metrics", "database", "--database", database))
    assert found["kie_generations_total['z-image', 'succeeded']"] == 1
    assert found["kie_batch_items['queued']"] == 1


async def _queued(opened):
    async with opened as store:
        await store.add(Batch("one", NOON), [NewItem(1, "z-image", {})])


def _scraped(folder, *options):
    """What a webhook of its own process serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "kie_catalog", "webhook", "--unsigned", "--port", port]
    process = subprocess.Popen(
        [*command, "--inbox", folder / "inbox", *options],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "KIE_API_KEY": "unused"},
    )
    try:
        with httpx.Client(trust_env=False) as client:
            for _ in range(400):
                try:
                    return client.get(f"http://127.0.0.1:{port}/metrics").raise_for_status().text
                except httpx.ConnectError:
                    time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
    raise AssertionError("the webhook never listened")


def test_a_webhook_serves_no_metrics_of_what_is_no_log(run, tmp_path, monkeypatch):
    monkeypatch.delenv("KIE_DATABASE_URL", raising=False)
    (tmp_path / "text").write_text("no database, and long enough to be read as one" * 99)
    result = run("webhook", "--unsigned", "--metrics", str(tmp_path / "text"))
    assert (result.exit_code, "is no log of events" in str(result.exception)) == (2, True)
    missing = run("webhook", "--unsigned", "--metrics", str(tmp_path / "none"))
    assert (missing.exit_code, "is no file" in str(missing.exception)) == (2, True)
    unnamed = run("webhook", "--unsigned", "--metrics", "database")
    assert (unnamed.exit_code, "pass --database" in str(unnamed.exception)) == (2, True)


def test_a_webhook_without_keys_must_be_wanted(run, monkeypatch):
    monkeypatch.delenv("KIE_WEBHOOK_HMAC_KEY", raising=False)
    result = run("webhook")
    assert (result.exit_code, "--unsigned" in str(result.exception)) == (2, True)
