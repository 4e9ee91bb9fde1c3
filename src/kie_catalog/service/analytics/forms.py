"""The numbers of `stats` as text for people and as rows for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.money import usd_of
from kie_catalog.domain.values import plain_number
from kie_catalog.service.analytics.events import GenerationEvent, Outcome
from kie_catalog.service.analytics.stats import Billing, Stats, Sums, Times, day_of
from kie_catalog.service.analytics.tally import AGREES

_MOST: Final = 10
"""Rows of a table for people; programs get all."""
_DECIMALS: Final = 9
"""Digits behind the point of money in Parquet; an amount that has more is refused, not rounded."""


def table(stats: Stats) -> str:
    """The numbers for people."""
    whole = stats.whole
    parts = [
        [f"{day_of(stats.first)} to {day_of(stats.end - 1)} (UTC): {_counted(whole)}"],
        [f"spent {plain_number(whole.spent)} credits (${plain_number(whole.usd)})"],
    ]
    if stats.open:
        told = ", ".join(f"{count} {state}" for state, count in sorted(stats.open.items()))
        parts.append([f"not seen to end: {told}"])
    if whole.count:
        parts += [_models(stats), _times(stats), _errors(stats), _days(stats), _billing(stats)]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _counted(sums: Sums) -> str:
    parts = [f"{sums.count} generations"]
    if sums.success_rate is not None:
        parts.append(f"{_percent(sums.success_rate)} of the accepted succeeded")
    parts += [f"{sums.outcomes[each]} {each}" for each in Outcome if sums.outcomes[each]]
    return ", ".join(parts)


def _models(stats: Stats) -> list[str]:
    rows = [
        (
            model,
            str(sums.count),
            "" if sums.success_rate is None else _percent(sums.success_rate),
            *_quantiles(sums.run),
            plain_number(sums.spent),
        )
        for model, sums in stats.models.items()
    ]
    header = ("model", "generations", "success", "p50 s", "p95 s", "p99 s", "credits")
    return _aligned(header, rows)


def _times(stats: Stats) -> list[str]:
    rows = [("from creation to end", *_quantiles(stats.whole.run))]
    if stats.whole.wait.count:
        rows.append(("until under way", *_quantiles(stats.whole.wait)))
    return _aligned(("seconds", "p50", "p95", "p99"), rows)


def _errors(stats: Stats) -> list[str]:
    rows = [(each.code, each.actor.value if each.actor else "", str(each.count)) for each in stats.errors]
    return _aligned(("error", "who must act", "generations"), rows) if rows else []


def _days(stats: Stats) -> list[str]:
    days: dict[str, Decimal] = {}
    for (day, _), sums in stats.days.items():
        days[day] = days.get(day, Decimal(0)) + sums.spent
    rows = [(day, plain_number(spent), plain_number(usd_of(spent))) for day, spent in days.items()]
    return _aligned(("day", "credits", "USD"), rows[-31:], most=31)


def _billing(stats: Stats) -> list[str]:
    rows = [
        (
            each.model,
            each.modes or "-",
            str(each.billed),
            plain_number(each.quoted),
            plain_number(each.charged),
            ", ".join(f"{ratio}: {count}" for ratio, count in each.ratios.items() if ratio != AGREES),
        )
        for each in stats.billing
        if each.quoted != each.charged or set(each.ratios) != {AGREES}
    ]
    header = ("charged other than quoted", "mode", "generations", "quoted", "charged", "times the quote")
    return _aligned(header, rows) if rows else []


def _aligned(header: Sequence[str], rows: Sequence[Sequence[str]], *, most: int = _MOST) -> list[str]:
    """Lines with columns, numbers to the right."""
    shown = [header, *rows[:most]]
    widths = [max(len(row[at]) for row in shown) for at in range(len(header))]
    is_text = [not all(_is_number(row[at]) for row in rows) for at in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(row, widths, is_text, strict=True)
        ).rstrip()
        for row in shown
    ]
    return [*lines, *([f"and {len(rows) - most} more"] if len(rows) > most else [])]


def _is_number(cell: str) -> bool:
    return bool(cell) and not cell.strip("0123456789.% -")


def _quantiles(times: Times) -> tuple[str, str, str]:
    return (_seconds(times.p50), _seconds(times.p95), _seconds(times.p99))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


# --- for programs


def to_json(stats: Stats) -> dict[str, Any]:
    """The numbers as data; credits and USD are texts, so that nobody rounds them."""
    return {
        "since": day_and_hour(stats.first),
        "until": day_and_hour(stats.end),
        "all": _sums_json(stats.whole),
        "models": [{"model": model, **_sums_json(sums)} for model, sums in stats.models.items()],
        "days": [
            {"day": day, "model": model, **_sums_json(sums)} for (day, model), sums in stats.days.items()
        ],
        "errors": [
            {"code": each.code, "actor": each.actor and each.actor.value, "count": each.count}
            for each in stats.errors
        ],
        "billing": [_billing_json(each) for each in stats.billing],
        "open": dict(stats.open),
    }


def day_and_hour(hour: int) -> str:
    """An hour since 1970 as ISO time, UTC."""
    return f"{day_of(hour)}T{hour % 24:02}:00Z"


def _sums_json(sums: Sums) -> dict[str, Any]:
    return {
        "generations": sums.count,
        **{each.value: sums.outcomes[each] for each in Outcome},
        "success_rate": sums.success_rate,
        "quoted": str(sums.quoted),
        "charged": str(sums.charged),
        "spent": str(sums.spent),
        "usd": str(sums.usd),
        "run": _times_json(sums.run),
        "wait": _times_json(sums.wait),
    }


def _times_json(times: Times) -> dict[str, Any]:
    return {"count": times.count, "p50": times.p50, "p95": times.p95, "p99": times.p99}


def _billing_json(billing: Billing) -> dict[str, Any]:
    otherwise = billing.otherwise
    return {
        "model": billing.model,
        "modes": billing.modes,
        "generations": billing.billed,
        "quoted": str(billing.quoted),
        "charged": str(billing.charged),
        "ratios": dict(billing.ratios),
        "finding": None if otherwise is None else str(otherwise),
    }


@dataclass(frozen=True, slots=True)
class Column:
    """One column of rows for programs."""

    name: str
    kind: str
    """`text`, `count`, `credits` or `seconds`."""


DAY_COLUMNS: Final = (
    Column("day", "text"),
    Column("model", "text"),
    Column("generations", "count"),
    *(Column(each.value, "count") for each in Outcome),
    *(Column(name, "credits") for name in ("quoted", "charged", "spent")),
    *(Column(f"{what}_{name}", "seconds") for what in ("run", "wait") for name in ("p50", "p95", "p99")),
)
EVENT_COLUMNS: Final = (
    Column("at", "text"),
    *(Column(name, "text") for name in ("key", "model", "modes", "outcome", "code")),
    *(Column(name, "credits") for name in ("quoted", "charged")),
    *(Column(name, "seconds") for name in ("wait", "run")),
)
Row = Sequence[Any]


def day_rows(stats: Stats) -> Iterator[Row]:
    """A row for each day and model, as `DAY_COLUMNS` say."""
    for (day, model), sums in stats.days.items():
        run, wait = sums.run, sums.wait
        counts = (sums.outcomes[each] for each in Outcome)
        money = (sums.quoted, sums.charged, sums.spent)
        yield (
            day,
            model,
            sums.count,
            *counts,
            *money,
            run.p50,
            run.p95,
            run.p99,
            wait.p50,
            wait.p95,
            wait.p99,
        )


def event_rows(events: Iterable[GenerationEvent], moment: Callable[[float], str]) -> Iterator[Row]:
    """A row for each event, as `EVENT_COLUMNS` say; inputs and results are never in it."""
    for each in events:
        names = (each.key, each.model, each.modes, each.outcome.value, each.code)
        yield (moment(each.at), *names, each.quoted, each.charged, each.wait, each.run)


def csv_lines(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """The rows as lines of CSV, a header first; what is not known is an empty cell."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in _with_header(columns, rows):
        writer.writerow([_cell(each) for each in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _with_header(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[Row]:
    yield [each.name for each in columns]
    yield from rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_number(value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def write_parquet(file: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """The rows as a Parquet file; money is decimal, never a float.

    Raises:
        UsageError: pyarrow is not installed, or an amount has more digits than the file's columns.
        OSError: the file can't be written.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 -- see above
    except ImportError as error:
        cure = "pip install 'kie-catalog[parquet]'"
        raise UsageError("--format parquet", "needs pyarrow, which is not installed", cure) from error
    kinds: Mapping[str, Any] = {
        "text": pa.string(),
        "count": pa.int64(),
        "credits": pa.decimal128(38, _DECIMALS),
        "seconds": pa.float64(),
    }
    schema = pa.schema([(each.name, kinds[each.kind]) for each in columns])
    try:
        with pq.ParquetWriter(file, schema) as writer:
            for group in _grouped(rows):
                arrays = [
                    pa.array(values, kinds[column.kind])
                    for column, values in zip(columns, zip(*group, strict=True), strict=True)
                ]
                writer.write_table(pa.table(arrays, schema=schema))
    except pa.ArrowInvalid as error:
        fact = f"cannot hold an amount ({str(error).splitlines()[0]})"
        raise UsageError(str(file), fact, "write it as csv") from error


def _grouped(rows: Iterable[Row], most: int = 50_000) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == most:
            yield group
            group = []
    if group:
        yield group
