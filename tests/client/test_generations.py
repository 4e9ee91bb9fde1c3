"""Generations of every family against the stand-in: one state, whatever the records look like."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.client.errors import AccountError, CallerError, KieError, UpstreamError, WaitExpired
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Polling
from kie_catalog.client.states import Failed, Generating, Queued, Succeeded, Waiting
from kie_catalog.sandbox.jobs import records
from tests.client.answering import FAST, KEY, Told, answering, client_at, envelope
from tests.client.standing import INPUT, MODEL, standing

CALLBACK = "http://127.0.0.1:9/never"
FAMILIES = sorted(
    model for model, record in records().items() if record.call.status and not record.call.names_model
)
AT_ONCE = sorted(
    model
    for model, record in records().items()
    if record.call.status is None and not record.model.startswith("veo/")
)


def generate(*faults, model=MODEL, payload=INPUT, play=0.0, **more):
    async def it(url):
        async with client_at(url, **more) as client:
            ticket = await client.create(model, payload)
            seen = []
            details = await client.wait(ticket, 10, on_state=seen.append)
            return details, seen, client

    with standing(*faults, play=play) as stand_in:
        details, seen, client = asyncio.run(it(stand_in.url))
        return details, seen, stand_in.stand.book, client


def sample(record):
    """An input that the stand-in takes: what is required, of the kind it must be."""
    properties = record.schema.get("properties", {})

    def value(schema):
        if schema.get("enum"):
            return schema["enum"][0]
        kinds = {
            "integer": schema.get("minimum", 1),
            "number": 1,
            "boolean": True,
            "array": ["https://x.example/1"],
        }
        return kinds.get(schema.get("type"), "text")

    return {name: value(properties.get(name, {})) for name in record.schema.get("required", ())}


def test_a_generation_waits_generates_and_succeeds():
    details, seen, book, client = generate(play=0.4)
    assert isinstance(seen[0], Waiting)
    assert {type(each) for each in seen} == {Waiting, Generating, Succeeded}
    assert isinstance(details.state, Succeeded)
    assert len(details.state.urls) == 1
    assert details.credits == Decimal("4.0")
    assert details.param["input"] == INPUT
    assert list(book.tasks) == [details.task_id]
    assert client.limiter.running == 0


@pytest.mark.parametrize("model", FAMILIES)
def test_every_dedicated_family_comes_to_its_result(model):
    async def it(url):
        async with client_at(url) as client:
            ticket = await client.create(model, sample(records()[model]), callback_url=CALLBACK)
            return await client.wait(ticket, 10)

    with standing("callback-lost") as stand_in:
        details = asyncio.run(it(stand_in.url))
    assert isinstance(details.state, Succeeded)
    assert details.state.urls or details.state.data


@pytest.mark.parametrize("model", FAMILIES)
def test_every_dedicated_family_comes_to_its_failure(model):
    async def it(url):
        async with client_at(url) as client:
            ticket = await client.create(model, sample(records()[model]), callback_url=CALLBACK)
            return await client.wait(ticket, 10)

    with standing("callback-lost", "fail-501") as stand_in:
        details = asyncio.run(it(stand_in.url))
    assert isinstance(details.state, Failed)


@pytest.mark.parametrize("model", AT_ONCE)
def test_a_call_that_answers_at_once_needs_no_waiting(model):
    async def it(url):
        async with client_at(url) as client:
            ticket = await client.create(model, sample(records()[model]))
            return await client.wait(ticket, 0)

    with standing() as stand_in:
        details = asyncio.run(it(stand_in.url))
        assert [each.path for each in stand_in.seen] == [records()[model].call.endpoint]
    assert isinstance(details.state, Succeeded)
    assert details.state.data


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "gemini-3-pro", "gpt-5-4"])
def test_a_chat_is_never_streamed_unless_it_is_wanted(model):
    async def it(url):
        async with client_at(url) as client:
            whole = await client.create(model, {"messages": []})
            streamed = await client.create(model, {"messages": [], "stream": True})
            return whole.state.data, streamed.state.data

    with standing() as stand_in:
        whole, streamed = asyncio.run(it(stand_in.url))
    assert whole["content"][0]["text"] == "Hello."
    assert streamed == [{"delta": "Hel"}, {"delta": "lo."}]


def test_an_error_in_a_stream_is_an_error():
    error = b'data: {"code":402,"msg":"Credits insufficient"}\n\n'

    async def it():
        async with answering(lambda _: Told(200, error)) as (url, _), client_at(url) as client:
            with pytest.raises(AccountError) as caught:
                await client.create("claude-sonnet-4-6", {"messages": [], "stream": True})
            return caught.value.code

    assert asyncio.run(it()) is ErrorCode.INSUFFICIENT_CREDITS


@pytest.mark.parametrize("model", ["veo/get-1080p-video", "veo/get-4k-video"])
def test_a_video_in_another_size_is_asked_for_until_it_is_ready(model):
    async def it(url):
        async with client_at(url) as client:
            video = await client.create("veo-3-1", {"prompt": "x", "model": "veo3"})
            size = await client.create(model, {"taskId": video.task_id, "index": 0})
            assert size.state == Generating()
            return await client.wait(size, 10)

    with standing(play=0.2) as stand_in:
        details = asyncio.run(it(stand_in.url))
    assert details.state.urls[0].endswith((".mp4",))


@pytest.mark.parametrize(
    ("turn", "outcome"),
    [
        ("fail-400", ErrorCode.CONTENT_POLICY),
        ("fail-422", ErrorCode.VALIDATION),
        ("fail-500", ErrorCode.TRANSIENT),
        ("fail-501", ErrorCode.TRANSIENT),
        ("empty-result", ErrorCode.EMPTY_RESULT),
        ("broken-result", ErrorCode.EMPTY_RESULT),
        ("shape-april", 1),
        ("shape-august", 1),
        ("param-object", 1),
        ("many-results", 6),
        ("text-result", 0),
    ],
)
def test_each_end_of_a_task_is_the_state_that_it_is(turn, outcome):
    details, _, book, _ = generate(turn)
    if isinstance(details.state, Succeeded):
        assert len(details.state.urls) == outcome
        return
    assert details.state.code is outcome
    assert book.balance() == Decimal("1000.25") - (0 if turn.startswith("fail") else 4)


def test_a_queue_an_unknown_state_and_a_late_record_are_waited_out():
    _, seen, _, _ = generate("queuing", play=0.4)
    assert Queued in map(type, seen)
    _, seen, _, _ = generate("unknown-state", play=0.2)
    assert {type(each) for each in seen} == {Generating, Succeeded}
    details, _, _, _ = generate("grace", play=0.4)
    assert isinstance(details.state, Succeeded)


def test_patience_that_ends_leaves_the_task_s_id_in_hand():
    async def it(url):
        async with client_at(url) as client:
            ticket = await client.create(MODEL, INPUT)
            with pytest.raises(WaitExpired) as caught:
                await client.wait(ticket, 0.1)
            assert caught.value.task_id == ticket.task_id

    with standing("long-wait", play=1.0) as stand_in:
        asyncio.run(it(stand_in.url))


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("no-credits", AccountError, ErrorCode.INSUFFICIENT_CREDITS),
        ("no-credits-500", AccountError, ErrorCode.INSUFFICIENT_CREDITS),
        ("code-401", AccountError, ErrorCode.AUTH),
        ("region", AccountError, ErrorCode.REGION_BLOCKED),
        ("code-455", UpstreamError, ErrorCode.MAINTENANCE),
    ],
)
def test_a_refused_create_says_who_must_act_and_takes_no_place(fault, kind, code):
    async def it(url):
        async with client_at(url) as client:
            with pytest.raises(KieError) as caught:
                await client.create(MODEL, INPUT)
            assert (type(caught.value), caught.value.code) == (kind, code)
            assert client.open_submissions == ()
            assert client.limiter.running == 0

    with standing(f"{fault}@create") as stand_in:
        asyncio.run(it(stand_in.url))
        assert stand_in.stand.book.tasks == {}


@pytest.mark.parametrize("fault", ["rate-http-429", "rate-429", "rate-430", "code-500", "http-429"])
def test_a_create_that_was_refused_for_now_is_sent_again(fault):
    details, _, book, _ = generate(f"{fault}@create*1")
    assert list(book.tasks) == [details.task_id]


def test_an_outage_of_details_is_sat_out():
    details, _, _, _ = generate("http-502@details*4", play=0.1)
    assert isinstance(details.state, Succeeded)


def test_an_outage_that_lasts_ends_the_waiting_with_the_id_in_hand():
    settings = replace(FAST, polling=Polling(first=0.01, factor=1.0, longest=0.02, outage_seconds=0.2))
    with pytest.raises(WaitExpired) as caught:
        generate("http-502@details", settings=settings)
    assert caught.value.task_id
    assert isinstance(caught.value.__cause__, UpstreamError)


def test_a_key_that_is_wrong_ends_the_waiting_at_once():
    with pytest.raises(AccountError) as caught:
        generate("code-401@details")
    assert caught.value.code is ErrorCode.AUTH
    assert caught.value.task_id


def test_the_balance_and_the_address_of_a_result():
    async def it(url):
        async with client_at(url) as client:
            assert await client.credits() == Decimal("1000.25")
            ticket = await client.create(MODEL, INPUT)
            result = (await client.wait(ticket)).state.urls[0]
            assert (await client.download_url(result)).startswith(result)
            with pytest.raises(CallerError):
                await client.download_url("https://elsewhere.example/secret.png")

    with standing(key=KEY) as stand_in:
        asyncio.run(it(stand_in.url))


@pytest.mark.parametrize("odd", [float("nan"), object(), "half a letter: \ud83d"])
def test_what_json_cannot_hold_is_refused_and_leaves_nothing_behind(odd):
    """Half of a surrogate pair is a text to Python and JSON's own reader, and no bytes on a line."""

    async def it():
        async with answering(lambda _: Told(500)) as (url, asked), client_at(url) as client:
            with pytest.raises(ValueError, match="the input holds what JSON can't"):
                await client.create(MODEL, {**INPUT, "prompt": odd})
            return len(asked), client.open_submissions, client.limiter.running

    assert asyncio.run(it()) == (0, (), 0)


