"""The one table in Markdown: machine, versions, rows, and what every limit is for."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from benchmarks.rows import TOLERANCE, Row, exponent, growth_ratio

PACKAGES: Final = (
    "kie-catalog", "click", "pyyaml", "pydantic", "jsonschema", "jsonschema-rs", "httpx", "deepdiff",
    "ruamel.yaml", "check-jsonschema",
)  # fmt: skip
HEADER: Final = ("benchmark", "size", "ours", "beside", "theirs", "ratio", "limit", "growth", "seen")
SIDES: Final = ("---", "---", "---:", "---", "---:", "---:", "---:", "---:", "---")
LEGEND: Final = f"""\
Seconds are of the processor, the least of several rounds; what is compared was taken in turns in one run.
`ratio` is ours over theirs, or theirs over ours where the limit is a least one (≥). `growth` is the k of
size^k, and with a limit what a unit of size costs at the largest size over the least. The run fails where a
limit is missed by more than {TOLERANCE - 1:.0%}."""
STEPS: Final = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (0.0, "µs", 1e6))


def render(measured: Mapping[str, Sequence[Row]], about: Mapping[str, str], *, day: str, took: float) -> str:
    """The results as Markdown.

    Args:
        measured: the rows by benchmark.
        about: one sentence for each benchmark.
        day: ISO date of the run.
        took: seconds of the whole run.
    """
    lines = [_line(HEADER), _line(SIDES)]
    for rows in measured.values():
        lines += [_line(_cells(row, _alike(row, rows))) for row in rows]
    faults = [f"- {fault}" for rows in measured.values() for fault in missed(rows)]
    verdict = ["Missed by more than a third:", "", *faults] if faults else ["Every stated ratio is met."]
    parts = (
        "# Benchmarks",
        f"{day}, {took / 60:.1f} minutes. {machine()}.\n\n{', '.join(versions())}.",
        LEGEND,
        "\n".join(lines),
        "\n".join(verdict),
        "## What is measured, and why the limits are what they are",
        "\n".join(_reasons(measured, about)),
    )
    return "\n\n".join(parts) + "\n"


def machine() -> str:
    """What it was measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown processor",
    )
    return f"{platform.system()} {platform.machine()}, {model}, {os.cpu_count()} cores"


def versions() -> list[str]:
    """Python and the packages that are measured or compared with."""
    found = [f"{platform.python_implementation()} {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return found


def missed(rows: Sequence[Row]) -> Iterable[str]:
    """Each limit of a benchmark that was missed by more than a third, in words."""
    for row in rows:
        ratio, growth = row.ratio, growth_ratio(_alike(row, rows))
        place = " ".join(part for part in (row.name, row.size) if part)
        if row.limit and ratio is not None and row.limit.is_missed(ratio):
            yield f"{place}: {_number(ratio)} of {row.beside}, limit {row.limit}"
        if row.growth and growth is not None and row.growth.is_missed(growth):
            yield f"{place}: a unit costs {_number(growth)} of what it does at the least, limit {row.growth}"


def seconds(value: float) -> str:
    """A time in the unit that reads best."""
    for least, unit, factor in STEPS:
        if value >= least:
            return f"{_number(value * factor)} {unit}"
    return "0"


def _alike(row: Row, rows: Sequence[Row]) -> list[Row]:
    return [each for each in rows if (each.name, each.beside) == (row.name, row.beside)]


def _cells(row: Row, alike: Sequence[Row]) -> Sequence[str]:
    is_last = row is max(alike, key=lambda each: each.times or 0)
    k, growth = exponent(alike), growth_ratio(alike)
    held = f", {_number(growth)} {row.growth}" if row.growth and growth is not None else ""
    return (
        row.name,
        row.size,
        seconds(row.seconds),
        row.beside,
        "" if row.other is None else seconds(row.other),
        "" if row.ratio is None else _number(row.ratio),
        str(row.limit or ""),
        f"n^{k:.2f}{held}" if is_last and k is not None else "",
        row.note,
    )


def _number(value: float) -> str:
    """Three figures, and no power of ten."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 -- three figures


def _reasons(measured: Mapping[str, Sequence[Row]], about: Mapping[str, str]) -> Iterable[str]:
    for name, rows in measured.items():
        yield f"- **{name}**: {about[name]}"
        told = {}
        for row in rows:
            if row.limit:
                told[f"{row.name} {row.limit} ({row.beside})"] = row.limit.why
            if row.growth:
                told[f"growth of {row.name} {row.growth}"] = row.growth.why
        yield from (f"  - {what}: {why}" for what, why in told.items())


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
