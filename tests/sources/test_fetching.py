import asyncio
import json
import traceback
from datetime import UTC, datetime

import pytest

from kie_catalog.sources.asking import Passing, Unusable
from kie_catalog.sources.fetching import Pace, together
from kie_catalog.sources.judging import data_of, text_of
from kie_catalog.sources.secret import Key
from kie_catalog.sources.settings import Limits, Settings
from tests.sources.worlds import FakeWorld, fetcher, reply

URL = "https://api.kie.ai/api/v1/playground/model-paths"
GOOD = reply(b'{"code":200,"data":["a"]}', date="Sat, 22 Aug 2026 12:00:00 GMT")
KEY_TEXT = "sk-very-secret-123"


@pytest.fixture(name="world")
def _world():
    return FakeWorld(datetime(2026, 11, 23, 12, tzinfo=UTC))


def scripted(*replies):
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def get(answer, world, *, settings=None, key=None, keyed=False, url=URL):
    asking, transport = fetcher(answer, world, settings=settings, key=key)
    return asyncio.run(asking.get(url, data_of, keyed=keyed)), transport, asking


def test_what_may_pass_is_asked_again_with_growing_waits(world):
    answer = scripted(reply(status=503), Passing(URL, "was silent for 20 s"), reply(b'{"code":429}'), GOOD)
    fetched, transport, asking = get(answer, world)
    assert fetched.value == ["a"]
    assert world.waits == [0.5, 1.0, 2.0]
    assert len(transport.requests) == asking.tally.requests == 4
    assert asking.tally.again == 3


def test_it_is_not_asked_for_ever(world):
    with pytest.raises(Unusable, match=r"answers HTTP 503 \(4 tries\)"):
        get(scripted(reply(status=503)), world)
    assert len(world.waits) == 3


@pytest.mark.parametrize(
    "final",
    [reply(status=404), reply(b'{"code":401}'), reply(b'{"code":4030}'), reply(b"<html>"), reply(b"[")],
)
def test_what_does_not_pass_is_asked_once(world, final):
    with pytest.raises(Unusable):
        get(scripted(final), world)
    assert world.waits == []


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [("3", 3.0), ("0", 0.5), ("Mon, 23 Nov 2026 12:00:10 GMT", 10.0), ("gibberish", 0.5), ("20", 20.0)],
)
def test_a_wait_that_upstream_asks_for_is_kept(world, retry_after, waited):
    get(scripted(reply(status=429, retry_after=retry_after), GOOD), world)
    assert world.waits == [waited]


def test_a_wait_beyond_all_patience_ends_it_at_once(world):
    with pytest.raises(Unusable, match="asks to wait longer than 20 s"):
        get(scripted(reply(status=429, retry_after="86400"), GOOD), world)
    assert world.waits == []


def test_a_redirect_within_the_host_is_followed(world):
    fetched, transport, _ = get(scripted(reply(status=301, location="/elsewhere"), GOOD), world)
    assert fetched.value == ["a"]
    assert transport.requests[1].url == "https://api.kie.ai/elsewhere"


def test_a_redirect_in_circles_ends(world):
    with pytest.raises(Unusable, match="in circles"):
        get(scripted(reply(status=302, location=URL)), world)


def test_the_key_follows_no_redirect_away(world):
    key = Key(KEY_TEXT)
    with pytest.raises(Unusable, match="another host"):
        get(scripted(reply(status=302, location="https://example.com/")), world, key=key, keyed=True)


def test_the_key_is_sent_where_it_was_asked_for_and_nowhere_else(world):
    key = Key(KEY_TEXT)
    _, transport, _ = get(scripted(GOOD), world, key=key, keyed=True)
    assert transport.requests[0].headers == {"Authorization": f"Bearer {KEY_TEXT}"}
    _, transport, _ = get(scripted(GOOD), world, key=key)
    assert transport.requests[0].headers == {}
    _, transport, _ = get(scripted(GOOD), world, key=key, keyed=True, url="https://docs.kie.ai/x")
    assert transport.requests[0].headers == {}


@pytest.mark.parametrize(
    "leak",
    [
        reply(json.dumps({"code": 401, "msg": f"unknown key {KEY_TEXT}"}).encode()),
        reply(b"busy " + KEY_TEXT.encode(), status=503),
        reply(status=429, retry_after=KEY_TEXT),
        reply(status=302, location=f"/x?key={KEY_TEXT}"),
        reply(b'{"code":200,"data":["' + KEY_TEXT.encode() + b'"]}'),
    ],
)
def test_a_reply_that_repeats_the_key_is_refused_and_the_key_is_in_no_error(world, leak):
    with pytest.raises(Unusable) as caught:
        get(scripted(leak), world, key=Key(KEY_TEXT), keyed=True)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert KEY_TEXT not in told
    assert "repeats the API key" in caught.value.fact


def test_a_request_does_not_show_its_headers(world):
    _, transport, _ = get(scripted(GOOD), world, key=Key(KEY_TEXT), keyed=True)
    assert KEY_TEXT not in repr(transport.requests)


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("Sat, 22 Aug 2026 12:00:00 GMT", "2026-08-22"),
        ("Sat, 22 Aug 2026 23:30:00 -0300", "2026-08-23"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "2026-11-23"),
        ("nonsense", "2026-11-23"),
        (None, "2026-11-23"),
    ],
)
def test_a_reply_is_dated_by_its_server_unless_that_can_not_be(world, date, day):
    headers = {"date": date} if date else {}
    fetched, _, _ = get(scripted(reply(b'{"code":200,"data":[]}', **headers)), world)
    assert fetched.day == day


def test_a_stand_in_may_replay_any_day(world):
    answer = scripted(reply(b"text", date="Fri, 01 Jan 2100 00:00:00 GMT"))
    asking, _ = fetcher(answer, world, settings=Settings().at("http://127.0.0.1:8787"))
    assert asyncio.run(asking.get("http://127.0.0.1:8787/llms.txt", text_of)).day == "2100-01-01"


def test_an_unasked_304_is_no_reply(world):
    with pytest.raises(Unusable, match="HTTP 304"):
        get(scripted(reply(status=304)), world)


def test_a_keyed_api_is_asked_at_its_pace(world):
    here = world.world()
    pace = Pace(1.0, here)

    async def five():
        for _ in range(5):
            await pace.turn()

    asyncio.run(five())
    assert world.passed == pytest.approx(4.0)


def test_asking_again_keeps_the_pace_too(world):
    settings = Settings(limits=Limits(first_wait_seconds=0.01, longest_wait_seconds=0.01))
    get(
        scripted(reply(status=503), reply(status=503), GOOD),
        world,
        key=Key(KEY_TEXT),
        keyed=True,
        settings=settings,
    )
    assert world.passed >= 2.0


def test_where_one_fails_the_others_are_called_off():
    called_off = []

    async def slow():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            called_off.append(True)
            raise

    async def failing():
        await asyncio.sleep(0)
        raise Unusable("here", "is wrong")

    async def both():
        await together([slow(), failing(), slow()])

    with pytest.raises(Unusable):
        asyncio.run(both())
    assert called_off == [True, True]
