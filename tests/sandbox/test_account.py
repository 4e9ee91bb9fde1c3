"""The stand-in's credits and uploads answer as KIE's do: refused without a key, and each fault as its own."""

import base64
import re

import httpx
import pytest
from tests.client.standing import standing

KEYED = {"authorization": "Bearer stand-in"}
STREAM, BASE64, URL = (f"/api/file-{kind}-upload" for kind in ("stream", "base64", "url"))
DOWNLOAD = "/api/v1/common/download-url"


@pytest.fixture(name="at")
def _at():
    with (
        standing() as stand_in,
        httpx.Client(base_url=stand_in.url, trust_env=False) as client,
    ):
        stand_in.stand.book.files = stand_in.url
        yield stand_in, client


def test_nothing_is_told_or_kept_without_a_key(at):
    stand_in, client = at
    assert client.get("/api/v1/chat/credit").json()["code"] == 401
    for place in (DOWNLOAD, STREAM, BASE64, URL):
        assert (
            client.post(place, json={"uploadPath": "a", "fileUrl": "b", "base64Data": ""}).json()["code"]
            == 401
        )
    assert stand_in.stand.book.uploads == {}


def test_a_link_is_given_for_a_file_of_kie_only(at):
    stand_in, client = at
    given = client.post(DOWNLOAD, headers=KEYED, json={"url": f"{stand_in.url}/r/x.png"}).json()
    assert given["data"] == f"{stand_in.url}/r/x.png?download=1"
    assert client.get(given["data"]).content == b"the file x.png"
    for body in ({"url": "https://evil.example/x"}, {}, ["no object"]):
        assert client.post(DOWNLOAD, headers=KEYED, json=body).json()["code"] == 422
    assert client.post(DOWNLOAD, headers=KEYED, content=b"no JSON").json()["code"] == 422


@pytest.mark.parametrize(
    ("place", "body", "code"),
    [
        (BASE64, {"uploadPath": "a"}, 400),
        (BASE64, {"uploadPath": "a", "base64Data": "%"}, 500),
        (BASE64, {"uploadPath": "/a/", "base64Data": ""}, 400),
        (BASE64, {"base64Data": ""}, 400),
        (URL, {"uploadPath": "a"}, 400),
        (URL, {"fileUrl": "https://x"}, 400),
    ],
)
def test_an_upload_with_a_fault_is_refused_as_kie_refuses_it(at, place, body, code):
    stand_in, client = at
    reply = client.post(place, headers=KEYED, json=body)
    assert (reply.status_code, reply.json()["code"], reply.json()["success"]) == (200, code, False)
    assert stand_in.stand.book.uploads == {}


def test_an_upload_is_kept_by_its_place_and_size(at):
    stand_in, client = at
    data = base64.b64encode(b"12345").decode()
    first = client.post(
        BASE64, headers=KEYED, json={"uploadPath": "a", "fileName": "x.png", "base64Data": data}
    )
    assert first.json()["data"]["filePath"] == "kieai/000000/a/x.png"
    nameless = client.post(URL, headers=KEYED, json={"uploadPath": "a", "fileUrl": "https://x"}).json()[
        "data"
    ]
    assert re.fullmatch(r"\d+-[0-9a-f]{11}\.bin", nameless["fileName"])
    assert stand_in.stand.book.uploads == {"kieai/000000/a/x.png": 5, nameless["filePath"]: 1000}


def test_a_stream_is_a_form_with_a_file_and_a_place(at):
    stand_in, client = at
    whole = {"file": ("x", b"123"), "uploadPath": (None, "a"), "fileName": (None, "y.png")}
    assert (
        client.post(STREAM, headers=KEYED, files=whole).json()["data"]["filePath"] == "kieai/000000/a/y.png"
    )
    for part in ("file", "uploadPath"):
        rest = {name: each for name, each in whole.items() if name != part}
        assert client.post(STREAM, headers=KEYED, files=rest).json()["code"] == 400
    assert client.post(STREAM, headers=KEYED, content=b"no form").json()["code"] == 400
    assert stand_in.stand.book.uploads == {"kieai/000000/a/y.png": 3}
