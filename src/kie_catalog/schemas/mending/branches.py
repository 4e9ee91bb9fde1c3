"""Rules about conditions: alternatives that nothing can meet, and alternatives that one value meets twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.notes import Correction, Doubt, Note, show
from kie_catalog.schemas.openapi import JsonSchema, misused_at, without_words
from kie_catalog.schemas.sites import Site

_LISTS: Final = ("allOf", "anyOf", "oneOf")


def impossible_branches(site: Site) -> Iterator[Note]:
    """A condition of another type than the value's can't hold: an editor lost what it said."""
    types = _value_types(site.schema)
    if types is None:
        return
    for key in _LISTS:
        branches = site.schema.get(key)
        if not isinstance(branches, list):
            continue
        impossible = [at for at, branch in enumerate(branches) if _excludes(types, branch)]
        for at in reversed(impossible):
            evidence = f"the value is {' or '.join(sorted(types))}"
            yield Correction("impossible-branch", site.at(key, at), _facts(branches[at]), ABSENT, evidence)
        if impossible and not branches:
            yield Correction("impossible-branch", site.at(key), [], ABSENT, "no condition of it is left")


def _value_types(schema: Mapping[str, Any]) -> frozenset[str] | None:
    declared = schema.get("type")
    if declared is None and isinstance(schema.get("properties"), dict):
        declared = "object"
    if declared is None:
        return None
    return frozenset(declared if isinstance(declared, list) else [declared])


def _excludes(types: frozenset[str], schema: Any) -> bool:
    other = _value_types(schema) if isinstance(schema, Mapping) and "type" in schema else None
    if other is None:
        return False
    numbers = {"integer", "number"}
    return not (types & other) and not (types & numbers and other & numbers)


def _facts(schema: JsonSchema) -> JsonSchema:
    return without_words(deepcopy(schema))


def contradicting_branches(site: Site) -> Iterator[Note]:
    """Where a condition gives a property another type than it has, the property's own schema stands."""
    outer = site.outer_properties or {}
    if not site.is_branch:
        return
    for name, schema in list(site.properties.items()):
        declared = outer.get(name)
        types = _value_types(declared) if isinstance(declared, Mapping) else None
        if types is not None and _excludes(types, schema):
            evidence = f"outside the condition it is {' or '.join(sorted(types))}"
            yield Correction(
                "branch-contradicts", site.at("properties", name), _facts(schema), ABSENT, evidence
            )


def self_contradicting_branches(site: Site) -> Iterator[Note]:
    """An alternative that requires and forbids a property can't be met; which is meant is open."""
    required = site.schema.get("required")
    if not isinstance(required, list):
        return
    for name in sorted(set(required) & _forbidden(site.schema.get("not"))):
        fact = f"{show(name)} is both required and forbidden"
        yield Doubt("impossible-branch", site.pointer, fact, "the condition alone")


def _forbidden(negated: Any) -> set[str]:
    """The properties that `not` forbids by themselves."""
    if not isinstance(negated, Mapping):
        return set()
    alternatives = negated.get("anyOf")
    listed = alternatives if isinstance(alternatives, list) else [negated]
    required = [each.get("required") for each in listed if isinstance(each, Mapping)]
    return {
        names[0]
        for names in required
        if isinstance(names, list) and len(names) == 1 and isinstance(names[0], str)
    }


def overlapping_branches(site: Site) -> Iterator[Note]:
    """`oneOf` refuses what meets two alternatives; where the page's own example does, `anyOf` is meant."""
    branches = site.schema.get("oneOf")
    if not isinstance(branches, list):
        return
    if any(isinstance(each, dict) and not _facts(each) for each in branches):
        evidence = "an alternative says nothing, so every value meets it"
    elif any(_matches(branches, sample) > 1 for sample in site.samples):
        evidence = "the page's own example meets several of them"
    else:
        return
    yield Correction("branches-overlap", site.at("oneOf") + "#", "oneOf", "anyOf", evidence)


def _matches(branches: list[Any], sample: Any) -> int:
    return sum(_meets(sample, branch) for branch in branches if isinstance(branch, dict))


def _meets(sample: Any, branch: JsonSchema) -> bool:
    """Whether a sample meets an alternative; one with a keyword that can't be read, nothing is known to."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- heavy, and few schemas need it

    return misused_at(branch) is None and bool(Draft202012Validator(branch).is_valid(sample))
