"""The request that stands for a model where one price must be shown: what its own defaults ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from kie_catalog.domain.catalog import Charge, Mode, Model, Status
from kie_catalog.domain.condition import Equals, OneOf, Present, Within, parse_condition
from kie_catalog.domain.values import Value
from kie_catalog.pricing.match import MEASUREMENTS, declared_properties
from kie_catalog.pricing.quantity import COUNTS, DURATIONS
from kie_catalog.pricing.quote import Quote, quote

LINK: Final = "https://example.com/media"
"""Stands for a medium that a request hands in; its content is in no price."""


def default_request(model: Model, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Quote] | None:
    """The request that a model's defaults make, and its price.

    Where the defaults alone have no price, those that the model's modes are for are tried in their order,
    each with the defaults for all else.

    Args:
        model: the model, from the catalog.
        schema: its input schema.

    Returns:
        Only the properties that a price depends on, with their values; `None` where no such request has a
        price, as for what is billed by measurement.
    """
    model = replace(model, status=Status.ACTIVE)  # a price is shown before anybody may buy
    properties = declared_properties(schema)
    names = price_properties(model, schema)
    defaults = {name: value for name in names if (value := _default(properties[name])) is not None}
    output = (mode for mode in model.modes if mode.charge is Charge.OUTPUT)
    for asked in ({}, *(_asked(mode, properties) for mode in output)):
        request = {**defaults, **asked}
        answer = quote(model, schema, request)
        if isinstance(answer, Quote):
            return request, answer
    return None


def price_properties(model: Model, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The properties of the input that a model's prices depend on: by a condition, or as a quantity."""
    properties = declared_properties(schema)
    conditions = (name for mode in model.modes for name in mode.when if name not in MEASUREMENTS)
    named = dict.fromkeys((*conditions, *DURATIONS, *COUNTS))
    return tuple(name for name in named if name in properties)


def _default(schema: Mapping[str, Any]) -> Any:
    """A property's default, or else its first listed value, or else its least number, be it said in words."""
    if "default" in schema:
        return schema["default"]
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    inferred = schema.get("x-inferred")
    minimum = schema.get("minimum", inferred.get("minimum") if isinstance(inferred, Mapping) else None)
    return minimum if isinstance(minimum, int | float) and not isinstance(minimum, bool) else None


def _asked(mode: Mode, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a mode's condition asks of the input."""
    return {
        name: value
        for name, condition in mode.when.items()
        if name in properties
        for value in _value(condition, properties[name])
    }


def _value(condition: Value, schema: Mapping[str, Any]) -> Iterator[Any]:
    match parse_condition(condition):
        case Equals(value):
            yield value
        case OneOf(values):
            yield None if None in values else values[0]
        case Present(present):
            yield (([LINK] if schema.get("type") == "array" else LINK) if present else None)
        case Within(minimum, maximum):
            yield minimum if minimum is not None else maximum
