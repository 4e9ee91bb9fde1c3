"""The smallest and the largest input that a schema takes, found by trying."""

import itertools
from functools import cache

from hypothesis import find
from hypothesis.strategies import from_regex

from kie_catalog.schemas.validation import InputValidator


def value_of(schema, *, big):
    """The smallest or the largest value of a schema, as far as it says."""
    for key in ("oneOf", "anyOf"):
        if schema.get(key) and "type" not in schema and "properties" not in schema:
            return value_of(schema[key][-1 if big else 0], big=big)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][-1 if big else 0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    return _OF_KIND[kind](schema, big)


@cache
def text_of(pattern):
    return find(from_regex(pattern), lambda _: True)


def _text(schema, big):
    if schema.get("format") == "uri":
        return "https://files.example/a.png"
    if "pattern" in schema:
        return text_of(schema["pattern"])
    length = min(schema.get("maxLength", 200), 5000) if big else max(schema.get("minLength", 1), 1)
    return "x" * length


def _number(schema, big):
    step = schema.get("multipleOf", 1)
    low = schema.get(
        "minimum", schema.get("exclusiveMinimum", 0) + (step if "exclusiveMinimum" in schema else 0)
    )
    high = schema.get("maximum", low + step)
    return high if big else low


def _list(schema, big):
    items = schema.get("items", {})
    count = min(schema.get("maxItems", 3), 12) if big else max(schema.get("minItems", 1), 1)
    made = [value_of(items, big=big) for _ in range(count)]
    return [f"{each}?{n}" if isinstance(each, str) and "://" in each else each for n, each in enumerate(made)]


def _object(schema, big):
    return largest(schema) if big else smallest(schema)


_OF_KIND = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": lambda _, big: big,
    "array": _list,
    "object": _object,
    "null": lambda *_: None,
}


def _properties(schema):
    found = {}
    for part in (schema, *(each for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ()))):
        for name, each in part.get("properties", {}).items():
            if isinstance(each, dict):
                found[name] = {**each, **found.get(name, {})}
    return found


def smallest(schema):
    """The input with the fewest members that is legal."""
    takes, properties = InputValidator(schema).is_valid, _properties(schema)
    required = [name for name in schema.get("required", ()) if name in properties]
    others = [name for name in properties if name not in required]
    for count in range(4):
        for more in itertools.combinations(others, count):
            made = {name: value_of(properties[name], big=False) for name in (*required, *more)}
            if takes(made):
                return made
    raise AssertionError(f"no small input found among {sorted(properties)}")


def largest(schema):
    """The smallest input, and every member that may stand beside it, as large as it may be."""
    takes, properties, made = InputValidator(schema).is_valid, _properties(schema), smallest(schema)
    for name, each in properties.items():
        if each.get("deprecated"):
            continue
        for big in (True, False):
            grown = {**made, name: value_of(each, big=big)}
            if takes(grown):
                made = grown
                break
    return made
