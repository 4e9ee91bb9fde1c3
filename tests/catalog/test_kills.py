"""Killed anywhere, on a full disk, in a folder that can't be written to: the files are all old or all new."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

KILLER = Path(__file__).with_name("killer.py")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- a folder of its own in it
"""A kill takes nothing that was written from the system, whether a disk is below or not."""
POINTS = {"steps": 60, "lines": 300, "twice": 60, "full-disk": 100, "size-limit": 10, "read-only": 60}
"""At least so many points a way; together more than two hundred are of kills alone."""


@pytest.mark.parametrize("way", POINTS)
def test_an_apply_that_is_stopped_leaves_the_old_files_or_the_new_ones(way, record_property):
    # Not in a folder of pytest's own, which only its user may enter: one way is to lose all rights.
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        run = subprocess.run(
            [sys.executable, str(KILLER), place, way],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    record_property("kills", run.stdout.strip())
    assert int(run.stdout.split()[0]) >= POINTS[way]
    assert " 0 old" not in run.stdout
    if way != "size-limit":
        assert " 0 new" not in run.stdout
