"""A sync over HTTP is the sync from the folder, byte for byte."""

from __future__ import annotations

from kie_catalog.sandbox.server import running
from tests.cli.test_sync_commands import files


def test_a_sync_from_the_stand_in_equals_that_from_the_recording(run, recordings, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    live, stored = tmp_path / "live", tmp_path / "stored"
    live.mkdir()
    stored.mkdir()
    with running(recordings[-1]) as stand_in:
        first = run("sync", "--root", live, "--upstream", stand_in.url)
        again = run("sync", "--root", live, "--upstream", stand_in.url)
    assert (first.exit_code, first.exception) == (0, None)
    assert "nothing to write" in again.output
    assert run("sync", "--root", stored, "--upstream", recordings[-1]).exit_code == 0
    assert files(live) == files(stored)


def test_a_host_that_answers_nothing_is_unavailable_and_writes_nothing(run, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    result = run("sync", "--root", root, "--upstream", "http://127.0.0.1:9")
    assert result.exit_code == 5
    assert files(root) == {}
