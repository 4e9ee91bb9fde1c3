"""Callbacks of every family name their task, their stage, and first of all the call that knows them."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.callbacks import CallbackRefused, read_callback
from kie_catalog.sandbox.book import Book
from kie_catalog.sandbox.callbacks import callbacks_of
from kie_catalog.schemas.endpoints import CREATE_TASK, ENDPOINTS, RECORD_INFO

FAMILIES = {CREATE_TASK: RECORD_INFO} | {path: each.status for path, each in ENDPOINTS.items() if each.status}
NOT_TOLD = {
    "/api/v1/lyrics/record-info",
    "/api/v1/midi/record-info",
    "/api/v1/voice/validate-info",
    "/api/v1/voice/record-info",
}
"""Families whose callbacks hold nothing that is theirs alone, in the stand-in's form at least."""


@pytest.mark.parametrize("path", sorted(FAMILIES))
@pytest.mark.parametrize("turn", [None, "fail-501"])
def test_the_callbacks_of_each_family_are_read(path, turn):
    book = Book(play_seconds=0)
    task = book.accept(
        model="m",
        endpoint=path,
        status=FAMILIES[path],
        request={"input": {"prompt": "x"}},
        callback="http://c",
        turns=frozenset([turn] if turn else []),
    )
    for body in callbacks_of(task, book):
        read = read_callback(json.dumps(body).encode())
        assert read.task_id == task.id
        assert FAMILIES[path] in read.statuses
        assert read.is_last is (read.stage not in {"text", "first"})
        if turn is None and FAMILIES[path] not in NOT_TOLD:
            assert read.statuses[0] == FAMILIES[path]


def test_the_documented_callbacks_are_read(shared):
    listed = json.loads((shared / "wire" / "docs_examples_2026-04-29_hassanvfx.json").read_bytes())
    examples = [each["body"] for each in listed if each["source"].endswith("-callbacks.md")]
    assert len(examples) >= 30
    for body in examples:
        data = body.get("data") or {}
        assert read_callback(json.dumps(body).encode()).task_id in {
            data.get("task_id"),
            data.get("taskId"),
            body.get("taskId"),
        }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"\xff", "no JSON object"),
        (b"{}", "names no task"),
        (b'{"data":null}', "names no task"),
        (b'{"data":{"taskId":""}}', "names no task"),
        (b'{"taskId":"a","data":{"task_id":"b"}}', "several tasks"),
        (b'{"data":{"taskId":7}}', "no id"),
        (b'{"data":{"taskId":"a\\nb"}}', "no id"),
        (json.dumps({"taskId": "a" * 201}).encode(), "no id"),
    ],
)
def test_what_is_no_callback_is_refused_with_the_reason(body, reason):
    with pytest.raises(CallbackRefused, match=reason):
        read_callback(body)


def test_one_id_in_two_places_is_one():
    assert read_callback(b'{"taskId":"a","data":{"task_id":"a"}}').task_id == "a"


scalars = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)


@given(
    st.binary(max_size=100)
    | st.builds(
        lambda data, top: json.dumps({**top, "data": data}).encode(),
        scalars | st.dictionaries(st.sampled_from(["taskId", "task_id", "state", "param", "info"]), scalars),
        st.dictionaries(st.sampled_from(["taskId", "task_id", "code"]), scalars),
    )
)
def test_any_body_is_a_callback_or_refused(raw):
    with suppress(CallbackRefused):
        read = read_callback(raw)
        assert read.task_id
        assert read.statuses
