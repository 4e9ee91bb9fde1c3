"""A sync: from a recording as a whole process, and of a growing catalog in which 1 price in 100 moves."""

from __future__ import annotations

import gc
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from benchmarks.grown import recording
from benchmarks.measuring import OURS, PASS, PYTHON, ROOT, TIMES, processes
from benchmarks.rows import Limit, Row
from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli.commands import COLLECT_AFTER
from kie_catalog.domain.snapshot import NotMeasured, Page, PriceRow, Snapshot, SourceName, Upstream

MODELS = 180
"""What the real catalog has, and about as many modes a model."""
OPTIONS = ("480p", "720p")
CHANGED = 100
"""One row in so many moves."""
IN_STEP = Limit(1.5, "a sync looks at each model, its rows and its base, never at all pairs")


def rows(place: Path) -> Iterator[Row]:
    yield from whole(place)
    yield from inside(place)


def whole(place: Path) -> Iterator[Row]:
    """From a recording into an empty workspace, and the same once more."""
    for times in TIMES[:2]:  # at 100x, reading 23,000 pages of Markdown is most of an hour's budget
        taken, root = recording(place / f"recording{times}", times), place / f"root{times}"

        def afresh(root: Path = root) -> None:
            shutil.rmtree(root, ignore_errors=True)
            root.mkdir()

        sync = [*OURS, "sync", "--root", str(root), "--upstream", str(taken)]
        first, again = "sync into an empty workspace", "the same sync again"
        best = processes(
            {"pass": PASS, first: sync, again: sync}, 3 if times == 1 else 1, before={first: afresh}
        )
        for name in (first, again):
            yield Row(
                name,
                best[name],
                times,
                f"{230 * times:,} pages",
                beside="python -c pass",
                other=best["pass"],
                note=f"{best[name].megabytes:.0f} MB",
            )


def inside(place: Path) -> Iterator[Row]:
    """Plan and apply where one price in a hundred moves, each size in a process of its own."""
    for times in TIMES:
        root = place / f"moved{times}"
        root.mkdir()
        _part("accept", root, times)
        found = _part("measure", root, times)
        yield Row(
            "plan and apply, 1 price in 100 moves",
            found["seconds"],
            times,
            f"{MODELS * times:,} models",
            growth=IN_STEP if times == TIMES[-1] else None,
            note=f"{found['files']:.0f} files written, {found['memory']:.0f} MB",
        )


def _part(what: str, root: Path, times: int) -> dict[str, float]:
    command = [PYTHON, "-m", "benchmarks.syncing", what, str(root), str(times)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


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
    priced = [
        PriceRow(number, f"{model}, {option}", "video", "Acme", *price(number, dearer), "")
        for number, (model, option) in enumerate(product(ids, OPTIONS), 1)
    ]
    return Upstream(
        Snapshot(SourceName.PRICES, day, tuple(priced), (), f"sha256:{day}"),
        Snapshot(SourceName.PAGES, day, tuple(map(page, ids)), (), "sha256:0"),
        NotMeasured(SourceName.MODEL_IDS, "is not measured here"),
        NotMeasured(SourceName.MODELS, "is not measured here"),
    )


def price(number: int, dearer: int) -> tuple[str, str, str]:
    """Credits, unit and dollars of a row."""
    moves = dearer and number % dearer == 0
    return ("11", "per second", "0.055") if moves else ("10", "per second", "0.05")


def accept(root: Path, times: int) -> dict[str, float]:
    """Make the workspace that a sync finds."""
    workspace = Workspace(root)
    apply_plan(plan_sync(upstream(times, "2026-08-11"), workspace), workspace)
    return {}


def measure(root: Path, times: int) -> dict[str, float]:
    """Plan and apply the move of one price in a hundred."""
    gc.set_threshold(COLLECT_AFTER)
    moved = upstream(times, "2026-08-12", CHANGED)
    workspace = Workspace(root)
    began = time.process_time()
    plan = plan_sync(moved, workspace)
    applied = apply_plan(plan, workspace)
    seconds = time.process_time() - began
    if len(plan.changes) != MODELS * times * len(OPTIONS) // CHANGED:
        raise SystemExit(f"{len(plan.changes)} changes are not what was to be measured")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "files": len(applied.written), "memory": memory}


if __name__ == "__main__":
    part = {"accept": accept, "measure": measure}[sys.argv[1]]
    print(json.dumps(part(Path(sys.argv[2]), int(sys.argv[3]))))
