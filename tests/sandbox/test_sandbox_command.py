"""The commands as people run them: processes with arguments, exit codes, and one line where it goes wrong."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kie_catalog.cli import main
from kie_catalog.sources.recordings import read_recording

SMALL = Path(__file__).parents[1] / "examples" / "recordings" / "small"
KEY = "sk-very-secret-123"


@pytest.fixture(name="home")
def _home(tmp_path_factory):
    """An environment of its own: no cache, no key and no checkout of the user's."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("KIE_")}
    return known | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
    }


def run(home, *args, **more):
    command = [sys.executable, "-m", "kie_catalog", *map(str, args)]
    return subprocess.run(command, env=home | more, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def sandbox(home, *args):
    command = [sys.executable, "-m", "kie_catalog", "sandbox", "--port", "0", *map(str, args)]
    with subprocess.Popen(
        command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        try:
            yield process, line.rsplit(" on ", 1)[1].split(";")[0]
        finally:
            process.kill()


def test_record_from_a_sandbox_gives_what_the_folder_holds(home, tmp_path):
    out = tmp_path / "out"
    with sandbox(home, "--recording", SMALL) as (process, url):
        first = run(home, "record", "--out", out, "--upstream", url, KIE_API_KEY=KEY)
        second = run(home, "record", "--out", out, "--upstream", url, "--format", "json", KIE_API_KEY=KEY)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert read_recording(out) == read_recording(SMALL)
    assert "prices: 130 of 2026-08-22" in first.stdout
    assert "5 pages parsed, 0 parsed before" in first.stderr
    assert "6 unchanged, 0 pages parsed, 5 parsed before" in second.stderr
    told = json.loads(second.stdout)
    assert told["sources"]["prices"]["entries"] == 130
    assert told["sources"]["groups"]["reason"] == "the recording has no groups.json"
    assert told["sources"]["pages"]["cost"]["parsed"] == 0
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in written
    assert KEY not in first.stdout + first.stderr + second.stdout + second.stderr


def test_record_facts_only_from_a_folder_in_place(home, tmp_path):
    run(home, "record", "--out", tmp_path / "r", "--upstream", SMALL)
    done = run(home, "record", "--out", tmp_path / "r", "--upstream", tmp_path / "r", "--facts-only")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "r" / "recording.json").read_text())["form"] == "facts"
    assert read_recording(tmp_path / "r") == read_recording(SMALL)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["record", "--out", "{tmp}/r", "--upstream", "{tmp}/absent"], 2, "is no folder; name a folder"),
        (["record", "--out", "{tmp}/r", "--upstream", "http://kie.example"], 2, "must begin with https://"),
        (["record", "--out", "{tmp}/r", "--upstream", "http://127.0.0.1:9"], 5, "nothing could be read"),
        (["record", "--out", "{tmp}", "--upstream", str(SMALL)], 2, "holds notes.txt, which is no part"),
        (["record", "--out", "/proc/nowhere/r", "--upstream", str(SMALL)], 2, "could not be written"),
        (["sandbox", "--recording", "{tmp}"], 2, "holds no recording"),
        (["sandbox", "--recording", str(SMALL), "--fault", "http-5O3"], 2, "did you mean 'http-503'?"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(tmp_path, monkeypatch, capsys, args, code, said):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "sources.yaml").write_text(
        "limits: {first_wait_seconds: 0.01}\nsources: {models: {enabled: false}}\n"
    )
    monkeypatch.setenv("KIE_CATALOG_ROOT", str(tmp_path))
    monkeypatch.delenv("KIE_API_KEY", raising=False)
    with pytest.raises(SystemExit) as ended:
        main([arg.format(tmp=tmp_path) for arg in args] + (["--no-cache"] if args[0] == "record" else []))
    assert ended.value.code == code
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("kie-catalog: ")
    assert said in line
    assert sorted(each.name for each in tmp_path.iterdir()) == ["notes.txt", "sync"]


