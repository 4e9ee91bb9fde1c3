"""`stats`: the same numbers in every form, and one clear line where there are none to be had."""

import csv
import datetime as dt
import io
import json
import sqlite3
import time
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from kie_catalog.service.analytics.events import Outcome
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.postgres.database import Database
from kie_catalog.service.postgres.event_log import PostgresEventLog
from tests.service.events import an_event

NOW = time.time()
CATALOG = """\
version: '2.0'
source: by hand
last_updated: '2026-08-11'
models:
- id: z-image
  title: One
  title_ru: Один
  type: t2i
  category: image
  status: active
  modes:
  - id: 1k
    unit: image
    credits: 4
    official_usd: 0.02
    notes: 1K
"""


@pytest.fixture
def store(tmp_path):
    """Thirty generations, one an hour, each quoted 4 credits and charged 6; and three that failed."""
    file = tmp_path / "events.sqlite"
    good = [
        an_event(f"{at}", NOW - at * 3600, quoted=Decimal(4), charged=Decimal(6), run=9.0) for at in range(30)
    ]
    bad = [
        an_event(f"x{at}", NOW - at, model="other", outcome=Outcome.FAILED, code="TRANSIENT")
        for at in range(3)
    ]
    SqliteEventLog(file).write([*good, *bad])
    return file


@pytest.fixture
def stats(run, store):
    return lambda *args: run("stats", "--store", store, *args)


def test_a_table_for_people_and_what_is_billed_otherwise(stats):
    result = stats()
    assert result.exit_code == 0
    assert "33 generations, 90.9 % of the accepted succeeded, 30 succeeded, 3 failed" in result.stdout
    assert "spent 180 credits ($0.9)" in result.stdout
    assert "TRANSIENT" in result.stdout
    assert result.stderr == "z-image 1k: in 30 of 30 generations KIE charges 3/2 of the catalog's price\n"


@pytest.mark.parametrize(
    ("args", "count"),
    [
        (["--since", dt.datetime.fromtimestamp(NOW - 5 * 3600, dt.UTC).isoformat()], 9),
        (["--since", "4w"], 33),
        (["--model", "other"], 3),
        (["--since", "2020-01-01", "--until", "2020-02-01T00:00Z"], 0),
    ],
)
def test_whole_hours_count(stats, args, count):
    told = json.loads(stats(*args, "--format", "json").stdout)
    assert told["all"]["generations"] == count


