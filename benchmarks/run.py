"""Measures the main job as whole processes, cold, and prints one table in Markdown.

Seconds depend on the machine; the ratios to an empty Python process of the same run are what compares.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEWEST = max((ROOT / "sync" / "recordings").iterdir())
REPEATS = 5


def measure(command: list[str], before=lambda: None) -> tuple[float, float]:
    """The best wall time in seconds of several runs, and the largest resident size in MB."""
    best, largest = float("inf"), 0.0
    for _ in range(REPEATS):
        before()
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed = time.perf_counter() - started
        if status != 0:
            raise SystemExit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
        best, largest = min(best, elapsed), max(largest, usage.ru_maxrss / 1024)
    return best, largest


def grown(folder: Path, times: int) -> Path:
    """The newest recording with every page and row several times over, under other ids."""
    for source in sorted((NEWEST / "docs").rglob("*.md")):
        text = source.read_text(encoding="utf-8")
        for copy in range(times):
            target = folder / "docs" / f"c{copy}" / source.relative_to(NEWEST / "docs")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_renamed(text, copy) if copy else text, encoding="utf-8")
    rows = json.loads((NEWEST / "pricing.json").read_bytes())
    many = [
        {
            **row,
            "modelDescription": row["modelDescription"] if copy == 0 else f"x{copy}{row['modelDescription']}",
        }
        for copy in range(times)
        for row in rows
    ]
    (folder / "pricing.json").write_text(json.dumps(many), encoding="utf-8")
    shutil.copy(NEWEST / "recording.json", folder)
    return folder


def _renamed(text: str, copy: int) -> str:
    """The page with its model's id made another."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.strip() == "enum:" and "model" in lines[at - 2] and at + 1 < len(lines):
            old = lines[at + 1].strip().removeprefix("- ")
            return text.replace(old, f"x{copy}{old}")
    return text


def main() -> None:
    """Run and print."""
    python = [sys.executable, "-m", "kie_catalog"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        empty = measure([sys.executable, "-c", "pass"])
        rows = [("python -c pass", *empty)]
        for times in (1, 10):
            recording, root = place / f"recording{times}", place / f"root{times}"
            grown(recording, times)

            def afresh(root: Path = root) -> None:
                shutil.rmtree(root, ignore_errors=True)
                root.mkdir()

            sync = [*python, "sync", "--root", str(root), "--upstream", str(recording)]
            rows.append((f"sync into an empty workspace, {times}x", *measure(sync, afresh)))
            rows.append((f"the same sync again, {times}x", *measure(sync)))
            rows.append((f"check, {times}x", *measure([*python, "check", str(root), "--fail-on", "never"])))
        rows.append(("--help", *measure([*python, "--help"])))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, best of {REPEATS}\n")
    print("| whole process, cold | seconds | times an empty process | MB |\n| --- | ---: | ---: | ---: |")
    for label, seconds, size in rows:
        print(f"| {label} | {seconds:.2f} | {seconds / empty[0]:.1f} | {size:.0f} |")


if __name__ == "__main__":
    main()
