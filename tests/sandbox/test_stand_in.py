"""The stand-in answers as KIE does: paths, envelope, paging, content types, and what it says of itself."""

import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from kie_catalog.domain.errors import UsageError
from kie_catalog.sandbox.server import running

SMALL = Path(__file__).parents[1] / "examples" / "recordings" / "small"
ROWS = json.loads((SMALL / "pricing.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", name="stand_in")
def _stand_in():
    with running(SMALL) as stand_in:
        yield stand_in


@pytest.fixture(name="client")
def _client(stand_in):
    stand_in.switch()
    stand_in.stand.journal.clear()
    with httpx.Client(base_url=stand_in.url, trust_env=False) as client:
        yield client


def page(client, **asked):
    return client.post("/client/v1/model-pricing/page", json=asked)


def test_the_feed_counts_its_rows(client):
    reply = client.get("/client/v1/model-pricing/count")
    assert reply.headers["content-type"] == "application/json;charset=UTF-8"
    assert reply.json()["code"] == 200
    data = reply.json()["data"]
    assert data["all"] == len(ROWS) == sum(count for shelf, count in data.items() if shelf != "all")


def test_the_feed_gives_its_rows_in_pages(client):
    first, last = page(client, pageNum=1, pageSize=100).json(), page(client, pageNum=2, pageSize=100).json()
    assert first["data"]["records"] + last["data"]["records"] == ROWS
    assert first["data"]["total"] == last["data"]["total"] == len(ROWS)
    assert first["data"]["pages"] == 2


def test_a_page_beyond_the_last_is_empty(client):
    assert page(client, pageNum=9, pageSize=100).json()["data"]["records"] == []


@pytest.mark.parametrize("size", [0, 101, "100"])
def test_a_page_of_another_size_is_refused_with_200_outside_and_422_inside(client, size):
    reply = page(client, pageNum=1, pageSize=size)
    assert (reply.status_code, reply.json()["code"], reply.json()["data"]) == (200, 422, None)


def test_the_feed_can_be_searched(client):
    found = page(client, pageNum=1, pageSize=100, interfaceType="video", modelDescription="PIXVERSE").json()[
        "data"
    ]
    assert 0 < found["total"] < len(ROWS)
    assert all("pixverse" in row["modelDescription"].lower() for row in found["records"])


def test_a_question_that_is_no_json_gets_the_first_page(client):
    reply = client.post("/client/v1/model-pricing/page", content=b"{")
    assert len(reply.json()["data"]["records"]) == 10


def test_ids_are_a_list(client):
    ids = client.get("/api/v1/playground/model-paths").json()["data"]
    assert ids == json.loads((SMALL / "model-paths.json").read_text(encoding="utf-8"))


def test_pages_and_index_are_the_recorded_bytes(client):
    reply = client.get("/market/kling/kling-3-0.md")
    assert reply.content == (SMALL / "docs/market/kling/kling-3-0.md").read_bytes()
    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert reply.headers["date"] == "Wed, 19 Aug 2026 12:00:00 GMT"
    assert client.get("/llms.txt").content == (SMALL / "llms.txt").read_bytes()


@pytest.mark.parametrize(
    ("header", "mark"), [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")]
)
def test_an_unchanged_page_is_not_sent_again(client, header, mark):
    first = client.get("/llms.txt")
    again = client.get("/llms.txt", headers={header: first.headers[mark]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/llms.txt", headers={header: "other"}).status_code == 200


def test_bodies_are_packed_for_those_who_ask(client):
    assert (
        client.get("/market/z-image/z-image.md", headers={"Accept-Encoding": "gzip"}).headers[
            "content-encoding"
        ]
        == "gzip"
    )
    assert (
        "content-encoding"
        not in client.get("/market/z-image/z-image.md", headers={"Accept-Encoding": "identity"}).headers
    )


@pytest.mark.parametrize("path", ["/api/v1/models", "/api/v1/models/z-image/schema"])
def test_the_keyed_api_wants_a_key_and_says_so_with_200(client, path):
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.json()["code"] == 401
    assert "data" not in reply.json()
    assert client.get(path, headers={"Authorization": "Bearer x"}).json()["code"] == 404


def test_what_the_recording_has_not_is_not_there_and_why(client):
    reply = client.post("/api/v1/playground/pagePlaygroundGroup", json={"pageNum": 1, "pageSize": 10})
    assert reply.json() == {"code": 404, "msg": "the recording has no groups.json", "data": None}
    assert client.get("/market/nowhere.md").status_code == 404
    assert client.get("/nothing/known").status_code == 404


def test_every_reply_can_be_slow(stand_in, client):
    stand_in.stand.latency = 0.05
    try:
        start = time.perf_counter()
        client.get("/client/v1/model-pricing/count")
        assert time.perf_counter() - start >= 0.05
    finally:
        stand_in.stand.latency = 0.0


def test_faults_are_switched_over_http_too(client):
    shown = client.put("/_sandbox/faults", json=["http-503@prices*1"]).json()
    assert shown["faults_on"] == ["http-503@prices*1"]
    assert page(client, pageNum=1, pageSize=10).status_code == 503
    assert page(client, pageNum=1, pageSize=10).status_code == 200
    shown = client.get("/_sandbox").json()
    assert shown["faults_on"] == []
    assert shown["requests"] == {"prices": 2}
    assert client.delete("/_sandbox/journal").json()["requests"] == {}


@pytest.mark.parametrize("body", ["drop", ["no-such-fault"], [1]])
def test_a_wrong_switch_over_http_is_refused(client, body):
    reply = client.put("/_sandbox/faults", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_of_a_key_it_remembers_only_that_there_was_one(stand_in, client):
    client.get("/api/v1/models", headers={"Authorization": "Bearer sk-very-secret-123"})
    assert [seen.keyed for seen in stand_in.seen] == [True]
    assert "sk-very-secret-123" not in repr(stand_in.seen) + repr(stand_in.stand)


def test_it_listens_on_loopback_only(stand_in):
    assert stand_in.url.startswith("http://127.0.0.1:")


def test_a_port_in_use_is_one_clear_line(stand_in):
    port = int(stand_in.url.rsplit(":", 1)[1])
    said = rf"port {port}: cannot be listened on \(Address already in use\)"
    with pytest.raises(UsageError, match=said), running(SMALL, port=port):
        pass


def test_it_is_gone_when_it_is_over():
    with running(SMALL) as stand_in:
        port = int(stand_in.url.rsplit(":", 1)[1])
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0


def test_a_folder_without_a_recording_is_refused(tmp_path):
    with pytest.raises(UsageError, match="holds no recording"), running(tmp_path):
        pass


def test_an_index_is_made_where_the_recording_has_none(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n")
    (tmp_path / "recording.json").write_text('{"taken_at": "2026-08"}')
    with running(tmp_path) as stand_in:
        reply = httpx.get(f"{stand_in.url}/llms.txt", trust_env=False)
    assert "- [a](https://docs.kie.ai/a.md): " in reply.text
    assert reply.headers["date"] == "Sat, 01 Aug 2026 12:00:00 GMT"
