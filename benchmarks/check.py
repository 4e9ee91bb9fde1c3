"""Measures checks and start-ups: as whole processes, inside one process, and beside what people use now.

Only ratios of one run compare between machines; each row names its limit. The script fails where one is
missed by more than a third. Side by side: a loader with PyYAML's SafeLoader and dataclasses, and
check-jsonschema, if that is installed (`pip install check-jsonschema`), on the same file and our schema.

Usage: python benchmarks/check.py [--rounds N]
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from kie_catalog import CatalogCache
from kie_catalog.catalog.checking import check_bytes
from kie_catalog.catalog.read import catalog_of, require_form
from kie_catalog.catalog.workspace import read_document

ROOT = Path(__file__).resolve().parents[1]
CATALOG = ROOT / "catalog" / "models_pricing.yaml"
SCHEMA = ROOT / "schemas" / "models_pricing.schema.json"
TOLERANCE = 4 / 3
LEAST_SHOWN_IN_MS = 1e-4
TIMES = (1, 10, 100)
START = "import kie_catalog; kie_catalog.startup_check({!r}, cache_dir={!r})"
COMMAND = "from kie_catalog.cli import main; main(['check', '--startup', {!r}])"


def grown(times: int) -> str:
    """The catalog with every model several times over, under other ids, still in order and without error."""
    head, *models = CATALOG.read_text(encoding="utf-8").split("\n- id: ")
    last = models.pop().rstrip("\n")
    copies = [
        f"{name}x{copy:03}\n{rest}" if copy else f"{name}\n{rest}"
        for name, rest in (each.split("\n", 1) for each in (*models, last))
        for copy in range(times)
    ]
    copies.sort(key=lambda each: each.split("\n", 1)[0])
    return "\n- id: ".join([head, *copies]) + "\n# grown\n"


class Table:
    """Rows with what was measured, and the limit it has."""

    def __init__(self, title: str) -> None:
        self.missed: list[str] = []
        print(f"\n| {title} | measured | ratio | limit |\n| --- | ---: | ---: | ---: |")

    def row(
        self,
        label: str,
        seconds: float,
        ratio: float | None = None,
        limit: float | None = None,
        *,
        least=False,
    ):
        shown = f"{1000 * seconds:.2f} ms" if seconds >= LEAST_SHOWN_IN_MS else f"{1e6 * seconds:.2f} µs"
        told = "" if ratio is None else f"{ratio:.2f}"
        bound = "" if limit is None else f"{'>=' if least else '<='} {limit:g}"
        print(f"| {label} | {shown} | {told} | {bound} |", flush=True)
        if ratio is not None and limit is not None:
            is_met = ratio >= limit / TOLERANCE if least else ratio <= limit * TOLERANCE
            if not is_met:
                self.missed.append(label)


def processes(
    commands: Mapping[str, Sequence[str]], rounds: int, before: Mapping[str, Callable[[], object]]
) -> dict[str, float]:
    """The least processor time of each command, taken in turns, so that a busy moment hits all of them."""
    best = dict.fromkeys(commands, float("inf"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for _ in range(rounds):
        for name, command in commands.items():
            before.get(name, lambda: None)()
            child = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
            )
            _, _, usage = os.wait4(child.pid, 0)
            best[name] = min(best[name], usage.ru_utime + usage.ru_stime)
    return best


def startups(place: Path, rounds: int) -> list[str]:
    """Start-up checks as whole processes."""
    python, cache = sys.executable, str(place / "cache")
    for times in (1, 10):
        (place / f"{times}x.yaml").write_text(grown(times), encoding="utf-8")
    one, ten = (str(place / f"{times}x.yaml") for times in (1, 10))

    def start(path: str | None) -> list[str]:
        return [python, "-c", START.format(path, cache)]

    def wipe() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    def warm() -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        subprocess.run(start(ten), check=True, stdout=subprocess.DEVNULL, env=environment)

    commands = {
        "python -c pass": [python, "-c", "pass"],
        "startup_check(), the packaged catalog, nothing kept": start(None),
        "startup_check(file) at 1x, nothing kept": start(one),
        "startup_check(file) at 1x, verdict kept": start(one),
        "startup_check(file) at 10x, verdict kept": start(ten),
        "kie-catalog check --startup at 1x, verdict kept": [python, "-c", COMMAND.format(one)],
        "python -m kie_catalog check --startup at 1x, verdict kept": [
            python, "-m", "kie_catalog", "check", "--startup", one,
        ],
    }  # fmt: skip
    names = list(commands)
    before = {names[1]: wipe, names[2]: wipe, names[4]: warm}
    best = processes(commands, rounds, before)
    table = Table("whole process")
    empty = best[names[0]]
    limits = {names[1]: 5.0, names[2]: 5.0, names[3]: 2.0, names[5]: 2.0, names[6]: None}
    for name, seconds in best.items():
        table.row(name, seconds, seconds / empty, limits.get(name))
    table.row("10x over 1x, verdict kept", best[names[4]], best[names[4]] / best[names[3]], 1.5)
    return table.missed


def least(work: Callable[[], object], rounds: int) -> float:
    """The least processor time of several runs: how busy the machine is says nothing about us."""
    times = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def checks(rounds: int) -> list[str]:
    """Full checks inside one process, and how they grow."""
    table = Table("inside one process")
    before = 0.0
    for times in TIMES:
        raw = grown(times).encode()
        seconds = least(
            lambda raw=raw: check_bytes(raw, "c.yaml", today="2026-08-25"), rounds if times < TIMES[-1] else 1
        )
        if times == 1:
            table.row("full check with lines and columns, 1x, of 150 ms", seconds, seconds / 0.150, 1.0)
        else:
            table.row(
                f"full check, {times}x, over ten times the row above", seconds, seconds / before / 10, 1.2
            )
        before = seconds
    with tempfile.TemporaryDirectory() as folder:
        cache = CatalogCache(CATALOG, cache_dir=folder)
        cache.get()
        reads = 10_000
        seconds = least(lambda: [cache.get() for _ in range(reads)], rounds) / reads
    table.row("warm read of the cache, of 10 µs", seconds, seconds / 1e-5, 1.0)
    return table.missed


@dataclass
class PlainMode:
    """A mode as such loaders have it."""

    unit: str
    credits: float
    official_usd: float | None = None
    notes: str | None = None
    id: str | None = None
    when: dict[str, Any] | None = None


@dataclass
class PlainModel:
    """A model as such loaders have it."""

    id: str
    title_ru: str
    type: str | None
    modes: list[PlainMode]


def plain_loader(file: Path) -> list[PlainModel]:
    """The loader that bots use now: no places, no rules, floats for money."""
    data = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    known = {field.name for field in fields(PlainMode)}
    return [
        PlainModel(
            model["id"],
            model["title_ru"],
            model.get("type"),
            [
                PlainMode(**{key: value for key, value in mode.items() if key in known})
                for mode in model["modes"]
            ],
        )
        for model in data["models"]
    ]


def our_loader(file: Path) -> object:
    """Ours: located, exact, the form checked."""
    document = read_document(file, "c.yaml")
    return catalog_of(document.data)


def checked_loader(file: Path) -> object:
    """Ours with every rule passed."""
    document = read_document(file, "c.yaml")
    require_form(document)
    return catalog_of(document.data)


def side_by_side(place: Path, rounds: int) -> list[str]:
    """The same file by what people use now."""
    table = Table("side by side, 1x")
    plain = least(lambda: plain_loader(CATALOG), rounds)
    table.row("PyYAML's SafeLoader with dataclasses", plain)
    for name, loader, limit in (
        ("ours, places and exact numbers", our_loader, 8.0),
        ("ours, with every rule passed", checked_loader, None),
    ):
        seconds = least(lambda loader=loader: loader(CATALOG), rounds)
        table.row(name, seconds, plain / seconds, limit, least=True)
    cache = CatalogCache(CATALOG, cache_dir=place / "cache")
    seconds = least(cache.get, rounds)
    table.row("ours, in memory", seconds, plain / max(seconds, 1e-9), 8.0, least=True)
    other = shutil.which("check-jsonschema", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if other is None:
        print("| check-jsonschema | not installed | | |")
        return table.missed
    copy = place / "copy.yaml"
    copy.write_text(grown(1), encoding="utf-8")
    python = sys.executable
    names = ("check-jsonschema", "kie-catalog check")
    best = processes(
        {
            names[0]: [other, "--schemafile", str(SCHEMA), str(copy)],
            names[1]: [python, "-m", "kie_catalog", "check", str(copy)],
        },
        max(3, rounds // 3),
        {},
    )
    table.row("check-jsonschema, whole process", best[names[0]])
    table.row(
        "kie-catalog check, whole process", best[names[1]], best[names[0]] / best[names[1]], 3.0, least=True
    )
    return table.missed


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, best of {rounds}"
    )
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CACHE_HOME"] = name
        missed = [
            *startups(Path(name), rounds),
            *checks(max(5, rounds // 2)),
            *side_by_side(Path(name), max(5, rounds // 2)),
        ]
    for label in missed:
        print(f"missed: {label}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
