"""Checks an input against its schema: every problem at once, each with its place and a hint."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.protocols import Validator
from referencing import Registry

from kie_catalog.schemas.fast import Gate, gate_for
from kie_catalog.schemas.json_kinds import is_multiple
from kie_catalog.schemas.near import nearest
from kie_catalog.schemas.openapi import LISTED, NAMED, NESTED, JsonSchema
from kie_catalog.schemas.problems import Path, Problem, What, show_value
from kie_catalog.schemas.readings import is_address
from kie_catalog.schemas.sites import declared_names

KNOWN: Final = "x-known"
"""Our keyword of a compiled schema: the names that an object may have."""
_HALF: Final = re.compile("[\ud800-\udfff]")
_SAME_VALUE: Final = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependentSchemas"})
_FORMATS: Final = FormatChecker(formats=())


@_FORMATS.checks("uri")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or is_address(value)


def _known(_: Validator, names: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    patterns = schema.get("patternProperties", {})
    for name in instance if isinstance(instance, dict) else ():
        if name not in names and not any(re.search(each, str(name)) for each in patterns):
            yield ValidationError(f"{name!r} is unknown", validator=KNOWN, validator_value=name)


def _required(validator: Validator, names: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError(f"{name!r} is missing", validator="required", validator_value=name)


def _multiple(validator: Validator, step: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "number") and not is_multiple(instance, step):
        yield ValidationError(f"{instance!r} is no multiple of {step}")


_Strict: Final[Any] = validators.extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it without types
    Draft202012Validator,
    {KNOWN: _known, "required": _required, "multipleOf": _multiple},
)


def is_closed(schema: Mapping[str, Any]) -> bool:
    """Whether an object may have no other names than the declared ones: it has some, and takes no more."""
    extra = schema.get("additionalProperties")
    return not isinstance(extra, dict) and extra is not True and bool(declared_names(schema))


def _strict(schema: Any, *, is_value: bool = True) -> Any:
    """A copy of a schema in which objects know their names, so that an unknown one is an error."""
    if not isinstance(schema, dict):
        return schema
    strict: JsonSchema = {}
    for key, each in schema.items():
        inner = key not in _SAME_VALUE
        if key in {"if", "not"}:
            strict[key] = each
        elif key in NAMED and isinstance(each, dict):
            strict[key] = {name: _strict(part, is_value=inner) for name, part in each.items()}
        elif key in LISTED and isinstance(each, list):
            strict[key] = [_strict(part, is_value=inner) for part in each]
        elif key in NESTED:
            strict[key] = _strict(each, is_value=inner)
        else:
            strict[key] = each
    if is_value and is_closed(schema):
        strict[KNOWN] = sorted(declared_names(schema))
    return strict


def _no_json(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What JSON has no form for: NaN, infinity, names that are no texts, half a letter, objects of Python."""
    if isinstance(value, dict):
        for name, each in value.items():
            if not (isinstance(name, str) and _is_json(name)):
                yield (*path, str(name)), name
            yield from _no_json(each, (*path, str(name)))
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _no_json(each, (*path, at))
    elif not _is_json(value):
        yield path, value


def _is_json(scalar: Any) -> bool:
    if isinstance(scalar, str):
        return not _is_torn(scalar)
    return scalar is None or isinstance(scalar, int) or (isinstance(scalar, float) and math.isfinite(scalar))


def _is_torn(text: str) -> bool:
    """Whether half of a surrogate pair is in a text: Python and JSON's reader take it, no encoding does."""
    return not text.isascii() and _HALF.search(text) is not None


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def json_problems(value: Any) -> tuple[Problem, ...]:
    """Everything in a value that JSON has no form for."""
    return tuple(
        Problem(
            tuple(_printable(step) if isinstance(step, str) else step for step in path),
            "no-json",
            given=_printable(show_value(each)),
        )
        for path, each in _no_json(value)
    )


class InputValidator:
    """One compiled input schema. Compiling happens at the first question and is kept."""

    def __init__(self, schema: Mapping[str, Any], *, is_whole: bool = True) -> None:
        """Take a schema.

        Args:
            schema: an input schema, or a part of one.
            is_whole: whether it is all that is said of the value; an alternative of a schema is not.
        """
        self.schema = schema
        self._is_whole = is_whole

    @cached_property
    def _compiled(self) -> Any:
        return _strict(dict(self.schema), is_value=self._is_whole)

    @cached_property
    def _validator(self) -> Any:
        return _Strict(self._compiled, format_checker=_FORMATS, registry=Registry())

    @cached_property
    def _gate(self) -> Gate | None:
        return gate_for(self._compiled, KNOWN, _is_address)

    def _passes(self, value: Any) -> bool:
        """Whether the fast engine, if there is one, finds nothing wrong."""
        return self._gate is not None and self._gate(value)

    def is_valid(self, value: Any) -> bool:
        """Whether a value meets the schema and has no unknown names."""
        if next(_no_json(value), None) is not None:
            return False
        return self._passes(value) or bool(self._validator.is_valid(value))

    def problems(self, value: Any) -> tuple[Problem, ...]:
        """Everything that is wrong with a value, by place."""
        found = json_problems(value)
        if not found and self._passes(value):
            return ()
        found = found or tuple(_problems(self._validator.iter_errors(value)))
        once = {(each.path, each.code, each.given): each for each in found}
        return tuple(sorted(once.values(), key=lambda each: (list(map(str, each.path)), each.code)))


