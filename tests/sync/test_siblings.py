"""Rows beside each other: no mode has two prices, and silence is the other side of what a sibling states."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import Sold, Unit
from kie_catalog.sync.resolution import (
    Accounting,
    Ignored,
    PricedMode,
    Reason,
    Resolutions,
    Resolved,
    Role,
    Unresolved,
)
from kie_catalog.sync.siblings import DUPLICATE_ROW, settle_claims, tell_apart

SECOND = Sold(Unit.SECOND)


def row(number):
    return PriceRow(number, f"row {number}", "video", "Acme", "1", "per second", "", "")


def price(mode="m", credits=10, model="a/one", when=None, charge=Charge.OUTPUT, sold=SECOND):
    return PricedMode(ModelId(model), ModeId(mode), sold, Decimal(credits), None, charge, when or {}, None)


def answers(*several):
    """An answer for each row, of one price or a list of them."""
    return [
        Resolved(row(at), tuple(each if isinstance(each, list) else [each]), ())
        for at, each in enumerate(several, 1)
    ]


def settled(*several):
    found = answers(*several)
    settle_claims(found)
    return found


def conflict(*numbers, name="a/one m"):
    return [
        Unresolved(row(at), Reason.CONFLICT, f"rows {', '.join(map(str, numbers))} price {name} differently")
        for at in numbers
    ]


SAME = {"size": "1K"}


def test_the_same_price_again_is_left_aside():
    first, *others = settled(price(), price(), price())
    assert first == answers(price())[0]
    assert others == [Ignored(row(2), DUPLICATE_ROW), Ignored(row(3), DUPLICATE_ROW)]


@pytest.mark.parametrize(
    "other",
    [
        price(credits=11),
        price(sold=Sold(Unit.VIDEO)),
        price(sold=Sold(Unit.SECOND, Decimal(2))),
        price(charge=Charge.INPUT_VIDEO),
    ],
)
def test_two_prices_of_one_id_leave_both(other):
    assert settled(price(), other) == conflict(1, 2)


def test_two_prices_of_one_meaning_leave_both_whatever_their_ids():
    found = settled(price("a", 1, when=SAME), price("b", 2, when=SAME))
    assert found == conflict(1, 2, name='a/one {"size":"1K"}')


@pytest.mark.parametrize(
    "other",
    [
        price("b", 2, when={"size": "2K"}),
        price("b", 2, when=SAME, charge=Charge.INPUT_IMAGE),
        price("b", 2, when=SAME, sold=Sold(Unit.IMAGE)),
        price("a", 2, when=SAME, model="a/two"),
    ],
)
def test_another_mode_is_no_claim_to_this_one(other):
    before = answers(price("a", 1, when=SAME), other)
    assert settled(price("a", 1, when=SAME), other) == before


def test_a_row_claims_its_own_modes_once():
    twice = [price("a", 1, when=SAME), price("a", 1, when=SAME)]
    assert settled(twice) == answers(twice)


def test_what_is_settled_claims_nothing_more():
    """The second row is left for its first mode; its second mode is then the third row's alone."""
    second = [price("m", 2), price("n", 2, when={"size": "2K"})]
    found = settled(price("m", 1), second, price("n", 5, when={"size": "2K"}))
    assert found[:2] == conflict(1, 2)
    assert found[2] == Resolved(row(3), (price("n", 5, when={"size": "2K"}),), ())


def told(*several):
    found = answers(*several)
    tell_apart(found)
    return [[dict(each.when) for each in answer.prices] for answer in found]


HAS, HAS_NOT = {"present": True}, {"present": False}


@pytest.mark.parametrize(
    ("stated", "other"),
    [
        ({"pro": True}, {"pro": False}),
        ({"pro": False}, {"pro": True}),
        ({"video": HAS}, {"video": HAS_NOT}),
        ({"video": HAS_NOT}, {"video": HAS}),
        ({"size": "1K"}, {}),
        ({"size": {"min": Decimal(1)}}, {}),
        ({"size": ["1K", "2K"]}, {}),
    ],
)
def test_a_silent_row_is_the_other_side_of_what_has_two(stated, other):
    assert told(price("a"), price("b", when=stated)) == [[other], [stated]]


@pytest.mark.parametrize("name", ["area", "size"])
def test_silence_counts_only_beside_a_row_that_says_the_same_of_all_else(name):
    loud = price("b", when={"pro": True, name: "1K"})
    assert told(price("a"), loud)[0] == [{}]
    assert told(price("a", when={name: "2K"}), loud)[0] == [{name: "2K"}]
    assert told(price("a", when={name: "1K"}), loud)[0] == [{name: "1K", "pro": False}]
    assert told(price("a", when={name: "1K"}, model="a/two"), loud)[0] == [{name: "1K"}]
    assert told(price("a", when={name: "1K"}, charge=Charge.INPUT_IMAGE), loud)[0] == [{name: "1K"}]


def test_only_the_silent_price_of_a_row_is_told_and_the_reason_is_kept():
    silent, other = price("a"), price("x", model="a/two")
    found = answers([silent, other], price("b", when={"pro": True}))
    tell_apart(found)
    assert [dict(each.when) for each in found[0].prices] == [{"pro": False}, {}]
    (reason,) = found[0].explanation
    assert (reason.role, reason.meaning) == (Role.VALUE, '{"pro":false}, since a sibling states the other')
    assert found[1].explanation == ()


def test_a_row_that_prices_nothing_tells_nothing():
    left = Unresolved(row(1), Reason.NO_MODEL, "")
    found = [left, *answers(price("a"))]
    tell_apart(found)
    settle_claims(found)
    assert found == [left, *answers(price("a"))]


def test_a_mode_is_written_with_what_is_not_its_default():
    assert price().fields() == {"unit": "second", "credits": Decimal(10)}
    full = PricedMode(
        ModelId("a/one"), ModeId("m"), Sold(Unit.IMAGE, Decimal(2)), Decimal(3), Decimal("0.015"),
        Charge.INPUT_IMAGE, SAME, "1K", Decimal(1),
    )  # fmt: skip
    assert list(full.fields().items()) == [
        ("charge", "input_image"), ("unit", "image"), ("per", Decimal(2)), ("credits", Decimal(3)),
        ("official_usd", Decimal("0.015")), ("included", Decimal(1)), ("when", SAME), ("notes", "1K"),
    ]  # fmt: skip


def test_every_row_is_counted_once():
    found = (
        *answers(price(), price()),
        Ignored(row(3), DUPLICATE_ROW),
        Unresolved(row(4), Reason.NO_MODEL, ""),
    )
    counted = Resolutions(found).accounting()
    assert counted == Accounting(rows=4, resolved=2, ignored=1, unresolved=1)
    assert str(counted) == "4 rows = 2 resolved + 1 ignored + 1 unresolved"
    assert counted.balances


@pytest.mark.parametrize("counts", [(4, 2, 1, 0), (4, 2, 1, 2), (3, 2, 1, 1)])
def test_a_row_lost_or_counted_twice_is_noticed(counts):
    assert not Accounting(*counts).balances
