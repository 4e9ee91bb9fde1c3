"""What an application pays at its start, and a person for asking for help, as whole processes.

Nothing kept: the cache folder is empty. Kept: a check before left its verdict there.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from benchmarks.grown import catalog_text, models_in
from benchmarks.measuring import OURS, PASS, PYTHON, TIMES, processes
from benchmarks.rows import Limit, Row

START = "import kie_catalog; kie_catalog.startup_check({!r}, cache_dir={!r})"
COMMAND = "from kie_catalog.cli import main; main(['check', '--startup', {!r}])"
ROUNDS = 20

COLD = Limit(5.0, "a bot restarts often, and waits for this before it serves anybody")
KEPT = Limit(2.0, "a verdict that is kept costs one look at the file")
HELP = Limit(3.0, "a person who asks for help, or a shell that completes, should not feel a wait")
SAME_FOR_ALL = Limit(
    0.15, "a kept verdict names the file by its size and moment; ten times the models, half more time"
)


def rows(place: Path) -> Iterator[Row]:
    os.environ["XDG_CACHE_HOME"] = str(place / "xdg")
    cache = str(place / "cache")
    files = {times: place / f"{times}x.yaml" for times in TIMES}
    sizes = {}
    for times, file in files.items():
        text = catalog_text(times)
        file.write_text(text, encoding="utf-8")
        sizes[times] = models_in(text)

    def start(times: int | None) -> list[str]:
        return [PYTHON, "-c", START.format(times and str(files[times]), cache)]

    def wipe() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    script = str(Path(sysconfig.get_path("scripts")) / "kie-catalog")
    packaged, cold = "start-up check, packaged catalog", "start-up check of a file, nothing kept"
    check = [PYTHON, "-c", COMMAND.format(str(files[1]))]
    helps = {
        "kie-catalog --help": [script, "--help"],
        "python -m kie_catalog --help": [*OURS, "--help"],
        "kie-catalog --version": [script, "--version"],
    }
    best = processes(
        {"pass": PASS, packaged: start(None), cold: start(1), "kie-catalog check --startup": check, **helps},
        ROUNDS,
        before={packaged: wipe, cold: wipe},
    )
    limits = {packaged: COLD, cold: COLD, "kie-catalog check --startup": KEPT, **dict.fromkeys(helps, HELP)}
    empty = "python -c pass"
    for name, limit in limits.items():
        yield Row(name, best[name], beside=empty, other=best["pass"], limit=limit)
    kept = processes({"pass": PASS, **{str(times): start(times) for times in TIMES}}, ROUNDS)
    for times in TIMES:
        yield Row(
            "start-up check of a file, verdict kept",
            kept[str(times)],
            times,
            sizes[times],
            beside=empty,
            other=kept["pass"],
            limit=KEPT if times == 1 else None,
            growth=SAME_FOR_ALL if times == TIMES[-1] else None,
        )