def _problems(errors: Iterable[Any]) -> Iterator[Problem]:
    for error in errors:
        if error.validator in {"anyOf", "oneOf"} and error.context:
            yield from _problems(_best_branch(error.context))
        else:
            yield _problem(error)


def _best_branch(context: list[Any]) -> list[Any]:
    """The errors of the alternative that the value comes nearest to: names weigh more than values."""
    branches: dict[Any, list[Any]] = {}
    for error in context:
        branches.setdefault(error.schema_path[0], []).append(error)
    return min(branches.values(), key=lambda errors: sum(_weight(each) for each in errors))


def _weight(error: Any) -> int:
    if len(error.path) > 0:
        return 1
    return {"type": 8, KNOWN: 4, "additionalProperties": 4, "required": 3}.get(str(error.validator), 2)


_SIZES: Final = {
    "minimum": "too-small",
    "exclusiveMinimum": "too-small",
    "maximum": "too-large",
    "exclusiveMaximum": "too-large",
    "minLength": "too-short",
    "maxLength": "too-long",
    "minItems": "too-few",
    "maxItems": "too-many",
    "multipleOf": "wrong-step",
    "pattern": "wrong-form",
}


def _problem(error: Any) -> Problem:
    path: Path = tuple(error.absolute_path)
    keyword = str(error.validator)
    if keyword in _SIZES:
        value = error.instance
        size = str(len(value)) if keyword.endswith(("Length", "Items")) else show_value(value)
        return Problem(path, _SIZES[keyword], given=size, limit=str(error.validator_value))
    teller = _TELLERS.get(keyword)
    return teller(error, path) if teller else Problem(path, "invalid", limit=keyword)


def _missing(error: Any, path: Path) -> Problem:
    name = str(error.validator_value)
    return Problem((*path, name), "missing", what_of(_property(error.schema, name)))


def _unknown(error: Any, path: Path) -> Problem:
    if error.validator == KNOWN:
        name, known = str(error.validator_value), error.schema[KNOWN]
    else:
        known = sorted(declared_names(error.schema))
        name = next((str(each) for each in error.instance if each not in known), "")
    return Problem((*path, name), "unknown", near=nearest(name, known))


def _not_allowed(error: Any, path: Path) -> Problem:
    choices = error.validator_value if error.validator == "enum" else [error.validator_value]
    near = nearest(error.instance, map(str, choices)) if isinstance(error.instance, str) else None
    return Problem(path, "not-allowed", What(choices=tuple(choices)), show_value(error.instance), near=near)


def _wrong_type(error: Any, path: Path) -> Problem:
    return Problem(path, "wrong-type", what_of(error.schema), show_value(error.instance))


def _wrong_format(error: Any, path: Path) -> Problem:
    code = "not-an-address" if error.validator_value == "uri" else "wrong-form"
    return Problem(path, code, given=show_value(error.instance), limit=str(error.validator_value))


def _not_together(error: Any, path: Path) -> Problem:
    given = set(error.instance) if isinstance(error.instance, dict) else set()
    names = sorted(declared_in_not(error.validator_value) & given)
    return Problem((*path, *names[:1]), "not-together")


_TELLERS: Final[Mapping[str, Callable[[Any, Path], Problem]]] = {
    "required": _missing,
    KNOWN: _unknown,
    "additionalProperties": _unknown,
    "enum": _not_allowed,
    "const": _not_allowed,
    "type": _wrong_type,
    "format": _wrong_format,
    "not": _not_together,
    "oneOf": lambda _, path: Problem(path, "ambiguous"),
    "uniqueItems": lambda _, path: Problem(path, "repeated"),
}


def _property(schema: Any, name: str) -> Mapping[str, Any]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    found = properties.get(name) if isinstance(properties, dict) else None
    return found if isinstance(found, dict) else {}


def declared_in_not(schema: Any) -> set[str]:
    """The names that a negated condition is about."""
    if not isinstance(schema, dict):
        return set()
    names = set(schema.get("required", ())) | set(schema.get("properties", ()))
    for key in ("anyOf", "allOf", "oneOf"):
        for each in schema.get(key, ()):
            names |= declared_in_not(each)
    return names


def what_of(schema: Mapping[str, Any]) -> What:
    """What a schema takes, for a hint."""
    if "enum" in schema:
        return What(choices=tuple(schema["enum"]))
    if "const" in schema:
        return What(choices=(schema["const"],))
    declared = schema.get("type", ())
    kinds = (declared,) if isinstance(declared, str) else tuple(declared)
    if schema.get("format") == "uri":
        kinds = tuple("uri" if each == "string" else each for each in kinds)
    items = schema.get("items")
    return What(kinds, items=what_of(items) if isinstance(items, dict) and "array" in kinds else None)
