"""The classifier is total, reads texts before numbers, and keeps nothing private."""

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.classify import classify, kind_of, kind_of_failure
from kie_catalog.client.envelope import Answer, read_answer
from kie_catalog.client.errors import KieError, SubmissionUnknown, TaskFailed, class_of, handle_kie_error
from kie_catalog.client.kinds import KINDS, Actor, Charged, ErrorCode
from kie_catalog.client.privacy import HELD_BACK, safe_text, texts_in

EXAMPLES = json.loads(
    (Path(__file__).parents[1] / "examples" / "client" / "errors.json").read_text(encoding="utf-8")
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
codes = (
    st.integers(-10, 6000)
    | st.text(max_size=6)
    | st.floats()
    | st.none()
    | st.booleans()
    | st.lists(st.none())
)
bodies = (
    st.binary(max_size=200)
    | st.builds(lambda value: json.dumps(value).encode(), json_values)
    | st.builds(
        lambda code, message, data: json.dumps({"code": code, "msg": message, "data": data}).encode(),
        codes,
        st.text(max_size=60) | st.none() | st.integers(),
        json_values,
    )
)


@given(status=st.integers(100, 999), body=bodies)
def test_any_reply_is_read_and_classified_as_one_error(status, body):
    error = classify(read_answer(status, body))
    assert type(error) is class_of(error.code)
    assert error.code in ErrorCode
    json.dumps(handle_kie_error(error))
    str(error)


@given(code=st.none() | st.integers() | st.text(max_size=20), message=st.text(max_size=80))
def test_any_failure_of_a_task_has_a_kind(code, message):
    number = code if isinstance(code, int) else None
    assert kind_of(number, message) in KINDS
    assert kind_of_failure(None if code is None else str(code)[:40], message) in KINDS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: f"{each['code']} {each['msg'][:40]}")
def test_what_upstream_was_seen_or_documented_to_say_has_its_kind(example):
    body = json.dumps({"code": example["code"], "msg": example["msg"], "data": None}).encode()
    error = classify(read_answer(example.get("status", 200), body))
    assert error.code == example["kind"]
    assert error.retryable is KINDS[error.code].retryable


def test_every_code_has_a_kind_with_words_for_everybody():
    assert set(KINDS) == set(ErrorCode)
    for kind in KINDS.values():
        assert kind.next_step
        assert kind.english.endswith(".")
        assert kind.russian.endswith(".")
        assert any("а" <= letter <= "я" for letter in kind.russian)
        assert all(not "а" <= letter <= "я" for letter in kind.english)


def test_nothing_refused_is_charged():
    refusals = [each for each in KINDS.values() if each.charged is not Charged.NO]
    assert {each.actor for each in refusals} <= {Actor.OPERATOR, Actor.UPSTREAM}
    assert not any(each.retryable for each in refusals)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (502, b"<html><body>502 Bad Gateway</body></html>", ErrorCode.GATEWAY),
        (524, b"", ErrorCode.GATEWAY),
        (200, b"<!DOCTYPE html>", ErrorCode.GATEWAY),
        (302, b"", ErrorCode.GATEWAY),
        (429, b"", ErrorCode.RATE_LIMITED),
        (401, b'{"code":401,"msg":"Unauthorized"}', ErrorCode.AUTH),
        (200, b'{"code":"401","message":"Unauthorized"}', ErrorCode.AUTH),
        (500, b'{"code":402,"msg":"no"}', ErrorCode.INSUFFICIENT_CREDITS),
        (200, b'{"ok":1}', ErrorCode.BAD_REPLY),
        (200, b'{"code":200,"msg":"success","data":null}', ErrorCode.BAD_REPLY),
        (200, b'{"code":true,"msg":"x"}', ErrorCode.BAD_REPLY),
        (504, b'{"message":"Gateway timeout"}', ErrorCode.GATEWAY),
        (200, b'{"code":700,"msg":"odd"}', ErrorCode.UNKNOWN),
    ],
)
def test_the_body_is_the_truth_and_http_speaks_where_it_is_silent(status, body, code):
    assert classify(read_answer(status, body)).code is code


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("422", "field: invalid duration", ErrorCode.VALIDATION),
        ("500", "internal error, please try again later.", ErrorCode.TRANSIENT),
        ("501", "", ErrorCode.TRANSIENT),
        (None, "SENSITIVE WORD ERROR", ErrorCode.CONTENT_POLICY),
        ("SENSITIVE_WORD_ERROR", "", ErrorCode.CONTENT_POLICY),
        ("200", "", ErrorCode.UNKNOWN),
        ("400", "Your prompt was flagged by Website as violating content policies", ErrorCode.CONTENT_POLICY),
        ("524", "", ErrorCode.TRANSIENT),
    ],
)
def test_a_failed_task_is_classified_by_its_own_code_and_text(code, message, kind):
    assert kind_of_failure(code, message) is kind