def test_the_settings_of_the_checkout_count(tmp_path, capsys):
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "sources.yaml").write_text("limits:\n  retries: 1\n")
    with pytest.raises(SystemExit, match="2"):
        main(["record", "--out", "r", "--upstream", "http://127.0.0.1:9", "--root", str(tmp_path)])
    assert f"{tmp_path}/sync/sources.yaml:2: limits.retries: " in capsys.readouterr().err


def test_a_broken_key_is_refused_without_being_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KIE_API_KEY", f"{KEY}\u00e9")
    with pytest.raises(SystemExit, match="2"):
        main(["record", "--out", str(tmp_path / "r")])
    told = capsys.readouterr()
    assert "KIE_API_KEY: holds a character that no key has" in told.err
    assert KEY not in told.out + told.err


def test_faults_can_be_named_at_the_start(home):
    listed = run(home, "sandbox", "--list-faults")
    assert "http-503" in listed.stdout
    assert "model-ids" in listed.stdout
    with sandbox(home, "--recording", SMALL, "--fault", "http-503@index*1", "--latency", "20") as (_, url):
        start = time.perf_counter()
        assert httpx.get(f"{url}/llms.txt", trust_env=False).status_code == 503
        assert time.perf_counter() - start >= 0.02
        assert httpx.get(f"{url}/llms.txt", trust_env=False).status_code == 200


def test_on_a_terminal_each_source_has_a_bar(home, tmp_path):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kie_catalog", "record", "--out", str(tmp_path / "r")]
    with sandbox(home, "--recording", SMALL, "--fault", "html@groups") as (_, url):
        process = subprocess.Popen(
            [*command, "--upstream", url], env=home | {"TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs
        )
        os.close(theirs)
        drawn = b"".join(iter(lambda: read_some(ours), b"")).decode()
        told = process.communicate()[0].decode()
    assert process.returncode == 0
    for source in ("prices", "pages", "model-ids", "groups", "models"):
        assert source in drawn
    assert re.search(r"pages .*6/6.* 5 read", drawn)
    assert "\x1b[" in drawn
    assert "recorded to" in told
    assert "\x1b[" not in told


def read_some(handle):
    """What a terminal shows next; nothing once the program behind it has ended."""
    try:
        return os.read(handle, 65_536)
    except OSError:
        return b""


def test_without_the_extra_it_names_the_extra(home, tmp_path):
    """A package that is not installed is one that can't be imported: an empty module stands in its place."""
    for name, missing in (("uvicorn", "sandbox"), ("httpx", "record")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text("raise ImportError('not installed')\n")
        args = {
            "sandbox": ["sandbox", "--recording", SMALL],
            "record": ["record", "--out", tmp_path / "r", "--upstream", "http://127.0.0.1:9"],
        }[missing]
        done = run(home | {"PYTHONPATH": os.pathsep.join([str(tmp_path / name), *sys.path])}, *args)
        assert done.returncode == 2
        assert "pip install 'kie-catalog[" in done.stderr
        assert "Traceback" not in done.stderr


def test_record_killed_at_any_moment_leaves_the_old_recording_or_the_new_one(home, tmp_path):
    """The command as a whole, at moments spread over its run; the writer alone is killed at every step."""
    out = tmp_path / "out"
    assert run(home, "record", "--out", out, "--upstream", SMALL).returncode == 0
    full = read_recording(out)
    manifest = (out / "recording.json").read_bytes()
    start = time.perf_counter()
    assert run(home, "record", "--out", out, "--upstream", SMALL, "--facts-only").returncode == 0
    lasts = time.perf_counter() - start
    other = (out / "recording.json").read_bytes()
    assert manifest != other
    command = [sys.executable, "-m", "kie_catalog", "record", "--out", str(out), "--upstream", str(SMALL)]
    for kill in range(4):
        process = subprocess.Popen(command, env=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(lasts * (0.5 + 0.15 * kill))
        process.kill()
        process.wait()
        assert (out / "recording.json").read_bytes() in (manifest, other)
        assert read_recording(out) == full
