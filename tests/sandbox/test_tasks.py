"""The stand-in answers generations as KIE does: checks, shapes, states, credits, uploads."""

import re
import time

import httpx
import pytest
from tests.client.standing import INPUT, MODEL, standing

from kie_catalog.sandbox.book import Book, Task

CREATE, DETAILS = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo"
HEADERS = {"authorization": "Bearer stand-in"}


@pytest.fixture(name="at")
def _at():
    with (
        standing(play=0.2) as stand_in,
        httpx.Client(base_url=stand_in.url, headers=HEADERS, trust_env=False) as client,
    ):
        yield stand_in, client


def create(client, model=MODEL, payload=INPUT, **more):
    return client.post(CREATE, json={"model": model, "input": payload, **more})


def test_a_create_answers_with_one_id_under_two_names(at):
    _, client = at
    reply = create(client)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json;charset=UTF-8")
    assert "retry-after" not in reply.headers
    body = reply.json()
    assert (body["code"], body["msg"]) == (200, "success")
    assert re.fullmatch(r"[0-9a-f]{32}", body["data"]["taskId"])
    assert body["data"]["taskId"] == body["data"]["recordId"]


def test_refusals_are_http_200_with_the_code_inside(at):
    stand_in, client = at
    refusals = [
        (client.post(CREATE, json={}, headers={"authorization": ""}), 401, "Unauthorized"),
        (create(client, model="no/such"), 422, "not supported"),
        (create(client, payload={}), 500, "prompt is required"),
        (create(client, payload={"prompt": "x", "resolution": "9K"}), 500, "range of allowed options"),
        (client.post("/api/v1/generate", json={"prompt": "x"}), 422, "Please enter callBackUrl."),
    ]
    for reply, code, said in refusals:
        assert (reply.status_code, reply.json()["code"]) == (200, code)
        assert said in reply.json()["msg"]
    assert "data" not in refusals[0][0].json()
    assert stand_in.stand.book.tasks == {}


def test_the_twenty_first_creation_in_ten_seconds_is_refused(at):
    stand_in, client = at
    stand_in.stand.book.creations = 20
    assert [create(client).json()["code"] for _ in range(21)] == [200] * 20 + [429]
    assert len(stand_in.stand.book.tasks) == 20


@pytest.mark.parametrize(
    ("turn", "status", "code"),
    [
        ("no-credits", 200, 402),
        ("no-credits-500", 200, 500),
        ("rate-http-429", 429, 429),
        ("rate-429", 200, 429),
        ("rate-430", 200, 430),
    ],
)
def test_each_refusal_has_its_switch(at, turn, status, code):
    stand_in, client = at
    stand_in.switch(turn)
    reply = create(client)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert stand_in.stand.book.tasks == {}


def test_credits_are_held_and_come_back(at):
    stand_in, client = at

    def balance():
        return client.get("/api/v1/chat/credit").json()["data"]

    before = balance()
    create(client)
    assert before - balance() == 4.0
    stand_in.switch("fail-500@create*1")
    create(client)
    assert before - balance() == 8.0
    time.sleep(0.25)
    assert before - balance() == 4.0


def test_a_record_grows_as_the_task_plays(at):
    stand_in, client = at
    task_id = create(client, callBackUrl="http://127.0.0.1:9/x").json()["data"]["taskId"]

    def record():
        return client.get(DETAILS, params={"taskId": task_id}).json()["data"]

    first = record()
    assert (first["state"], first["resultJson"], first["failCode"]) == ("waiting", "", None)
    assert first["completeTime"] is first["costTime"] is None
    assert first["creditsConsumed"] == 4.0
    assert "response" not in first
    assert '"callBackUrl"' in first["param"]
    stand_in.stand.book.tasks[task_id].seconds = 0
    last = record()
    assert (last["state"], last["successFlag"]) == ("success", 1)
    assert last["response"]["resultUrls"][0] in last["resultJson"]


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        (DETAILS, 422, "recordInfo is null"),
        ("/api/v1/gpt4o-image/record-info", 422, "The record does not exist"),
        ("/api/v1/generate/record-info", 200, "success"),
        ("/api/v1/aleph/record-info", 200, "success"),
    ],
)
def test_each_family_says_in_its_own_way_that_it_knows_no_such_task(at, path, code, message):
    _, client = at
    body = client.get(path, params={"taskId": "nobody"}).json()
    assert (body["code"], body["msg"], body["data"]) == (code, message, None)


def test_a_task_is_known_to_its_own_family_only(at):
    _, client = at
    task_id = create(client).json()["data"]["taskId"]
    assert client.get("/api/v1/generate/record-info", params={"taskId": task_id}).json()["data"] is None


def test_uploads_and_addresses(at):
    _, client = at
    bad = client.post("/api/file-base64-upload", json={"base64Data": "!", "uploadPath": "a"}).json()
    assert (bad["success"], bad["code"]) == (False, 500)
    assert client.post("/api/file-url-upload", json={"uploadPath": "a"}).json()["code"] == 400
    good = client.post("/api/file-base64-upload", json={"base64Data": "aGk=", "uploadPath": "a/b"}).json()
    assert good["success"] is good["data"]["success"] is True
    assert re.fullmatch(r"\d{13}-[0-9a-z]+\.bin", good["data"]["fileName"])
    assert client.post("/api/v1/common/download-url", json={"url": "https://x.example"}).json()["code"] == 422


def test_what_the_account_did_is_measured():
    book = Book(period=1.0)
    book.arrivals = [0.0, 0.5, 0.999, 1.0, 1.4, 3.0]
    assert book.most_in_a_period() == 4
    for number, (begun, seconds) in enumerate([(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (5.0, 1.0)]):
        task = Task(str(number), "m", "", "", {}, None, begun, seconds, book.price)
        book.tasks[task.id] = task
    assert book.most_running() == 2
