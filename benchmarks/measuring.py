"""How time is taken: the least of several rounds, of the processor and not of the clock on the wall.

How busy the machine is says nothing about us; what is compared is taken in turns, so that a busy moment hits
all of it.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
OURS = [PYTHON, "-m", "kie_catalog"]
PASS = [PYTHON, "-c", "pass"]
TIMES = (1, 10, 100)


def least(work: Callable[[], object], rounds: int = 3) -> float:
    """The least seconds of processor time of several runs."""
    return in_turns({"work": work}, rounds)["work"]


def in_turns(works: Mapping[str, Callable[[], object]], rounds: int = 3) -> dict[str, float]:
    """The least seconds of processor time of each piece of work, taken in turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            gc.collect()
            began = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - began)
    return best


def each_of(work: Callable[[], object], calls: int, rounds: int = 3) -> float:
    """The seconds of one call among many."""
    return least(lambda: [work() for _ in range(calls)], rounds) / calls


class Spent(float):
    """Seconds of processor time of a process, with its largest resident size in MB."""

    megabytes: float = 0.0


def processes(
    commands: Mapping[str, Sequence[str]],
    rounds: int = 10,
    *,
    before: Mapping[str, Callable[[], object]] | None = None,
    codes: Sequence[int] = (0,),
) -> dict[str, Spent]:
    """The least processor time of each command as a whole process, taken in turns.

    Args:
        commands: by name.
        rounds: how often each runs.
        before: what to do before a command of that name, not measured.
        codes: the exit codes that are taken for a success; any other ends the benchmark.
    """
    best: dict[str, Spent] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            (before or {}).get(name, lambda: None)()
            spent = _process(command, codes)
            best[name] = min(best.get(name, spent), spent)
    return best


def _process(command: Sequence[str], codes: Sequence[int]) -> Spent:
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    spent = Spent(usage.ru_utime + usage.ru_stime)
    spent.megabytes = usage.ru_maxrss / 1024
    return spent
