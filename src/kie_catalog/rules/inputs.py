"""Input schemas: each can be used as it stands (KC401 to KC409)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import isfinite
from operator import le, lt
from typing import Any, Final, TypeGuard

from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer
from kie_catalog.rules.evidence import SchemaFile
from kie_catalog.rules.subject import Hit, Subject
from kie_catalog.rules.subschemas import Part, walk
from kie_catalog.rules.wording import clip

_BOUNDS: Final = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def _is_number(value: Any) -> TypeGuard[int | float | Decimal]:
    is_bool = isinstance(value, bool)
    return isinstance(value, int | float | Decimal) and not is_bool and isfinite(value)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and value == int(value)


_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list | tuple),
    "object": lambda value: isinstance(value, Mapping),
    "null": lambda value: value is None,
}


def schemas_can_be_used(subject: Subject) -> Iterator[Hit]:
    """Every keyword of an input schema has a value that JSON Schema knows.

    Why: a validator refuses the whole schema for one wrong keyword, or skips it and lets everything through.

    Bad::

        {"type": "text", "maximum": "10", "pattern": "["}

    Good::

        {"type": "string", "maxLength": 10, "pattern": "[a-z]+"}

    Cure: correct it by an override with evidence; a sync reads the page anew.
    """
    yield from subject.observed("misused-keyword")  # files that hold no schema at all
    for keyword, (is_right, must) in _FORMS.items():
        for file, part in _parts(subject, keyword):
            if not is_right(part.schema[keyword]):
                yield _hit(
                    file,
                    part,
                    keyword,
                    f"`{keyword}` of {part.name} must be {must}; correct it by an override",
                )


def required_properties_are_declared(subject: Subject) -> Iterator[Hit]:
    """What an input schema requires, it declares.

    Why: nobody knows what to send for a property that has a name only, and without it every request is
    refused.

    Bad::

        {"properties": {"prompt": {}}, "required": ["promt"]}

    Good::

        {"properties": {"prompt": {}}, "required": ["prompt"]}

    Cure: correct the name by an override, or take it out of `required`.
    """
    for file, part in _parts(subject, "required"):
        required = part.schema.get("required")
        for name in required if isinstance(required, list) and part.declared and not part.is_open else ():
            if isinstance(name, str) and name not in part.declared:
                fact = f"{part.name} requires `{clip(name)}`, which it does not declare"
                yield _hit(file, part, "required", f"{fact}; correct it by an override", about=name)


def defaults_are_listed(subject: Subject) -> Iterator[Hit]:
    """A default is one of the values that its enum lists.

    Why: a form that is filled with it is refused as it stands.

    Bad::

        {"enum": ["720p", "1080p"], "default": "480p"}

    Good::

        {"enum": ["720p", "1080p"], "default": "720p"}

    Cure: correct the default, or add the value to the enum, by an override.
    """
    for file, part in _parts(subject, "default"):
        options = part.schema.get("enum")
        if isinstance(options, list) and options:
            value = part.schema["default"]
            if not any(_same(value, option) for option in options):
                fact = f"the default of {part.name}, {_show(value)}, is not in its enum"
                yield _hit(file, part, "default", f"{fact}; correct one of the two by an override")


def enums_list_something(subject: Subject) -> Iterator[Hit]:
    """An enum lists at least one value.

    Why: nothing is legal where nothing is listed, so every request with the property is refused.

    Bad::

        {"type": "string", "enum": []}

    Good::

        {"type": "string"}

    Cure: list the values, or remove the enum, by an override.
    """
    for file, part in _parts(subject, "enum"):
        if part.schema.get("enum") == []:
            yield _hit(file, part, "enum", f"the enum of {part.name} is empty; list the values, or remove it")


def bounds_leave_room(subject: Subject) -> Iterator[Hit]:
    """No lower bound is above its upper bound.

    Why: no value is between them, so every request with the property is refused.

    Bad::

        {"type": "integer", "minimum": 15, "maximum": 4}

    Good::

        {"type": "integer", "minimum": 4, "maximum": 15}

    Cure: exchange the two, or correct the wrong one, by an override.
    """
    for low, high in _BOUNDS:
        for file, part in _parts(subject, low):
            least, most = part.schema.get(low), part.schema.get(high)
            if _is_number(least) and _is_number(most) and least > most:
                fact = f"`{low}` of {part.name} is {least}, above its `{high}` of {most}"
                yield _hit(file, part, low, f"{fact}; correct one of the two by an override", about=low)


def defaults_are_of_their_type(subject: Subject) -> Iterator[Hit]:
    """A default is of the type that its property declares.

    Why: filled in as it stands, it is refused; sent as a text where a number is meant, it may be charged
    as something else.

    Bad::

        {"type": "integer", "default": "5"}

    Good::

        {"type": "integer", "default": 5}

    Cure: correct the default, or the type, by an override.
    """
    for file, part in _parts(subject, "default"):
        if not _is_of(part.schema["default"], part.schema.get("type")):
            fact = f"the default of {part.name}, {_show(part.schema['default'])}, is no {_types(part)}"
            yield _hit(file, part, "default", f"{fact}; correct one of the two by an override")


def defaults_are_within_bounds(subject: Subject) -> Iterator[Hit]:
    """A default keeps to the bounds of its property.

    Why: filled in as it stands, it is refused.

    Bad::

        {"type": "integer", "minimum": 4, "maximum": 15, "default": 3}

    Good::

        {"type": "integer", "minimum": 4, "maximum": 15, "default": 5}

    Cure: correct the default, or the bound, by an override.
    """
    for file, part in _parts(subject, "default"):
        value = part.schema.get("default")
        sizes = _sizes(value)
        for low, high in _BOUNDS:
            size = sizes.get(low)
            if size is not None and not _is_within(size, part.schema.get(low), part.schema.get(high), low):
                fact = f"the default of {part.name}, {_show(value)}, is outside of `{low}` and `{high}`"
                yield _hit(file, part, "default", f"{fact}; correct it by an override", about=low)


def enums_are_of_their_type(subject: Subject) -> Iterator[Hit]:
    """The values of an enum are of the type that their property declares.

    Why: no value is both, so every request with the property is refused.

    Bad::

        {"type": "string", "enum": [5, 10]}

    Good::

        {"type": "string", "enum": ["5", "10"]}

    Cure: correct the values, or the type, by an override.
    """
    for file, part in _parts(subject, "enum"):
        options = part.schema.get("enum")
        odd = (
            [each for each in options if not _is_of(each, part.schema.get("type"))]
            if isinstance(options, list)
            else []
        )
        if odd:
            fact = f"{_show(odd[0])} in the enum of {part.name} is no {_types(part)}"
            yield _hit(file, part, "enum", f"{fact}; correct one of the two by an override")


def enums_do_not_repeat(subject: Subject) -> Iterator[Hit]:
    """An enum lists each value once.

    Why: a repeated value is an option that a form shows twice, and often a slip for a value that is missing.

    Bad::

        {"enum": ["720p", "720p", "1080p"]}

    Good::

        {"enum": ["480p", "720p", "1080p"]}

    Cure: compare the list with the page; correct it by an override.
    """
    for file, part in _parts(subject, "enum"):
        options = part.schema.get("enum")
        if isinstance(options, list) and (twice := _repeated(options)):
            fact = f"the enum of {part.name} lists {_show(twice[0])} twice"
            yield _hit(file, part, "enum", f"{fact}; compare it with the page")


def misused_keywords(schema: Mapping[str, Any]) -> Iterator[Pointer]:
    """The places of keywords that have a value which JSON Schema does not know."""
    for part in walk(schema):
        yield from ((*part.pointer, key) for key, _ in _misused(part.schema))


def _parts(subject: Subject, keyword: str) -> Iterator[tuple[tuple[str, SchemaFile], Part]]:
    """Every subschema that has a keyword."""
    for model, file in (subject.evidence.schemas or {}).items():
        for part in file.holding.get(keyword, ()):
            yield (model, file), part


def _hit(file: tuple[str, SchemaFile], part: Part, key: str, message: str, *, about: str = "") -> Hit:
    model, schema = file
    where: Where = schema.document.where((*part.pointer, key))
    return Hit((), message, model=model, where=where, about=about)


def _misused(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The keywords whose value is of the wrong form, and what it must be."""
    for key, (is_right, must) in _FORMS.items():
        if key in schema and not is_right(schema[key]):
            yield key, must


