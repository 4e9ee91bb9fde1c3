"""Every documented and recorded shape of a task's record is read as the one state."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.envelope import read_answer
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.records import read_details, read_repeated
from kie_catalog.client.states import Details, Failed, Generating, Queued, Succeeded, Waiting

FAMILIES = json.loads(
    (Path(__file__).parents[1] / "examples" / "client" / "families.json").read_text(encoding="utf-8")
)
A, B = "https://a.example/1.png", "https://a.example/2.png"


def said(state) -> str:
    match state:
        case Succeeded():
            return f"Succeeded {' '.join(url.rsplit('/', 1)[-1] for url in state.urls)}".strip()
        case Failed():
            return f"Failed {state.code}"
        case _:
            return type(state).__name__


@pytest.mark.parametrize("example", FAMILIES, ids=lambda each: each["name"])
def test_each_family_s_record_is_the_state_that_it_says(example):
    assert said(read_details("t", example["record"]).state) == example["state"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([A, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "state",
    "status",
    "successFlag",
    "callbackType",
    "resultJson",
    "response",
    "param",
    "paramJson",
    "failCode",
    "failMsg",
    "errorCode",
    "errorMessage",
    "createTime",
    "completeTime",
    "creditsConsumed",
    "progress",
    "taskId",
    "task_id",
    "data",
    "info",
    "videoInfo",
    "model",
]


@given(record=st.dictionaries(st.sampled_from(NAMES), json_values))
def test_any_record_is_read_as_one_state(record):
    details = read_details("asked", record)
    assert isinstance(details.state, Waiting | Queued | Generating | Succeeded | Failed)
    assert details.task_id
    if isinstance(details.state, Succeeded):
        assert details.state.urls or details.state.data


@given(state=st.text(max_size=12))
def test_a_state_that_nobody_knows_is_under_way(state):
    known = {
        "success",
        "complete",
        "completed",
        "成功",
        "fail",
        "failed",
        "error",
        "queuing",
        "queueing",
        "queued",
    }
    known |= {"waiting", "wait", "pending", "callback_exception"}
    word = state.strip().lower()
    if (
        word in known
        or word.isdigit()
        or word.startswith("wait_")
        or word.endswith(("_fail", "_failed", "_error"))
    ):
        return
    assert isinstance(read_details("t", {"state": state}).state, Generating)


def test_the_request_in_a_record_is_read_through_both_of_its_codings():
    inner = {"prompt": "x", "n": 1}
    for param in (
        json.dumps({"model": "m", "input": json.dumps(inner), "callBackUrl": "https://c"}),
        json.dumps({"model": "m", "input": inner}),
        {"model": "m", "input": inner},
    ):
        details = read_details("t", {"state": "waiting", "param": param})
        assert (details.model, details.param["input"]) == ("m", inner)


def test_moments_come_in_three_forms_and_credits_are_exact():
    record = {
        "createTime": 1776488470625,
        "completeTime": 1776488625698,
        "creditsConsumed": 0.19,
        "state": "success",
    }
    details = read_details("t", record)
    assert (details.seconds, details.credits) == (155.073, Decimal("0.19"))
    assert read_details("t", {"createTime": "2025-06-06 10:30:00"}).created == 1749205800000
    assert read_details("t", {"createTime": "2025-06-06T10:30:00Z"}).created == 1749205800000
    for no_moment in ("soon", True, float("nan"), float("inf"), 10**400, -(10**400), None):
        assert read_details("t", {"createTime": no_moment}).created is None


def test_a_failure_s_text_shows_nothing_of_the_prompt():
    prompt = "my grandmother Maria in her garden"
    record = {
        "state": "fail",
        "param": json.dumps({"input": json.dumps({"prompt": prompt})}),
        "failCode": "400",
        "failMsg": f"flagged: {prompt}",
    }
    state = read_details("t", record).state
    assert state.code is ErrorCode.CONTENT_POLICY
    assert "grandmother" not in state.reason


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"code": 200, "msg": "success", "data": {"resultUrl": A}}, Succeeded((A,))),
        (
            {"code": 400, "msg": "1080P is processing. It should be ready in 1-2 minutes.", "data": None},
            Generating(),
        ),
        ({"code": 500, "msg": "still processing"}, Generating()),
        (
            {"code": 200, "msg": "success", "data": {"taskId": "t", "resultUrls": None, "imageUrls": None}},
            Generating(),
        ),
        (
            {
                "code": 422,
                "msg": "generated successfully",
                "data": {"taskId": "t", "resultUrls": [A], "imageUrls": [B]},
            },
            Succeeded((A,), {"image_urls": (B,)}),
        ),
        ({"code": 422, "msg": "Record does not exist", "data": None}, None),
    ],
)
def test_a_call_that_is_asked_again_tells_its_state_even_by_an_error(body, state):
    assert read_repeated(read_answer(200, json.dumps(body).encode())) == state


def test_a_record_that_names_its_task_keeps_the_name():
    assert read_details("asked", {"taskId": "told"}).task_id == "told"
    assert read_details("asked", {}) == Details("asked", Generating())
