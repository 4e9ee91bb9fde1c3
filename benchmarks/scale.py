"""Measures a sync of a catalog that grows while one price in a hundred moves: the time and memory it takes.

Each size is measured in a process of its own, on a workspace that accepted the same upstream before. Growth
of 100 at a catalog 100 times as large is in step with it. Time is that of the processor: how busy the machine
is, and how fast its disk, says nothing of how the work grows.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli.commands import COLLECT_AFTER
from kie_catalog.domain.snapshot import NotMeasured, Page, PriceRow, Snapshot, SourceName, Upstream

MODELS = 180
"""What the real catalog has, and about as many modes a model."""
OPTIONS = ("480p", "720p")
SIZES = (1, 10, 100)
CHANGED = 100
"""One row in so many moves."""


def page(model: str) -> Page:
    """A documentation page with an input of some ten properties."""
    properties = {f"option_{at}": {"type": "string", "enum": [f"a{at}", f"b{at}"]} for at in range(8)}
    properties |= {
        "prompt": {"type": "string", "maxLength": 5000},
        "resolution": {"type": "string", "enum": list(OPTIONS)},
    }
    schema = {
        "type": "object",
        "properties": {
            "model": {"type": "string", "enum": [model]},
            "input": {"type": "object", "properties": properties, "required": ["prompt"]},
        },
    }
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {"post": {"tags": ["docs/en/Market/Video Models/Acme"], "requestBody": body}}
    return Page(f"market/{model}", model.title(), {"paths": {"/api/v1/jobs/createTask": operation}})


def upstream(times: int, day: str, dearer: int = 0) -> Upstream:
    """So many models, every hundredth of their rows dearer by a tenth."""
    ids = [f"p{at % (12 * times)}/m{at}" for at in range(MODELS * times)]
    rows = [
        PriceRow(number, f"{model}, {option}", "video", "Acme", *price(number, dearer), "")
        for number, (model, option) in enumerate(product(ids, OPTIONS), 1)
    ]
    return Upstream(
        Snapshot(SourceName.PRICES, day, tuple(rows), (), f"sha256:{day}"),
        Snapshot(SourceName.PAGES, day, tuple(map(page, ids)), (), "sha256:0"),
        NotMeasured(SourceName.MODEL_IDS, "is not measured here"),
        NotMeasured(SourceName.MODELS, "is not measured here"),
    )


def price(number: int, dearer: int) -> tuple[str, str, str]:
    """Credits, unit and dollars of a row."""
    moves = dearer and number % dearer == 0
    return ("11", "per second", "0.055") if moves else ("10", "per second", "0.05")


def accept(root: Path, times: int) -> None:
    """Make the workspace that a sync finds."""
    workspace = Workspace(root)
    apply_plan(plan_sync(upstream(times, "2026-08-11"), workspace), workspace)


def measure(root: Path, times: int) -> dict[str, float]:
    """Plan and apply the move of one price in a hundred."""
    gc.set_threshold(COLLECT_AFTER)
    moved = upstream(times, "2026-08-12", CHANGED)
    workspace = Workspace(root)
    began = time.process_time()
    plan = plan_sync(moved, workspace)
    planned = time.process_time()
    applied = apply_plan(plan, workspace)
    ended = time.process_time()
    if len(plan.changes) != MODELS * times * len(OPTIONS) // CHANGED:
        raise SystemExit(f"{len(plan.changes)} changes are not what was to be measured")
    return {
        "plan": planned - began,
        "apply": ended - planned,
        "files": len(applied.written),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "catalog": workspace.catalog_file.stat().st_size / 1e6,
    }


def in_child(what: str, root: Path, times: int) -> dict[str, float]:
    """Run one part of this script as a process of its own."""
    command = [sys.executable, __file__, what, str(root), str(times)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    measured: dict[str, float] = json.loads(done.stdout or b"{}")
    return measured


def main() -> None:
    """Run and print."""
    print(
        "| catalog | MB | plan, s | apply, s | growth of time | files written | peak MB | growth of memory |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    first: dict[str, float] = {}
    for times in SIZES:
        with tempfile.TemporaryDirectory() as name:
            in_child("accept", Path(name), times)
            found = in_child("measure", Path(name), times)
        first = first or found
        cells = (
            f"{MODELS * times} models, {times}x",
            f"{found['catalog']:.1f}",
            f"{found['plan']:.2f}",
            f"{found['apply']:.2f}",
            f"{(found['plan'] + found['apply']) / (first['plan'] + first['apply']):.1f}x",
            f"{found['files']:.0f}",
            f"{found['memory']:.0f}",
            f"{found['memory'] / first['memory']:.1f}x",
        )
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        root, size = Path(sys.argv[2]), int(sys.argv[3])
        print(json.dumps(accept(root, size) or {} if sys.argv[1] == "accept" else measure(root, size)))
    else:
        main()
