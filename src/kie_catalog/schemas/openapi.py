"""OpenAPI schemas of KIE's pages as JSON Schema 2020-12: facts only, references resolved, prose left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

JsonSchema: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# What constrains an input. All else on a page is prose, samples or its editor's bookkeeping.
PLAIN: Final = frozenset(
    {
        "additionalProperties",
        "const",
        "default",
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
MAX_DEPTH: Final = 40


class Translator:
    """Turns the schemas of one OpenAPI document into JSON Schema."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.faults: list[str] = []
        """What could not be translated, as `pointer: fact`."""

    def translate(self, schema: Any, pointer: str = "", depth: int = 0) -> JsonSchema:
        """Translate one schema.

        A reference that leads nowhere or into itself becomes the schema that allows all, with a fault:
        refusing legal inputs because of a page's mistake would be the worse error.
        """
        resolved = self._resolve(schema, pointer)
        if not isinstance(resolved, Mapping):
            return {}
        if depth > MAX_DEPTH:
            self.faults.append(f"{pointer}: nested more than {MAX_DEPTH} deep or inside itself")
            return {}
        translated: JsonSchema = {}
        for key, value in resolved.items():
            if key in NAMED and isinstance(value, Mapping):
                translated[key] = {
                    name.strip(): self.translate(each, f"{pointer}/{key}/{name.strip()}", depth + 1)
                    for name, each in value.items()
                    if isinstance(name, str)
                }
            elif key in LISTED and isinstance(value, list):
                translated[key] = [
                    self.translate(each, f"{pointer}/{key}/{at}", depth + 1) for at, each in enumerate(value)
                ]
            elif key in NESTED and isinstance(value, Mapping):
                translated[key] = self.translate(value, f"{pointer}/{key}", depth + 1)
            elif key in PLAIN:
                translated[key] = value
        return _modernise(translated)

    def _resolve(self, schema: Any, pointer: str) -> Any:
        seen: set[str] = set()
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            if reference in seen:
                self.faults.append(f"{pointer}: {reference} refers to itself")
                return {}
            seen.add(reference)
            siblings = {key: value for key, value in schema.items() if key != "$ref"}
            target = self._target(reference)
            if target is None:
                self.faults.append(f"{pointer}: {reference} leads nowhere")
                return siblings
            schema = {**target, **siblings}
        return schema

    def _target(self, reference: str) -> Mapping[str, Any] | None:
        """Follow a local reference; nothing is ever fetched."""
        target: Any = self._document
        if not reference.startswith("#/"):
            return None
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or name not in target:
                return None
            target = target[name]
        return target if isinstance(target, Mapping) else None


def _modernise(schema: JsonSchema) -> JsonSchema:
    """OpenAPI 3.0's own words as JSON Schema's: `nullable`, boolean bounds, blanks in `required`."""
    if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(exclusive), bool):
            is_exclusive = schema.pop(exclusive)
            if is_exclusive and bound in schema:
                schema[exclusive] = schema.pop(bound)
    if "required" in schema:
        required = schema.pop("required")
        if isinstance(required, list) and required:
            schema["required"] = [name.strip() for name in required if isinstance(name, str)]
    if not schema.get("deprecated", True):
        del schema["deprecated"]
    return schema