PROMPT = "a portrait of Иван Петров at his desk in Tver"


@given(
    before=st.text(max_size=30),
    start=st.integers(0, len(PROMPT) - 12),
    length=st.integers(12, len(PROMPT)),
    after=st.text(max_size=30),
)
def test_no_error_repeats_twelve_characters_of_the_input(before, start, length, after):
    echoed = before + PROMPT[start : start + length] + after
    answer = Answer(200, 422, echoed, None, is_json=True, top={})
    error = classify(answer, private=texts_in({"prompt": PROMPT, "n": [1, {"x": "y"}]}))
    assert error.detail == HELD_BACK
    assert PROMPT[start : start + 12] not in str(handle_kie_error(error)) + str(error) + repr(error)


def test_addresses_keys_and_control_characters_are_not_kept():
    said = (
        "cannot read https://cdn.example/secret.png?token=1\x1b[31m with Bearer sk-abcdef123456\n" + "f" * 32
    )
    assert safe_text(said) == "cannot read [address] [31m with […] […]"


def test_a_stranger_s_error_becomes_unknown_and_shows_its_class_only():
    told = handle_kie_error(ValueError("the key is sk-1"), language="ru")
    assert told["ok"] is False
    assert told["error"]["code"] == "UNKNOWN"
    assert told["error"]["detail"] == "ValueError"
    kind = KINDS[ErrorCode.UNKNOWN]
    assert told["error"]["message"] == kind.russian
    assert told["error"]["messages"] == {"en": kind.english, "ru": kind.russian}


@pytest.mark.parametrize(
    "error",
    [
        classify(read_answer(200, b'{"code":402,"msg":"x"}')),
        TaskFailed(ErrorCode.TRANSIENT, task_id="t", credits="0.0"),
        SubmissionUnknown(ErrorCode.SUBMISSION_UNKNOWN, fingerprint="f"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own bytes
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("credits", "charged"), [("0.0", Charged.NO), ("4.0", Charged.YES), (None, Charged.NO)]
)
def test_a_failed_task_is_charged_as_its_record_says(credits, charged):
    assert TaskFailed(ErrorCode.TRANSIENT, credits=credits).charged is charged


CATEGORIES = {
    "auth": {ErrorCode.AUTH},
    "credits": {ErrorCode.INSUFFICIENT_CREDITS},
    "timeout": {ErrorCode.GATEWAY},
}


def test_the_error_cases_of_others_hold(shared):
    cases = [
        each for each in json.loads((shared / "cases.json").read_bytes()) if each["kind"] == "error_class"
    ]
    assert cases
    for case in cases:
        given = case["input"]
        error = classify(read_answer(given["status"], json.dumps({"message": given["message"]}).encode()))
        assert error.code in CATEGORIES[case["expected"]["category"]], case["id"]
        assert error.retryable is case["expected"]["retryable"], case["id"]
        assert isinstance(error, KieError)
