"""`batch` as people run it, against a stand-in."""

import asyncio
import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from decimal import Decimal

import pytest

from kie_catalog.cli.batch.resume import read_candidates
from kie_catalog.cli.batch.run import follow, read_credits
from kie_catalog.cli.batch.showing import draw
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.items import Batch, ItemState, Progress
from kie_catalog.service.batch.store import StoreUnavailable
from tests.client.standing import MODEL, standing


@pytest.fixture(name="batch")
def _batch(run, tmp_path):
    """Run a command of `batch`; those that send are pointed at the stand-in."""

    def invoke(name, *args, url=None):
        return run("batch", name, *args, *(("--upstream", url) if url else ()))

    invoke.file = tmp_path / "photos.jsonl"
    return invoke


def written(file, count=3, **more):
    rows = [{"model": MODEL, "input": {"prompt": f"a lighthouse {each}"}, **more} for each in range(count)]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in rows), encoding="utf-8")
    return file


def data(result):
    return json.loads(result.stdout)


def test_a_file_is_priced_run_and_its_results_are_printed(batch, tmp_path):
    with standing() as stand_in:
        stand_in.stand.book.files = stand_in.url
        out = tmp_path / "out"
        ran = batch("run", written(batch.file), "--download", out, url=stand_in.url)
        told = data(batch("status", "--format", "json"))
        (status,) = told
        results = batch("results", status["batch"])
        tasks = stand_in.stand.book.tasks
    assert ran.exit_code == 0, ran.output
    assert "3 items: 24 credits in all" in ran.stderr
    assert ran.stdout.endswith("(photos.jsonl): 3 succeeded; 12 of 24 credits spent\n")
    assert (status["states"]["succeeded"], status["spent"], status["title"]) == (3, "12.0", "photos.jsonl")
    lines = [json.loads(each) for each in results.stdout.splitlines()]
    assert {each["task_id"] for each in lines} == set(tasks)
    assert all(each["urls"] and each["files"][0].startswith(str(out)) for each in lines)
    assert "lighthouse" not in results.stdout


def test_the_same_file_twice_is_paid_once(batch):
    with standing() as stand_in:
        batch("run", written(batch.file), url=stand_in.url)
        second = batch("run", batch.file, "--format", "json", url=stand_in.url)
        once_more = batch("run", batch.file, "--again", url=stand_in.url)
        assert (second.exit_code, once_more.exit_code) == (0, 0)
        assert len(stand_in.stand.book.tasks) == 6
    assert "which was handed in before" in second.stderr
    assert data(second)["states"]["succeeded"] == 3


