"""One run at a time in a workspace, and the place of one that died taken over."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys

import pytest

from kie_catalog.catalog.transaction import STATE, Transaction

HOLDER = """
import sys, time
from pathlib import Path
from kie_catalog.catalog.disk import Disk
from kie_catalog.catalog.transaction import Transaction

class Slow(Disk):
    def write(self, path, content):
        print("writing", flush=True)
        time.sleep(600)

root = Path(sys.argv[1])
Transaction(root, Slow()).commit({root / "catalog/models_pricing.yaml": b"another"})
"""
CATALOG = "version: '2.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog/models_pricing.yaml").write_text(CATALOG)
    return tmp_path


@pytest.fixture
def writer(root):
    """A run that is in the middle of a write."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        yield process
        process.send_signal(signal.SIGKILL)


def tombstone(run, root):
    return run("decide", "tombstone", "a/b", "--reason", "why", "--author", "anna", "--root", root)


def test_two_runs_are_kept_apart_and_the_second_is_told_who_writes(run, root, writer):
    result = tombstone(run, root)
    assert result.exit_code == 2
    name = f"process {writer.pid} on {platform.node()}"
    assert str(result.exception) == f"{root}: another run is writing here ({name}); wait until it has ended"
    assert not (root / "sync/decisions.yaml").exists()


def test_the_place_of_a_run_that_died_is_taken_over_with_a_message(run, root, writer):
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    result = tombstone(run, root)
    assert result.exit_code == 0
    name = f"process {writer.pid} on {platform.node()}"
    assert f"took over the lock of {name}, which ended while it was writing" in result.stderr
    assert "removed what an interrupted run had only prepared" in result.stderr
    assert (root / "catalog/models_pricing.yaml").read_text() == CATALOG
    again = run("decide", "tombstone", "a/c", "--reason", "why", "--author", "anna", "--root", root)
    assert "took over" not in again.stderr, "it is told once"


def test_a_lock_that_was_left_without_a_write_is_no_obstacle(root):
    (root / STATE).mkdir()
    (root / STATE / "lock").write_text("process 1 on elsewhere\n")
    note = Transaction(root).recover()
    assert note == "took over the lock of process 1 on elsewhere, which ended while it was writing"
    assert Transaction(root).recover() is None
