"""Documents for tests: one that is written as YAML, and one that is only data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import yaml

from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer, Value


@dataclass(frozen=True)
class Written:
    """A document composed from YAML text, which knows the place of each node."""

    text: str
    path: str = "catalog.yaml"

    @cached_property
    def root(self) -> yaml.Node | None:
        return yaml.compose(self.text, Loader=yaml.SafeLoader)

    @cached_property
    def data(self) -> Value:
        return None if self.root is None else _plain(self.root)

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        if self.root is None:
            return Where(self.path, 1, 1, pointer)
        node = self.root
        for depth, part in enumerate(pointer):
            is_last = depth == len(pointer) - 1
            node = _child(node, part, key=key and is_last)
        mark = node.start_mark
        return Where(self.path, mark.line + 1, mark.column + 1, pointer)


@dataclass(frozen=True)
class Plain:
    """Data without a file; it insists that whatever is pointed at exists."""

    data: Value
    path: str = "catalog.yaml"

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        part = self.data
        for step in pointer:
            part = part[step]
        assert not key or isinstance(pointer[-1], str)
        return Where(self.path, 1, 1, pointer)


def _child(node: yaml.Node, part: str | int, *, key: bool) -> yaml.Node:
    if isinstance(node, yaml.SequenceNode):
        return node.value[part]
    return next(name if key else value for name, value in node.value if name.value == part)


def _plain(node: yaml.Node) -> Value:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return node.value.lower() in {"true", "yes", "on"}
        case "int" | "float":
            return Decimal(node.value.replace(".inf", "inf").replace(".nan", "nan"))
        case _:
            return node.value
