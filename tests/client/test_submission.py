"""What became of a create is told from its reply alone: accepted, surely refused, or neither."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.envelope import read_answer
from kie_catalog.client.states import Details, Generating
from kie_catalog.client.submission import (
    Accepted,
    Ambiguous,
    Refused,
    Submission,
    fingerprint,
    is_of,
    judge_create,
    mark_of,
    marked,
)
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call, Callback, Place

TASKS = Call(CREATE_TASK, RECORD_INFO)
CHAT = Call("/claude/v1/messages", None, place=Place.BODY, callback=Callback.NONE)
ID = "2aeff425a5f21580d2f225c4129e63ab"


def judged(status, body, call=TASKS):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge_create(call, read_answer(status, raw))


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"code": 200, "data": {"taskId": ID, "recordId": ID}}, Accepted(ID)),
        (200, {"code": 200, "data": {"taskId": "task_12345678"}}, Accepted("task_12345678")),
        (200, {"code": "200", "data": {"task_id": ID}}, Accepted(ID)),
        (200, {"code": 200, "data": None}, Ambiguous()),
        (200, {"code": 200, "data": "ok"}, Ambiguous()),
        (200, {"code": 422, "msg": "x", "data": None}, Refused()),
        (200, {"code": 500, "msg": "This field is required"}, Refused()),
        (200, {"code": 401, "msg": "x"}, Refused()),
        (200, {"code": 4030, "msg": "x"}, Refused()),
        (429, {"code": 429, "msg": "x"}, Refused()),
        (429, b"", Refused()),
        (403, b"<html>", Refused()),
        (408, b"", Ambiguous()),
        (500, b"", Ambiguous()),
        (500, {"code": 500, "msg": "x"}, Ambiguous()),
        (500, {"code": 402, "msg": "x"}, Refused()),
        (502, b"<html>", Ambiguous()),
        (524, b"", Ambiguous()),
        (200, {"code": 524, "msg": "x"}, Ambiguous()),
        (200, {"code": 0, "msg": "x"}, Ambiguous()),
        (200, {"code": 501, "data": {"taskId": ID}}, Ambiguous(ID)),
        (200, b"", Ambiguous()),
        (200, b"[]", Ambiguous()),
        (200, b'{"id": 1}', Ambiguous()),
        (302, b"", Ambiguous()),
    ],
)
def test_a_create_s_reply_is_judged(status, body, verdict):
    assert judged(status, body) == verdict


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, {"id": "msg", "content": []}, Accepted(None)),
        (200, b'data: {"delta": 1}\n\ndata: [DONE]\n\n', Accepted(None)),
        (200, {"code": 500, "msg": "x"}, Refused()),
        (200, b"<html>", Ambiguous()),
        (502, {"id": "msg"}, Ambiguous()),
    ],
)
def test_a_chat_s_reply_has_no_envelope(status, body, verdict):
    assert judged(status, body, CHAT) == verdict


@given(status=st.integers(100, 999), body=st.binary(max_size=60), call=st.sampled_from([TASKS, CHAT]))
def test_every_reply_is_one_of_the_three(status, body, call):
    assert isinstance(judged(status, body, call), Accepted | Refused | Ambiguous)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
inputs = st.dictionaries(st.text(max_size=5), values, max_size=4)


@given(payload=inputs)
def test_equal_requests_have_one_fingerprint_wherever_they_call_back(payload):
    shuffled = dict(reversed(payload.items()))
    one = TASKS.request("m", payload, callback="https://a.example")
    other = TASKS.request("m", shuffled, callback="https://b.example?x=1")
    assert fingerprint("m", TASKS, one) == fingerprint("m", TASKS, other)
    assert fingerprint("n", TASKS, one) != fingerprint("m", TASKS, one)


def submission(payload, **more):
    body = TASKS.request("m", payload, callback=more.pop("callback", None))
    return Submission("m", TASKS, body, more.pop("sent_at", 1000.0), "number", "print", **more)


def details(payload, **more):
    param = {"model": "m", "input": payload, **more.pop("param", {})}
    return Details("t", Generating(), "m", param, created=more.pop("created", 1_000_000))


@given(payload=inputs, added=inputs)
def test_a_task_is_found_by_what_was_sent_though_defaults_were_added(payload, added):
    assert is_of(submission(payload), details({**added, **payload}))


def test_a_task_is_not_another_s():
    sent = submission({"prompt": "x"})
    assert not is_of(sent, details({"prompt": "y"}))
    assert not is_of(sent, details({}))
    assert not is_of(sent, Details("t", Generating(), "other", {"model": "other", "input": {"prompt": "x"}}))
    assert not is_of(sent, details({"prompt": "x"}, created=600_000))
    assert not is_of(sent, Details("t", Generating()))


def test_a_mark_decides_alone():
    address = marked("https://a.example/cb?x=1#y", "number")
    assert mark_of(address) == "number"
    assert is_of(submission({"prompt": "x"}), details({"prompt": "y"}, param={"callBackUrl": address}))
    other = marked("https://a.example/cb", "another")
    assert not is_of(submission({"prompt": "x"}), details({"prompt": "x"}, param={"callBackUrl": other}))
    assert mark_of("https://a.example") is None
    assert mark_of("http://[") is None
    assert mark_of(7) is None
