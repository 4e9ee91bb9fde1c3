"""OpenAPI schemas of KIE's pages as JSON Schema 2020-12, references resolved, nothing decided yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from kie_catalog.schemas.notes import INPUT, Doubt, step

JsonSchema: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# What constrains an input. All else on a page is prose, samples or its editor's bookkeeping.
PLAIN: Final = frozenset(
    {
        "additionalProperties",
        "const",
        "default",
        "dependentRequired",
        "deprecated",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "nullable",
        "pattern",
        "required",
        "type",
        "uniqueItems",
    }
)
NESTED: Final = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
)
LISTED: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED: Final = frozenset({"dependentSchemas", "patternProperties", "properties"})
# What the rules read and the finished schema leaves out: a page's wording stays on the page.
WORDS: Final = ("description", "example", "examples", "title", "x-apidog-refs", "x-apidog-ignore-properties")
MAX_DEPTH: Final = 40


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one: a page may hold anything anywhere."""
    return value if isinstance(value, Mapping) else {}


class Translator:
    """Turns the schemas of one OpenAPI document into JSON Schema."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.doubts: list[Doubt] = []
        """What could not be translated."""

    def translate(self, schema: Any, pointer: str = INPUT, depth: int = 0) -> JsonSchema:
        """Translate one schema; the result shares nothing with the page and still holds its `WORDS`.

        A reference that leads nowhere or into itself becomes the schema that allows all, with a doubt:
        refusing legal inputs because of a page's mistake would be the worse error.
        """
        resolved = self.resolve(schema, pointer)
        if depth > MAX_DEPTH:
            self._doubt("dangling-reference", pointer, f"nested more than {MAX_DEPTH} deep or inside itself")
            return {}
        translated: JsonSchema = {}
        for key, value in resolved.items():
            if key in NAMED and isinstance(value, Mapping):
                translated[key] = {
                    str(name): self.translate(each, step(pointer, key, str(name)), depth + 1)
                    for name, each in value.items()
                }
            elif key in LISTED and isinstance(value, list):
                translated[key] = [
                    self.translate(each, step(pointer, key, at), depth + 1) for at, each in enumerate(value)
                ]
            elif key in NESTED and isinstance(value, Mapping):
                translated[key] = self.translate(value, step(pointer, key), depth + 1)
            elif key in PLAIN or key in WORDS:
                translated[key] = list(value) if isinstance(value, list) else value
        return _modernise(translated)

    def resolve(self, schema: Any, pointer: str = INPUT) -> Mapping[str, Any]:
        """Follow the references of a schema to its content; siblings of a reference override it."""
        seen: set[str] = set()
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            if reference in seen:
                self._doubt("dangling-reference", pointer, f"{reference} refers to itself")
                return {}
            seen.add(reference)
            siblings = {key: value for key, value in schema.items() if key != "$ref"}
            target = self._target(reference)
            if target is None:
                self._doubt("dangling-reference", pointer, f"{reference} leads nowhere")
                return siblings
            schema = {**target, **siblings}
        return as_mapping(schema)

    def _target(self, reference: str) -> Mapping[str, Any] | None:
        """Follow a local reference; nothing is ever fetched."""
        target: Any = self._document
        if not reference.startswith("#/"):
            return None
        for part in unquote(reference[2:]).split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or name not in target:
                return None
            target = target[name]
        return target if isinstance(target, Mapping) else None

    def _doubt(self, rule: str, pointer: str, fact: str) -> None:
        doubt = Doubt(rule, pointer, fact, "the page's own components")
        if doubt not in self.doubts:
            self.doubts.append(doubt)


def _modernise(schema: JsonSchema) -> JsonSchema:
    """OpenAPI 3.0's own words as JSON Schema's: `nullable`, boolean bounds, one `example`."""
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            is_exclusive = schema.pop(exclusive)
            if is_exclusive and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if schema.get("deprecated") is not True:
        schema.pop("deprecated", None)
    if schema.get("required") == []:
        del schema["required"]
    return schema


def misused_at(schema: Mapping[str, Any]) -> str | None:
    """Where a schema is none by its dialect, as a pointer; `None` for one that any validator takes."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 -- heavy, and few ask

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return f"/{'/'.join(map(str, error.absolute_path))}"
    return None


def children(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], JsonSchema]]:
    """The schemas directly inside a schema, each with the steps that lead to it."""
    for key, value in schema.items():
        if key in NAMED and isinstance(value, dict):
            yield from (((key, name), each) for name, each in value.items() if isinstance(each, dict))
        elif key in LISTED and isinstance(value, list):
            yield from (((key, at), each) for at, each in enumerate(value) if isinstance(each, dict))
        elif key in NESTED and isinstance(value, dict):
            yield (key,), value


def without_words(schema: JsonSchema) -> JsonSchema:
    """The schema's facts: the page's wording and samples taken out, in place."""
    for word in WORDS:
        schema.pop(word, None)
    for _, each in children(schema):
        without_words(each)
    return schema
