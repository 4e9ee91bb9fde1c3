"""Runs the benchmarks, prints the table and checks every stated ratio.

Usage: python -m benchmarks [NAME ...] [--out FILE]

Exits with 1 where a ratio is missed by more than a third, or where a benchmark fails.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import PYTHON, ROOT
from benchmarks.registry import BENCHES
from benchmarks.rows import Row, row_of
from benchmarks.table import missed, render, seconds
from kie_catalog.cli.commands import COLLECT_AFTER

FAILED = 1


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; default: all")
    parser.add_argument("--out", type=Path, help="write the table to this file too")
    parser.add_argument("--rows", action="store_true", help=argparse.SUPPRESS)  # this process measures
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if asked.rows:
        return print_rows(asked.names[0])
    began, measured, broken = time.monotonic(), {}, []
    for name in asked.names or BENCHES:
        rows = measure(name)
        broken += [] if rows else [f"{name}: failed"]
        measured[name] = rows
    day = dt.datetime.now(dt.UTC).date().isoformat()
    text = render(measured, {name: about(name) for name in measured}, day=day, took=time.monotonic() - began)
    print(text)
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(text, encoding="utf-8")
    faults = [*broken, *(f"missed: {fault}" for rows in measured.values() for fault in missed(rows))]
    for fault in faults:
        print(fault, file=sys.stderr)
    return FAILED if faults else 0


def measure(name: str) -> list[Row]:
    """The rows of one benchmark, measured in a process of its own; none where it fails."""
    began = time.monotonic()
    command = [PYTHON, "-m", "benchmarks", "--rows", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    print(f"{name}: {seconds(time.monotonic() - began)}", file=sys.stderr, flush=True)
    return [] if done.returncode else [row_of(each) for each in json.loads(done.stdout)]


def print_rows(name: str) -> int:
    """Measure in this process, and give the rows as JSON."""
    gc.set_threshold(COLLECT_AFTER)  # as our program does; who is beside has the good of it too
    with tempfile.TemporaryDirectory() as folder:
        found = [row.to_json() for row in importlib.import_module(f"benchmarks.{name}").rows(Path(folder))]
    print(json.dumps(found))
    return 0


def about(name: str) -> str:
    """The first sentence of a benchmark's docstring."""
    return str(importlib.import_module(f"benchmarks.{name}").__doc__).split("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
