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
        ({"links": {"present": True}}, {"links": ["https://example.com/media"]}),
        ({"kind": [None, "text"]}, {"kind": None}),
    ],
)
def test_else_the_first_mode_says_what_is_asked(when, expected):
    kinds = {"type": "string", "enum": ["reference", "text"]}
    properties = schema(resolution=SIZES, duration=SECONDS, links={"type": "array"}, kind=kinds)
    request, _ = default_request(model(mode("only", "3", Unit.VIDEO, when=when)), properties)
    assert expected.items() <= request.items()


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
