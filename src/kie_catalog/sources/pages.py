"""The documentation pages of docs.kie.ai, each as Markdown with one OpenAPI block."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import yaml

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Fault, Page, Snapshot, SourceName
from kie_catalog.sources.replies import read_text, refuse

SOURCE: Final = SourceName.PAGES
_HEADING: Final = re.compile(r"^# +(.+?) *$", re.MULTILINE)
MAX_NODES: Final = 100_000
"""The largest page on record has some 2,000; a few aliases of aliases could unfold to millions."""
MAX_DEPTH: Final = 200
MAX_OPENINGS: Final = 2_000
_FENCED: Final = re.compile(r"^```ya?ml *\n(.*?)^``` *$", re.MULTILINE | re.DOTALL)


class OpenApiLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C parser where it is built
    """YAML with the scalars of JSON only.

    The YAML 1.1 ones would read an aspect ratio `16:9` as the number 969, `on` as true and a day as a date.
    """


def _number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float:
    try:
        number = Decimal(loader.construct_scalar(node))
    except InvalidOperation:  # what the pattern lets through and Decimal does not
        raise yaml.constructor.ConstructorError(None, None, "bad number", node.start_mark) from None
    return int(number) if number == number.to_integral_value() else float(number)


OpenApiLoader.yaml_implicit_resolvers = {}
OpenApiLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
OpenApiLoader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
OpenApiLoader.add_implicit_resolver(
    "tag:kie-catalog,2026:number",
    re.compile(r"[-+]?(?:[0-9]+|[0-9]*\.[0-9]+|[0-9]+\.)(?:[eE][-+]?[0-9]{1,3})?$"),
    list("-+.0123456789"),
)
OpenApiLoader.add_constructor("tag:kie-catalog,2026:number", _number)


def parse_page(raw: bytes, *, path: str) -> Page:
    """Read one page.

    Args:
        raw: the page as `https://docs.kie.ai/<path>.md` gives it.
        path: its path without `.md`.

    Raises:
        SourceError: the page is empty, HTML, not UTF-8, or its OpenAPI block is not YAML.
    """
    text = read_text(raw, path).replace("\r\n", "\n")
    heading = _HEADING.search(text)
    title = heading.group(1) if heading else path.rsplit("/", 1)[-1]
    blocks = [block for block in _FENCED.findall(text) if re.search(r"^openapi:", block, re.MULTILINE)]
    if not blocks:
        return Page(path, title, None)
    document = _load(blocks[-1], path)
    if not isinstance(document, dict):
        refuse(path, "its OpenAPI block is not a mapping")
    return Page(path, title, document)


def _load(block: str, path: str) -> Any:
    try:
        if _could_be_deep(block) and _depth(block) > MAX_DEPTH:
            refuse(path, f"its OpenAPI block is nested more than {MAX_DEPTH} levels deep")
        document = yaml.load(block, OpenApiLoader)  # noqa: S506 -- a subclass of the safe loader
        if _size(document, {}) > MAX_NODES:
            refuse(path, f"its OpenAPI block unfolds to more than {MAX_NODES} nodes")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1} of the block)" if mark else ""
        problem = getattr(error, "problem", None) or "unreadable"
        refuse(path, f"its OpenAPI block is not YAML: {problem}{line}")
    except RecursionError:
        refuse(path, "its OpenAPI block is nested too deeply")
    except ValueError as error:
        refuse(path, f"its OpenAPI block cannot be read ({error})")
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


def _size(value: Any, known: dict[int, int]) -> int:
    """How many nodes a value has once its aliases are unfolded; a value inside itself never ends."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        known[id(value)] = MAX_NODES
        parts = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(value)]


def parse(raw: Mapping[str, bytes], *, taken_at: str, place: str) -> Snapshot[Page]:
    """Read pages by path; a bad page is a fault and costs itself only.

    Raises:
        SourceError: there is no page, or not one can be read.
    """
    pages: list[Page] = []
    faults: list[Fault] = []
    total = hashlib.sha256()
    for path in sorted(raw):
        total.update(path.encode() + b"\0" + hashlib.sha256(raw[path]).digest())
        try:
            pages.append(parse_page(raw[path], path=path))
        except SourceError as error:
            faults.append(Fault(SOURCE, path, error.fact))
    if not pages:
        refuse(place, f"none of its {len(raw)} pages can be read")
    return Snapshot(SOURCE, taken_at, tuple(pages), tuple(faults), "sha256:" + total.hexdigest())
