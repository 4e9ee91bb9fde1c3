"""A batch is let in as a whole or not at all; what is in its way is told row by row, and nothing is sent."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.client.errors import BudgetRefused
from kie_catalog.service.batch.admission import RowsRefused, admit, fingerprint_of
from kie_catalog.service.batch.reading import drafts_of
from kie_catalog.service.service import KIEService
from tests.client.answering import client_at
from tests.client.standing import MODEL
from tests.service.batch.working import rows

UNPRICED = {"model": "grok-imagine/text-to-image", "input": {"prompt": "x"}}


def admitted(given, **more):
    """These rows, checked and priced by a service whose KIE is not there."""

    async def it():
        async with client_at("http://127.0.0.1:9") as client:
            return admit(drafts_of(given), KIEService(client), **more)

    return asyncio.run(it())


def test_every_row_that_cannot_be_run_is_told_in_a_line_of_its_own():
    wrong = [*rows(1), {"model": MODEL, "input": {"resolution": "1K"}}, {"model": "no/such"}]
    with pytest.raises(RowsRefused) as caught:
        admitted(wrong).require()
    prompt, model = str(caught.value).splitlines()
    assert prompt.startswith("item 2:prompt: ")
    assert model.startswith("item 3:model: no/such: ")


@pytest.mark.parametrize(
    "value", [{1, 2}, float("nan"), b"bytes", Decimal(1)], ids=["set", "nan", "bytes", "decimal"]
)
def test_what_json_has_no_form_for_costs_that_row_only(value):
    odd = {"model": MODEL, "input": {"prompt": "x", "n": value}}
    admission = admitted([*rows(1), odd, *rows(2)[1:]])
    assert [(each.row, each.place, each.code) for each in admission.faults] == [(2, "item 2", "no-json")]
    assert all("JSON" in admission.faults[0].hint(language) for language in ("en", "ru"))
    assert [each.row for each in admission.items] == [1, 3]


def test_what_is_worth_a_look_keeps_no_row_out():
    urls = [f"https://x.example/{each}.png" for each in range(6)]
    admission = admitted([{"model": "4o-image-api", "input": {"filesUrl": urls, "size": "1:1"}}])
    admission.require()
    assert [each.row for each in admission.items] == [1]
    assert [(each.place, each.code) for each in admission.warnings] == [("item 1:filesUrl", "too-many")]


@given(st.integers(1, 8), st.integers(0, 3))
def test_a_budget_that_could_not_be_kept_lets_nothing_in(unpriced, priced):
    """It names the first five rows without a price, and how many there are more; without a budget all run."""
    admission = admitted([*rows(priced), *[UNPRICED] * unpriced])
    assert admission.require() is None
    with pytest.raises(BudgetRefused) as caught:
        admission.require(budget=admission.total * 2 + 1)
    first = range(priced + 1, priced + 1 + min(unpriced, 5))
    more = f" and {unpriced - 5} more" if unpriced > 5 else ""
    named = ", ".join(f"item {each}" for each in first)
    assert f"no price is known for {named}{more}, and there is a budget" in str(caught.value)


@given(st.integers(1, 4), st.integers(0, 2))
def test_the_totals_are_those_of_the_rows(priced, unpriced):
    admission = admitted([*rows(priced), *[UNPRICED] * unpriced])
    per_model = admission.per_model
    assert sum(each.count for each in per_model.values()) == len(admission.items) == priced + unpriced
    assert admission.total == sum(each.quoted or 0 for each in admission.items)
    assert (per_model[MODEL].count, per_model[MODEL].unpriced) == (priced, 0)
    assert [each.row for each in admission.unpriced] == list(range(priced + 1, priced + unpriced + 1))
    assert all(each.reason for each in admission.unpriced)


def test_one_key_is_one_request_within_a_batch():
    first, other = rows(2)
    given = [{**first, "key": "a"}, {**first, "key": "b"}, {**first, "key": "a"}, {**other, "key": "a"}]
    admission = admitted(given)
    assert [each.row for each in admission.items] == [1, 2]
    assert admission.repeated == ((3, 1),)
    assert [(each.row, each.place, each.code) for each in admission.faults] == [
        (4, "item 4:key", "key-clashes")
    ]
    assert all("1" in admission.faults[0].hint(language) for language in ("en", "ru"))
    with pytest.raises(RowsRefused, match="is the key of row 1 too"):
        admission.require()


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_members_makes_no_other_batch(members):
    turned = dict(reversed(members.items()))
    assert fingerprint_of([members]) == fingerprint_of([turned])
