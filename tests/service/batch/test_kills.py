"""Killed at each act of the store, and around each exchange with KIE: nothing lost, nothing paid twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.standing import standing


@pytest.mark.parametrize(("way", "least"), [("acts", 30), ("exchanges", 12)])
def test_a_batch_survives_a_kill_at_each_step(kind, way, least, record_property):
    """Every accepted task is one item's, and every item ends well, whatever the moment of the kill."""
    with standing(credits=10**6) as stand_in:
        command = [sys.executable, "-m", "tests.service.batch.killing_batches", kind.name, stand_in.url, way]
        done = subprocess.run(
            command,
            cwd=Path(__file__).parents[3],
            env={**os.environ},
            capture_output=True,
            check=False,
            text=True,
            timeout=600,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = done.stdout.splitlines()
    kills = int(lines[-1].split()[0])
    assert kills >= least
    assert len(lines) == kills + 2
    record_property("kills", f"a batch of 3, {kind.name} store: {lines[-1]}, every one recovered")