def test_all_forms_say_the_same(stats, tmp_path):
    told = json.loads(stats("--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(stats("--format", "csv").stdout)))
    assert stats("--format", "parquet", "--out", tmp_path / "days.parquet").exit_code == 0
    kept = pq.read_table(tmp_path / "days.parquet").to_pylist()
    assert sum(row["spent"] for row in kept) == sum(Decimal(row["spent"]) for row in rows) == 180
    assert Decimal(told["all"]["spent"]) == 180
    assert [(row["day"], row["model"]) for row in kept] == [(row["day"], row["model"]) for row in rows]


def test_the_events_themselves(stats, tmp_path):
    assert stats("--events", "--format", "csv", "--out", tmp_path / "events.csv").exit_code == 0
    with (tmp_path / "events.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 33
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert {row["charged"] for row in rows} == {"6", ""}


def test_what_is_billed_otherwise_becomes_evidence_and_a_finding_of_the_next_check(stats, run, tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(CATALOG, encoding="utf-8")
    before = run("check", "--root", tmp_path, "--select", "billed-otherwise")
    assert "clean" in before.stdout
    written = stats("--evidence", "--root", tmp_path, "--fail-on", "billing")
    assert written.exit_code == 1
    assert "wrote sync/billing.json: 1 billed otherwise" in written.stderr
    after = run("check", "--root", tmp_path, "--select", "billed-otherwise", "--fail-on", "warning")
    assert after.exit_code == 1
    assert "models_pricing.yaml:12:5: KC520 warning billed-otherwise" in after.stdout
    assert "in 30 of 30 generations KIE charges 3/2 of the catalog's price" in after.stdout


@pytest.mark.parametrize("content", ["no json", "[]", '{"modes": [{"model": "z-image"}]}', '{"modes": [3]}'])
def test_damaged_evidence_is_a_finding_itself(run, tmp_path, content):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "sync").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "sync/billing.json").write_text(content, encoding="utf-8")
    found = run("check", "--root", tmp_path, "--select", "malformed-settings")
    assert "sync/billing.json" in found.stdout
    assert "write it anew with kie-catalog stats --evidence" in found.stdout


def test_old_events_can_be_dropped_and_sums_stay(stats, store):
    assert "dropped 16 events; their sums stay" in stats("--keep", "0.55").stderr
    assert json.loads(stats("--format", "json").stdout)["all"]["generations"] == 33
    assert len(list(SqliteEventLog(store).events(0, 10**12))) == 17


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--since", "yesterday"], "--since: 'yesterday' is no moment; write it as 24h, 7d"),
        (["--since", "1d", "--until", "2d"], "--since: is not before --until"),
        (["--format", "parquet"], "--format parquet: is no text to print; name a file with --out"),
        (["--events"], "--events: cannot be shown as table; take --format csv or parquet"),
        (["--out", "nowhere/stats.txt"], "nowhere/stats.txt: cannot be written"),
    ],
)
def test_what_can_not_be_done_is_one_line_with_its_cure(stats, args, said):
    result = stats(*args)
    assert result.exit_code == 2
    assert said in str(result.exception)


def test_metrics_are_written_beside_for_node_exporter(stats, tmp_path):
    assert stats("--textfile", tmp_path / "kie.prom").exit_code == 0
    told = (tmp_path / "kie.prom").read_text(encoding="utf-8")
    assert 'kie_generations_total{model="z-image",outcome="succeeded"} 30.0' in told.splitlines()
    refused = stats("--textfile", tmp_path / "kie.txt", "--out", tmp_path / "table.txt")
    assert (refused.exit_code, "end it with .prom" in str(refused.exception)) == (2, True)
    assert (refused.stdout, (tmp_path / "table.txt").exists()) == ("", False)
    lost = stats("--textfile", tmp_path / "nowhere/kie.prom")
    assert (lost.exit_code, "cannot be written" in str(lost.exception)) == (2, True)


def test_a_database_tells_what_a_file_does(run, stats, store, database):
    with PostgresEventLog(Database(database)) as log:
        log.write(list(SqliteEventLog(store).events(0, 10**12)))
    there = run("stats", "--database", database, "--format", "json")
    assert json.loads(there.stdout)["all"] == json.loads(stats("--format", "json").stdout)["all"]
    both = run("stats", "--database", database, "--store", store)
    assert (both.exit_code, "are two places" in str(both.exception)) == (2, True)


def test_a_database_that_is_away_is_one_line_with_its_cure(run):
    result = run("stats", "--database", "postgresql://bot:hidden@127.0.0.1:9/kie")
    assert result.exit_code == 2
    assert "127.0.0.1:9/kie: " in str(result.exception)
    assert "see that the server runs, lets this user in" in str(result.exception)
    assert "hidden" not in str(result.exception)


def test_a_file_that_is_none_is_named(run, tmp_path):
    (tmp_path / "text.sqlite").write_text("no database", encoding="utf-8")
    for name, said in (("missing.sqlite", "is not there"), ("text.sqlite", "cannot be read")):
        result = run("stats", "--store", tmp_path / name)
        assert (result.exit_code, said in str(result.exception)) == (2, True)


def test_a_file_of_batches_alone_has_no_generations_yet(run, tmp_path):
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    assert "0 generations" in run("stats", "--store", tmp_path / "empty.sqlite").stdout
