"""Batches that are handed in to a database are worked off by `worker`, wherever it runs."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.client.standing import MODEL, standing
from tests.conftest import ROOT

SECRET = "p-very-secret-9"  # noqa: S105 -- an invented one


@pytest.fixture(name="rows_file")
def _rows_file(tmp_path):
    file = tmp_path / "rows.jsonl"
    lines = [json.dumps({"model": MODEL, "input": {"prompt": f"a lighthouse {each}"}}) for each in range(3)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_what_is_handed_in_here_is_done_by_a_worker_there(run, database, rows_file):
    with standing() as stand_in:
        given = ("--database", database, "--upstream", stand_in.url)
        handed = run("batch", "run", rows_file, "--yes", "--detach", *given)
        waiting = run("batch", "status", "--database", database, "--format", "json")
        worked = run("worker", "--until-idle", *given)
        done = run("batch", "run", rows_file, "--yes", "--format", "json", *given)
    assert (handed.exit_code, worked.exit_code, done.exit_code) == (0, 0, 0), handed.output + worked.output
    assert len(stand_in.stand.book.tasks) == 3
    assert '"queued": 3' in waiting.output
    assert '"succeeded": 3' in done.output
    assert "the workers do it" in done.output


def test_a_worker_that_is_asked_to_end_lets_go_of_what_it_has(run, database, rows_file):
    with standing(play=600.0) as stand_in:
        given = ("--database", database, "--upstream", stand_in.url)
        run("batch", "run", rows_file, "--yes", "--detach", *given)
        command = [sys.executable, "-m", "kie_catalog", "worker", *given]
        worker = subprocess.Popen(command, env={**os.environ}, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while len(stand_in.stand.book.tasks) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        left = run("batch", "status", "--database", database, "--format", "json")
    assert len(stand_in.stand.book.tasks) == 3
    assert '"running": 3' in left.output


def test_a_worker_that_cannot_go_on_says_why_and_the_batch_waits(run, database, rows_file):
    with standing("no-credits") as stand_in:
        given = ("--database", database, "--upstream", stand_in.url)
        run("batch", "run", rows_file, "--yes", "--detach", *given)
        worked = run("worker", "--until-idle", *given)
        left = json.loads(run("batch", "status", "--database", database, "--format", "json").stdout)
        assert stand_in.stand.book.tasks == {}
    assert worked.exit_code == 2
    assert "kie-catalog: " in worked.stderr
    assert [each["states"]["queued"] for each in left] == [3]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql://u:{SECRET}@127.0.0.1:9/x", "127.0.0.1:9/x"),
        (f"mysql://u:{SECRET}@127.0.0.1/x", "named by no PostgreSQL URL"),
        (f"postgresql://u:{SECRET}@127.0.0.1/x?nonsense={SECRET}", "named by no PostgreSQL URL"),
        ("", "is not named"),
    ],
)
def test_a_database_that_cannot_be_had_is_named_without_its_password(run, url, said):
    result = run("worker", "--until-idle", "--upstream", "http://127.0.0.1:9", "--database", url)
    told = f"{result.exception} {result.output}"
    assert result.exit_code == 2
    assert said in told
    assert SECRET not in told


def test_a_schedule_that_names_no_times_is_refused(run, database):
    given = (
        "--database",
        database,
        "--upstream",
        "http://127.0.0.1:9",
        "--root",
        ROOT,
        "--sync-cron",
        "now and then",
    )
    result = run("worker", "--until-idle", *given)
    assert result.exit_code == 2
    assert "names no times" in str(result.exception)


def test_a_file_and_a_database_are_two_places(run, tmp_path):
    result = run("batch", "status", "--store", tmp_path / "s", "--database", "postgresql://127.0.0.1/x")
    assert result.exit_code == 2
    assert "are two places" in str(result.exception)
