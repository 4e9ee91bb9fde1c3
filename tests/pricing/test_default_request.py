"""The default request is one that has a price, and only the properties that the price depends on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kie_catalog import packaged_catalog
from kie_catalog.catalog.artefact import packaged_schemas
from kie_catalog.domain.catalog import Charge, Status
from kie_catalog.domain.units import Unit
from kie_catalog.pricing.default_request import default_request, price_properties
from kie_catalog.pricing.quote import Quote, quote
from tests.pricing.test_quote import BY_SIZE, SECONDS, SIZES, mode, model, schema

INPUT = schema(duration=SECONDS, resolution=SIZES, prompt={"type": "string"})


def test_the_defaults_are_the_request_where_they_have_a_price():
    request, answer = default_request(BY_SIZE, INPUT)
    assert request == {"resolution": "480p", "duration": 5}
    assert answer.credits == 19 * 5


def test_a_hidden_model_has_a_price_too():
    hidden = model(*BY_SIZE.modes, status=Status.HIDDEN)
    assert default_request(hidden, INPUT) == default_request(BY_SIZE, INPUT)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"resolution": "720p"}, {"resolution": "720p"}),
        ({"resolution": ["720p", "1080p"]}, {"resolution": "720p"}),
        ({"duration": {"min": Decimal(8), "max": None}}, {"duration": 8}),
        ({"duration": {"min": None, "max": Decimal(4)}}, {"duration": 4}),
        ({"links": {"present": True}}, {"links": ["https://example.com/media"]}),
        ({"link": {"present": True}}, {"link": "https://example.com/media"}),
        ({"link": {"present": False}, "resolution": "720p"}, {"link": None, "resolution": "720p"}),
        ({"kind": [None, "text"]}, {"kind": None}),
    ],
)
def test_else_the_first_mode_says_what_is_asked(when, expected):
    kinds = {"type": "string", "enum": ["reference", "text"]}
    properties = schema(
        resolution=SIZES, duration=SECONDS, links={"type": "array"}, link={"type": "string"}, kind=kinds
    )
    request, _ = default_request(model(mode("only", "3", Unit.VIDEO, when=when)), properties)
    assert expected.items() <= request.items()


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ({"default": 7, "enum": [6], "minimum": 5}, 7),
        ({"enum": [6, 8], "minimum": 5}, 6),
        ({"enum": [], "minimum": 5}, 5),
        ({"enum": "no list", "minimum": 4.5}, 4.5),
        ({"x-inferred": {"minimum": 6, "maximum": 30}, "type": "string"}, 6),
        ({"x-inferred": {"minimum": 6}, "minimum": 5}, 5),
    ],
)
def test_a_property_without_a_default_has_its_first_value_or_its_least(form, value):
    request, _ = default_request(model(mode("m", 1, Unit.SECOND)), schema(duration=form))
    assert request == {"duration": value}


@pytest.mark.parametrize(
    "form", [{}, {"minimum": True}, {"minimum": "5"}, {"x-inferred": {"maximum": 5}}, {"x-inferred": 5}]
)
def test_a_property_that_says_nothing_is_left_out(form):
    request, _ = default_request(model(mode("m", 1)), schema(duration=form, prompt={}))
    assert request == {}


def test_prices_depend_on_conditions_and_quantities_but_not_on_measurements():
    when = {"source_resolution": "720p", "size": "1K", "gone": "x"}
    form = schema(n={}, prompt={}, duration={}, size={}, source_resolution={})
    assert price_properties(model(mode("m", 1, when=when)), form) == ("size", "duration", "n")


def test_a_mode_of_a_surcharge_asks_for_nothing():
    beside = mode("in", 1, charge=Charge.INPUT_IMAGE, when={"size": "1K"})
    found = default_request(model(beside, mode("out", 1, when={"size": "2K"})), schema(size={}))
    assert found is not None
    assert found[0] == {"size": "2K"}


def test_what_is_billed_by_measurement_has_none():
    assert default_request(model(mode("all", "3", Unit.SECOND)), schema(prompt={"type": "string"})) is None
    assert default_request(model(mode("in", "3", Unit.MILLION_TOKENS, charge=Charge.INPUT)), INPUT) is None


def test_every_default_request_of_the_catalog_is_quoted_the_same_again():
    catalog, schemas = packaged_catalog(), packaged_schemas()
    priced = 0
    for each in catalog:
        found = default_request(each, schemas.get(each.id, {}))
        if found is None or each.status is not Status.ACTIVE:
            continue
        request, answer = found
        again = quote(each, schemas[each.id], request)
        assert isinstance(again, Quote), each.id
        assert again.credits == answer.credits
        assert set(request) <= set(price_properties(each, schemas[each.id]))
        priced += 1
    assert priced > 100
