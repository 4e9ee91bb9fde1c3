"""Live and recorded give the same, whatever is missing; what did not change is not sent or parsed again."""

import asyncio
import json
import shutil
import socket
from contextlib import contextmanager

import pytest

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import NotMeasured, SourceName
from kie_catalog.sandbox.server import running
from kie_catalog.sandbox.switches import Surface
from kie_catalog.sources import recordings
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Limits, Settings, Sources
from kie_catalog.sources.upstream import Means, read_upstream, take, take_async
from tests.sources.killer import held
from tests.sources.worlds import FakeTransport, reply


class Heard:
    """A progress that keeps what it was told."""

    def __init__(self):
        self.begun, self.steps, self.ended = [], [], {}

    def begin(self, source, total):
        self.begun.append((source, total))

    def step(self, source):
        assert source not in self.ended
        self.steps.append(source)

    def end(self, source, outcome, tally):  # noqa: ARG002 -- the protocol's signature
        assert source not in self.ended
        self.ended[source] = outcome


@pytest.mark.parametrize("day", ["2026-04", "2026-08-06", "2026-08-22"])
def test_over_http_upstream_says_what_its_recording_says(shared, day, world):
    with running(shared / day) as stand_in:
        live = read_upstream(stand_in.url, world=world.world())
    assert live == read_recording(shared / day)


def test_every_source_comes_over_http_as_it_is_recorded(stand_in, complete, quick, world):
    live = read_upstream(stand_in.url, settings=quick, world=world.world())
    assert live == read_recording(complete)
    assert len(live.measured) == 7


def test_a_recording_of_a_fetch_reads_back_as_the_fetch(stand_in, complete, quick, world, tmp_path):
    took = take(stand_in.url, Means(settings=quick, world=world.world()))
    recordings.save(took.recording, tmp_path / "copy", form="full")
    assert read_recording(tmp_path / "copy") == took.upstream
    assert held(tmp_path / "copy") == held(complete)


def test_a_fetch_can_be_awaited(stand_in, quick, world):
    took = asyncio.run(take_async(stand_in.url, Means(settings=quick, world=world.world())))
    assert len(took.upstream.prices.content) == 130


def test_a_folder_is_read_without_a_network(small, world, tmp_path):
    def no_network(_):
        raise AssertionError("a folder needs no network")

    took = take(small, Means(world=world.world(no_network), cache_dir=tmp_path))
    assert took.upstream == read_recording(small)
    assert asyncio.run(take_async(small, Means(world=world.world(no_network)))).upstream == took.upstream


def test_a_second_fetch_gets_no_page_and_parses_none(stand_in, quick, world, tmp_path):
    first = take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path))
    stand_in.stand.journal.clear()
    second = take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path))
    assert second.upstream == first.upstream
    tally = first.tallies[SourceName.PAGES]
    assert (tally.parsed, tally.recalled, tally.unchanged) == (5, 0, 0)
    tally = second.tallies[SourceName.PAGES]
    assert (tally.parsed, tally.recalled, tally.unchanged, tally.received) == (0, 5, 6, 0)
    statuses = [seen.status for seen in stand_in.seen if seen.surface in {Surface.PAGES, Surface.INDEX}]
    assert statuses == [304] * 6


def test_without_validators_pages_are_sent_and_still_not_parsed_again(stand_in, quick, world, tmp_path):
    stand_in.switch("no-validators")
    take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path))
    tally = take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path)).tallies[
        SourceName.PAGES
    ]
    assert (tally.parsed, tally.recalled, tally.unchanged) == (0, 5, 0)


def test_a_page_that_changed_is_sent_and_parsed(complete, quick, world, tmp_path):
    folder = tmp_path / "recording"
    shutil.copytree(complete, folder)
    with running(folder) as stand_in:
        port = int(stand_in.url.rsplit(":", 1)[1])
        take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path / "cache"))
    page = folder / "docs" / "market" / "z-image" / "z-image.md"
    page.write_text(page.read_text().replace("maxLength: 1000", "maxLength: 900"))
    with running(folder, port=port) as stand_in:
        took = take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path / "cache"))
    tally = took.tallies[SourceName.PAGES]
    assert (tally.parsed, tally.recalled, tally.unchanged) == (1, 4, 5)
    assert took.upstream == read_recording(folder)


def test_a_folder_can_use_the_cache_too(small, world, tmp_path):
    take(small, Means(world=world.world(), cache_dir=tmp_path))
    damaged = next(tmp_path.joinpath("pages").iterdir())
    damaged.write_bytes(b"")
    assert take(small, Means(world=world.world(), cache_dir=tmp_path)).upstream == read_recording(small)


def test_nothing_of_a_keyed_reply_is_cached(stand_in, quick, world, tmp_path):
    take(stand_in.url, Means(settings=quick, world=world.world(), cache_dir=tmp_path))
    cached = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"/api/v1/models" not in cached
    assert b"taskType" not in cached


def test_the_keyed_api_is_asked_once_a_second(stand_in, quick, world):
    read_upstream(stand_in.url, settings=quick, world=world.world())
    asked = [seen for seen in stand_in.seen if seen.surface in {Surface.MODELS, Surface.SCHEMAS}]
    assert len(asked) == 4
    assert all(seen.keyed for seen in asked)
    assert world.passed >= 3.0


