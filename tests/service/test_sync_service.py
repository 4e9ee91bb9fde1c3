"""`KIESyncService`: true once a day from inside a program, which it neither blocks nor breaks."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import os
import subprocess
import sys

import pytest

from kie_catalog.catalog.transaction import Transaction
from kie_catalog.domain.errors import PlanRefused, SourceError, UsageError
from kie_catalog.service.sync_service import KIESyncService, Rhythm
from tests.automation.conftest import PRICES, recording
from tests.catalog.failing import FailingDisk
from tests.catalog.test_transaction import PowerCut

NOW = dt.datetime(2026, 8, 24, 6, tzinfo=dt.UTC)
MORE = {**PRICES, "acme/new": {"480p": "5"}}
FEWER = {"acme/one": {"480p": "10"}}


class Clock:
    """Time that passes only when somebody waits for it, and a test that lets so many waits end."""

    def __init__(self, turns=0):
        self.waits = []
        self._turns = turns
        self.is_idle = asyncio.Event()

    async def sleep(self, seconds):
        self.waits.append(seconds)
        if len(self.waits) > self._turns:
            self.is_idle.set()
            await asyncio.Event().wait()

    def rhythm(self, chance=0.5):
        return Rhythm(now=lambda: NOW, sleep=self.sleep, chance=lambda: chance)


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def upstream(tmp_path):
    return recording(tmp_path / "upstream", PRICES)


def files(root):
    return sorted(path for path in root.rglob("*") if path.is_file() and ".kie-catalog" not in path.parts)


def test_a_plan_writes_nothing_and_an_update_writes_it(root, upstream):
    service = KIESyncService(root, upstream=upstream, rhythm=Rhythm(now=lambda: NOW))
    plan = asyncio.run(service.sync_models_from_api())
    assert files(root) == []
    assert {each.model for each in asyncio.run(service.get_new_models())} == set(PRICES)
    run = asyncio.run(service.update_catalog())
    assert (run.is_well, run.digest, run.at) == (True, plan.digest, NOW)
    assert {each.model for each in run.new_models} == set(PRICES)
    assert files(root) != []
    assert asyncio.run(service.get_new_models()) == ()
    assert asyncio.run(service.update_catalog()).written == ()


def test_validation_tells_of_a_broken_catalog(root, upstream):
    service = KIESyncService(root, upstream=upstream)
    asyncio.run(service.update_catalog())
    assert [each for each in asyncio.run(service.validate_catalog()) if each.severity.name == "ERROR"] == []
    file = root / "catalog" / "models_pricing.yaml"
    file.write_text(file.read_text().replace("credits: 10", "credits: -10", 1))
    assert "ERROR" in {each.severity.name for each in asyncio.run(service.validate_catalog())}


@pytest.mark.parametrize("is_coroutine", [False, True])
def test_new_models_are_told_once(root, upstream, tmp_path, is_coroutine):
    told = []

    async def tell_later(new):
        told.append([each.model for each in new])

    tell = tell_later if is_coroutine else lambda new: told.append([each.model for each in new])
    for where in (upstream, recording(tmp_path / "more", MORE), tmp_path / "more"):
        asyncio.run(KIESyncService(root, upstream=where, on_new_models=tell).update_catalog())
    assert told == [sorted(PRICES), ["acme/new"]]


def test_a_callback_that_fails_costs_the_run_nothing(root, upstream, caplog):
    def fail(new):
        raise ValueError(new[0].model)

    run = asyncio.run(KIESyncService(root, upstream=upstream, on_new_models=fail).update_catalog())
    assert run.is_well
    assert "on_new_models failed" in caplog.text


def test_a_guard_that_refuses_writes_nothing(root, upstream, tmp_path):
    asyncio.run(KIESyncService(root, upstream=upstream).update_catalog())
    before = {path: path.read_bytes() for path in files(root)}
    fewer = KIESyncService(root, upstream=recording(tmp_path / "fewer", FEWER))
    with pytest.raises(PlanRefused):
        asyncio.run(fewer.update_catalog())
    assert {path: path.read_bytes() for path in files(root)} == before


def test_the_start_returns_at_once_and_runs_at_once_and_then_daily(root, upstream):
    async def go():
        clock = Clock(turns=1)
        service = KIESyncService(root, upstream=upstream, rhythm=clock.rhythm())
        await service.start()
        assert service.last is None
        await clock.is_idle.wait()
        await service.stop()
        assert service.last is not None
        assert service.last.is_well
        assert clock.waits == [dt.timedelta(hours=24, minutes=15).total_seconds()] * 2

    asyncio.run(go())
    assert files(root) != []


@pytest.mark.parametrize(("chance", "minutes"), [(0.0, 0), (1.0, 30)])
def test_the_jitter_only_adds(chance, minutes):
    pause = Rhythm(chance=lambda: chance).pause()
    assert pause == dt.timedelta(hours=24, minutes=minutes).total_seconds()


def test_an_upstream_that_is_down_breaks_neither_start_nor_program(root, caplog):
    async def go():
        clock = Clock()
        service = KIESyncService(root, upstream="http://127.0.0.1:9", rhythm=clock.rhythm())
        await service.start()
        await clock.is_idle.wait()
        assert not service.last.is_well
        with pytest.raises(SourceError):
            await service.sync_models_from_api()
        await service.stop()

    with caplog.at_level(logging.WARNING):
        asyncio.run(go())
    assert "127.0.0.1" in caplog.text
    assert files(root) == []


def test_a_fault_of_ours_ends_the_run_and_not_the_service(root, upstream, caplog):
    """The workspace is a file: nothing that a sync of ours foresees."""
    (root / "sync").write_text("")

    async def go():
        clock = Clock(turns=1)
        service = KIESyncService(root, upstream=upstream, rhythm=clock.rhythm())
        await service.start()
        await clock.is_idle.wait()
        await service.stop()
        assert not service.last.is_well
        assert len(clock.waits) == 2

    asyncio.run(go())
    assert "sync: " in caplog.text


def test_a_fault_that_nobody_foresaw_is_told_by_its_kind_alone(root, upstream, caplog):
    class Faulty:
        def cache(self):
            raise RuntimeError("s3cret")

    async def go():
        clock = Clock(turns=1)
        service = KIESyncService(root, upstream=upstream, rhythm=clock.rhythm(), means=Faulty())
        await service.start()
        await clock.is_idle.wait()
        await service.stop()
        return service.last, len(clock.waits)

    last, waits = asyncio.run(go())
    assert (last.is_well, last.error, waits) == (False, "failed (RuntimeError)", 2)
    assert "sync: failed" in caplog.text
    assert files(root) == []


def test_a_folder_that_is_not_there_is_not_made(tmp_path, upstream):
    service = KIESyncService(tmp_path / "none", upstream=upstream)
    with pytest.raises(UsageError, match="is no folder; make it, or name the folder that holds catalog/"):
        asyncio.run(service.update_catalog())
    assert not (tmp_path / "none").exists()


def test_what_an_interrupted_run_left_is_settled_first(root, upstream, caplog):
    """The power went in the middle of a write, after it was decided and before it was done."""
    note = root / "note.md"
    for point in itertools.count(1):
        with pytest.raises(PowerCut):
            Transaction(root, FailingDisk(point, PowerCut(), dead=True)).commit({note: b"whole"})
        if Transaction(root).is_pending:
            break
    with caplog.at_level(logging.INFO):
        assert asyncio.run(KIESyncService(root, upstream=upstream).update_catalog()).is_well
    assert "of an interrupted run" in caplog.text
    assert not Transaction(root).is_pending
    assert not note.exists() or note.read_bytes() == b"whole"


def test_another_run_on_this_machine_is_let_go_first(root, upstream):
    code = (
        "import sys; from pathlib import Path; from kie_catalog.catalog.transaction import Transaction\n"
        "with Transaction(Path(sys.argv[1])).exclusive(): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        service = KIESyncService(root, upstream=upstream)
        with pytest.raises(UsageError, match="another run"):
            asyncio.run(service.update_catalog())
        other.stdin.close()
    assert asyncio.run(service.update_catalog()).is_well


def test_runs_of_one_program_wait_for_each_other(root, upstream):
    async def go():
        service = KIESyncService(root, upstream=upstream)
        return await asyncio.gather(*(service.update_catalog() for _ in range(3)))

    assert [bool(run.written) for run in asyncio.run(go())] == [True, False, False]


def test_a_stop_in_the_middle_of_a_run_waits_for_its_end(root, upstream):
    """The feed is a pipe that nobody writes to, so the run waits in the middle of its reading."""
    feed = (upstream / "pricing.json").read_bytes()
    (upstream / "pricing.json").unlink()
    os.mkfifo(upstream / "pricing.json")

    async def go():
        service = KIESyncService(root, upstream=upstream, rhythm=Clock().rhythm())
        await service.start()
        pipe = await asyncio.to_thread((upstream / "pricing.json").open, "wb")
        stopping = asyncio.create_task(service.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        pipe.write(feed)
        pipe.close()
        await stopping

    asyncio.run(go())
    assert (root / "catalog" / "models_pricing.yaml").exists()


def test_a_service_that_was_not_started_is_stopped_at_once_and_started_twice_runs_once(root, upstream):
    async def it():
        service = KIESyncService(root, upstream=str(upstream))
        await service.stop()
        await service.start()
        task = service._task
        await service.start()
        assert service._task is task
        await service.stop()
        return service._task

    assert asyncio.run(it()) is None
