"""The check at an application's start: what is served, what is not, and what a kept verdict is worth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kie_catalog
from kie_catalog import CatalogInvalid, packaged_catalog, startup_check
from kie_catalog.catalog import sidecar
from kie_catalog.catalog.startup_report import epoch
from kie_catalog.catalog.synced import note_sync
from kie_catalog.domain.errors import UsageError
from tests.conftest import ROOT

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp()
HEAD = "version: '2.0'\nsource: x\nlast_updated: '2026-08-22'\nmodels:\n"


def model(name: str, credits: object = 14) -> str:
    return (
        f"- id: {name}\n  title: {name}\n  title_ru: {name}\n  type: t2i\n  status: active\n  modes:\n"
        f"  - id: one\n    unit: image\n    credits: {credits}\n"
    )


GOOD = HEAD + model("a/one") + model("b/two")
HALF = HEAD + model("a/one") + model("b/two", credits=-1) + model("c/three", credits="much")


@pytest.fixture
def start(tmp_path):
    """Write a text to a file and check it, with a cache folder of its own."""

    def run(text: str | bytes | None, **told):
        file = tmp_path / "models_pricing.yaml"
        if text is not None:
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return startup_check(file, **{"now": NOW, "cache_dir": tmp_path / "cache", **told})

    return run


def test_a_good_file_is_served_whole(start):
    report = start(GOOD)
    assert report.is_clean
    assert (report.source, report.models, report.served, dict(report.disabled)) == ("file", 2, 2, {})
    assert [each.id for each in report.catalog] == ["a/one", "b/two"]
    assert (report.last_updated, report.age_days, report.is_stale) == ("2026-08-22", 10, False)


def test_a_model_with_an_error_is_disabled_with_its_reason_and_the_others_serve(start):
    report = start(HALF)
    assert not report.is_clean
    assert [each.id for each in report.catalog] == ["a/one"]
    assert [(name, len(why)) for name, why in report.disabled.items()] == [("b/two", 1), ("c/three", 1)]
    assert "models_pricing.yaml:22:14: KC201 error impossible-price: " in report.disabled["b/two"][0]
    assert "disabled c/three: " in str(report)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("models: [", "KC001"),
        ("", "KC005"),
        (b"\xff\xfe", "KC004"),
        ("- a list\n", "KC101"),
        (GOOD.replace("'2.0'", "'9.0'"), "KC102"),
        (GOOD.replace("models:", "modles:"), "KC104"),
        (HEAD + model("a/one", credits=-1), "KC201"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_which_nothing_can_be_served_gives_way_to_the_packaged_catalog(start, text, why):
    report = start(text)
    assert report.source == "package"
    assert why in report.broken
    assert str(report).startswith("not served: ")
    assert report.served == len(list(packaged_catalog())) == len(list(report.catalog))
    again = start(None)
    assert (again.source, again.broken) == (report.source, report.broken)


def test_without_a_path_the_packaged_catalog_is_checked(tmp_path):
    report = startup_check(now=NOW, cache_dir=tmp_path)
    assert report.source == "package"
    assert report.is_verdict_known
    assert list(report.catalog) == list(packaged_catalog())
    assert report.last_updated == packaged_catalog().last_updated
    assert not list(tmp_path.iterdir())


def test_the_verdict_about_this_checkouts_own_catalog_comes_with_the_package(tmp_path):
    report = startup_check(ROOT, now=NOW, cache_dir=tmp_path)
    assert (report.source, report.is_verdict_known) == ("file", True)
    assert [each.id for each in report.catalog] == [each.id for each in packaged_catalog()]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("age", [timedelta(days=9), 9 * 86_400, 9 * 86_400.5])
def test_data_older_than_allowed_are_served_and_called_stale(start, age):
    report = start(GOOD, max_age=age)
    assert (report.is_stale, report.is_clean, report.served) == (True, False, 2)
    assert "10 days old, which is older than allowed" in str(report)
    assert not start(GOOD, max_age=timedelta(days=11)).is_stale


def test_strict_refuses_what_otherwise_would_be_served_in_part(start):
    with pytest.raises(CatalogInvalid, match="impossible-price"):
        start(HALF, strict=True)
    with pytest.raises(CatalogInvalid, match="KC001"):
        start("models: [", strict=True)
    with pytest.raises(UsageError, match="older than allowed"):
        start(GOOD, strict=True, max_age=60)
    assert start(GOOD, strict=True).served == 2


def test_the_last_sync_is_the_one_that_was_noted_on_this_machine(tmp_path):
    file = tmp_path / "catalog" / "models_pricing.yaml"
    file.parent.mkdir()
    file.write_text(GOOD)
    cache = str(tmp_path / "cache")
    assert startup_check(tmp_path, cache_dir=cache, now=NOW).last_sync == "2026-08-22"
    note_sync(tmp_path, "2026-09-01T11:59Z", cache)
    note_sync(tmp_path / "other", "2026-09-01T12:00Z", cache)
    assert startup_check(tmp_path, cache_dir=cache, now=NOW).last_sync == "2026-09-01T11:59Z"
    (tmp_path / "taken").write_text("a file, no folder")
    note_sync(tmp_path, "2026-09-01T12:00Z", str(tmp_path / "taken"))
    assert startup_check(tmp_path, cache_dir=tmp_path / "taken", now=NOW).last_sync == "2026-08-22"


def test_a_second_start_knows_the_verdict_and_serves_the_same(start):
    first, second = start(HALF), start(HALF)
    assert (first.is_verdict_known, second.is_verdict_known) == (False, True)
    told = {**first.to_json(), "is_verdict_known": True}
    assert second.to_json() == told
    assert list(second.catalog) == list(first.catalog)


def test_another_content_is_checked_again(start):
    start(GOOD)
    assert not start(GOOD + "# a comment\n").is_verdict_known
    assert start(GOOD).is_verdict_known


def test_a_verdict_ends_with_the_suppression_it_rests_on(start):
    text = HALF.replace(
        "- id: b/two", "# kie-catalog: ignore KC201 until 2026-09-02 because of a test\n- id: b/two"
    )
    assert start(text).served == 2
    assert start(text, now=NOW + 86_400).is_verdict_known
    later = start(text, now=NOW + 2 * 86_400)
    assert (later.is_verdict_known, later.served) == (False, 1)


def sidecars(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache").iterdir())


def test_a_sidecar_that_others_could_have_written_is_not_read(start, tmp_path):
    start(GOOD)
    [file] = sidecars(tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o666)
    assert not start(GOOD).is_verdict_known


def test_a_folder_that_takes_no_sidecar_is_no_error(start, tmp_path):
    (tmp_path / "cache").write_text("a file, no folder")
    assert start(GOOD).served == start(GOOD).served == 2


def test_old_sidecars_make_room(start, tmp_path):
    for number in range(sidecar.MOST + 5):
        start(f"{GOOD}# {number}\n")
    assert len(sidecars(tmp_path)) == sidecar.MOST


def test_the_verdict_of_another_tool_is_not_believed(tmp_path):
    verdict = sidecar.Verdict(models=1, last_updated="2026-08-22")
    file = tmp_path / "one.sidecar"
    file.write_bytes(sidecar.render(verdict, sources=["s"], key="0.0.9 x", body=b"{}"))
    file.chmod(0o600)
    assert sidecar.read(str(file), source="s", key="0.0.9 x") is not None
    assert sidecar.read(str(file), source="s", key="0.1.0 x") is None
    assert sidecar.read(str(file), source="other", key="0.0.9 x") is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_sidecar_is_rebuilt_and_never_changes_what_is_served(start, tmp_path, data):
    """Bits flipped, parts lost or doubled, anywhere: the models and reasons are those of the file."""
    expected = start(HALF)
    wanted = list(expected.catalog)  # which mends what an earlier example left
    [file] = sidecars(tmp_path)
    raw = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "double"])):
        case "flip":
            raw[at] ^= 1 << data.draw(st.integers(0, 7))
        case "cut":
            raw = raw[:at]
        case _:
            raw[at:at] = raw[at : at + 20]
    file.write_bytes(raw)
    found = start(HALF)
    assert list(found.catalog) == wanted
    told = {name: tuple(why) for name, why in found.disabled.items()}
    assert told == {name: tuple(why) for name, why in expected.disabled.items()}
    assert start(HALF).is_verdict_known


@given(
    models=st.integers(0, 9),
    texts=st.lists(st.text(), min_size=3, max_size=3),
    disabled=st.dictionaries(
        st.text(min_size=1), st.lists(st.text(min_size=1), min_size=1, max_size=3), max_size=3
    ),
)
def test_a_sidecar_says_what_was_written(tmp_path_factory, models, texts, disabled):
    """Texts come back with their blanks made single ones, whatever they hold."""
    date, broken, until = texts
    verdict = sidecar.Verdict(
        models=models,
        last_updated=date,
        broken=broken,
        disabled=disabled,
        counts={"error": 3},
        valid_until=until,
    )
    file = tmp_path_factory.mktemp("s") / "x.sidecar"
    file.write_bytes(sidecar.render(verdict, sources=["s"], key="k", body="тело".encode()))
    file.chmod(0o600)
    read = sidecar.read(str(file), source="s", key="k")
    plain = lambda text: " ".join(text.split())  # noqa: E731 -- a word for the lines below
    assert read.body() == "тело".encode()
    assert (read.verdict.last_updated, read.verdict.broken) == (plain(date), plain(broken))
    assert read.verdict.disabled == {plain(name): tuple(map(plain, why)) for name, why in disabled.items()}


@given(st.dates())
def test_days_are_counted_as_the_calendar_does(date):
    moment = datetime(date.year, date.month, date.day, tzinfo=UTC)
    assert epoch(date.isoformat()) == moment.timestamp()


@pytest.mark.parametrize("text", ["", "soon", "2026-08", "2026-08-22-1", "a-b-c"])
def test_what_is_no_date_has_no_age(text):
    assert epoch(text) is None


def test_a_start_imports_next_to_nothing():
    """Whoever starts warm pays for none of the packages that a check needs."""
    slow = {
        "re",
        "typing",
        "enum",
        "json",
        "dataclasses",
        "pathlib",
        "decimal",
        "yaml",
        "click",
        "hashlib",
        "datetime",
    }
    script = (
        "import sys; before = set(sys.modules); import kie_catalog; print(kie_catalog.startup_check());"
        f"print(*sorted((set(sys.modules) - before) & {slow!r}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n").split("\n")[-1].startswith("data of") or done.stdout.endswith("\n\n")


class TestTheCommand:
    """`check --startup`, by its quick way and by the way of all other commands."""

    def run(self, *args, cwd, way="main"):
        module = "kie_catalog.cli" if way == "main" else "kie_catalog.cli.commands"
        code = f"import sys; from {module} import {way}; {way}(sys.argv[1:])"
        environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / "cache")}
        return subprocess.run(
            [sys.executable, "-c", code, "check", *map(str, args)],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env=environment,
        )

    @pytest.mark.parametrize("way", ["main", "run"])
    def test_both_ways_say_the_same(self, tmp_path, way):
        (tmp_path / "half.yaml").write_text(HALF)
        done = self.run("half.yaml", "--startup", "--format", "json", cwd=tmp_path, way=way)
        assert done.returncode == 1
        told = json.loads(done.stdout)
        assert (told["source"], told["served"], list(told["disabled"])) == ("file", 1, ["b/two", "c/three"])
        done = self.run("--startup", "half.yaml", "--strict", cwd=tmp_path, way=way)
        assert done.returncode == 1
        assert done.stderr.startswith("kie-catalog: half.yaml: KC000")
        done = self.run("--startup", cwd=tmp_path, way=way)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("serving the packaged catalog: ")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--startup", "a", "b"], "takes one PATH"),
            (["--startup", "--format", "sarif"], "no form of a start-up check"),
            (["--startup", "--nonsense"], "No such option"),
            (["--startup", "--root", "nowhere"], "is no folder"),
        ],
    )
    def test_a_wrong_word_is_an_error_of_use(self, tmp_path, words, said):
        done = self.run(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert said in done.stderr

    def test_old_data_are_found_out(self, tmp_path):
        (tmp_path / "good.yaml").write_text(GOOD.replace("2026-08-22", "1999-01-01"))
        done = self.run("--startup", "good.yaml", "--max-age", "30", cwd=tmp_path)
        assert done.returncode == 1
        assert "older than allowed" in done.stdout


def test_the_names_are_public():
    assert {"startup_check", "StartupReport", "CatalogCache"} <= set(kie_catalog.__all__)
