"""The request that a documentation page describes: its endpoint, the schema of its body, its examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.schemas.near import is_one_edit
from kie_catalog.schemas.notes import BODY, INPUT, PAGE, Correction, Doubt, Note, step
from kie_catalog.schemas.openapi import JsonSchema, Translator, as_mapping

CALLBACK: Final = "callBackUrl"
_METHODS: Final = ("post", "get")
_CALLBACKS: Final = frozenset({CALLBACK, "callbackUrl", "callback_url", "progressCallBackUrl"})
_MODEL_IN_TEXT: Final = re.compile(r"\"model\"\s*:\s*\"([^\"]+)\"")
_COMMENT: Final = re.compile(r"\s//[^\n\"]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Operation:
    """One request."""

    path: str
    method: str
    """`POST` or `GET`."""
    details: Mapping[str, Any]
    """The OpenAPI operation as the page has it."""
    body: Mapping[str, Any]
    """The schema of its body (of its query, for a GET), references followed at the top."""
    samples: tuple[Any, ...]
    """The payloads that the page shows, names stripped of blanks."""
    named_in_text: tuple[str, ...]
    """The models that an example which is no JSON names."""
    notes: tuple[Note, ...]


def find_operation(document: Mapping[str, Any] | None) -> Operation | None:
    """The first operation of a page that sends something: a POST, or else a GET."""
    paths = as_mapping(as_mapping(document).get("paths"))
    for method in _METHODS:
        for path, operations in paths.items():
            details = as_mapping(operations).get(method)
            if isinstance(details, Mapping) and isinstance(path, str):
                return _read(as_mapping(document), path, method, details)
    return None


def _read(document: Mapping[str, Any], path: str, method: str, details: Mapping[str, Any]) -> Operation:
    translator = Translator(document)
    content = _content(details)
    body = translator.resolve(content.get("schema"), BODY) if method == "post" else _query(details)
    listed = body.get("examples")
    named = as_mapping(content.get("examples")).values()
    shown = [
        content.get("example"),
        *(as_mapping(each).get("value") for each in named),
        *(listed if isinstance(listed, list) else []),
    ]
    samples, models, notes = _samples(shown)
    return Operation(path, method.upper(), details, body, samples, models, (*translator.doubts, *notes))


def _content(details: Mapping[str, Any]) -> Mapping[str, Any]:
    content = as_mapping(as_mapping(details.get("requestBody")).get("content"))
    return as_mapping(content.get("application/json") or next(iter(content.values()), None))


def _query(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """The query parameters of a GET as the schema of one object."""
    listed = details.get("parameters")
    parameters = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    query = [each for each in parameters if each.get("in") == "query" and isinstance(each.get("name"), str)]
    return {
        "type": "object",
        "properties": {
            each["name"]: {**as_mapping(each.get("schema")), "description": each.get("description", "")}
            for each in query
        },
        "required": [each["name"] for each in query if each.get("required") is True],
    }


def read_example(text: str) -> Any:
    """The JSON of an example's text, whose lines may end in a comment.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(_COMMENT.sub("", text))


def models_in_text(example: str) -> list[str]:
    """The models that an example which is no JSON names all the same."""
    return _MODEL_IN_TEXT.findall(example)


def _samples(shown: list[Any]) -> tuple[tuple[Any, ...], tuple[str, ...], list[Note]]:
    samples: list[Any] = []
    models: list[str] = []
    notes: list[Note] = []
    for number, example in enumerate(shown, 1):
        value = example
        if isinstance(example, str) and example.strip():
            try:
                value = read_example(example)
            except ValueError:
                fact = f"example {number} is no JSON"
                notes.append(Doubt("example-unreadable", f"{BODY}/example", fact, "a JSON parser"))
                models += models_in_text(example)
                continue
        if isinstance(value, Mapping) and (stripped := _strip_names(value)) not in samples:
            samples.append(stripped)
    return tuple(samples), tuple(models), notes


def _strip_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name).strip(): _strip_names(each) for name, each in value.items()}
    return [_strip_names(each) for each in value] if isinstance(value, list) else value


def variants(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The bodies that a page describes: one, or one an alternative where each names its own model."""
    for key in ("oneOf", "anyOf"):
        listed = body.get(key)
        branches = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
        if (
            "model" not in as_mapping(body.get("properties"))
            and branches
            and all(map(_names_model, branches))
        ):
            common = {name: each for name, each in body.items() if name != key}
            yield from (_merge(common, each) for each in branches)
            return
    merged = body
    listed = body.get("allOf")
    for each in listed if isinstance(listed, list) else ():
        merged = _merge(merged, each) if _names_model(each) else merged
    yield merged


def _names_model(schema: Any) -> bool:
    return "model" in as_mapping(as_mapping(schema).get("properties"))


def _merge(common: Mapping[str, Any], branch: Mapping[str, Any]) -> Mapping[str, Any]:
    required = [each for part in (common, branch) for each in _names(part.get("required"))]
    properties = {**as_mapping(common.get("properties")), **as_mapping(branch.get("properties"))}
    return {**common, **branch, "properties": properties, "required": required}


def _names(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def split_callback(schema: JsonSchema) -> tuple[bool | None, list[Note]]:
    """Take the callback address out of a body's schema, in place: it is no part of the input.

    Returns:
        Whether it is required (`None`: the body has none), and the slips found in its name.
    """
    properties = as_mapping(schema.get("properties"))
    required = _names(schema.get("required"))
    found = [name for name in properties if name.strip() in _CALLBACKS or is_one_edit(name, CALLBACK)]
    notes: list[Note] = [
        Correction(
            "misspelled-name",
            step(INPUT, "properties", name) + "#",
            name,
            CALLBACK,
            "every other endpoint calls its callback address so",
        )
        for name in found
        if is_one_edit(name, CALLBACK)
    ]
    take_out(schema, found)
    return (any(name in required for name in found) if found else None), notes


def take_out(schema: JsonSchema, names: list[str]) -> None:
    """Remove properties from an object's schema, in place, and what is required of them."""
    properties = schema.get("properties")
    for name in names:
        if isinstance(properties, dict):
            properties.pop(name, None)
    required = schema.get("required")
    if isinstance(required, list):
        kept = [each for each in required if each not in names]
        schema.pop("required") if not kept else schema.update(required=kept)


def page_notes(document: Mapping[str, Any], operation: Operation, host: str) -> Iterator[Note]:
    """The faults of a page that are not about its input."""
    servers = [each.get("url") for each in document.get("servers") or () if isinstance(each, Mapping)]
    if servers and any(str(each).rstrip("/") != host for each in servers):
        yield Correction(
            "wrong-server", f"{PAGE}/servers", servers, [host], f"{operation.path} is served there"
        )
    for pointer in _messages(as_mapping(operation.details.get("responses")), f"{PAGE}/responses"):
        yield Correction(
            "message-for-msg", f"{pointer}#", "message", "msg", "the envelope of recorded replies"
        )


def _messages(schema: Any, pointer: str, depth: int = 0) -> Iterator[str]:
    """Where an envelope (an object with `code`) keeps its text under `message`."""
    if depth > 12 or not isinstance(schema, Mapping):  # noqa: PLR2004 -- an envelope lies near the top
        return
    properties = as_mapping(schema.get("properties"))
    if {"code", "message"} <= set(properties) and "msg" not in properties:
        yield step(pointer, "properties", "message")
    for key, value in schema.items():
        yield from _messages(value, step(pointer, str(key)), depth + 1)
