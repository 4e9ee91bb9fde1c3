"""The YAML of OpenAPI blocks as the JSON values that an OpenAPI document is, within limits.

Upstream's text is not trusted: it may be nested beyond the parser's stack, unfold to millions of nodes, or
carry types that JSON has not.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import yaml

from kie_catalog.sources.replies import refuse

MAX_NODES: Final = 100_000
"""The largest page on record has some 2,000; a few aliases of aliases could unfold to millions."""
MAX_DEPTH: Final = 200
MAX_OPENINGS: Final = 2_000
MAX_DIGITS: Final = 100
NUMBER: Final = "tag:kie-catalog,2026:number"
_PLAIN: Final = (str, int, float, type(None))


class OpenApiLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser where it is built
    """YAML with the scalars of JSON only, and texts for keys: OpenAPI writes `200:` and means `"200":`.

    The YAML 1.1 ones would read an aspect ratio `16:9` as the number 969, `on` as true and a day as a date.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """Construct a mapping by the text of its keys."""
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", key.start_mark)
            mapping[key.value] = self.construct_object(value, deep=deep)
        return mapping


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float:
    text = loader.construct_scalar(node)
    try:
        number = Decimal(text)
    except InvalidOperation:  # what the pattern lets through and Decimal does not
        raise yaml.constructor.ConstructorError(None, None, "bad number", node.start_mark) from None
    if len(text) > MAX_DIGITS or not -MAX_DIGITS < number.adjusted() < MAX_DIGITS:
        raise yaml.constructor.ConstructorError(None, None, "a number beyond reason", node.start_mark)
    return int(number) if number == number.to_integral_value() else float(number)


OpenApiLoader.yaml_implicit_resolvers = {}
OpenApiLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
OpenApiLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
OpenApiLoader.add_implicit_resolver(
    NUMBER,
    re.compile(r"[-+]?(?:[0-9]+|[0-9]*\.[0-9]+|[0-9]+\.)(?:[eE][-+]?[0-9]{1,3})?$"),
    list("-+.0123456789"),
)
OpenApiLoader.add_constructor(NUMBER, _number)


def load(block: str, place: str) -> Any:
    """Read a YAML text as a JSON value.

    Raises:
        SourceError: it is no YAML, beyond a limit, or holds what JSON can't.
    """
    try:
        if _could_be_deep(block) and _depth(block) > MAX_DEPTH:
            refuse(place, f"its OpenAPI block is nested more than {MAX_DEPTH} levels deep")
        document = yaml.load(block, OpenApiLoader)  # noqa: S506 -- a subclass of the safe loader
        if _size(document, {}, place) > MAX_NODES:
            refuse(place, f"its OpenAPI block unfolds to more than {MAX_NODES} nodes")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1} of the block)" if mark else ""
        problem = getattr(error, "problem", None) or "unreadable"
        refuse(place, f"its OpenAPI block is not YAML: {problem}{line}")
    except RecursionError:
        refuse(place, "its OpenAPI block is nested too deeply")
    except ValueError as error:
        refuse(place, f"its OpenAPI block cannot be read ({error})")
    return document


def _could_be_deep(block: str) -> bool:
    """Whether nesting may be beyond the C parser's stack, which ends the process and not the call."""
    return sum(map(block.count, ("[", "{", "- ", "? ", ":\n"))) > MAX_OPENINGS


def _depth(block: str) -> int:
    depth = deepest = 0
    for event in yaml.parse(block, OpenApiLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


def _size(value: Any, known: dict[int, int], place: str) -> int:
    """How many nodes a value has once its aliases are unfolded; a value inside itself never ends."""
    if not isinstance(value, dict | list):
        if not isinstance(value, _PLAIN):
            refuse(place, f"its OpenAPI block holds a {type(value).__name__}, which JSON has not")
        return 1
    if id(value) not in known:
        known[id(value)] = MAX_NODES
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(part, known, place) for part in parts)
    return known[id(value)]


class OpenApiDumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # the C emitter where it is built
    """Writes what `OpenApiLoader` reads back: what could be taken for a number or a truth is quoted."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML's signature
        """Write every value out: an alias is a fact about the writer only."""
        return True


# Ours first, then YAML 1.1's own: what any other reader of YAML would take for a number is quoted as well.
OpenApiDumper.yaml_implicit_resolvers = {
    first: [*OpenApiLoader.yaml_implicit_resolvers.get(first, ()), *rest]
    for first, rest in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def _write_number(dumper: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    return dumper.represent_scalar(NUMBER, repr(number))


OpenApiDumper.add_representer(int, _write_number)
OpenApiDumper.add_representer(float, _write_number)


def dump(document: Any) -> str:
    """Write a JSON value as YAML, so that `load` gives an equal one."""
    return yaml.dump(
        document,
        Dumper=OpenApiDumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=False,
    )
