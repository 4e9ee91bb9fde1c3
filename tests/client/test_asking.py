"""Reads are asked again with patience, within what upstream asks for and what we allow."""

import asyncio
from decimal import Decimal

import pytest

from kie_catalog.client.errors import KieError, UpstreamError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.sandbox.effects import EFFECTS
from tests.client.answering import FAST, Told, answering, client_at, envelope
from tests.client.standing import standing

GOOD = envelope(data=5.5)


def balance(*replies):
    told = iter(replies)

    async def it():
        async with answering(lambda _: next(told)) as (url, asked), client_at(url) as client:
            try:
                return await client.credits(), len(asked)
            except KieError as error:
                return error, len(asked)

    return asyncio.run(it())


@pytest.mark.parametrize(
    "trouble",
    [
        Told(502, b"<html>"),
        Told(524),
        Told(body=None),
        Told(429),
        Told(429, b"", {"Retry-After": "0.02"}),
        Told(200, b"{broken"),
        Told(200, b'{"code":200}', cut=True),
        envelope(430, "Your call frequency is too high. Please try again later."),
        envelope(455, "maintenance"),
        envelope(500, "Server exception, please try again later"),
    ],
)
def test_what_may_pass_is_asked_again(trouble):
    assert balance(trouble, trouble, GOOD) == (Decimal("5.5"), 3)


@pytest.mark.parametrize(
    "trouble", [envelope(401, "x"), envelope(402, "x"), envelope(422, "x"), envelope(777, "x")]
)
def test_what_will_not_pass_is_not(trouble):
    error, count = balance(trouble, GOOD)
    assert isinstance(error, KieError)
    assert count == 1


def test_patience_ends():
    error, count = balance(*[Told(503)] * 9)
    assert (error.code, count) == (ErrorCode.GATEWAY, FAST.retries.reads)


def test_a_wait_beyond_our_cap_is_the_caller_s_to_decide():
    error, count = balance(Told(429, b"", {"Retry-After": "86400"}), GOOD)
    assert (error.code, error.retry_after, count) == (ErrorCode.RATE_LIMITED, 86400.0, 1)


def test_an_answer_of_another_kind_is_no_balance():
    for data in (None, "5", True, [], {}):
        error, _ = balance(*[envelope(data=data)] * 5)
        assert error.code is ErrorCode.BAD_REPLY


@pytest.mark.parametrize("fault", sorted(set(EFFECTS) - {"hang", "drip"}))
def test_every_fault_of_the_stand_in_ends_in_an_answer_or_one_error(fault):
    async def it(url):
        async with client_at(url) as client:
            (told,) = await asyncio.gather(client.credits(), return_exceptions=True)
            assert isinstance(told, Decimal | KieError)
            assert isinstance(told, Decimal | UpstreamError) or not told.retryable

    with standing(f"{fault}@credits") as stand_in:
        asyncio.run(it(stand_in.url))
