"""`stats`: what generations did and cost."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.databases import database_option, shared_here
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, STORE, require_workspace, root_option
from kie_catalog.domain.errors import UsageError, WriteFailed
from kie_catalog.service.analytics.forms import (
    DAY_COLUMNS,
    EVENT_COLUMNS,
    Column,
    Row,
    csv_lines,
    day_rows,
    event_rows,
    table,
    to_json,
    write_parquet,
)
from kie_catalog.service.analytics.sqlite_log import SqliteEventLog
from kie_catalog.service.analytics.stats import Stats, day_of, summarize
from kie_catalog.service.analytics.stored_log import StoredLog

TABLE: Final = "table"
CSV: Final = "csv"
PARQUET: Final = "parquet"
HOUR: Final = 3600
_DIGITS: Final = 5
"""Of a number of hours, days or weeks."""
_UNITS: Final = {"h": 3600, "d": 86_400, "w": 604_800}
_OTHERWISE: Final = 1
"""The exit code where something is billed otherwise than the catalog says, and `--fail-on` asks for it."""


@dataclass(frozen=True, slots=True)
class _Hours:
    """A stretch of whole hours since 1970, UTC."""

    first: int
    end: int


@click.command(
    "stats",
    epilog=examples(
        "stats --since 24h --model nano-banana-2",
        "stats --since 2026-11-01 --format csv --out november.csv",
        "stats --database postgresql://kie@db.example/kie --textfile kie.prom",
    ),
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    default=STORE,
    show_default=True,
    help="File with the events: that of the batches, or of --events.",
)
@database_option(is_exposed=False)
@click.option("--since", default="7d", show_default=True, help="24h, 7d, 2w, or a date as 2026-11-01 (UTC).")
@click.option("--until", help="The same; now by default.")
@click.option("--model", metavar="MODEL", shell_complete=models, help="Of this model only.")
@click.option("--events", "is_raw", is_flag=True, help="The events themselves, for csv and parquet.")
@click.option(
    "--format",
    "form",
    type=click.Choice([TABLE, JSON, CSV, PARQUET]),
    default=TABLE,
    show_default=True,
    help="Form of the output.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to FILE.")
@click.option(
    "--textfile",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.prom",
    help="Write Prometheus metrics of all there ever was too, for node_exporter.",
)
@click.option("--evidence", is_flag=True, help="Write what is billed otherwise to sync/billing.json.")
@click.option("--keep", type=click.FloatRange(0), metavar="DAYS", help="Drop older events; sums stay.")
@click.option(
    "--fail-on", type=click.Choice(["never", "billing"]), default="never", help="Exit with 1 on a difference."
)
@root_option
def stats_command(  # noqa: PLR0913 -- an option each
    *,
    store: Path,
    since: str,
    until: str | None,
    model: str | None,
    is_raw: bool,
    form: str,
    out: Path | None,
    textfile: Path | None,
    evidence: bool,
    keep: float | None,
    fail_on: str,
    root: Path | None,
) -> int:
    """Show what generations did and cost: success, times, errors, money, quoted against charged.

    Whole hours count, in UTC. Times are within one in a hundred; credits are exact.
    """
    now = time.time()
    hours = _hours(since, until, now)
    _require_form(form, out, is_raw=is_raw)
    _require_textfile(textfile)
    with _reading(store) as log:
        tallies = log.tallies(hours.first, hours.end, model=model)
        stats = summarize(hours.first, hours.end, tallies, log.open())
        if form in (TABLE, JSON):
            _put(out, _text(stats, form))
        elif is_raw:
            events = log.events(hours.first * HOUR, hours.end * HOUR, model=model)
            _put_rows(out, form, EVENT_COLUMNS, event_rows(events, _moment))
        else:
            _put_rows(out, form, DAY_COLUMNS, day_rows(stats))
        if textfile is not None:
            _write_metrics(log, textfile)
        if keep is not None:
            console.note(f"dropped {log.forget(now - keep * 86_400)} events; their sums stay")
    if evidence:
        _write_evidence(stats, root)
    for each in stats.otherwise:
        console.note(f"{each.model} {'+'.join(each.modes)}: {each}")
    return _OTHERWISE if stats.otherwise and fail_on == "billing" else 0


# --- when


def _hours(since: str, until: str | None, now: float) -> _Hours:
    first = int(_moment_of(since, now, "--since") // HOUR)
    last = now if until is None else _moment_of(until, now, "--until")
    end = max(-int(-last // HOUR), first)
    if first >= end:
        raise UsageError("--since", "is not before --until", "give a stretch of time, as --since 7d")
    return _Hours(first, end)


def _moment_of(text: str, now: float, option: str) -> float:
    """A moment as people write it, in Unix seconds.

    Raises:
        UsageError: it is none.
    """
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isascii() and number.isdecimal() and len(number) <= _DIGITS:
        return now - int(number) * _UNITS[unit]
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        cure = "write it as 24h, 7d, 2w, 2026-11-01 or 2026-11-01T12:00Z"
        raise UsageError(option, f"{text!r} is no moment", cure) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()


def _moment(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- from where


@contextmanager
def _reading(store: Path) -> Iterator[StoredLog]:
    """The events of the database that the command names, else those of a file.

    Raises:
        UsageError: there is no such file, or it is no store; or both are named.
        StoreUnavailable: the database can't be asked.
    """
    if (database := shared_here()) is not None:
        from kie_catalog.service.postgres.event_log import PostgresEventLog  # noqa: PLC0415 -- an extra

        with PostgresEventLog(database) as kept:
            yield kept
        return
    if not store.is_file():
        cure = "name the file of the batches or events with --store, or a database with --database"
        raise UsageError(str(store), "is not there", cure)
    try:
        yield SqliteEventLog(store)
    except sqlite3.Error as error:
        raise UsageError(str(store), f"cannot be read ({error})", "name a file with events") from error


# --- whither


def _require_form(form: str, out: Path | None, *, is_raw: bool) -> None:
    if form == PARQUET and out is None:
        raise UsageError("--format parquet", "is no text to print", "name a file with --out")
    if is_raw and form not in (CSV, PARQUET):
        raise UsageError("--events", f"cannot be shown as {form}", "take --format csv or parquet")


def _text(stats: Stats, form: str) -> str:
    return table(stats) if form == TABLE else json.dumps(to_json(stats), ensure_ascii=False, indent=2)


def _put(out: Path | None, text: str) -> None:
    if out is None:
        console.say(text)
        return
    with _writing(out):
        out.write_text(f"{text}\n", encoding="utf-8")


def _put_rows(out: Path | None, form: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    if out is None:
        for line in csv_lines(columns, rows):
            console.say(line, end="")
        return
    with _writing(out):
        if form == PARQUET:
            write_parquet(out, columns, rows)
            return
        with out.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_lines(columns, rows))


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailed(str(file), f"cannot be written ({error.strerror})", "name another file") from error


def _require_textfile(file: Path | None) -> None:
    """Refuse what could not be written, before anything is."""
    if file is None:
        return
    from kie_catalog.service.analytics.metrics import require_extra  # noqa: PLC0415 -- an option's

    if file.suffix != ".prom":
        raise UsageError(
            "--textfile", f"{file.name} is no name that node_exporter reads", "end it with .prom"
        )
    require_extra()


def _write_metrics(log: StoredLog, file: Path) -> None:
    from kie_catalog.service.analytics.metrics import MetricsCollector, write_textfile  # noqa: PLC0415 -- an option's

    with _writing(file):
        write_textfile(MetricsCollector(log), file)


def _write_evidence(stats: Stats, root: Path | None) -> None:
    from kie_catalog.catalog.billing import BILLING, render_billing  # noqa: PLC0415 -- an option's

    file = require_workspace(root).root / BILLING
    raw = render_billing(day_of(stats.first), day_of(stats.end - 1), stats.otherwise)
    draft = file.with_name(f"{file.name}.new")
    with _writing(file):
        file.parent.mkdir(exist_ok=True)
        draft.write_bytes(raw)
        draft.replace(file)
    console.note(f"wrote {BILLING}: {len(stats.otherwise)} billed otherwise; kie-catalog check tells of them")
