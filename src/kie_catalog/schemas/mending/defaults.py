"""Rules about defaults: one that is sent must be legal, and must be a setting, not a sample."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.json_kinds import is_number, kind_of, readable_as, same
from kie_catalog.schemas.notes import Correction, Note, describe_text, show
from kie_catalog.schemas.sites import Site

_URL: Final = re.compile(r"(?:https?|oss)://|data:", re.IGNORECASE)
_SPOKEN: Final = re.compile(r"(?:^|_)(?:prompt|text|lyrics|script|dialogue|description)$", re.IGNORECASE)
_WORDS_OF_PROSE: Final = 4
_CHARACTERS_OF_PROSE: Final = 40


def default_type(site: Site) -> Iterator[Note]:
    """A default of another type is the value that it spells, or no default."""
    default, types = site.schema.get("default", ABSENT), _types(site)
    if default is ABSENT or not types or _has_type(default, types):
        return
    spelled = [each for each in (readable_as(default, kind) for kind in types) if each is not None]
    now = spelled[0] if spelled else ABSENT
    evidence = f"the type is {' or '.join(types)}, the default is {kind_of(default)}"
    yield Correction("default-of-other-type", site.at("default"), default, now, evidence)


def _types(site: Site) -> list[str]:
    declared = site.schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    return [each for each in names if isinstance(each, str)]


def _has_type(value: Any, types: list[str]) -> bool:
    kind = kind_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def default_in_enum(site: Site) -> Iterator[Note]:
    """A default outside the enum is the member that it spells otherwise, or no default."""
    default, enum = site.schema.get("default", ABSENT), site.schema.get("enum")
    if default is ABSENT or not isinstance(enum, list) or any(same(default, each) for each in enum):
        return
    folded = str(default).strip().lower()
    meant = [each for each in enum if str(each).strip().lower() == folded]
    now = meant[0] if len(meant) == 1 else ABSENT
    evidence = f"the enum holds {show(enum[0])} and {len(enum) - 1} more"
    yield Correction("default-outside-enum", site.at("default"), default, now, evidence)


def default_in_bounds(site: Site) -> Iterator[Note]:
    """A default that its own bounds refuse is no default."""
    default = site.schema.get("default", ABSENT)
    if default is ABSENT:
        return
    broken = [
        key
        for key, is_broken in _broken_bounds(default)
        if key in site.schema and is_broken(site.schema[key])
    ]
    if broken:
        evidence = f"{broken[0]} is {show(site.schema[broken[0]])}"
        yield Correction("default-outside-bounds", site.at("default"), default, ABSENT, evidence)


def _broken_bounds(value: Any) -> list[tuple[str, Any]]:
    if is_number(value):
        return [
            ("minimum", lambda bound: value < bound),
            ("maximum", lambda bound: value > bound),
            ("exclusiveMinimum", lambda bound: value <= bound),
            ("exclusiveMaximum", lambda bound: value >= bound),
        ]
    if not isinstance(value, str | list):
        return []
    size = "Length" if isinstance(value, str) else "Items"
    return [
        (f"min{size}", lambda bound: len(value) < bound),
        (f"max{size}", lambda bound: len(value) > bound),
    ]


def default_is_sample(site: Site) -> Iterator[Note]:
    """Sample media and placeholders are shown to people; sent, they would be paid for."""
    default = site.schema.get("default", ABSENT)
    if default is ABSENT:
        return
    texts = [each for each in _leaves(default) if isinstance(each, str)]
    if any(_URL.match(each.strip()) for each in texts):
        evidence = "it is the address of sample media"
    elif isinstance(default, list | dict) and texts and not any(each.strip() for each in texts):
        evidence = "it holds nothing but empty texts"
    else:
        return
    # The sample itself is not ours to keep: the record says what it was.
    yield Correction("default-is-sample", site.at("default"), show(default), ABSENT, evidence)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _leaves(each)
    else:
        yield value


def default_is_prose(site: Site) -> Iterator[Note]:
    """A sentence is a sample of what to say, never a setting."""
    default = site.schema.get("default", ABSENT)
    if not isinstance(default, str) or not default.strip() or "enum" in site.schema:
        return
    if _SPOKEN.search(site.name):
        evidence = f"{site.name} is what the caller has to say"
    elif len(default.split()) >= _WORDS_OF_PROSE or len(default) > _CHARACTERS_OF_PROSE:
        evidence = f"free text of {len(default.split())} words"
    else:
        return
    yield Correction("default-is-prose", site.at("default"), describe_text(default), ABSENT, evidence)
