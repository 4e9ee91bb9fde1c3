"""Builds the input of a request from what a person typed, or says everything that stands in the way.

Laws: what comes out is valid; what is refused is invalid as it stands; what came out once comes out the
same again. Values are spelled as the model wants them and defaults are upstream's own; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from kie_catalog.schemas.aliases import meant_by
from kie_catalog.schemas.inferred import warnings
from kie_catalog.schemas.problems import Path, Problem, What, show_value
from kie_catalog.schemas.readings import equal, read_value
from kie_catalog.schemas.sites import declared_names
from kie_catalog.schemas.validation import InputValidator, is_closed, json_problems

_CONDITIONS: Final = frozenset(
    {"allOf", "anyOf", "dependentRequired", "dependentSchemas", "if", "maxProperties", "not", "oneOf"}
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that was read otherwise than it was typed."""

    path: Path
    kind: str
    """`name`, `value` or `default`."""
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class BuiltInput:
    """An input that the model takes."""

    input: dict[str, Any]
    readings: tuple[Reading, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What is beyond a bound that upstream gives in words only."""


@dataclass(frozen=True, slots=True)
class RefusedInput:
    """An input that the model does not take, and every reason."""

    problems: tuple[Problem, ...]


class InputBuilder:
    """Builds inputs of one model; compiled at the first question and kept."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.validator = InputValidator(schema)
        self._parts: dict[int, InputValidator] = {}

    def build(self, payload: Any) -> BuiltInput | RefusedInput:
        """Build the input from a payload, which is left as it is."""
        if not isinstance(payload, Mapping):
            return RefusedInput((Problem((), "not-an-object", given=show_value(payload)),))
        given = dict(payload)
        filled = self._fill(given)
        read: list[Reading] = []
        if filled is None:
            if problems := json_problems(given):
                return RefusedInput(problems)
            given, read, twice = self._read(given)
            filled = None if twice else self._fill(given)
            if filled is None:
                return RefusedInput((*twice, *self._problems(given)))
        defaults = [Reading((name,), "default", None, filled[name]) for name in filled if name not in given]
        return BuiltInput(filled, (*read, *defaults), self._warnings(filled))

    def _problems(self, given: dict[str, Any]) -> tuple[Problem, ...]:
        """What is wrong; what a default would mend is not held against the caller."""
        with_defaults = {**_defaults_of(self.schema), **given}
        problems = self.validator.problems(with_defaults)
        return problems or self.validator.problems(given)

    # --- defaults

    @cached_property
    def _is_plain(self) -> bool:
        return not _CONDITIONS & set(self.schema)

    def _fill(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """The payload with the defaults that it leaves room for, valid; `None` where it can't be made so."""
        deep = _fill_inside(given, self.schema)
        whole = {**deep, **_absent(_defaults_of(self.schema), deep)}
        if self._is_plain and self.validator.is_valid(whole):
            return whole
        for valid in (deep, given):
            if self.validator.is_valid(valid):
                return self._fill_valid(valid)
        completed: list[dict[str, Any]] = []
        for each in self._completions(deep):
            if self.validator.is_valid(each) and not any(equal(each, other) for other in completed):
                completed.append(each)
        return self._fill_valid(completed[0]) if len(completed) == 1 else None

    def _fill_valid(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add default after default to a valid payload while it stays valid, until none fits any more."""
        filled = given
        while absent := _absent(self._defaults_for(filled), filled):
            whole = {**filled, **absent}
            if self.validator.is_valid(whole):
                filled = whole
                continue
            before = filled
            for name, default in absent.items():
                candidate = {**filled, name: default}
                filled = candidate if self.validator.is_valid(candidate) else filled
            if len(filled) == len(before):
                break
        return filled

    def _defaults_for(self, given: dict[str, Any]) -> dict[str, Any]:
        """The root's defaults, and those of the one alternative that the payload is of."""
        branches = [each for each in _branches(self.schema) if self._takes(each, given, is_whole=False)]
        own = _defaults_of(branches[0]) if len(branches) == 1 else {}
        return {**_defaults_of(self.schema), **own}

    def _completions(self, given: dict[str, Any]) -> Iterator[dict[str, Any]]:
        root = _defaults_of(self.schema)
        yield {**given, **_absent(root, given)}
        for branch in _branches(self.schema):
            own = {**root, **_defaults_of(branch)}
            required = set(branch.get("required", ())) | set(self.schema.get("required", ()))
            yield {**given, **_absent({name: each for name, each in own.items() if name in required}, given)}

    # --- readings

    def _takes(self, schema: Mapping[str, Any], value: Any, *, is_whole: bool = True) -> bool:
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = InputValidator(schema, is_whole=is_whole)
        return part.is_valid(value)

    @cached_property
    def _properties(self) -> dict[str, list[Mapping[str, Any]]]:
        """By name, every schema that the root or one of its alternatives has for it."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for schema in _same_value(self.schema):
            for name, each in schema.get("properties", {}).items():
                if isinstance(each, dict):
                    found.setdefault(name, []).append(each)
        return found

    def _read(self, given: dict[str, Any]) -> tuple[dict[str, Any], list[Reading], tuple[Problem, ...]]:
        named, readings, twice = self._rename(given)
        read: dict[str, Any] = {}
        for name, value in named.items():
            read[name] = self._read_property(name, value)
            if not equal(read[name], value):
                readings.append(Reading((name,), "value", value, read[name]))
        return read, readings, twice

    def _read_property(self, name: str, value: Any) -> Any:
        schemas = self._properties.get(name, [])
        if any(self._takes(each, value) for each in schemas):
            return value
        for schema in schemas:
            read = read_value(value, schema, self._takes, name=name)
            if self._takes(schema, read):
                return read
        return read_value(value, schemas[0], self._takes, name=name) if len(schemas) == 1 else value

    def _rename(self, given: dict[str, Any]) -> tuple[dict[str, Any], list[Reading], tuple[Problem, ...]]:
        known = declared_names(self.schema)
        if not is_closed(self.schema):
            return given, [], ()
        meant = {name: self._meant(name, given[name], known) for name in given if name not in known}
        named: dict[str, Any] = {}
        readings: list[Reading] = []
        twice: list[Problem] = []
        for name, value in given.items():
            target = meant.get(name)
            rivals = [
                each
                for each in (*given, *meant)
                if each != name and (each == target or meant.get(each) == target)
            ]
            if target is None:
                named[name] = value
            elif rivals:
                twice.append(Problem((name,), "given-twice", What(names=(rivals[0],))))
            else:
                named[target] = value
                readings.append(Reading((target,), "name", name, target))
        return named, readings, tuple(twice)

    def _meant(self, name: str, value: Any, known: Iterable[str]) -> str | None:
        """The one known name that a name means, by spelling, number or word; `None` where that is open."""
        for tier in meant_by(name, known):
            fitting = [each for each in tier if self._fits(each, value)]
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                return None
        return None

    def _fits(self, name: str, value: Any) -> bool:
        schemas = self._properties.get(name, [])
        return any(self._takes(each, read_value(value, each, self._takes, name=name)) for each in schemas)

    # --- warnings

    def _warnings(self, value: dict[str, Any]) -> tuple[Problem, ...]:
        told: list[Problem] = []
        for schema in _same_value(self.schema):
            if schema is self.schema or self._takes(schema, value, is_whole=False):
                told += [each for each in warnings(value, schema) if each not in told]
        return tuple(told)


def build_input(schema: Mapping[str, Any] | InputBuilder, payload: Any) -> BuiltInput | RefusedInput:
    """Build the input of a request.

    Args:
        schema: the model's input schema, or better a kept builder: compiling takes longer than building.
        payload: what the caller typed; it is left as it is.
    """
    builder = schema if isinstance(schema, InputBuilder) else InputBuilder(schema)
    return builder.build(payload)


def _absent(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in defaults.items() if name not in given}


def _defaults_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that upstream declares and that say something.

    One of a deprecated property is not sent, and an empty one never stands in for what the caller has to say.
    """
    required = schema.get("required", ())
    found: dict[str, Any] = {}
    for name, each in schema.get("properties", {}).items():
        default = each.get("default") if isinstance(each, dict) else None
        is_empty = default in ("", [], {}) and not isinstance(default, bool)
        if default is not None and not each.get("deprecated") and not (is_empty and name in required):
            found[name] = default
    return found


def _fill_inside(value: Any, schema: Mapping[str, Any], *, is_root: bool = True) -> Any:
    """The defaults inside the objects that the caller gives, where only their own schema speaks of them."""
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [_fill_inside(each, schema["items"], is_root=False) for each in value]
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    filled = {
        name: _fill_inside(each, properties[name], is_root=False)
        if isinstance(properties.get(name), dict)
        else each
        for name, each in value.items()
    }
    if is_root or _CONDITIONS & set(schema):
        return filled
    return {**filled, **_absent(_defaults_of(schema), filled)}


def _branches(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = [each for key in ("oneOf", "anyOf") for each in schema.get(key, ())]
    return [each for each in listed if isinstance(each, dict)]


def _same_value(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and every one inside it that speaks of the same value."""
    yield schema
    for key in ("allOf", "anyOf", "oneOf", "then", "else"):
        inner = schema.get(key)
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict):
                yield from _same_value(each)
