"""Rules about the names of properties: blanks, slips of the pen, requirements of what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.near import is_one_edit
from kie_catalog.schemas.notes import Correction, Doubt, Note, show, step
from kie_catalog.schemas.openapi import JsonSchema
from kie_catalog.schemas.sites import Site, declared_names


def blank_names(site: Site) -> Iterator[Note]:
    """A blank before or after a property's name is a typing slip: no request of the page has it."""
    for name in list(site.properties):
        stripped = name.strip()
        if stripped == name:
            continue
        if not stripped or stripped in site.properties:
            yield Correction(
                "blank-name",
                site.at("properties", name),
                name,
                ABSENT,
                f"{show(stripped)} is there beside it",
            )
            continue
        yield Correction(
            "blank-name",
            site.at("properties", name) + "#",
            name,
            stripped,
            "names on the wire have no blanks",
        )
    required = site.schema.get("required")
    if isinstance(required, list) and any(
        isinstance(each, str) and each != each.strip() for each in required
    ):
        stripped_names = [each.strip() if isinstance(each, str) else each for each in required]
        yield Correction(
            "blank-name", site.at("required"), required, stripped_names, "names on the wire have no blanks"
        )


def required_flags(site: Site) -> Iterator[Note]:
    """`required: true` inside a property is an older dialect's way to list it as required."""
    required = site.schema.get("required")
    names = list(required) if isinstance(required, list) else []
    flagged = {name: each["required"] for name, each in site.properties.items() if _has_flag(each)}
    for name, flag in flagged.items():
        yield Correction(
            "malformed-keyword",
            site.at("properties", name, "required"),
            flag,
            ABSENT,
            "it belongs to the object",
        )
    wanted = [*names, *(name for name, flag in flagged.items() if flag and name not in names)]
    if wanted != names:
        yield Correction(
            "malformed-keyword",
            site.at("required"),
            required or ABSENT,
            wanted,
            "its property says `required: true`",
        )


def _has_flag(schema: Mapping[str, Any]) -> bool:
    return isinstance(schema.get("required"), bool)


def required_unknown(site: Site) -> Iterator[Note]:
    """What is required and not declared would refuse every input: a near name is meant, or none."""
    required = site.schema.get("required")
    is_open = site.is_asked or site.schema.get("additionalProperties") is True
    if not isinstance(required, list) or is_open:
        return
    known = site.outer | declared_names(site.schema)
    if not known:
        return
    unknown = [each for each in required if each not in known]
    if not unknown:
        return
    kept = [each for each in required if each in known]
    for name in unknown:
        near = [
            each for each in sorted(known - set(kept)) if isinstance(name, str) and is_one_edit(name, each)
        ]
        kept += near if len(near) == 1 else []
    evidence = f"no property is called {', '.join(map(show, unknown))}"
    yield Correction("required-unknown", site.at("required"), required, kept or ABSENT, evidence)


def misspelled_names(site: Site) -> Iterator[Note]:
    """The example has a name that is one slip away from a declared one which it leaves out."""
    samples = [each for each in site.samples if isinstance(each, Mapping)]
    declared = declared_names(site.schema) if samples else frozenset()
    seen: set[tuple[str, str]] = set()
    for sample in samples if declared else ():
        given = {str(name).strip() for name in sample}
        for name in sorted(given - declared):
            near = [each for each in sorted(declared - given) if is_one_edit(name, each)]
            if len(near) == 1 and (name, near[0]) not in seen:
                seen.add((name, near[0]))
                fact = f"the schema says {show(near[0])}, the example {show(name)}"
                yield Doubt("misspelled-name", site.at("properties", near[0]), fact, "the page's own example")


Fragments = Mapping[str, JsonSchema | None]
"""What a shared fragment stands for; `None` where the pages that write it out differ."""


def lost_fragments(site: Site, fragments: Fragments) -> Iterator[Note]:
    """A shared fragment that the page did not write out is what other pages wrote out for it."""
    if site.schema.get("x-apidog-ignore-properties"):
        return
    for name in fragment_names(site.schema):
        known = fragments.get(name)
        if known is None:
            fact = f"{show(name)} is referred to and not there"
            yield Doubt("lost-fragment", site.pointer, fact, "no other page, or no two alike, wrote it out")
            continue
        for key, schema in known.items():
            if key not in site.properties:
                pointer = step(site.pointer, "properties", key)
                evidence = f"refers to {name}, which all other pages that write it out give so"
                yield Correction("lost-fragment", pointer, ABSENT, dict(schema), evidence)


def fragment_names(schema: Mapping[str, Any]) -> list[str]:
    """The shared fragments that a schema says it takes in, by the last part of the reference."""
    references = schema.get("x-apidog-refs")
    entries = references.values() if isinstance(references, Mapping) else ()
    targets = [each.get("$ref") for each in entries if isinstance(each, Mapping)]
    return [each.rsplit("/", 1)[-1] for each in targets if isinstance(each, str)]
