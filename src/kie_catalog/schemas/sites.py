"""The places of a schema, each with what the page shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.domain.values import Absence
from kie_catalog.schemas.notes import INPUT, Correction, parts, step
from kie_catalog.schemas.openapi import JsonSchema, children
from kie_catalog.schemas.stated import stated_by

# Keywords whose schemas speak of the same value as the schema they stand in.
_DECLARING: Final = ("allOf", "anyOf", "oneOf", "then", "else")
_ASKING: Final = ("if", "not")
_SAME_VALUE: Final = (*_DECLARING, *_ASKING, "dependentSchemas")
_INSIDE: Final = frozenset(
    {"additionalProperties", "contains", "items", "patternProperties", "prefixItems", "propertyNames"}
)


@dataclass(frozen=True, slots=True)
class Site:
    """One schema of a page."""

    schema: JsonSchema
    """The working copy; rules read it, `amend` writes it."""
    pointer: str
    name: str = ""
    """The property it is about; items have the name of their list."""
    required: bool = False
    samples: tuple[Any, ...] = ()
    """The values that the page's examples show for it."""
    outer: frozenset[str] = frozenset()
    """The property names that enclosing schemas of the same value declare, in any of their alternatives."""
    outer_properties: Mapping[str, Any] | None = None
    """The properties that the enclosing schema of the same value declares."""
    is_branch: bool = False
    """Whether it stands in a condition or an alternative of another schema."""
    is_asked: bool = False
    """Whether it only asks something of the value (`if`, `not`): mending it could mean the opposite."""

    @property
    def properties(self) -> dict[str, JsonSchema]:
        """The properties that it declares itself."""
        properties = self.schema.get("properties")
        return properties if isinstance(properties, dict) else {}

    @property
    def prose(self) -> str:
        """What the page's wording states as fact, for rules to read; it goes no further."""
        return stated_by(self.schema)

    def at(self, *steps: str | int) -> str:
        """A pointer to a part of it."""
        return step(self.pointer, *steps)


def walk(schema: JsonSchema, samples: Sequence[Any] = ()) -> Iterator[Site]:
    """All places of an input schema, an enclosing one before what is in it.

    A place's content is looked up only after the caller is done with the place, so rules that rename
    a property there are heeded further in.
    """
    yield from _walk(Site(schema, INPUT, samples=tuple(samples)))


def _walk(site: Site) -> Iterator[Site]:
    yield site
    yield from _properties(site)
    yield from _elements(site)
    yield from _branches(site)


def _properties(site: Site) -> Iterator[Site]:
    required = site.schema.get("required")
    names = set(required) if isinstance(required, list) else set()
    for name, schema in list(site.properties.items()):
        shown = [sample[name] for sample in site.samples if isinstance(sample, Mapping) and name in sample]
        yield from _walk(
            Site(
                schema,
                site.at("properties", name),
                name=name,
                required=name in names,
                samples=(*own_samples(schema), *shown),
                is_asked=site.is_asked,
            )
        )


def _elements(site: Site) -> Iterator[Site]:
    """What is in the value without being one of its named properties."""
    if site.schema.keys().isdisjoint(_INSIDE):
        return
    shown = tuple(each for sample in site.samples if isinstance(sample, list) for each in sample)
    for steps, schema in children(site.schema):
        if steps[0] in _INSIDE:
            samples = (*own_samples(schema), *(shown if steps == ("items",) else ()))
            yield from _walk(
                Site(schema, site.at(*steps), name=site.name, samples=samples, is_asked=site.is_asked)
            )


def _branches(site: Site) -> Iterator[Site]:
    """What speaks of the same value."""
    if site.schema.keys().isdisjoint(_SAME_VALUE):
        return
    outer = site.outer | declared_names(site.schema)
    properties = {**(site.outer_properties or {}), **site.properties}
    for steps, schema in children(site.schema):
        if steps[0] in _SAME_VALUE:
            yield from _walk(
                Site(
                    schema,
                    site.at(*steps),
                    name=site.name,
                    samples=own_samples(schema),
                    outer=outer,
                    outer_properties=properties,
                    is_branch=True,
                    is_asked=site.is_asked or steps[0] in _ASKING,
                )
            )


def declared_names(schema: Mapping[str, Any]) -> frozenset[str]:
    """All property names that a schema declares for its own value, its alternatives included."""
    properties = schema.get("properties")
    names = set(properties) if isinstance(properties, dict) else set()
    for key in _DECLARING:
        value = schema.get(key)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                names |= declared_names(each)
    return frozenset(names)


def own_samples(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    """The samples that stand in a schema itself."""
    listed = schema.get("examples")
    single = [schema["example"]] if "example" in schema else []
    return (*single, *(listed if isinstance(listed, list) else []))


def amend(root: JsonSchema, correction: Correction) -> None:
    """Carry out a correction of the input schema."""
    if not correction.pointer.startswith(INPUT):
        return
    if correction.pointer.endswith("#") and len(correction.pointer) > 1:
        _rename(root, correction)
        return
    *way, last = parts(correction.pointer)
    target = _follow(root, way)
    if isinstance(correction.now, Absence):
        target.pop(int(last) if isinstance(target, list) else last)
    elif isinstance(target, list):
        target[int(last)] = correction.now
    else:
        target[last] = correction.now


def _follow(root: JsonSchema, way: Sequence[str]) -> Any:
    target: Any = root
    for part in way:
        target = target[int(part)] if isinstance(target, list) else target[part]
    return target


def _rename(root: JsonSchema, correction: Correction) -> None:
    """Give a property another name in its place."""
    *way, _ = parts(correction.pointer.removesuffix("#"))
    properties = _follow(root, way)
    renamed = {correction.now if key == correction.was else key: each for key, each in properties.items()}
    properties.clear()
    properties.update(renamed)
