"""Rules about alternatives and conditions: `oneOf`, `anyOf`, `allOf`, `if`, `not`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.pairs import ALTERNATIVES, Pair, canonical, matched
from kie_catalog.sync.compatibility.rule import Compatibility, Difference, Rule

_BREAKING, _RISKY, _COMPATIBLE = Compatibility.BREAKING, Compatibility.RISKY, Compatibility.COMPATIBLE
_CHOICE: Final = ("if", "then", "else")


def _removed(pair: Pair) -> Iterator[Difference]:
    for key in ALTERNATIVES:
        for schema, at in matched(pair, key).gone:
            yield Difference(pair.at(key, at), schema, ABSENT)


def _added(pair: Pair) -> Iterator[Difference]:
    for key in ALTERNATIVES:
        for schema, at in matched(pair, key).new:
            yield Difference(pair.at(key, at), ABSENT, schema)


def _listed(pair: Pair, *, base: bool) -> str | None:
    schema = pair.base if base else pair.theirs
    return next((key for key in ALTERNATIVES if schema.get(key)), None)


def _set(pair: Pair) -> Iterator[Difference]:
    if _listed(pair, base=True) is None and (key := _listed(pair, base=False)):
        yield Difference(pair.at(key), ABSENT, pair.theirs[key])


def _lifted(pair: Pair) -> Iterator[Difference]:
    if _listed(pair, base=False) is None and (key := _listed(pair, base=True)):
        yield Difference(pair.at(key), pair.base[key], ABSENT)


def _became_exclusive(pair: Pair) -> Iterator[Difference]:
    if _listed(pair, base=True) == "anyOf" and _listed(pair, base=False) == "oneOf":
        yield Difference(pair.at("oneOf"), pair.base["anyOf"], pair.theirs["oneOf"])


def _became_inclusive(pair: Pair) -> Iterator[Difference]:
    if _listed(pair, base=True) == "oneOf" and _listed(pair, base=False) == "anyOf":
        yield Difference(pair.at("anyOf"), pair.base["oneOf"], pair.theirs["anyOf"])


def _all_of(pair: Pair) -> tuple[list[Any], list[Any]]:
    """The conditions of `allOf` that only base has, and those that only they have."""
    base, theirs = pair.base.get("allOf") or [], pair.theirs.get("allOf") or []
    if not base or not theirs:
        return list(base), list(theirs)
    found = matched(pair, "allOf")
    return [each for each, _ in found.gone], [each for each, _ in found.new]


def _condition_added(pair: Pair) -> Iterator[Difference]:
    for each in _all_of(pair)[1]:
        yield Difference(pair.at("allOf"), ABSENT, each)


def _condition_removed(pair: Pair) -> Iterator[Difference]:
    for each in _all_of(pair)[0]:
        yield Difference(pair.at("allOf"), each, ABSENT)


def _choice(pair: Pair) -> tuple[Any, Any]:
    sides = [{key: schema[key] for key in _CHOICE if key in schema} for schema in (pair.base, pair.theirs)]
    return sides[0], sides[1]


def _choice_set(pair: Pair) -> Iterator[Difference]:
    base, theirs = _choice(pair)
    if theirs and not base:
        yield Difference(pair.at("if"), ABSENT, theirs)


def _choice_changed(pair: Pair) -> Iterator[Difference]:
    base, theirs = _choice(pair)
    if base and theirs and canonical(base) != canonical(theirs):
        yield Difference(pair.at("if"), base, theirs)


def _choice_lifted(pair: Pair) -> Iterator[Difference]:
    base, theirs = _choice(pair)
    if base and not theirs:
        yield Difference(pair.at("if"), base, ABSENT)


def _ban_set(pair: Pair) -> Iterator[Difference]:
    if "not" in pair.theirs and "not" not in pair.base:
        yield Difference(pair.at("not"), ABSENT, pair.theirs["not"])


def _ban_changed(pair: Pair) -> Iterator[Difference]:
    base, theirs = pair.base.get("not"), pair.theirs.get("not")
    if base is not None and theirs is not None and canonical(base) != canonical(theirs):
        yield Difference(pair.at("not"), base, theirs)


def _ban_lifted(pair: Pair) -> Iterator[Difference]:
    if "not" in pair.base and "not" not in pair.theirs:
        yield Difference(pair.at("not"), pair.base["not"], ABSENT)


CONDITION_RULES: Final = (
    Rule("alternative-removed", "a way to give the input is gone", _BREAKING, _removed),
    Rule("alternative-added", "there is another way to give the input", _COMPATIBLE, _added),
    Rule("alternatives-set", "the input must be of one of several kinds", _RISKY, _set),
    Rule("alternatives-lifted", "the input need not be of one of several kinds", _COMPATIBLE, _lifted),
    Rule("alternatives-exclusive", "the kinds of the input exclude each other", _RISKY, _became_exclusive),
    Rule(
        "alternatives-inclusive", "the input may be of several kinds at once", _COMPATIBLE, _became_inclusive
    ),
    Rule("condition-added", "there is another condition", _RISKY, _condition_added),
    Rule("condition-removed", "a condition is gone", _COMPATIBLE, _condition_removed),
    Rule("choice-set", "what is legal depends on another value", _RISKY, _choice_set),
    Rule("choice-changed", "what is legal depends otherwise on another value", _RISKY, _choice_changed),
    Rule("choice-lifted", "what is legal no longer depends on another value", _COMPATIBLE, _choice_lifted),
    Rule("ban-set", "something is forbidden", _RISKY, _ban_set),
    Rule("ban-changed", "something else is forbidden", _RISKY, _ban_changed),
    Rule("ban-lifted", "something is no longer forbidden", _COMPATIBLE, _ban_lifted),
)
