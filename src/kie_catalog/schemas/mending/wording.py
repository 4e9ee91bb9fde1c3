"""Rules about the page's wording: bounds it names, and requirements that the schema lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kie_catalog.schemas.bounds import Bound, Kind, Spoken, canonical, read_bounds
from kie_catalog.schemas.json_kinds import is_number, number_of
from kie_catalog.schemas.notes import Doubt, Note, show
from kie_catalog.schemas.openapi import JsonSchema
from kie_catalog.schemas.sites import Site, walk
from kie_catalog.schemas.stated import stated_by

INFERRED: Final = "x-inferred"
"""The key of what was read from words: a warning where it is broken, never a refusal."""
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MEDIA_NAME: Final = re.compile(
    r"(?:^|_)(?:urls?|uri|images?|videos?|audios?|files?|frames?|photos?)(?:_input|_url|_urls|_list)?$"
)
_NUMBER_NAME: Final = re.compile(r"(?:^|_)(?:duration|seconds)$")
_REQUIRED: Final = re.compile(r"(?:^|; )required(?: for all)?(?:;|$)")
_SAID: Final = frozenset({"const", "enum", "format", "pattern"})
# How the schema says what the words say; a step of 1 goes without saying for an integer.
_KEYWORDS: Final = {"step": "multipleOf"}
_SAY_NOTHING: Final = {"minItems": 0, "minLength": 0}


def read_wording(schema: JsonSchema) -> list[Note]:
    """Read the bounds that the page's words give into the schema, in place, and tell where they disagree."""
    notes: list[Note] = []
    for site in walk(schema):
        _infer_address(site)
        notes += _bounds(site)
        notes += _required_in_prose(site)
    return notes


def _infer_address(site: Site) -> None:
    """A text whose name says that it is a file is the file's address: KIE takes no content in its place.

    (Its documentation: media must be public http(s) addresses; data URIs and local paths are not accepted.)
    """
    if Kind.MEDIA in _kind(site) and site.schema.get("type") == "string" and not _SAID & set(site.schema):
        site.schema[INFERRED] = {"format": "uri", "evidence": f"the name {site.name}"}


def _bounds(site: Site) -> Iterator[Note]:
    kind = _kind(site)
    spoken = read_bounds(site.prose, kind) if kind and site.prose else Spoken()
    if not spoken:
        return
    news = {key: bound for key, bound in spoken.bounds.items() if _is_news(site.schema, key, bound)}
    for key, bound in spoken.bounds.items():
        structured = _structured(site.schema, key)
        if structured is not None and structured != bound and key not in spoken.several:
            fact = f"the schema says {_keyword(key)} {show(structured)}, the wording {show(bound)}"
            yield Doubt("prose-disagrees", site.at(_keyword(key)), fact, canonical(spoken))
    kept = Spoken(news, spoken.media_types)
    media = {"mediaTypes": list(kept.media_types)} if kept.media_types else {}
    if kept:
        site.schema[INFERRED] = {
            **site.schema.get(INFERRED, {}),
            **news,
            **media,
            "evidence": canonical(kept),
        }


def _kind(site: Site) -> Kind:
    declared = site.schema.get("type")
    types = declared if isinstance(declared, list) else [declared]
    name = _HUMPS.sub("_", site.name).lower()
    is_media = site.schema.get("format") == "uri" or _MEDIA_NAME.search(name) is not None
    kind = Kind(0)
    if "array" in types:
        kind |= Kind.LIST | (Kind.MEDIA if is_media else Kind(0))
    if "string" in types:
        kind |= Kind.MEDIA if is_media else Kind.NUMBER if _NUMBER_NAME.search(name) else Kind.TEXT
    if {"number", "integer"} & set(types):
        kind |= Kind.NUMBER
    return kind


def _keyword(key: str) -> str:
    return _KEYWORDS.get(key, key)


def _is_news(schema: Mapping[str, Any], key: str, bound: Bound) -> bool:
    if _structured(schema, key) is not None or _SAY_NOTHING.get(key) == bound or "enum" in schema:
        return False
    return not (key == "step" and bound == 1 and schema.get("type") == "integer")


def _structured(schema: Mapping[str, Any], key: str) -> Bound | None:
    """The bound that the schema itself gives: by keyword, or as the least or greatest value of an enum."""
    value = schema.get(_keyword(key))
    if isinstance(value, int | float) and is_number(value):
        return value
    enum = schema.get("enum")
    if isinstance(enum, list) and key in {"minimum", "maximum"}:
        numbers = [each if is_number(each) else number_of(str(each)) for each in enum]
        known = [each for each in numbers if each is not None]
        if known and len(known) == len(enum):
            return min(known) if key == "minimum" else max(known)
    return None


def _required_in_prose(site: Site) -> Iterator[Note]:
    required = site.schema.get("required")
    names = required if isinstance(required, list) else []
    for name, schema in site.properties.items():
        if name not in names and _REQUIRED.search(stated_by(schema)):
            fact = f"{show(name)} is said to be required and is not in the list"
            yield Doubt(
                "required-in-prose", site.at("properties", name), fact, "the property's own description"
            )
