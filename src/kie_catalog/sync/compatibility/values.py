"""Rules about single values: types, enums, forms and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.pairs import Pair, canonical, kinds
from kie_catalog.sync.compatibility.rule import Compatibility, Difference, Find, Rule

_BREAKING, _RISKY, _COMPATIBLE = Compatibility.BREAKING, Compatibility.RISKY, Compatibility.COMPATIBLE


def _types(pair: Pair) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """The types of both sides; whether null is one of them has rules of its own."""
    base, theirs = kinds(pair.base), kinds(pair.theirs)
    return (None if base is None else base - {"null"}, None if theirs is None else theirs - {"null"})


def _type_difference(pair: Pair) -> Difference:
    return Difference(pair.at("type"), pair.base.get("type", ABSENT), pair.theirs.get("type", ABSENT))


def _type_changed(pair: Pair) -> Iterator[Difference]:
    base, theirs = _types(pair)
    if base and theirs and not base <= theirs and not theirs <= base:
        yield _type_difference(pair)


def _type_narrowed(pair: Pair) -> Iterator[Difference]:
    base, theirs = _types(pair)
    if base and theirs and theirs < base:
        yield _type_difference(pair)


def _type_widened(pair: Pair) -> Iterator[Difference]:
    base, theirs = _types(pair)
    if base and theirs and base < theirs:
        yield _type_difference(pair)


def _type_set(pair: Pair) -> Iterator[Difference]:
    if "type" in pair.theirs and "type" not in pair.base and not _listed_types_fit(pair):
        yield _type_difference(pair)


def _listed_types_fit(pair: Pair) -> bool:
    """Whether the values were listed before and all are of the type that is now said."""
    enum, theirs = _enum(pair.base), kinds(pair.theirs)
    return enum is not None and theirs is not None and all(_kind(each) in theirs for each in enum)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "number"
    return {str: "string", list: "array", dict: "object", type(None): "null"}.get(type(value), "")


def _type_lifted(pair: Pair) -> Iterator[Difference]:
    if "type" in pair.base and "type" not in pair.theirs:
        yield _type_difference(pair)


def _null_refused(pair: Pair) -> Iterator[Difference]:
    base, theirs = kinds(pair.base), kinds(pair.theirs)
    if base and theirs and "null" in base and "null" not in theirs:
        yield _type_difference(pair)


def _null_admitted(pair: Pair) -> Iterator[Difference]:
    base, theirs = kinds(pair.base), kinds(pair.theirs)
    if base and theirs and "null" in theirs and "null" not in base:
        yield _type_difference(pair)


def _enum(schema: Mapping[str, Any]) -> list[Any] | None:
    """The listed values; a constant is a list of one."""
    if "const" in schema:
        return [schema["const"]]
    enum = schema.get("enum")
    return list(enum) if isinstance(enum, Sequence) and not isinstance(enum, str) else None


def _enum_difference(pair: Pair, base: Any, theirs: Any) -> Difference:
    key = (
        "const" if "const" in pair.theirs or ("const" in pair.base and "enum" not in pair.theirs) else "enum"
    )
    return Difference(pair.at(key), base, theirs)


def _without(values: list[Any], others: list[Any]) -> list[Any]:
    known = set(map(canonical, others))
    return [each for each in values if canonical(each) not in known]


def _enum_value_removed(pair: Pair) -> Iterator[Difference]:
    base, theirs = _enum(pair.base), _enum(pair.theirs)
    if base is not None and theirs is not None and (gone := _without(base, theirs)):
        yield _enum_difference(pair, gone, ABSENT)


def _enum_value_added(pair: Pair) -> Iterator[Difference]:
    base, theirs = _enum(pair.base), _enum(pair.theirs)
    if base is not None and theirs is not None and (new := _without(theirs, base)):
        yield _enum_difference(pair, ABSENT, new)


def _enum_set(pair: Pair) -> Iterator[Difference]:
    theirs = _enum(pair.theirs)
    is_boolean = kinds(pair.base) == frozenset({"boolean"}) and theirs is not None and len(theirs) > 1
    if theirs is not None and _enum(pair.base) is None and not is_boolean:
        yield _enum_difference(pair, ABSENT, theirs)


def _enum_lifted(pair: Pair) -> Iterator[Difference]:
    base = _enum(pair.base)
    if base is not None and _enum(pair.theirs) is None:
        yield _enum_difference(pair, base, ABSENT)


def _keyword(keyword: str, *, had: bool, has: bool) -> Find:
    """Finds a keyword that was set, lifted, or (with both) says something else."""

    def find(pair: Pair) -> Iterator[Difference]:
        base, theirs = pair.base.get(keyword, ABSENT), pair.theirs.get(keyword, ABSENT)
        if (base is not ABSENT) == had and (theirs is not ABSENT) == has and base != theirs:
            yield Difference(pair.at(keyword), base, theirs)

    return find


def _step(schema: Mapping[str, Any]) -> Fraction | None:
    """The step of a number; a step of 1 goes without saying for an integer."""
    value = schema.get("multipleOf")
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return None
    return None if value == 1 and kinds(schema) == frozenset({"integer"}) else Fraction(str(value))


def _step_difference(pair: Pair) -> Difference:
    key = "multipleOf"
    return Difference(pair.at(key), pair.base.get(key, ABSENT), pair.theirs.get(key, ABSENT))


def _step_refined(pair: Pair) -> Iterator[Difference]:
    base, theirs = _step(pair.base), _step(pair.theirs)
    if base and theirs and base != theirs and (base / theirs).denominator == 1:
        yield _step_difference(pair)


def _step_moved(pair: Pair) -> Iterator[Difference]:
    base, theirs = _step(pair.base), _step(pair.theirs)
    if base and theirs and (base / theirs).denominator != 1:
        yield _step_difference(pair)


def _step_set(pair: Pair) -> Iterator[Difference]:
    if _step(pair.theirs) and not _step(pair.base):
        yield _step_difference(pair)


def _step_lifted(pair: Pair) -> Iterator[Difference]:
    if _step(pair.base) and not _step(pair.theirs):
        yield _step_difference(pair)


def _unique(pair: Pair, *, had: bool) -> Iterator[Difference]:
    base, theirs = pair.base.get("uniqueItems", False), pair.theirs.get("uniqueItems", False)
    if base is had and theirs is not had:
        yield Difference(pair.at("uniqueItems"), base, theirs)


VALUE_RULES: Final = (
    Rule("type-changed", "a value is of another type", _BREAKING, _type_changed),
    Rule("type-narrowed", "a value may be of fewer types", _BREAKING, _type_narrowed),
    Rule("type-set", "a type was set where none was", _RISKY, _type_set),
    Rule("type-widened", "a value may be of more types", _COMPATIBLE, _type_widened),
    Rule("type-lifted", "a value may be of any type", _COMPATIBLE, _type_lifted),
    Rule("null-refused", "a value may no longer be null", _BREAKING, _null_refused),
    Rule("null-admitted", "a value may be null", _COMPATIBLE, _null_admitted),
    Rule("enum-value-removed", "a listed value is gone", _BREAKING, _enum_value_removed),
    Rule("enum-set", "the values were listed where all were free", _RISKY, _enum_set),
    Rule("enum-value-added", "a value was added to the list", _COMPATIBLE, _enum_value_added),
    Rule("enum-lifted", "the values are free", _COMPATIBLE, _enum_lifted),
    Rule(
        "pattern-changed", "a text must have another form", _BREAKING, _keyword("pattern", had=True, has=True)
    ),
    Rule("pattern-set", "a text must have a form", _RISKY, _keyword("pattern", had=False, has=True)),
    Rule("pattern-lifted", "a text may have any form", _COMPATIBLE, _keyword("pattern", had=True, has=False)),
    Rule(
        "format-changed",
        "a text must be of another format",
        _BREAKING,
        _keyword("format", had=True, has=True),
    ),
    Rule("format-set", "a text must be of a format", _RISKY, _keyword("format", had=False, has=True)),
    Rule(
        "format-lifted", "a text may be of any format", _COMPATIBLE, _keyword("format", had=True, has=False)
    ),
    Rule("multipleOf-moved", "a number's step no longer has the old values", _BREAKING, _step_moved),
    Rule("multipleOf-set", "a number must keep to a step", _RISKY, _step_set),
    Rule("multipleOf-refined", "a number's step is finer", _COMPATIBLE, _step_refined),
    Rule("multipleOf-lifted", "a number need not keep to a step", _COMPATIBLE, _step_lifted),
    Rule(
        "uniqueItems-set", "a list may not hold a value twice", _RISKY, lambda pair: _unique(pair, had=False)
    ),
    Rule(
        "uniqueItems-lifted",
        "a list may hold a value twice",
        _COMPATIBLE,
        lambda pair: _unique(pair, had=True),
    ),
)
