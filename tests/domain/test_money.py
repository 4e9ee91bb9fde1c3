"""Amounts and units as upstream types them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.money import Agreement, agreement, parse_amount, usd_of
from kie_catalog.domain.units import Sold, Unit, parse_unit
from kie_catalog.domain.values import plain_number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0,325", "0.325"),
        (" 0.850", "0.850"),
        ("170 ", "170"),
        ("14.0", "14.0"),
        ("0", "0"),
        ("12,5", "12.5"),
        ("4 credits", None),
        ("", None),
        ("1,000", None),
        ("-4", None),
        ("1e3", None),
        ("NaN", None),
        ("1.2.3", None),
        ("٤", None),
    ],
)
def test_amounts(text, amount):
    assert parse_amount(text) == (None if amount is None else Decimal(amount))


@given(st.decimals(min_value=0, max_value=10**6, places=4))
def test_an_amount_reads_back(amount):
    assert parse_amount(plain_number(amount)) == amount


@given(st.decimals(min_value="0.01", max_value=10**5, places=2))
def test_the_worth_of_credits_agrees_with_them(credits):
    assert agreement(credits, usd_of(credits)) is Agreement.EXACT


@pytest.mark.parametrize(
    ("credits", "usd", "expected"),
    [
        ("11.5", "0.057", Agreement.ROUNDED),
        ("11.7", "0.059", Agreement.ROUNDED),
        ("7.7", "0.0386", Agreement.OFF),
        ("15.7", "0.0786", Agreement.OFF),
        ("20", "0.01", Agreement.WRONG),
        ("5.0", "0.03", Agreement.WRONG),
        ("8", "0.004", Agreement.WRONG),
        ("0", "0", Agreement.EXACT),
        ("0", "0.01", Agreement.WRONG),
    ],
)
def test_credits_against_usd(credits, usd, expected):
    assert agreement(Decimal(credits), Decimal(usd)) is expected


@pytest.mark.parametrize(
    ("text", "sold"),
    [
        ("per image", Sold(Unit.IMAGE)),
        ("per  image", Sold(Unit.IMAGE)),
        (" per video", Sold(Unit.VIDEO)),
        ("Per minute", Sold(Unit.MINUTE)),
        ("per vedio", Sold(Unit.VIDEO)),
        ("per request ", Sold(Unit.REQUEST)),
        ("per milion tokens", Sold(Unit.MILLION_TOKENS)),
        ("per million", Sold(Unit.MILLION_TOKENS)),
        ("per 1M tokens", Sold(Unit.MILLION_TOKENS)),
        ("per 1000 characters", Sold(Unit.THOUSAND_CHARACTERS)),
        ("per 6 images", Sold(Unit.IMAGE, Decimal(6))),
        ("per removal", Sold(Unit.REMOVAL)),
        ("", None),
        ("per", None),
        ("per moon", None),
        ("per 0 images", None),
        ("image", None),
    ],
)
def test_units(text, sold):
    assert parse_unit(text) == sold


def test_every_unit_of_the_recorded_feeds_but_the_empty_one_is_known(shared):
    spellings = {
        record["creditUnit"]
        for feed in shared.glob("recordings/*/pricing.json")
        for record in json.loads(feed.read_bytes())
    }
    assert {spelling for spelling in spellings if parse_unit(spelling) is None} == {""}