def test_rows_that_fail_are_all_told_and_nothing_is_sent(batch, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(
        f"model,prompt,resolution,priority\n{MODEL},x,9K,\nno/model,x,,\n{MODEL},x,,99\n{MODEL},x,,\n"
    )
    with standing() as stand_in:
        refused = batch("run", file, url=stand_in.url)
        russian = batch("run", file, "--language", "ru", "--dry-run", url=stand_in.url)
        dry = batch("run", file, "--dry-run", "--skip-failing", "--format", "json", url=stand_in.url)
        assert stand_in.stand.book.tasks == {}
        skipped = batch("run", file, "--skip-failing", url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 1
    assert (refused.exit_code, russian.exit_code, dry.exit_code, skipped.exit_code) == (1, 1, 0, 0)
    for place in ("bad.csv:2:resolution: ", "bad.csv:3:model: ", "bad.csv:4:priority: "):
        assert place in refused.stderr
    assert "нужно одно из: 1K, 2K, 4K" in russian.stderr
    assert [each["row"] for each in data(dry)["faults"]] == [1, 2, 3]
    assert data(dry)["models"] == {MODEL: {"items": 1, "credits": "8", "unpriced": 0}}


def test_a_budget_below_the_price_refuses_the_whole(batch):
    with standing() as stand_in:
        result = batch("run", written(batch.file), "--budget", "23.9", url=stand_in.url)
        assert stand_in.stand.book.tasks == {}
    assert result.exit_code == 4
    assert "costs 24 credits, the budget is 23.9" in str(result.exception)


def test_items_that_fail_make_the_run_fail(batch):
    with standing("fail-400*1") as stand_in:
        result = batch("run", written(batch.file), url=stand_in.url)
        name = result.stdout.split()[1]
        failed = batch("results", name, "--state", "failed", "--format", "json")
        table = batch("results", name, "--format", "csv")
    assert result.exit_code == 1
    assert "2 succeeded, 1 failed; 8 of 24 credits spent" in result.stdout
    assert [each["code"] for each in data(failed)] == ["CONTENT_POLICY"]
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert sorted(each["state"] for each in rows) == ["failed", "succeeded", "succeeded"]


def test_an_account_without_credits_pauses_and_resume_goes_on(batch):
    with standing("no-credits") as stand_in:
        paused = batch("run", written(batch.file), url=stand_in.url)
        name = paused.stdout.split()[1]
        stand_in.switch()
        resumed = batch("resume", name, url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 3
    assert (paused.exit_code, resumed.exit_code) == (2, 0)
    assert "3 queued; 0 of 24 credits spent; paused: " in paused.stdout
    assert f"kie-catalog batch resume {name}" in paused.stderr


def test_what_may_have_been_accepted_is_looked_for_in_the_log(batch, tmp_path):
    with standing("drop@create*1") as stand_in:
        ran = batch("run", written(batch.file), "--concurrency", "1", url=stand_in.url)
        name = ran.stdout.split()[1]
        log = tmp_path / "log.json"
        log.write_text(json.dumps(list(stand_in.stand.book.tasks)))
        resumed = batch("resume", name, "--candidates", log, url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 3
    assert (ran.exit_code, resumed.exit_code) == (4, 0)
    assert "1 may have been accepted" in ran.stderr
    assert "1 unknown items were found, 0 were not" in resumed.stderr


def test_what_a_person_settles_is_sent_again(batch):
    with standing("early-drop@create*2") as stand_in:
        ran = batch("run", written(batch.file), url=stand_in.url)
        name = ran.stdout.split()[1]
        wrong = batch("resume", name, "--settle", f"{name}-99", url=stand_in.url)
        resumed = batch("resume", "--settle", "all", "--format", "json", url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 3
    assert (ran.exit_code, wrong.exit_code, resumed.exit_code) == (4, 2, 0)
    assert "2 unknown items are queued again" in resumed.stderr
    assert [each["states"]["succeeded"] for each in data(resumed)] == [3]


def test_a_batch_is_called_off(batch):
    with standing("no-credits") as stand_in:
        name = batch("run", written(batch.file), url=stand_in.url).stdout.split()[1]
        cancelled = batch("cancel", name)
        told = data(batch("cancel", name, "--format", "json"))
        after = batch("resume", name, url=stand_in.url)
    assert "3 cancelled; 0 of 24 credits spent" in cancelled.stdout
    assert (told["called_off"], told["cancelled"], after.exit_code) == (0, True, 1)


def test_no_store_and_no_batch_are_said_so(batch, monkeypatch):
    monkeypatch.delenv("KIE_API_KEY", raising=False)
    for command in (("status",), ("results", "x"), ("cancel", "x"), ("resume", "x")):
        result = batch(*command)
        assert result.exit_code == 2
        assert "kie-batches.sqlite: is not there" in str(result.exception)
    keyless = batch("run", written(batch.file))
    assert "KIE_API_KEY" in str(keyless.exception)
    with standing() as stand_in:
        batch("run", batch.file, "--dry-run", url=stand_in.url)
    missing = batch("status", "nosuch")
    assert "nosuch: is no batch of this store" in str(missing.exception)


def test_a_file_that_is_no_store_is_refused(batch, tmp_path):
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"no database at all, but long enough to look like something" * 20)
    result = batch("status", "--store", other)
    assert result.exit_code == 2
    assert "cannot be used as a store" in str(result.exception)


UNPRICED = {"model": "grok-imagine/text-to-image", "input": {"prompt": "x"}}


def test_what_has_no_price_is_run_only_where_somebody_says_so(batch):
    batch.file.write_text(json.dumps(UNPRICED))
    with standing() as stand_in:
        refused = batch("run", batch.file, url=stand_in.url)
        assert stand_in.stand.book.tasks == {}
        agreed = batch("run", batch.file, "--yes", url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 1
    assert (refused.exit_code, agreed.exit_code) == (4, 0)
    assert "1 rows have no price; see --yes" in str(refused.exception)
    assert f"no price: {batch.file}:1: {UNPRICED['model']}: " in refused.stderr
    assert f"{UNPRICED['model']}: 1 x = 0 credits, 1 without a price" in refused.stderr


def test_a_key_is_paid_for_once_in_its_file_and_in_all_others(batch, tmp_path):
    row = {"model": MODEL, "input": {"prompt": "a lighthouse"}, "key": "order-7"}
    batch.file.write_text(f"{json.dumps(row)}\n" * 2)
    (tmp_path / "other.jsonl").write_text(
        "\n".join(json.dumps(each) for each in (row, {**row, "key": "order-8"}))
    )
    with standing() as stand_in:
        first = batch("run", batch.file, url=stand_in.url)
        other = batch("run", tmp_path / "other.jsonl", url=stand_in.url)
        assert len(stand_in.stand.book.tasks) == 2
    assert (first.exit_code, other.exit_code) == (0, 0), other.output
    assert "row 2 is row 1 once more, by its key; it is run once" in first.stderr
    assert f"row 1 is item {first.stdout.split()[1]}-1, by its key; it is not run again" in other.stderr


def test_what_a_page_says_in_words_only_is_a_warning_of_the_row(batch):
    row = {"model": MODEL, "input": {"prompt": "x", "image_input": ["https://files.example/a.gif"]}}
    batch.file.write_text(json.dumps(row))
    with standing() as stand_in:
        result = batch("run", batch.file, "--dry-run", url=stand_in.url)
    assert result.exit_code == 0
    assert f"warning: {batch.file}:1:image_input[0]: looks like image/gif" in result.stderr


def test_a_status_says_in_words_how_each_batch_is_and_what_can_be_done(batch):
    with standing("no-credits") as stand_in:
        paused = batch("run", written(batch.file), url=stand_in.url).stdout.split()[1]
        stand_in.switch()
        done = batch("run", written(batch.file, 1), url=stand_in.url).stdout.split()[1]
    every, one, other = batch("status"), batch("status", paused), batch("status", done)
    assert [each.split()[1] for each in every.stdout.splitlines()] == [done, paused]
    assert every.stdout == other.stdout + one.stdout
    assert f"once that is mended: kie-catalog batch resume {paused}" in one.stderr
    assert (other.stderr, every.stderr) == ("", "")


@pytest.mark.parametrize("option", ["--limits", "--inbox"])
def test_a_file_that_keeps_no_limits_and_no_callbacks_is_refused(batch, tmp_path, option):
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"no database at all, but long enough to look like something" * 20)
    with standing() as stand_in:
        result = batch("run", written(batch.file), option, other, url=stand_in.url)
        assert stand_in.stand.book.tasks == {}
    assert result.exit_code == 2
    assert f"{other}: cannot be used" in str(result.exception)


@pytest.mark.parametrize("text", ["x", "-1", "NaN", "Infinity"])
def test_no_amount_is_no_budget(text):
    with pytest.raises(UsageError, match="is no amount of credits"):
        read_credits("--budget", text)


def test_candidates_are_ids_and_nothing_else(tmp_path):
    file = tmp_path / "log"
    file.write_text("abc123\n<script> ../../x\n\nabc123 task-9\n")
    assert read_candidates(file) == ("abc123", "task-9")
    file.write_text('["a1", 5, "b c"]')
    assert read_candidates(file) == ("a1",)
    file.write_text("[")
    with pytest.raises(UsageError):
        read_candidates(file)


COMMAND = [sys.executable, "-m", "kie_catalog", "batch"]


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_keeps_everything_and_goes_on_later(tmp_path, asked):
    file = written(tmp_path / "photos.jsonl", 6)
    with standing(play=30.0) as stand_in:
        book = stand_in.stand.book
        command = [*COMMAND, "run", str(file), "--upstream", stand_in.url, "--concurrency", "4"]
        process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        while len(book.tasks) < 4 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(asked)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "to go on: kie-catalog batch resume" in said
        for each in book.tasks.values():
            each.seconds = 0.0
        book.play_seconds = 0.0
        again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        assert (again.returncode, len(book.tasks)) == (0, 6)
        assert "6 succeeded" in again.stdout


def at_a_terminal(folder, url, answer):
    """How a run ends whose question a person answers, and all that the person sees."""
    command = [*COMMAND, "run", str(written(folder / "photos.jsonl")), "--upstream", url]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    os.write(ours, answer)
    shown = b""
    while True:
        try:
            part = os.read(ours, 10_000)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(60), shown.decode(errors="replace")


def test_a_terminal_is_asked_first_and_shows_the_money_while_it_runs(tmp_path):
    with standing(play=1.0) as stand_in:
        code, text = at_a_terminal(tmp_path, stand_in.url, b"y\n")
        assert len(stand_in.stand.book.tasks) == 3
    assert code == 0
    assert "3 items cost 24 credits; spend it?" in text
    assert "of 24 credits" in text
    assert "3 succeeded" in text


def test_who_does_not_want_to_spend_it_hands_nothing_in(tmp_path, batch):
    with standing() as stand_in:
        code, text = at_a_terminal(tmp_path, stand_in.url, b"n\n")
        assert stand_in.stand.book.tasks == {}
    assert code == 130
    assert "interrupted" in text
    assert batch("status").stdout == ""


class Bars:
    """Bars that say when they were drawn twice."""

    def __init__(self):
        self.drawn = []
        self.is_twice = asyncio.Event()

    def add_task(self, name, **_):
        return name

    def update(self, name, *, completed, **_):
        self.drawn.append((name, completed))
        if len(self.drawn) == 2:
            self.is_twice.set()


def test_a_store_that_does_not_answer_costs_the_bar_one_look():
    """And neither the bar nor the run, which would end with an error though all went well."""

    class Store:
        looks = 0

        async def progress(self, batch_id):
            self.looks += 1
            if self.looks == 2:
                raise StoreUnavailable("db.example/kie: the server is gone")
            return Progress(Batch(batch_id, 0.0), {ItemState.SUCCEEDED: self.looks}, Decimal(4), Decimal(4))

    async def it():
        bars = Bars()
        drawing = asyncio.create_task(draw(bars, Store(), "b", interval=0.01))
        await asyncio.wait_for(bars.is_twice.wait(), 10)
        drawing.cancel()
        return bars.drawn

    assert asyncio.run(it())[:2] == [("batch b", 1), ("batch b", 3)]


class Looks:
    """A store with two batches: the old one has ended, the new one ends at the second look."""

    def __init__(self):
        self.looks = []

    async def batches(self):
        return [Batch("new", 1.0), Batch("old", 0.0)]

    async def progress(self, batch_id):
        self.looks.append(batch_id)
        is_done = batch_id == "old" or self.looks.count(batch_id) > 1
        state = ItemState.SUCCEEDED if is_done else ItemState.RUNNING
        return Progress(Batch(batch_id, 0.0), {state: 1}, Decimal(4), Decimal(4))


def test_bars_are_of_what_was_not_at_its_end_and_are_drawn_to_theirs():
    async def it():
        bars = Bars()
        drawing = asyncio.create_task(draw(bars, Looks(), None, interval=0.001))
        await asyncio.wait_for(bars.is_twice.wait(), 10)
        drawing.cancel()
        return bars.drawn

    assert asyncio.run(it())[:2] == [("batch new", 0), ("batch new", 1)]


@pytest.mark.parametrize(("is_told_to_stop", "looks"), [(False, 2), (True, 0)])
def test_a_batch_that_others_work_off_is_followed_to_its_end_or_until_told_to_stop(is_told_to_stop, looks):
    async def it():
        store, stop = Looks(), asyncio.Event()
        if is_told_to_stop:
            stop.set()
        await asyncio.wait_for(follow(store, ["new"], stop), 30)
        return store.looks

    assert asyncio.run(it()) == ["new"] * looks
