"""Rules about types, enums and bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.json_kinds import TYPES, is_number, is_whole, kind_of, readable_as, same
from kie_catalog.schemas.notes import Correction, Doubt, Note, show
from kie_catalog.schemas.openapi import WORDS
from kie_catalog.schemas.sites import Site

# Names of other languages for JSON's types; what has no entry says nothing that we could keep.
_OTHER_NAMES: Final = {
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "bool": "boolean",
    "str": "string",
    "text": "string",
    "file": "string",
    "url": "string",
    "date": "string",
    "dict": "object",
    "map": "object",
    "json": "object",
    "list": "array",
}


def _is_regex(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True


def _is_count(value: Any) -> bool:
    return is_number(value) and value >= 0 and is_whole(value)


def _is_names(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(set(map(str, value))) == len(value)
        and all(_is_text(each) for each in value)
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


_WELL_FORMED: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"), _is_count
    ),
    **dict.fromkeys(("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"), is_number),
    "multipleOf": lambda value: is_number(value) and value > 0,
    "uniqueItems": lambda value: isinstance(value, bool),
    "pattern": _is_regex,
    "format": _is_text,
    "required": _is_names,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "properties": lambda value: isinstance(value, dict),
    "patternProperties": lambda value: isinstance(value, dict) and all(map(_is_regex, value)),
    "additionalProperties": lambda value: isinstance(value, bool | dict),
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
    **dict.fromkeys(
        ("allOf", "anyOf", "oneOf", "prefixItems"), lambda value: isinstance(value, list) and bool(value)
    ),
}


def malformed_keywords(site: Site) -> Iterator[Note]:
    """A keyword whose value JSON Schema does not know is read as the number it spells, or left out."""
    for key, is_well_formed in _WELL_FORMED.items():
        if key not in site.schema or is_well_formed(site.schema[key]):
            continue
        was = site.schema[key]
        spelled = readable_as(was, "number")
        if key == "required" and isinstance(was, list):
            names = list(dict.fromkeys(filter(_is_text, was)))
            yield Correction("malformed-keyword", site.at(key), was, names or ABSENT, "names, each once")
        elif spelled is not None and is_well_formed(spelled):
            yield Correction("malformed-keyword", site.at(key), was, spelled, "it spells this number")
        else:
            yield Correction(
                "malformed-keyword", site.at(key), was, ABSENT, "it says nothing that could be kept"
            )


def unknown_types(site: Site) -> Iterator[Note]:
    """A type that is none of JSON's is another language's name for one, or says nothing."""
    declared = site.schema.get("type", ABSENT)
    if declared is ABSENT:
        return
    names = declared if isinstance(declared, list) else [declared]
    read = [_json_type(each) for each in names]
    known = list(dict.fromkeys(each for each in read if each is not None))
    if known == names and len(known) > 0:
        return
    now = (known if isinstance(declared, list) else known[0]) if known else ABSENT
    yield Correction("unknown-type", site.at("type"), declared, now, "the types of JSON")


def _json_type(name: Any) -> str | None:
    if isinstance(name, str):
        lower = name.strip().lower()
        return lower if lower in TYPES else _OTHER_NAMES.get(lower)
    return None


def type_against_samples(site: Site) -> Iterator[Note]:
    """A bare type that no sample has is the editor's preset; numbers in quotes prove neither side."""
    declared = site.schema.get("type")
    samples = [each for each in site.samples if each is not None]
    if not isinstance(declared, str) or not samples or any(_accepts(declared, each) for each in samples):
        return
    shown = {kind_of(each) for each in samples}
    evidence = f"sample {show(samples[0])}"
    kind = next(iter(shown))
    if len(shown) == 1 and _is_bare(site) and not all(_only_quotes(declared, each) for each in samples):
        yield Correction("type-against-samples", site.at("type"), declared, kind, evidence)
    else:
        fact = f"the schema says {declared}, the samples {' and '.join(sorted(shown))}"
        yield Doubt("type-against-samples", site.at("type"), fact, evidence)


def _accepts(declared: str, sample: Any) -> bool:
    kind = kind_of(sample)
    return kind == declared or (declared == "number" and kind == "integer")


def _only_quotes(declared: str, sample: Any) -> bool:
    """Whether sample and type differ by quotation marks alone: `"6"` for a number, 6 for a string."""
    return readable_as(sample, declared) is not None


def _is_bare(site: Site) -> bool:
    """Whether nothing but the type is said of the value, so nothing else would be contradicted."""
    said = {key for key, value in site.schema.items() if value not in ({}, []) and key not in WORDS}
    return said <= {"type", "default", "deprecated"}


def enum_values(site: Site) -> Iterator[Note]:
    """An enum's values are each once, without blanks, and decide the type where all have another."""
    enum = site.schema.get("enum")
    if not isinstance(enum, list):
        return
    once: list[Any] = []
    for each in enum:
        if not any(same(each, kept) for kept in once):
            once.append(each)
    if len(once) < len(enum):
        yield Correction("enum-repeats", site.at("enum"), enum, once, "each value once")
    for each in once:
        if isinstance(each, str) and each != each.strip():
            fact = f"{show(each)} may or may not mean {show(each.strip())}"
            yield Doubt("enum-blanks", site.at("enum"), fact, "the enum alone")
    yield from _enum_type(site, once)


def _enum_type(site: Site, enum: list[Any]) -> Iterator[Note]:
    declared = site.schema.get("type")
    if not isinstance(declared, str) or any(_accepts(declared, each) for each in enum):
        return
    kinds = {kind_of(each) for each in enum}
    shown = {kind_of(each) for each in (*site.samples, site.schema.get("default")) if each is not None}
    if len(kinds) == 1 and shown <= kinds:
        kind = next(iter(kinds))
        evidence = f"every value of the enum is a {kind}" + (" and so is the sample" if shown else "")
        yield Correction("enum-of-other-type", site.at("type"), declared, kind, evidence)
        return
    fact = f"the schema says {declared}, the enum holds {' and '.join(sorted(kinds))}"
    yield Doubt("enum-of-other-type", site.at("type"), fact, "enum and samples disagree")
    yield Correction("enum-of-other-type", site.at("type"), declared, ABSENT, "no value could have both")


def bounds_crossed(site: Site) -> Iterator[Note]:
    """Two bounds that no value can keep both say nothing; which one is meant is not ours to choose."""
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        lower, upper = site.schema.get(low), site.schema.get(high)
        if (
            lower is not None
            and upper is not None
            and is_number(lower)
            and is_number(upper)
            and lower > upper
        ):
            fact = f"{low} {lower} is above {high} {upper}"
            yield Doubt("bounds-crossed", site.pointer, fact, "the two bounds alone")
            for key, was in ((low, lower), (high, upper)):
                yield Correction("bounds-crossed", site.at(key), was, ABSENT, fact)
