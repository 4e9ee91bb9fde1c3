"""Every surface times every fault, each with its verdict: a fetch ends in a value or in one sentence.

A verdict is what the upstream value says of the surface's source: that it was measured, that it was not and
why, or that one entry of it is missing and why. The stand-in plays the fault over real HTTP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from kie_catalog.domain.snapshot import NotMeasured, Snapshot, SourceName, Upstream
from kie_catalog.sandbox.switches import Surface
from kie_catalog.sources import recordings
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Settings
from kie_catalog.sources.upstream import Means, read_upstream, take
from tests.sources.worlds import FakeWorld

PAGE = "market/z-image/z-image"
MODEL = "z-image"


@dataclass(frozen=True)
class Cell:
    """One surface, as a fault is aimed at it."""

    surface: Surface
    aim: str
    entry: str | None = None
    """The entry that is missing where the fault costs one entry only."""

    @property
    def source(self) -> SourceName:
        return self.surface.source


CELLS = {
    "count": Cell(Surface.COUNT, "count", entry="count"),
    "prices": Cell(Surface.PRICES, "prices"),
    "model-ids": Cell(Surface.MODEL_IDS, "model-ids"),
    "groups": Cell(Surface.GROUPS, "groups"),
    "models": Cell(Surface.MODELS, "models"),
    "schema": Cell(Surface.SCHEMAS, f"/api/v1/models/{MODEL}/schema", entry=MODEL),
    "index": Cell(Surface.INDEX, "index"),
    "page": Cell(Surface.PAGES, f"/{PAGE}.md", entry=PAGE),
}
API = ("count", "prices", "model-ids", "groups", "models", "schema")
DOCS = ("index", "page")
GETS = ("count", "model-ids", "models", "schema", "index", "page")
POSTS = ("prices", "groups")

# What may pass: asked again, and measured if it passes in time.
PASSING = {
    "drop": r"broke the connection \(\w+\)",
    "truncated": r"broke the connection \(\w+\)",
    "cut-chunks": r"broke the connection \(\w+\)",
    "cut-gzip": "the reply breaks off in the middle",
    "http-408": "answers HTTP 408",
    "http-429": "answers HTTP 429",
    "http-429-seconds": "answers HTTP 429",
    "http-429-date": "answers HTTP 429",
    "http-429-junk": "answers HTTP 429",
    "http-500": "answers HTTP 500",
    "http-502": "answers HTTP 502",
    "http-503": "answers HTTP 503",
    "http-524": "answers HTTP 524",
    "code-429": "answers code 429: Too many requests",
    "code-430": "answers code 430: Your call frequency is too high",
    "code-500": "answers code 500: Server exception",
}
SLOW = {"hang": "was silent for 0.2 s", "drip": "gave no whole reply within 0.4 s"}

# What does not pass: asked once.
FINAL = {
    "http-304": "answers HTTP 304",
    "http-401": "answers code 401: Unauthorized",
    "http-403": "answers HTTP 403",
    "http-404": "answers HTTP 404",
    "http-429-hours": "answers HTTP 429, and asks to wait longer than 20 s",
    "code-401": "answers code 401: Unauthorized",
    "code-404": "answers code 404: Not found",
    "code-422": "answers code 422: url is wrong",
    "code-455": "answers code 455: Service under maintenance",
    "region": r"is blocked in this region \(code 4030",
    "html": "the reply is an HTML page",
    "login": "the reply is a login page",
    "login-redirect": "redirects to a login page",
    "redirect-away": r"redirects to another host \(example.com\)",
    "redirect-nowhere": "redirects to nowhere",
    "empty": "the reply is empty",
    "gzip-bomb": r"the reply is larger than \d+ bytes",
    "oversized": r"the reply is larger than \d+ bytes",
    "no-gzip": "the reply is not the gzip that it says it is",
    "brotli": "the reply is packed with 'br', which was not asked for",
    "wrong-charset": r"the reply is not UTF-8 \(byte 0\)",
}
# What depends on who reads it.
OF_THE_API = {
    "half-body": r"the reply is not JSON",
    "wrong-shape": "the reply holds|there is no list of models|holds no OpenAPI",
    "bare-list": "the reply is no envelope with code 200",
    "not-a-number": "the reply holds NaN",
    "deep-json": r"the reply is (?:nested too deeply|not JSON)",
}
OF_PAGES = dict.fromkeys(
    ("wrong-shape", "bare-list", "not-a-number", "deep-json"), "the reply is JSON and no page"
)
OF_ONE_PAGE = {
    "half-body": "it breaks off inside a block",
    "no-openapi": "it announces an OpenAPI block and has none",
    "bad-yaml": "its OpenAPI block is not YAML",
    "deep-yaml": "its OpenAPI block is nested more than 200 levels deep",
    "yaml-bomb": "its OpenAPI block unfolds to more than 100000 nodes",
}
OF_LISTS = {
    "moving-rows": "changes while it is read|gives the same page twice",
    "shrinking-list": r"says \d+ records on one page and \d+ on another|changes while|the list is empty",
    "repeated-page": "gives the same page twice",
    "overlapping-pages": r"says \d+ records and gives \d+",
    "short-list": r"(?:says|counts) \d+ records and (?:gives|lists) \d+",
    "half-pages": r"says \d+ records and gives \d+",
    "endless-list": "announces 1000000 records, more than 50 pages",
    "no-rows": "the list is empty, which looks like a broken upstream",
}


def cases():
    for surface in CELLS:
        # The count is a GET like that of the ids, and its verdict never more than a missing second opinion.
        for fault, fact in (PASSING | FINAL if surface != "count" else PASSING).items():
            yield surface, fault, fact
    for surface in API:
        for fault, fact in OF_THE_API.items():
            yield surface, fault, fact
    for surface in DOCS:
        for fault, fact in OF_PAGES.items():
            yield surface, fault, fact
    yield from (("page", fault, fact) for fault, fact in OF_ONE_PAGE.items())
    yield from ((surface, fault, fact) for surface in POSTS for fault, fact in OF_LISTS.items())
    yield from ((surface, "redirect-loop", "redirects in circles") for surface in GETS)
    yield from ((surface, "redirect-loop", "redirects a question that is no GET") for surface in POSTS)
    yield from ((surface, "echo-key", "repeats the API key in its reply") for surface in ("models", "schema"))
    yield "prices", "wrong-count@count", r"counts 133 records and lists 130"


def only(settings: Settings, cell: Cell, **limits: object) -> Settings:
    """Settings that ask for the cell's source and one other, so that a cell is quick."""
    other = "groups" if cell.source is SourceName.MODEL_IDS else "model_ids"
    wanted = {cell.source.replace("-", "_"), other} | (
        {"models"} if cell.source is SourceName.SCHEMAS else set()
    )
    sources = {name: each.model_copy(update={"enabled": name in wanted}) for name, each in settings.sources}
    return settings.model_copy(
        update={
            "sources": settings.sources.model_copy(update=sources),
            "limits": settings.limits.model_copy(update={"attempts": 2, "failed_share": 0.5, **limits}),
        }
    )


