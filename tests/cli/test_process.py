"""The command as a process: exit codes, signals, pipes."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

from kie_catalog.catalog.transaction import STATE

COMMAND = [sys.executable, "-m", "kie_catalog"]


def run(*args, cwd=None):
    return subprocess.run([*COMMAND, *map(str, args)], capture_output=True, text=True, check=False, cwd=cwd)


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for name in ("plan", "apply", "sync", "check", "diff", "report", "show", "list", "migrate"):
        assert f"\n  {name} " in done.stdout
        assert run(name, "--help").returncode == 0


def test_a_mistyped_command_gets_a_suggestion():
    done = run("sinc")
    assert done.returncode == 2
    assert "did you mean 'sync'?" in done.stderr


def test_an_error_is_one_line_with_our_name(tmp_path):
    done = run("plan", "--upstream", tmp_path / "nowhere", "--root", tmp_path)
    assert done.returncode == 2
    assert (
        done.stderr
        == f"kie-catalog: {tmp_path}/nowhere: is no folder; name a folder that holds a recording\n"
    )
    assert done.stdout == ""


def test_without_a_checkout_a_writing_command_says_how_to_name_one(tmp_path):
    done = run("sync", "--upstream", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "name one with --root" in done.stderr


def test_ctrl_c_leaves_all_as_before(tmp_path):
    """The feed is a pipe that nobody writes to, so the command waits in the middle of its reading."""
    recording = tmp_path / "recording"
    recording.mkdir()
    (recording / "recording.json").write_text('{"taken_at": "2026-08-11"}')
    os.mkfifo(recording / "pricing.json")
    root = tmp_path / "root"
    root.mkdir()
    command = [*COMMAND, "sync", "--root", str(root), "--upstream", str(recording)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        writer = os.open(
            recording / "pricing.json", os.O_WRONLY
        )  # returns once the command has begun to read
        time.sleep(1)  # a signal between two reads waits for the second to end, which this one never does
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(writer)
    assert process.returncode == 130
    assert errors.strip() == "kie-catalog: interrupted; all files are as before"
    assert [path for path in root.rglob("*") if STATE not in path.parts] == []


def test_a_reader_that_leaves_early_is_no_error():
    """He has gone before the first line, so that every write fails."""
    ours, theirs = os.pipe()
    os.close(ours)
    for command in ("list", "list --help"):
        with subprocess.Popen(
            [*COMMAND, *command.split()], stdout=theirs, stderr=subprocess.PIPE, text=True
        ) as process:
            _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    os.close(theirs)


@pytest.mark.parametrize("flag", ["--version", "-h"])
def test_common_flags(flag):
    assert run(flag).returncode == 0


def test_a_reader_who_has_gone_is_no_failure():
    """`explain … | head -1`: the rest of the output is nobody's, and that is fine."""
    command = f"set -o pipefail; {shlex.join(COMMAND)} rules --format json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
