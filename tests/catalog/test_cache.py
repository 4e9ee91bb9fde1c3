"""A catalog in memory: it follows its file, is read once at a time, and never is half of one."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kie_catalog import CatalogCache, CatalogInvalid, packaged_catalog
from tests.catalog.test_startup import GOOD, HEAD, model

ONE = HEAD + model("a/one")
BAD = "models: ["


class World:
    """A file, a clock and a sleep that a test moves."""

    def __init__(self, folder):
        self.file = folder / "models_pricing.yaml"
        self.folder = folder
        self.clock = 1000.0
        self.slept = 0

    def write(self, text: str, *, age: float = 60.0) -> None:
        """Write the file as if that had been some seconds ago."""
        self.file.write_text(text)
        moment = 1e9 + self.clock - age
        os.utime(self.file, (moment, moment))

    def sleep(self, seconds: float) -> None:
        self.slept += 1
        self.clock += seconds

    def cache(self, **told) -> CatalogCache:
        return CatalogCache(
            self.file,
            cache_dir=self.folder / "cache",
            clock=lambda: self.clock,
            now=lambda: 1e9 + self.clock,
            sleep=self.sleep,
            **told,
        )


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def ids(catalog) -> list[str]:
    return [each.id for each in catalog]


def test_a_second_look_gives_the_same_object(world):
    world.write(GOOD)
    cache = world.cache()
    assert cache.report is None
    assert ids(cache.get()) == ["a/one", "b/two"]
    assert cache.get() is cache.get()
    assert (cache.report.served, cache.problem) == (2, "")


def test_a_changed_file_is_read_again_at_once(world):
    world.write(GOOD)
    cache = world.cache()
    cache.get()
    world.write(ONE, age=30)
    assert ids(cache.get()) == ["a/one"]


def test_a_change_that_leaves_date_and_size_is_seen_when_the_time_is_up(world):
    world.write(GOOD)
    cache = world.cache(ttl=100)
    cache.get()
    world.write(GOOD.replace("a/one", "a/won"))
    assert ids(cache.get()) == ["a/one", "b/two"]
    world.clock += 101
    world.write(GOOD.replace("a/one", "a/won"), age=161)
    assert ids(cache.get()) == ["a/won", "b/two"]


def test_a_bad_file_leaves_the_last_good_catalog_and_says_why(world):
    world.write(GOOD)
    cache = world.cache(ttl=100)
    good = cache.get()
    world.write(BAD, age=30)
    assert cache.get() is good
    assert "KC001" in cache.problem
    assert cache.get() is good
    world.write(ONE, age=20)
    assert ids(cache.get()) == ["a/one"]
    assert cache.problem == ""


def test_a_file_that_goes_leaves_the_last_good_catalog(world):
    world.write(GOOD)
    cache = world.cache()
    good = cache.get()
    world.file.unlink()
    assert cache.get() is good
    assert "cannot be read" in cache.problem


def test_a_file_that_was_bad_from_the_start_gives_way_to_the_packaged_catalog(world):
    world.write(BAD)
    cache = world.cache()
    assert ids(cache.get()) == ids(packaged_catalog())
    assert "KC001" in cache.problem
    world.write(GOOD, age=20)
    assert ids(cache.get()) == ["a/one", "b/two"]


def test_a_file_that_somebody_is_writing_to_is_left_alone(world):
    """The beginning of a catalog is a catalog too, with models missing: only stillness tells them apart."""
    world.write(GOOD)
    cache = world.cache(settled=0.5)
    good = cache.get()
    world.write(ONE, age=0.1)
    assert cache.get() is good
    world.clock += 0.3
    assert cache.get() is good
    world.clock += 0.2
    assert ids(cache.get()) == ["a/one"]


def test_the_first_read_waits_for_a_file_to_be_still(world):
    world.write(GOOD, age=0)
    assert ids(world.cache(settled=0.5).get()) == ["a/one", "b/two"]
    assert world.slept == 2


def test_a_date_in_the_future_does_not_keep_a_file_from_being_read(world):
    world.write(GOOD, age=-1e6)
    assert ids(world.cache().get()) == ["a/one", "b/two"]


def test_without_a_path_it_is_the_packaged_catalog(tmp_path):
    assert ids(CatalogCache(cache_dir=tmp_path).get()) == ids(packaged_catalog())


class Counting(CatalogCache):
    """Counts its reads, and lets none begin before all callers are there."""

    def __init__(self, *args, gate: threading.Event, **told):
        super().__init__(*args, **told)
        self.reads = 0
        self._gate = gate

    def _renewed(self, held):
        self.reads += 1
        assert self._gate.wait(20)
        return super()._renewed(held)


def test_many_threads_make_one_read(world):
    world.write(GOOD)
    gate = threading.Event()
    cache = Counting(world.file, cache_dir=world.folder / "cache", gate=gate, settled=0)
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(cache.get) for _ in range(16)]
        gate.set()
        got = [each.result() for each in waiting]
    assert cache.reads == 1
    assert all(each is got[0] for each in got)


def test_while_one_reads_the_others_are_given_the_last_good_catalog(world):
    world.write(GOOD)
    gate = threading.Event()
    cache = Counting(world.file, cache_dir=world.folder / "cache", gate=gate, settled=0)
    gate.set()
    good = cache.get()
    gate.clear()
    world.write(ONE, age=30)
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(cache.get)
        while cache.reads < 2:
            pass
        assert cache.get() is good
        gate.set()
        assert ids(reader.result()) == ["a/one"]


def test_many_tasks_make_one_read_and_the_loop_goes_on_meanwhile(world):
    world.write(GOOD)
    gate = threading.Event()
    cache = Counting(world.file, cache_dir=world.folder / "cache", gate=gate, settled=0)

    async def all_at_once():
        async def open_the_gate():
            await asyncio.sleep(0)
            gate.set()

        *got, _ = await asyncio.gather(*(cache.aget() for _ in range(50)), open_the_gate())
        return [*got, await cache.aget()]

    got = asyncio.run(all_at_once())
    assert cache.reads == 1
    assert all(each is got[0] for each in got)


def test_a_reader_never_sees_a_part_of_what_a_writer_writes(world):
    """A writer that writes in place, piece by piece, beside readers that ask all the time."""
    texts = [GOOD, HEAD + model("a/one") + model("b/two") + model("c/three")]
    whole = [["a/one", "b/two"], ["a/one", "b/two", "c/three"]]
    world.file.write_text(GOOD)
    cache = CatalogCache(world.file, cache_dir=world.folder / "cache", settled=0.2)
    seen, over = [ids(cache.get())], threading.Event()

    def read():
        while not over.is_set():
            seen.append(ids(cache.get()))

    def write():
        for round_ in range(6):
            text = texts[round_ % 2]
            with world.file.open("w") as file:
                for at in range(0, len(text), 97):
                    file.write(text[at : at + 97])
                    file.flush()
        over.set()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    write()
    for thread in threads:
        thread.join()
    assert all(each in whole for each in seen)


def test_nothing_to_serve_is_an_error_that_comes_back(world, monkeypatch):
    """Only if the package is damaged as well."""
    world.write(BAD)
    monkeypatch.setattr("kie_catalog.catalog.startup.packaged_file", lambda *_: str(world.folder / "gone"))
    cache = world.cache()
    for _ in range(2):
        with pytest.raises(CatalogInvalid):
            cache.get()