def found(upstream: Upstream, source: SourceName) -> Snapshot | NotMeasured:
    return next(each for each in upstream.all if each.source is source)


def verdict(upstream: Upstream, cell: Cell) -> str:
    of_source = found(upstream, cell.source)
    if isinstance(of_source, NotMeasured):
        return f"not measured: {of_source.reason}"
    return "; ".join(f"missing {fault.place}: {fault.fact}" for fault in of_source.faults) or "measured"


def expected(cell: Cell, fact: str) -> str:
    tries = r"(?: \((?:2 tries|6 readings)\)| \(.*)?"
    if cell.entry is None:
        return rf"not measured: /\S+: (?:{fact}){tries}.*"
    return rf"missing {re.escape(cell.entry)}: (?:{fact}).*"


@pytest.fixture(name="world")
def _world() -> FakeWorld:
    """A world of now: the stand-in names moments of its own clock."""
    return FakeWorld(datetime.now(UTC))


@pytest.fixture(scope="module", name="key")
def _key(running_stand_in) -> Key:
    return Key("given-to-the-stand-in", origins=(running_stand_in.url,))


@pytest.mark.parametrize(("surface", "fault", "fact"), list(cases()))
def test_a_fault_that_stays_has_its_verdict(stand_in, quick, world, key, surface, fault, fact):
    cell = CELLS[surface]
    stand_in.switch(fault if "@" in fault else f"{fault}@{cell.aim}")
    upstream = read_upstream(stand_in.url, settings=only(quick, cell), world=world.world(), key=key)
    assert re.fullmatch(expected(cell, fact), verdict(upstream, cell)), verdict(upstream, cell)


