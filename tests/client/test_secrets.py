"""The key goes to KIE's two hosts, and into nothing else."""

import asyncio
import logging

import pytest

from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import CallerError, KieError, handle_kie_error
from kie_catalog.client.keys import key_for
from kie_catalog.client.settings import Hosts
from kie_catalog.domain.errors import UsageError
from kie_catalog.sources.secret import Key
from tests.client.answering import KEY, Told, answering, client_at, envelope
from tests.client.standing import INPUT, MODEL

LIVE = Hosts()
PROMPT = "my neighbour Olga at her window"


@pytest.mark.parametrize("url", ["https://api.kie.ai/x", "https://kieai.redpandaai.co/api/file-url-upload"])
def test_the_two_hosts_see_the_key(url):
    assert key_for(KEY, LIVE).header(url) == {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "url",
    [
        "https://tempfile.aiquickdraw.com/r/1.png",
        "https://tempfile.redpandaai.co/kieai/1.png",
        "http://api.kie.ai/x",
        "https://api.kie.ai.evil.example/x",
        "https://api.kie.ai:8443/x",
        "https://kie.ai/x",
    ],
)
def test_no_other_origin_does(url):
    assert key_for(KEY, LIVE).header(url) == {}


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://api.kie.ai", "ftp://127.0.0.1", "http://127.0.0.1.evil"]
)
def test_a_host_that_is_none_of_kie_s_is_refused(url):
    with pytest.raises(UsageError):
        Hosts.at(url)


def test_a_stand_in_never_sees_the_environment_s_key(monkeypatch):
    monkeypatch.setenv("KIE_API_KEY", KEY)
    at_home = Hosts.at("http://127.0.0.1:1")
    assert not key_for(None, at_home).is_in(KEY.encode())
    assert key_for(None, LIVE).is_in(KEY.encode())
    monkeypatch.delenv("KIE_API_KEY")
    assert key_for(None, LIVE) is None


def test_a_key_that_is_bound_elsewhere_stays_there():
    key = Key(KEY, origins=("https://api.kie.ai",))
    assert key_for(key, LIVE) is key


def test_a_key_that_no_header_may_hold_is_refused_without_showing_it():
    with pytest.raises(UsageError) as caught:
        KieClient("sk-\n123")
    assert "123" not in str(caught.value)


def test_neither_key_nor_input_is_in_any_error_or_log(caplog):
    caplog.set_level(logging.DEBUG)
    echo = f"bad {PROMPT} {KEY}"
    replies = iter(
        [
            Told(502, f"<html>{echo}</html>".encode()),
            envelope(422, echo),
            envelope(777, echo),
            envelope(200, "success", {"task": echo}),
            Told(body=None),
            envelope(500, f"Server exception, please try again later: {PROMPT}"),
            envelope(500, f"Server exception, please try again later: {PROMPT}"),
        ]
    )

    async def it():
        said = []
        async with answering(lambda _: next(replies)) as (url, asked), client_at(url) as client:
            for _ in range(6):
                with pytest.raises(KieError) as caught:
                    await client.create(MODEL, {"prompt": PROMPT})
                said.append(f"{caught.value} {caught.value!r} {handle_kie_error(caught.value)}")
                said.append(repr(client.open_submissions))
            assert all(each.headers["authorization"] == f"Bearer {KEY}" for each in asked)
        return " ".join(said)

    said = asyncio.run(it()) + caplog.text + repr([vars(each) for each in caplog.records])
    assert KEY not in said
    assert "Olga" not in said


def test_a_redirect_is_not_followed_with_the_key():
    async def it():
        async with answering(lambda _: Told(200, b"{}")) as (away, seen):
            there = Told(302, b"", {"Location": f"{away}/steal"})
            async with answering(lambda _: there) as (url, _), client_at(url) as client:
                with pytest.raises(KieError):
                    await client.credits()
                with pytest.raises(KieError):
                    await client.create(MODEL, INPUT)
            return seen

    assert asyncio.run(it()) == []


def test_a_download_never_carries_the_key_nor_leaves_its_folder(tmp_path):
    async def it():
        async with (
            answering(lambda asked: Told(200, asked.path.encode())) as (url, asked),
            client_at(url) as client,
        ):
            file = await client.download(f"{url}/r/..%2f..%2fetc%2fpasswd", tmp_path)
            again = await client.download(f"{url}/r/a%20b.png?x=1", tmp_path, name="../../x.png")
            assert all("authorization" not in each.headers for each in asked)
            return file, again

    file, again = asyncio.run(it())
    assert (file, again) == (tmp_path / "passwd", tmp_path / "x.png")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["passwd", "x.png"]


@pytest.mark.parametrize(
    "url",
    [
        "http://tempfile.aiquickdraw.com/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "file:///etc/passwd",
        *(f"https://{host}/x" for host in ("", "localhost", "localhost.", "a.localhost", "127.0.0.1.")),
        *(f"https://{host}/x" for host in ("127.1", "2130706433", "0x7f000001", "0x7f.1")),
    ],
)
def test_an_address_that_is_no_result_is_not_fetched(url, tmp_path):
    async def it():
        async with KieClient(KEY) as client:
            with pytest.raises(CallerError):
                await client.download(url, tmp_path)

    asyncio.run(it())
