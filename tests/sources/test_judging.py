import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sources import judging
from kie_catalog.sources.asking import NotOffered, Passing, Unusable
from tests.sources.worlds import outcome

HERE = "https://api.kie.ai/x"


def body(code, message="m"):
    return json.dumps({"code": code, "msg": message}).encode()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 524, 599])
def test_a_busy_or_broken_server_may_pass(status):
    with pytest.raises(Passing, match=f"HTTP {status}"):
        judging.judge(status, {}, b"<html>", HERE)


@pytest.mark.parametrize("status", [100, 204 + 100, 400, 401, 403, 404, 410, 451, 600])
def test_any_other_status_is_final(status):
    with pytest.raises(Unusable) as caught:
        judging.judge(status, {}, b"", HERE)
    assert not isinstance(caught.value, Passing)


@pytest.mark.parametrize("code", [405, 408, 429, 430, 500, 501, 550, "503"])
def test_a_passing_code_in_a_200_body_may_pass(code):
    with pytest.raises(Passing, match=f"code {code}"):
        judging.judge(200, {}, body(code), HERE)


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 422, 433, 455, 999, 0, -1])
def test_any_other_code_in_a_200_body_is_final(code):
    with pytest.raises(Unusable, match=f"code {code}") as caught:
        judging.judge(200, {}, body(code), HERE)
    assert not isinstance(caught.value, Passing)


@pytest.mark.parametrize(
    ("code", "message"),
    [(4030, "x"), (403, "Not supported in the current region"), (500, "not supported in your region")],
)
def test_a_region_block_is_final_whatever_code_it_has(code, message):
    with pytest.raises(Unusable, match="blocked in this region") as caught:
        judging.judge(200, {}, body(code, message), HERE)
    assert not isinstance(caught.value, Passing)


def test_the_code_goes_before_the_status():
    with pytest.raises(Unusable, match="code 401") as caught:
        judging.judge(500, {}, body(401), HERE)
    assert not isinstance(caught.value, Passing)
    with pytest.raises(Passing, match="HTTP 500"):
        judging.judge(500, {}, body(200), HERE)


def test_a_retry_after_is_kept_for_whoever_waits():
    with pytest.raises(Passing) as caught:
        judging.judge(200, {"retry-after": "7"}, body(429), HERE)
    assert caught.value.retry_after == "7"


@pytest.mark.parametrize(
    "raw", [body(200), b"[1]", b"# page", b"", b"{broken", b'{"no":"code"}', b'{"code":true}']
)
def test_what_has_no_error_in_it_passes_on_to_its_reader(raw):
    assert judging.judge(200, {}, raw, HERE) is None


def test_the_stand_in_says_its_own_reasons():
    with pytest.raises(NotOffered) as offered:
        judging.judge(200, {judging.NOT_OFFERED: "the recording has no docs"}, body(404), HERE)
    assert offered.value.fact == "the recording has no docs"
    with pytest.raises(Unusable) as fault:
        judging.judge(404, {judging.FAULT: "answers HTTP 503"}, b"", HERE)
    assert fault.value.fact == "answers HTTP 503"


@pytest.mark.parametrize(
    ("location", "fact"),
    [
        (None, "nowhere"),
        ("", "nowhere"),
        ("https://example.com/x", "another host (example.com)"),
        ("http://api.kie.ai/x", "another host (api.kie.ai)"),
        ("https://api.kie.ai:444/x", "another host"),
        ("//example.com/x", "another host"),
        ("https://api.kie.ai@example.com/", "another host"),
        ("/login?next=%2F", "login page"),
        ("https://accounts.example.com/signin", "login page"),
        ("https://[broken", "nowhere"),
    ],
)
def test_a_redirect_is_followed_on_its_own_host_only(location, fact):
    with pytest.raises(Unusable, match=fact.replace("(", r"\(").replace(")", r"\)")):
        judging.next_hop(HERE, location)


def test_a_redirect_may_stay():
    assert judging.next_hop(HERE, "/y.md") == "https://api.kie.ai/y.md"
    assert judging.next_hop(HERE, "https://api.kie.ai/y?a=1") == "https://api.kie.ai/y?a=1"


def test_the_data_of_an_envelope():
    assert judging.data_of(b'{"code":200,"msg":"success","data":[1]}', HERE) == [1]
    assert judging.data_of(b'{"code":"200","data":null}', HERE) is None
    assert judging.data_of(b'{"code":200}', HERE) is None


@pytest.mark.parametrize(
    "raw", [b"[1]", b"{}", b'{"code":true}', b"", b"<html>", b"\xff", b'{"code":200,"data":NaN}']
)
def test_what_is_no_envelope_has_no_data(raw):
    with pytest.raises(Unusable):
        judging.data_of(raw, HERE)


@pytest.mark.parametrize("raw", [b'{"code":200}', b" \n[ {", b'["a"]', b"[[1]]", b"{broken"])
def test_json_is_no_page(raw):
    with pytest.raises(Unusable, match="JSON and no page"):
        judging.text_of(raw, HERE)


def test_a_page_may_begin_with_a_link():
    assert judging.text_of(b"[Home](/index.md)\n", HERE) == "[Home](/index.md)\n"


def test_upstreams_words_are_one_short_plain_line():
    assert judging.quiet("a\n\x1b[31mb\u202ec\u200bd") == "a [31mb c d"
    assert len(judging.quiet("x" * 5_000)) == 120


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Sat, 22 Aug 2026 12:00:00 GMT", datetime(2026, 8, 22, 12, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_day_of_a_reply(date, moment):
    assert judging.day_of({"date": date}) == moment


@given(status=st.integers(100, 999), raw=st.binary(max_size=80), header=st.text(max_size=20))
def test_judging_is_total(status, raw, header):
    """Any reply is believed or refused by an error of ours; nothing else ever comes out."""
    headers = {"retry-after": header, "location": header, "date": header}
    for judge in (
        lambda: judging.judge(status, headers, raw, HERE),
        lambda: judging.next_hop(HERE, header),
        lambda: judging.data_of(raw, HERE),
        lambda: judging.text_of(raw, HERE),
        lambda: judging.day_of(headers),
    ):
        assert outcome(judge) != ""
