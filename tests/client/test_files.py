"""Files go up in pieces and come down whole."""

import asyncio
import resource
from dataclasses import replace
from urllib.parse import quote

import pytest

from kie_catalog.client.errors import CallerError, KieError
from kie_catalog.client.kinds import ErrorCode
from tests.client.answering import FAST, Told, answering, client_at, envelope
from tests.client.standing import INPUT, MODEL, standing


def test_each_way_up_gives_the_address_that_an_input_takes(tmp_path):
    file = tmp_path / 'a "b".png'
    file.write_bytes(b"x" * 300_000)

    async def it(url):
        async with client_at(url) as client:
            return (
                await client.upload_file(file, folder="/images/"),
                await client.upload_base64(b"hello", name="h.txt"),
                await client.upload_base64("data:text/plain;base64,aGVsbG8=", name="d.txt"),
                await client.upload_url("https://example.com/x.png", name="u.png"),
            )

    with standing() as stand_in:
        uploads = asyncio.run(it(stand_in.url))
    assert [each.size for each in uploads] == [300_000, 5, 5, 1000]
    assert [each.name for each in uploads] == ['a "b".png', "h.txt", "d.txt", "u.png"]
    assert uploads[0].path == 'kieai/000000/images/a "b".png'
    assert all(each.url.startswith("https://tempfile.redpandaai.co/kieai/") for each in uploads)


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path):
    size = 200_000_000
    file = tmp_path / "large.bin"
    with file.open("wb") as target:
        target.truncate(size)
    received = 0

    async def count(reader, writer):
        nonlocal received
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while received < length:
            received += len(await reader.read(1 << 20))
        body = envelope(data={"downloadUrl": "https://x.example/1", "fileSize": size}).body
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async def it():
        server = await asyncio.start_server(count, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = replace(FAST, timeouts=replace(FAST.timeouts, upload=60))
        async with client_at(url, settings) as client:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            uploaded = await client.upload_file(file)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        server.close()
        return uploaded, grown

    uploaded, grown = asyncio.run(it())
    assert uploaded.size == size
    assert received > size
    assert grown < 50_000  # kB


def test_what_is_too_large_for_base64_is_refused_before_it_is_sent():
    async def it():
        async with answering(lambda _: envelope()) as (url, asked), client_at(url) as client:
            with pytest.raises(CallerError):
                await client.upload_base64(b"x" * 10_000_001)
            return asked

    assert asyncio.run(it()) == []


def test_a_refused_upload_is_an_error_and_a_broken_one_is_tried_again(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"hello")

    async def it(stand_in):
        async with client_at(stand_in.url) as client:
            with pytest.raises(CallerError) as caught:
                await client.upload_file(file, folder="")
            assert caught.value.code is ErrorCode.VALIDATION
            with pytest.raises(KieError) as caught:
                await client.upload_base64("!!!not base64!!!")
            stand_in.switch("drop@uploads*1")
            return await client.upload_file(file)

    with standing() as stand_in:
        assert asyncio.run(it(stand_in)).size == 5


def test_a_download_appears_only_when_it_is_whole(tmp_path):
    told = iter([Told(200, b"half", cut=True), Told(503), Told(200, b"the whole file")])

    async def it():
        async with answering(lambda _: next(told)) as (url, _), client_at(url) as client:
            return await client.download(f"{url}/r/x.bin", tmp_path / "new" / "folder")

    assert asyncio.run(it()).read_bytes() == b"the whole file"
    assert [each.name for each in (tmp_path / "new" / "folder").iterdir()] == ["x.bin"]


@pytest.mark.parametrize("letter", ["x", "图", "🐈", "г"])
def test_a_long_name_is_cut_to_what_a_file_system_takes(tmp_path, letter):
    async def it():
        async with answering(lambda _: Told(200, b"ok")) as (url, _), client_at(url) as client:
            return await client.download(f"{url}/r/{quote(letter * 300)}.png", tmp_path)

    file = asyncio.run(it())
    assert file.read_bytes() == b"ok"
    assert set(file.stem) == {letter if letter.isalpha() else "_"}
    assert file.suffix == ".png"


def test_a_result_that_has_expired_is_said_to_be(tmp_path):
    async def it():
        async with answering(lambda _: Told(404)) as (url, _), client_at(url) as client:
            with pytest.raises(CallerError) as caught:
                await client.download(f"{url}/r/x.bin", tmp_path)
            return caught.value

    error = asyncio.run(it())
    assert (error.code, list(tmp_path.iterdir())) == (ErrorCode.NOT_FOUND, [])


def test_a_redirect_of_a_result_is_followed_and_a_circle_is_not(tmp_path):
    def answer(asked):
        if asked.path == "/a.bin":
            return Told(302, b"", {"Location": "/b.bin"})
        return Told(200, b"b") if asked.path == "/b.bin" else Told(302, b"", {"Location": "/c.bin"})

    async def it():
        async with answering(answer) as (url, _), client_at(url) as client:
            file = await client.download(f"{url}/a.bin", tmp_path)
            with pytest.raises(KieError):
                await client.download(f"{url}/c.bin", tmp_path)
            return file

    assert asyncio.run(it()).read_bytes() == b"b"


def test_a_result_is_downloaded_from_the_stand_in(tmp_path):
    async def it(stand_in):
        stand_in.stand.book.files = stand_in.url
        async with client_at(stand_in.url) as client:
            details = await client.wait(await client.create(MODEL, INPUT))
            return await client.download(details.state.urls[0], tmp_path)

    with standing() as stand_in:
        file = asyncio.run(it(stand_in))
    assert file.read_bytes() == f"the file {file.name}".encode()
