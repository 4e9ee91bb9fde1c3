"""Shared fragments: what pages take in from a common place and mostly, but not always, write out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kie_catalog.schemas.mending.names import Fragments, fragment_names
from kie_catalog.schemas.openapi import JsonSchema, Translator, as_mapping, without_words


def collect_fragments(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> Fragments:
    """What each fragment stands for, where all pages that write it out agree.

    Args:
        documents: the OpenAPI documents by page.
    """
    seen: dict[str, list[JsonSchema]] = {}
    for _, document in documents:
        translator = Translator(document)
        for schema in _with_references(document.get("paths")):
            names = fragment_names(schema)
            if len(names) == 1:
                properties = as_mapping(schema.get("properties"))
                written = [
                    each for each in schema.get("x-apidog-ignore-properties") or () if each in properties
                ]
                if written:
                    facts = {name: without_words(translator.translate(properties[name])) for name in written}
                    seen.setdefault(names[0], []).append(facts)
    return {
        name: shapes[0] if all(each == shapes[0] for each in shapes) else None
        for name, shapes in seen.items()
    }


def _with_references(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("x-apidog-refs"), Mapping) and value["x-apidog-refs"]:
            yield value
        for each in value.values():
            yield from _with_references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _with_references(each)