def test_only_the_keyed_api_sees_a_key(stand_in, quick, world):
    key = Key("given", origins=(stand_in.url,))
    read_upstream(stand_in.url, settings=quick, world=world.world(), key=key)
    keyed = {seen.surface for seen in stand_in.seen if seen.keyed}
    assert keyed == {Surface.MODELS, Surface.SCHEMAS}


def test_a_real_key_is_not_for_a_stand_in(stand_in, quick, world):
    """The user's key stays at home; what the stand-in gets is a word that opens nothing."""
    sent = []
    real = world.world()

    def listening(settings):
        transport = real.transport(settings)
        plain = transport.send

        async def send(request):
            sent.append(request.headers.get("Authorization"))
            return await plain(request)

        transport.send = send
        return transport

    read_upstream(stand_in.url, settings=quick, world=world.world(listening), key=Key("sk-real"))
    assert set(sent) == {None, "Bearer stand-in"}


def test_without_a_key_the_keyed_api_is_not_asked(world):
    transport = FakeTransport(lambda _: reply(status=404))
    with pytest.raises(SourceError) as caught:
        read_upstream(None, world=world.world(lambda _: transport))
    assert "KIE_API_KEY is not set (models, schemas)" in str(caught.value)
    assert not [request for request in transport.requests if "/api/v1/models" in request.url]


def test_a_key_goes_to_the_api_host_and_not_to_the_docs(world):
    transport = FakeTransport(lambda _: reply(status=404))
    with pytest.raises(SourceError):
        read_upstream(None, world=world.world(lambda _: transport), key=Key("sk-real"))
    keyed = [request.url for request in transport.requests if "Authorization" in request.headers]
    assert keyed == ["https://api.kie.ai/api/v1/models"]


def test_nothing_at_all_is_an_error_in_one_line(world):
    transport = FakeTransport(lambda _: reply(b"<html>", status=503))
    with pytest.raises(SourceError) as caught:
        read_upstream(None, world=world.world(lambda _: transport))
    assert caught.value.exit_code == 5
    assert "nothing could be read: answers HTTP 503 (4 tries) (prices, pages, model-ids" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_few_entries_of_a_live_host_look_broken(small, world):
    """A short feed of the live hosts is not believed; a stand-in may be as small as it likes."""
    recorded = recordings.load(small)
    raw = recorded[SourceName.MODEL_IDS].only

    def answer(request):
        if request.url.endswith("/model-paths"):
            return reply(b'{"code":200,"data":' + raw + b"}")
        return reply(status=404)

    transport = FakeTransport(answer)
    ids = Settings().sources.model_ids.model_copy(update={"minimum": 178})
    strict = Settings(sources=Sources(model_ids=ids))
    with pytest.raises(SourceError, match="gave 177 entries; below 178 it looks broken"):
        read_upstream(None, settings=strict, world=world.world(lambda _: transport))
    assert len(read_upstream(None, world=world.world(lambda _: transport)).model_ids.content) == 177
    upstream = read_upstream("https://kie.example", settings=strict, world=world.world(lambda _: transport))
    assert len(upstream.model_ids.content) == 177


def test_a_source_can_be_switched_off(stand_in, quick, world):
    off = quick.sources.model_copy(
        update={"groups": quick.sources.groups.model_copy(update={"enabled": False})}
    )
    settings = quick.model_copy(update={"sources": off})
    upstream = read_upstream(stand_in.url, settings=settings, world=world.world())
    assert upstream.groups == NotMeasured(SourceName.GROUPS, "is switched off in sync/sources.yaml")
    assert Surface.GROUPS not in {seen.surface for seen in stand_in.seen}


def test_a_source_that_takes_too_long_is_not_measured(stand_in, quick, world):
    stand_in.switch("hang@model-ids")
    limits = quick.limits.model_copy(
        update={"source_seconds": 1.0, "silence_seconds": 5.0, "reply_seconds": 5.0}
    )
    upstream = read_upstream(
        stand_in.url, settings=quick.model_copy(update={"limits": limits}), world=world.world()
    )
    assert upstream.model_ids.reason == "took longer than 1 s"


def test_a_few_failed_pages_are_faults_and_many_are_no_documentation(stand_in, quick, world):
    stand_in.switch("http-404@pages*1")
    upstream = read_upstream(stand_in.url, settings=quick, world=world.world())
    assert len(upstream.pages.content) == 4
    assert [fault.fact for fault in upstream.pages.faults] == ["answers HTTP 404"]
    stand_in.switch("http-404@pages*3")
    upstream = read_upstream(stand_in.url, settings=quick, world=world.world())
    assert "pages could not be had, the last: answers HTTP 404" in upstream.pages.reason
    assert upstream.announcements.reason == upstream.pages.reason