def _is_type(value: Any) -> bool:
    kinds = value if isinstance(value, list) and value else [value]
    return all(isinstance(kind, str) and kind in _TYPES for kind in kinds)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_count(value: Any) -> bool:
    return _is_whole(value) and value >= 0


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True


_FORMS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "type": (_is_type, f"one of {', '.join(_TYPES)}"),
    **dict.fromkeys(_NUMBERS, (_is_number, "a number")),
    **dict.fromkeys(_COUNTS, (_is_count, "a whole number of at least 0")),
    "properties": (_TYPES["object"], "an object"),
    "required": (_are_names, "a list of names"),
    "enum": (_TYPES["array"], "a list"),
    "pattern": (_is_pattern, "a regular expression"),
}


def _is_of(value: Any, kinds: Any) -> bool:
    """Whether a value is of one of the types; a type that nobody knows is for another law."""
    named = kinds if isinstance(kinds, list) else [kinds]
    known = [_TYPES[kind] for kind in named if isinstance(kind, str) and kind in _TYPES]
    return len(known) < len(named) or not known or any(is_of(value) for is_of in known)


def _types(part: Part) -> str:
    kinds = part.schema.get("type")
    return " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds)


def _sizes(value: Any) -> Mapping[str, Any]:
    """What each lower bound measures of a value."""
    if _is_number(value):
        return {"minimum": value, "exclusiveMinimum": value}
    if isinstance(value, str):
        return {"minLength": len(value)}
    if isinstance(value, list):
        return {"minItems": len(value)}
    return {"minProperties": len(value)} if isinstance(value, Mapping) else {}


def _is_within(size: Any, least: Any, most: Any, keyword: str) -> bool:
    """Whether a size keeps to bounds; those with `exclusive` in their name are not reached themselves."""
    reaches: Callable[[Any, Any], bool] = lt if keyword.startswith("exclusive") else le
    return (not _is_number(least) or reaches(least, size)) and (not _is_number(most) or reaches(size, most))


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _repeated(options: Sequence[Any]) -> list[Any]:
    ordered = sorted(options, key=repr)
    return [one for one, other in pairwise(ordered) if repr(one) == repr(other)]


def _show(value: Any) -> str:
    return clip(repr(value)) if isinstance(value, str) else clip(str(value))
