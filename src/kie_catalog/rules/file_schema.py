"""The JSON Schema of the catalog file, for editors and other people's tools, from the table of its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.ids import MAX_MODEL_ID
from kie_catalog.domain.shape import CATALOG_FIELDS, MODE_FIELDS, MODEL_FIELDS, Field, Kind
from kie_catalog.rules.subject import MOST_DIGITS

Schema: TypeAlias = dict[str, object]

_PART: Final = "[A-Za-z0-9][A-Za-z0-9._-]*"
# Python's `$` also stands before a last line end; the lookahead takes that back, and harms no other dialect.
_END: Final = r"$(?!\n)"

_ABOUT: Final = {
    "file": {
        "version": "Version of this file's format.",
        "source": "Where the prices and models come from.",
        "last_updated": "Day of the last change.",
        "models": "The models on offer, in the order of their ids from version 2.0 on.",
    },
    "model": {
        "id": "The model's id at KIE AI: what a request sends as `model`.",
        "title": "Name of the model as upstream writes it.",
        "title_ru": "Name of the model as Russian readers see it.",
        "type": "What goes in and what comes out.",
        "category": "Shelf of the market on which the model stands.",
        "provider": "Who made the model.",
        "status": "Where the model is in its life; only an active one is offered.",
        "page": "Path of the model's documentation page, without its ending.",
        "free": "Whether the model may be used without a charge.",
        "description_ru": "What the model is good for, in Russian.",
        "required_inputs_ru": "What a buyer must bring, in Russian.",
        "output_type_ru": "What a buyer gets, in Russian.",
        "modes": "The priced ways to use the model, in upstream's order.",
    },
    "mode": {
        "id": "Stable name of the mode, unique in its model.",
        "charge": "What is billed: the output, or something beside it; without it, the output.",
        "unit": "What the price is counted in.",
        "per": "How many units the price buys; without it, one.",
        "included": "How many units of a surcharge a request has for nothing; without it, none.",
        "credits": "Price in credits of 0.005 USD.",
        "official_usd": "The same price in USD, as upstream publishes it.",
        "when": "Conditions on the request's input under which the mode applies, by property.",
        "status": "Where the mode is in its life; without it, active.",
        "title_ru": "Name of the mode as Russian readers see it.",
        "short_hint_ru": "One line on when to choose the mode, in Russian.",
        "notes": "What upstream says of the price, in its own words.",
    },
}
_BOUNDS: Final[Mapping[str, Schema]] = {
    "per": {"exclusiveMinimum": 0, "exclusiveMaximum": 10**MOST_DIGITS},
    "included": {"minimum": 0, "exclusiveMaximum": 10**MOST_DIGITS},
    "credits": {"minimum": 0, "exclusiveMaximum": 10**MOST_DIGITS},
    "official_usd": {"minimum": 0, "exclusiveMaximum": 10**MOST_DIGITS},
}
_PLAIN: Final[Mapping[Kind, Schema]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TITLE: {"type": "string", "pattern": r"\S"},
    Kind.DATE: {"type": "string", "format": "date", "pattern": f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_END}"},
    Kind.FLAG: {"type": "boolean"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.CONDITIONS: {"type": "object", "additionalProperties": {"$ref": "#/$defs/condition"}},
}
_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean"]}
_CONDITION: Final[Schema] = {
    "description": "What the mode asks of one property of the input.",
    "anyOf": [
        {**_SCALAR, "description": "The property has this value."},
        {
            "type": "array",
            "items": {"type": ["string", "number", "boolean", "null"]},
            "contains": _SCALAR,
            "description": "The property has one of these; null among them is a property that is not given.",
        },
        {
            "type": "object",
            "description": "The property is given, or is not.",
            "properties": {"present": {"type": "boolean"}},
            "required": ["present"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "The property is a number in this range; an end that is left out is open.",
            "properties": {"min": {"type": ["number", "null"]}, "max": {"type": ["number", "null"]}},
            "minProperties": 1,
            "additionalProperties": False,
        },
    ],
}


def catalog_file_schema() -> Schema:
    """Build the schema; it asks for exactly what the rules of structure ask for."""
    first, latest = VERSIONS
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Catalog of KIE AI models and prices",
        "description": "What a catalog/models_pricing.yaml may hold, in either version of its format.",
        "type": "object",
        "required": ["version"],
        "properties": {"version": {"enum": list(VERSIONS), "description": _ABOUT["file"]["version"]}},
        "if": {"properties": {"version": {"const": latest}}, "required": ["version"]},
        "then": {"$ref": f"#/$defs/file-{latest}"},
        "else": {"$ref": f"#/$defs/file-{first}"},
        "$defs": {
            **{name: schema for version in VERSIONS for name, schema in _levels(version).items()},
            "condition": _CONDITION,
        },
    }


def render_file_schema() -> str:
    """The schema as `schemas/models_pricing.schema.json` holds it."""
    return json.dumps(catalog_file_schema(), indent=2, ensure_ascii=False) + "\n"


def _levels(version: str) -> Mapping[str, Schema]:
    return {
        f"file-{version}": _mapping("file", CATALOG_FIELDS, version),
        f"model-{version}": _mapping("model", MODEL_FIELDS, version),
        f"mode-{version}": _mapping("mode", MODE_FIELDS, version),
    }


def _mapping(noun: str, fields: tuple[Field, ...], version: str) -> Schema:
    known = [field for field in fields if field.since <= version]
    return {
        "type": "object",
        "properties": {
            field.name: {"description": _ABOUT[noun][field.name], **_field(noun, field, version)}
            for field in known
        },
        "required": [field.name for field in known if version in field.required],
        "additionalProperties": False,
    }


def _field(noun: str, field: Field, version: str) -> Schema:
    match field.kind:
        case Kind.VERSION:
            return {"const": version}
        case Kind.ID:
            tail = "" if noun == "mode" else f"(?:/{_PART})*"
            return {"type": "string", "pattern": f"^{_PART}{tail}{_END}", "maxLength": MAX_MODEL_ID}
        case Kind.WORD:
            return {"enum": list(field.words)}
        case Kind.NUMBER:
            return {"type": "number", **_BOUNDS.get(field.name, {})}
        case Kind.MODELS | Kind.MODES:
            part = "model" if field.kind is Kind.MODELS else "mode"
            return {"type": "array", "items": {"$ref": f"#/$defs/{part}-{version}"}}
        case kind:
            return dict(_PLAIN[kind])
