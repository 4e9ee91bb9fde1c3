"""A batch is checked and priced as a whole: what it costs, and every row that stands in its way."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.artefact import packaged_catalog, packaged_schemas
from kie_catalog.client.client import KieClient
from kie_catalog.pricing.quote import Quote
from kie_catalog.schemas.endpoints import Callback
from kie_catalog.schemas.records import RECORD
from kie_catalog.service.batch.admission import Terms, admit
from kie_catalog.service.batch.reading import read_values
from kie_catalog.service.budget import Budget, BudgetGuard
from kie_catalog.service.service import KIEService
from tests.client.legal import smallest

IMAGE = "nano-banana-2"
SERVICE = KIEService(KieClient("a-key"), catalog=packaged_catalog(), schemas=packaged_schemas())
ROW = st.sampled_from(["1K", "2K", "4K", "9K"]).map(
    lambda size: {"model": IMAGE, "input": {"prompt": "a lighthouse", "resolution": size}}
)


def image(prompt="a lighthouse", **more):
    return {"model": IMAGE, "input": {"prompt": prompt, "resolution": "1K"}, **more}


def admitted(rows, service=SERVICE, **terms):
    return admit(read_values(rows), service, Terms(**terms))


@given(st.lists(ROW, min_size=1, max_size=8))
def test_every_row_is_an_item_or_a_fault_and_the_total_is_what_each_alone_would_cost(rows):
    admission = admitted(rows)
    assert sorted([each.row for each in (*admission.items, *admission.faults)]) == [*range(1, len(rows) + 1)]
    alone = [SERVICE.prepare(IMAGE, each.payload)[1] for each in admission.items]
    assert all(isinstance(each, Quote) for each in alone)
    assert admission.credits == sum((each.credits for each in alone), Decimal(0))
    assert sum((each.credits for each in admission.by_model), Decimal(0)) == admission.credits
    assert sum(each.items for each in admission.by_model) == len(admission.items)
    assert admission.is_whole == all(row["input"]["resolution"] != "9K" for row in rows)


@given(st.lists(ROW, min_size=1, max_size=5), st.data())
def test_a_budget_refuses_exactly_what_costs_more(rows, data):
    credits = admitted(rows).credits
    budget = data.draw(st.decimals(0, 2 * credits + 1, places=1))
    admission = admitted(rows, budget=budget)
    assert bool(admission.refusal) == (credits > budget)
    assert admission.items == admitted(rows).items


def test_rows_that_can_not_be_sent_say_why_in_the_language_that_is_asked_for():
    rows = [
        {"model": "nano-banana-22", "input": {"prompt": "x"}},
        {"model": IMAGE, "input": {"prompt": "x", "resolution": "9K"}},
        {"model": IMAGE, "input": {}},
        image(),
    ]
    told = [str(each) for each in admitted(rows).faults]
    assert (
        told[0]
        == "items[0]: nano-banana-22 is not offered (did you mean nano-banana-2?); see kie-catalog list"
    )
    assert told[1].startswith(f"items[1]: is refused by {IMAGE}: resolution is")
    assert told[2].startswith(f"items[2]: is refused by {IMAGE}: prompt is missing")
    russian = admitted(rows, language="ru").faults[2]
    assert "prompt не задано" in russian.fact
    assert [each.row for each in admitted(rows).items] == [4]


def test_nothing_that_was_typed_is_repeated():
    typed = "Olga's own words"
    faults = admitted([{"model": IMAGE, "input": {"prompt": "x", "resolution": typed}}]).faults
    assert len(faults) == 1
    assert typed not in str(faults[0])


def test_a_row_without_a_price_passes_with_a_word_or_is_refused_where_a_budget_is_kept():
    catalog = packaged_catalog()
    unpriced = [replace(model, modes=()) if model.id == IMAGE else model for model in catalog]
    service = KIEService(KieClient("a-key"), catalog=replace(catalog, models=tuple(unpriced)))
    free = admitted([image()], service)
    assert (len(free.items), free.items[0].quoted, [each.row for each in free.unpriced]) == (1, None, [1])
    assert free.by_model[0].unpriced == 1
    kept = admitted([image()], service, budget=Decimal(10_000))
    assert (kept.items, kept.unpriced, len(kept.faults)) == ((), (), 1)
    assert "no known price" in kept.faults[0].fact


def test_a_row_that_repeats_a_key_is_left_out_or_clashes():
    rows = [image(key="a"), image(key="b"), image(key="a"), image("another", key="b"), image(), image()]
    admission = admitted(rows)
    assert [each.row for each in admission.items] == [1, 2, 5, 6]
    assert admission.repeated == ((3, 1),)
    assert [(each.row, each.fact) for each in admission.faults] == [
        (4, "has the key of row 2 and another request")
    ]


def test_a_row_may_say_its_priority_and_else_has_that_of_the_batch():
    admission = admitted([image(priority=-3), image()], priority=5)
    assert [each.priority for each in admission.items] == [-3, 5]


def test_the_limits_of_one_generation_hold_for_each_row():
    guard = BudgetGuard(Budget(refuse_above=Decimal(10)))
    service = KIEService(KieClient("a-key"), guard=guard)
    row = {"model": IMAGE, "input": {"prompt": "x", "resolution": "4K"}}
    (fault,) = admitted([image(), row], service).faults
    assert fault.row == 2
    assert "above the limit of 10" in fault.fact
    assert guard.spent == 0


CALLERS = [
    model
    for model, schema in packaged_schemas().items()
    if schema.get(RECORD, {}).get("call", {}).get("callback") == Callback.REQUIRED
    and SERVICE.get_model_info(model).is_available
]


@pytest.mark.parametrize("model", CALLERS)
def test_a_model_that_needs_a_callback_is_refused_without_one(model):
    schema = SERVICE.get_model_info(model).schema
    row = {"model": model, "input": smallest(schema)}
    (fault,) = admitted([row]).faults
    assert fault.fact == f"{model} takes no request without a callback"
    assert [each.model_id for each in admitted([row], callback_url="https://bot.example/kie").items] == [
        model
    ]


@given(st.lists(ROW, min_size=2, max_size=5))
def test_equal_batches_have_equal_fingerprints_and_others_have_not(rows):
    assert admitted(rows).fingerprint == admitted([dict(row) for row in rows]).fingerprint
    items = admitted(rows).items
    if items:
        assert admitted(rows).fingerprint != admitted(rows, priority=1).fingerprint
        assert len({each.fingerprint for each in items}) == len({str(each.payload) for each in items})


@pytest.mark.parametrize("rows", [[], [3], [{"model": 5}]])
def test_what_can_not_be_read_is_a_fault_of_the_batch(rows):
    admission = admitted(rows)
    assert admission.faults
    assert not admission.is_whole