def test_a_wrong_input_and_an_unknown_model_cost_nothing():
    async def it(url):
        async with client_at(url) as client:
            for model, payload, code in (
                ("no/such-model", INPUT, ErrorCode.UNKNOWN_MODEL),
                (MODEL, {}, ErrorCode.VALIDATION),
            ):
                with pytest.raises(CallerError) as caught:
                    await client.create(model, payload)
                assert caught.value.code is code
            with pytest.raises(ValueError, match="callBackUrl"):
                await client.create("ai-music-api/generate", {"prompt": "x"})

    with standing() as stand_in:
        asyncio.run(it(stand_in.url))
        assert stand_in.stand.book.credits == Decimal("1000.25")


def test_the_keyed_models_api_gives_its_list_and_its_schemas_at_its_pace():
    replies = {
        "/api/v1/models": envelope(data={"total": 1, "models": [{"model": "a/b", "slug": "b"}]}),
        "/api/v1/models/a/b/schema": envelope(data={"model": "a/b", "openapi": {"openapi": "3.1.0"}}),
        "/api/v1/models/a/c/schema": envelope(data={"model": "a/c", "openapi": None}),
        "/api/v1/models/a/d/schema": envelope(404, "The model name you specified is not supported."),
    }

    async def it():
        settings = replace(FAST, quotas=replace(FAST.quotas, metadata_interval=0.05))
        async with (
            answering(lambda asked: replies[asked.path]) as (url, asked),
            client_at(url, settings) as client,
        ):
            begun = asyncio.get_running_loop().time()
            listed, schema, none = await asyncio.gather(
                client.models(task_type="image"), client.schema("a/b"), client.schema("a/c")
            )
            with pytest.raises(CallerError) as caught:
                await client.schema("a/d")
            assert asyncio.get_running_loop().time() - begun >= 0.15
            assert asked[0].target == "/api/v1/models?taskType=image"
            return listed, schema, none, caught.value.code

    listed, schema, none, code = asyncio.run(it())
    assert listed == [{"model": "a/b", "slug": "b"}]
    assert (schema, none, code) == ({"openapi": "3.1.0"}, None, ErrorCode.UNKNOWN_MODEL)