def test_what_could_not_be_had_is_part_of_its_recording_and_of_the_stand_in(stand_in, quick, world, tmp_path):
    """A recording with holes, served again, has the same holes for the same reasons."""
    stand_in.switch("http-404@pages*1", "code-500@groups", "http-404@schemas*1")
    lenient = quick.model_copy(update={"limits": quick.limits.model_copy(update={"failed_share": 0.5})})
    took = take(stand_in.url, Means(settings=lenient, world=world.world()))
    assert took.upstream.schemas.faults
    recordings.save(took.recording, tmp_path / "holes", form="full")
    assert read_recording(tmp_path / "holes") == took.upstream
    with running(tmp_path / "holes") as again:
        assert read_upstream(again.url, settings=lenient, world=world.world()) == took.upstream


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (b"# docs.kie.ai\n\n## Docs\n", "/llms.txt: the index lists no page"),
        (
            b"\n".join(b"- [%d](https://docs.kie.ai/%d.md): " % (n, n) for n in range(2_001)),
            "/llms.txt: lists 2001 pages, more than 2000",
        ),
    ],
)
def test_an_index_beyond_belief_is_no_documentation(quick, world, index, reason):
    def answer(request):
        if request.url.endswith("/llms.txt"):
            return reply(index)
        ok = request.url.endswith("/model-paths")
        return reply(b'{"code":200,"data":["a"]}') if ok else reply(status=404)

    transport = FakeTransport(answer)
    url = "https://kie.example"
    assert read_upstream(url, settings=quick, world=world.world(lambda _: transport)).pages.reason == reason


def keyed(stand_in, settings, world, *faults):
    stand_in.switch(*faults)
    return read_upstream(stand_in.url, settings=settings, world=world.world())


def test_schemas_that_the_recording_has_not_are_not_asked_for_one_by_one(complete, quick, world, tmp_path):
    folder = tmp_path / "recording"
    shutil.copytree(complete, folder)
    shutil.rmtree(folder / "model-schemas")
    with running(folder) as stand_in:
        manifest = folder / "recording.json"
        upstream = read_upstream(stand_in.url, settings=quick, world=world.world())
        asked = [seen for seen in stand_in.seen if seen.surface is Surface.SCHEMAS]
    assert len(asked) == 1
    assert manifest.exists()
    assert upstream == read_recording(folder)
    assert upstream.schemas.reason == "the recording has no model-schemas"


def test_too_many_failed_schemas_are_no_source(stand_in, quick, world):
    upstream = keyed(stand_in, quick, world, "http-404@schemas")
    assert "1 of 3 schemas could not be had: answers HTTP 404" in upstream.schemas.reason
    assert len(upstream.models.content) == 3


def test_a_list_of_models_that_miscounts_is_refused(quick, world):
    answer = {"total": 5, "models": [{"model": "a"}]}

    def keyed_list(request):
        if request.url.endswith("/api/v1/models"):
            return reply(json.dumps({"code": 200, "data": answer}).encode())
        ok = request.url.endswith("/model-paths")
        return reply(b'{"code":200,"data":["a"]}') if ok else reply(status=404)

    transport = FakeTransport(keyed_list)
    upstream = read_upstream(
        "https://kie.example",
        settings=quick,
        world=world.world(lambda _: transport),
        key=Key("given", origins=("https://kie.example",)),
    )
    assert upstream.models.reason == "/api/v1/models: says 5 models and gives 1"
    assert upstream.schemas.reason == upstream.models.reason


def test_a_key_for_another_host_is_no_key_for_this_one(quick, world):
    transport = FakeTransport(
        lambda request: reply(
            b'{"code":200,"data":["a"]}', status=200 if "model-paths" in request.url else 404
        )
    )
    upstream = read_upstream(
        "https://kie.example", settings=quick, world=world.world(lambda _: transport), key=Key("sk-real")
    )
    assert upstream.models.reason == "the API key may not go to this host"
    assert all("Authorization" not in request.headers for request in transport.requests)


def test_progress_is_told_from_beginning_to_end(stand_in, quick, world):
    heard = Heard()
    read_upstream(stand_in.url, settings=quick, world=world.world(), progress=heard)
    recorded = set(SourceName) - {SourceName.ANNOUNCEMENTS}
    assert set(heard.ended) == {source for source, _ in heard.begun} == set(heard.steps) == recorded
    assert (SourceName.PAGES, 6) in heard.begun
    assert heard.steps.count(SourceName.PAGES) == 6
    assert heard.ended[SourceName.PRICES] == "130 read"


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        ("http://kie.example", "must begin with https://"),
        ("https://user:pw@kie.example", "is no plain URL"),
        ("http://", "is no plain URL"),
    ],
)
def test_a_wrong_url_is_refused(url, fact):
    with pytest.raises(UsageError, match=fact) as caught:
        read_upstream(url)
    assert "user:pw" not in str(caught.value)


def test_nobody_there_is_an_error_in_one_line(world):
    with nobody_there() as url:
        settings = Settings(limits=Limits(connect_seconds=0.5, attempts=2))
        with pytest.raises(SourceError, match=r"could not be reached \(ConnectError\) \(2 tries\)"):
            read_upstream(url, settings=settings, world=world.world())


@contextmanager
def nobody_there():
    """The URL of a port that is taken and not listened on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"