@pytest.mark.parametrize("surface", CELLS)
@pytest.mark.parametrize("fault", SLOW)
def test_a_reply_that_does_not_end_is_given_up(stand_in, quick, world, key, surface, fault):
    cell = CELLS[surface]
    stand_in.switch(f"{fault}@{cell.aim}")
    settings = only(quick, cell, silence_seconds=0.2, reply_seconds=0.4)
    upstream = read_upstream(stand_in.url, settings=settings, world=world.world(), key=key)
    assert re.fullmatch(expected(cell, SLOW[fault]), verdict(upstream, cell)), verdict(upstream, cell)


@pytest.mark.parametrize("surface", ["prices", "model-ids", "models", "index", "page"])
@pytest.mark.parametrize("fault", [*PASSING, "hang"])
def test_a_fault_that_passes_costs_a_second_attempt_only(
    stand_in, recorded, quick, world, key, surface, fault
):
    cell = CELLS[surface]
    stand_in.switch(f"{fault}@{cell.aim}*1")
    settings = only(quick, cell, silence_seconds=0.2 if fault == "hang" else 1.0)
    upstream = read_upstream(stand_in.url, settings=settings, world=world.world(), key=key)
    assert found(upstream, cell.source) == found(recorded, cell.source)


@pytest.mark.parametrize("surface", POSTS)
@pytest.mark.parametrize(
    "fault", ["moving-rows*2", "moving-rows*3", "shrinking-list*2", "half-pages*1", "repeated-page*3"]
)
def test_a_list_that_comes_to_rest_is_read(stand_in, recorded, quick, world, surface, fault):
    cell = CELLS[surface]
    name, _, times = fault.partition("*")
    stand_in.switch(f"{name}@{cell.aim}*{times}")
    upstream = read_upstream(stand_in.url, settings=only(quick, cell), world=world.world())
    assert found(upstream, cell.source) == found(recorded, cell.source)


@pytest.mark.parametrize("surface", CELLS)
def test_validators_are_not_needed(stand_in, recorded, quick, world, surface):
    cell = CELLS[surface]
    stand_in.switch(f"no-validators@{cell.aim}")
    upstream = read_upstream(stand_in.url, settings=only(quick, cell), world=world.world())
    assert found(upstream, cell.source) == found(recorded, cell.source)


def test_a_foreign_link_in_the_index_costs_itself_only(stand_in, recorded, quick, world):
    stand_in.switch("foreign-index@index")
    upstream = read_upstream(stand_in.url, settings=only(quick, CELLS["index"]), world=world.world())
    assert upstream.pages.content == recorded.pages.content
    assert [fault.fact for fault in upstream.pages.faults] == [
        "links to what is no page of the documentation"
    ] * 3


@pytest.mark.parametrize("surface", CELLS)
@pytest.mark.parametrize("fault", ["http-404", "drop"])
def test_one_source_in_trouble_costs_no_other_and_records_as_it_was(
    stand_in, recorded, quick, world, tmp_path, surface, fault
):
    """A whole fetch, one surface broken: the rest is as recorded, and a recording of it reads back equal."""
    cell = CELLS[surface]
    stand_in.switch(f"{fault}@{cell.aim}")
    settings = quick.model_copy(update={"limits": quick.limits.model_copy(update={"failed_share": 0.5})})
    took = take(stand_in.url, Means(settings=settings, world=world.world()))
    touched = {cell.source} | ({SourceName.SCHEMAS} if surface == "models" else set())
    touched |= {SourceName.ANNOUNCEMENTS} if cell.source is SourceName.PAGES else set()
    for source in set(SourceName) - touched:
        assert found(took.upstream, source) == found(recorded, source), source
    recordings.save(took.recording, tmp_path / "copy", form="full")
    assert read_recording(tmp_path / "copy") == took.upstream


def test_nothing_is_ever_removed_by_a_fault(stand_in, recorded, quick, world):
    """What a fault leaves out is named as missing, or its source as not measured; nothing is just gone."""
    for surface, fault, _ in cases():
        if fault in {"http-404", "half-body", "no-openapi", "short-list", "no-rows"}:
            cell = CELLS[surface]
            stand_in.switch(f"{fault}@{cell.aim}")
            upstream = read_upstream(
                stand_in.url, settings=only(quick, cell), world=FakeWorld(world.start).world()
            )
            left = found(upstream, cell.source)
            if isinstance(left, Snapshot) and surface != "count":
                gone = set(map(name_of, found(recorded, cell.source).content)) - set(
                    map(name_of, left.content)
                )
                assert gone == {fault.place for fault in left.faults}


def name_of(entry: object) -> object:
    return getattr(entry, "path", getattr(entry, "model", entry))


def test_the_matrix_is_as_large_as_it_should_be():
    assert len(list(cases())) >= 300
