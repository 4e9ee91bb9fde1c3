"""Rules about properties: which there are, which are required, what they are when left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.pairs import Pair, canonical, names
from kie_catalog.sync.compatibility.rule import Compatibility, Difference, Find, Rule

_BREAKING, _RISKY, _COMPATIBLE = Compatibility.BREAKING, Compatibility.RISKY, Compatibility.COMPATIBLE


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    value = schema.get("properties")
    return value if isinstance(value, Mapping) else {}


def _required(schema: Mapping[str, Any]) -> frozenset[str]:
    value = schema.get("required")
    return frozenset(value) if isinstance(value, list | tuple) else frozenset()


def _became_required(pair: Pair) -> Iterator[Difference]:
    for name in sorted(_required(pair.theirs) - _required(pair.base)):
        if name in names(pair.base):
            yield Difference(pair.at("required"), ABSENT, name)


def _new_and_required(pair: Pair) -> Iterator[Difference]:
    for name in sorted(_required(pair.theirs) - names(pair.base)):
        yield Difference(pair.at("required"), ABSENT, name)


def _no_longer_required(pair: Pair) -> Iterator[Difference]:
    for name in sorted(_required(pair.base) - _required(pair.theirs)):
        if name in names(pair.theirs):
            yield Difference(pair.at("required"), name, ABSENT)


def _removed(pair: Pair) -> Iterator[Difference]:
    known = names(pair.theirs)
    for name, schema in _properties(pair.base).items():
        if name not in known:
            yield Difference(pair.at("properties", name), schema, ABSENT)


def _added(pair: Pair) -> Iterator[Difference]:
    known, required = names(pair.base), _required(pair.theirs)
    for name, schema in _properties(pair.theirs).items():
        if name not in known and name not in required:
            yield Difference(pair.at("properties", name), ABSENT, schema)


def _deprecated(pair: Pair) -> Iterator[Difference]:
    if pair.theirs.get("deprecated") is True and pair.base.get("deprecated") is not True:
        yield Difference(pair.at("deprecated"), ABSENT, True)


def _revived(pair: Pair) -> Iterator[Difference]:
    if pair.base.get("deprecated") is True and pair.theirs.get("deprecated") is not True:
        yield Difference(pair.at("deprecated"), True, ABSENT)


def _default(*, had: bool, has: bool, priced: bool) -> Find:
    """Finds a default that was set, lifted, or (with both) moved, of a property with or without a price."""

    def find(pair: Pair) -> Iterator[Difference]:
        base, theirs = pair.base.get("default", ABSENT), pair.theirs.get("default", ABSENT)
        is_meant = (base is not ABSENT) == had and (theirs is not ABSENT) == has
        if (
            is_meant
            and pair.is_priced == priced
            and not (had and has and canonical(base) == canonical(theirs))
        ):
            yield Difference(pair.at("default"), base, theirs)

    return find


def _closed(pair: Pair) -> Iterator[Difference]:
    base, theirs = pair.base.get("additionalProperties"), pair.theirs.get("additionalProperties")
    if theirs is False and base is not False:
        yield Difference(pair.at("additionalProperties"), ABSENT if base is None else base, False)


def _opened(pair: Pair) -> Iterator[Difference]:
    base, theirs = pair.base.get("additionalProperties"), pair.theirs.get("additionalProperties")
    if base is False and theirs is not False:
        yield Difference(pair.at("additionalProperties"), False, ABSENT if theirs is None else theirs)


def _items(*, had: bool) -> Find:
    """Finds what is said of a list's elements where nothing was, or the other way round."""

    def find(pair: Pair) -> Iterator[Difference]:
        base, theirs = pair.base.get("items"), pair.theirs.get("items")
        if bool(base) is had and bool(theirs) is not had and pair.base.get("type") == pair.theirs.get("type"):
            yield Difference(pair.at("items"), base or ABSENT, theirs or ABSENT)

    return find


def _dependent(*, had: bool) -> Find:
    """Finds names that are required where another is given: new ones, or such that are gone."""

    def find(pair: Pair) -> Iterator[Difference]:
        one, other = (pair.base, pair.theirs) if had else (pair.theirs, pair.base)
        for name, required in _dependencies(one).items():
            for each in sorted(required - _dependencies(other).get(name, frozenset())):
                values = (each, ABSENT) if had else (ABSENT, each)
                yield Difference(pair.at("dependentRequired", name), *values)

    return find


def _dependencies(schema: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    value = schema.get("dependentRequired")
    return {name: frozenset(each) for name, each in value.items()} if isinstance(value, Mapping) else {}


PROPERTY_RULES: Final = (
    Rule("property-required", "a property became required", _BREAKING, _became_required),
    Rule("property-new-required", "a new property is required", _BREAKING, _new_and_required),
    Rule("property-optional", "a property is no longer required", _COMPATIBLE, _no_longer_required),
    Rule("property-removed", "a property is gone", _RISKY, _removed),
    Rule("property-added", "there is a new property", _COMPATIBLE, _added),
    Rule("property-deprecated", "a property is going away", _RISKY, _deprecated),
    Rule("property-revived", "a property is no longer going away", _COMPATIBLE, _revived),
    Rule(
        "default-moved-priced",
        "what is left out costs something else: a default moved that a price depends on",
        _BREAKING,
        _default(had=True, has=True, priced=True),
    ),
    Rule(
        "default-lifted-priced",
        "nothing says any more what a left-out property costs",
        _BREAKING,
        _default(had=True, has=False, priced=True),
    ),
    Rule(
        "default-set-priced",
        "a property that a price depends on has a default now",
        _RISKY,
        _default(had=False, has=True, priced=True),
    ),
    Rule("default-moved", "a default moved", _RISKY, _default(had=True, has=True, priced=False)),
    Rule("default-lifted", "a default is gone", _RISKY, _default(had=True, has=False, priced=False)),
    Rule(
        "default-set",
        "a property has a default now",
        _COMPATIBLE,
        _default(had=False, has=True, priced=False),
    ),
    Rule("object-closed", "an object takes no other properties any more", _RISKY, _closed),
    Rule("object-opened", "an object takes other properties too", _COMPATIBLE, _opened),
    Rule("items-set", "a list's elements must be of a kind", _RISKY, _items(had=False)),
    Rule("items-lifted", "a list's elements may be anything", _COMPATIBLE, _items(had=True)),
    Rule("dependency-added", "a property is required beside another", _BREAKING, _dependent(had=False)),
    Rule(
        "dependency-removed",
        "a property is no longer required beside another",
        _COMPATIBLE,
        _dependent(had=True),
    ),
)
