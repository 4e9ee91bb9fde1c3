"""A recording reduced to facts: the same models, schemas and bounds, without upstream's prose.

What is kept is names, types, values, bounds, prices and titles. A description gives way to its `fragments`,
free text in an example to filler of the same length, a link in an example to one of example.com that ends
alike, and the text around an OpenAPI block to its heading and to what its warnings announce. Of facts the
same facts are made again: reducing twice changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Final, TypeAlias

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Fault, NotMeasured, SourceName
from kie_catalog.schemas.operations import models_in_text, read_example
from kie_catalog.schemas.stated import fragments
from kie_catalog.sources import announcements, openapi_yaml, pages
from kie_catalog.sources.raw import FILES, INDEX, Raw, Recording
from kie_catalog.sources.replies import read_json, read_text, recorded_json

Json: TypeAlias = Any

FILLER: Final = "xxxx "
"""Four letters and a blank, again and again: plainly no text of anyone's."""

_SAMPLES: Final = frozenset({"example", "examples", "x-apidog-example"})
_PROSE: Final = frozenset({"description", "summary", "x-apidog-description"})
_NAMED_SCHEMAS: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "schemas"})
_LONGEST_WORD: Final = 64
_VALUE: Final = re.compile(rf"[!-;=?-z|~]{{1,{_LONGEST_WORD}}}")
_LONGEST_TITLE: Final = 120
_FEW_WORDS: Final = re.compile(r"[A-Za-z0-9._()+-]+(?: [A-Za-z0-9._()+-]+){0,2}")
_LONGEST_CHOICE: Final = 24
_LINK: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_ENDING: Final = re.compile(r"\.([a-z0-9]{2,5})(?:[?#]|$)", re.IGNORECASE)
_OURS: Final = "https://example.com/"
_INDEX_ENTRY: Final = re.compile(r"^(?P<kept>\s*- .*\]\([^)\s]+\)):?.*$")
_GROUP_FACTS: Final = ("groupName", "path", "provider", "taskType", "createTime", "count", "priceInfoJson")
_MODEL_FACTS: Final = ("model", "slug", "title", "provider", "taskType")


def facts_of(recording: Recording) -> Recording:
    """A recording without prose, from which the same catalog and the same schemas result."""
    reduced: dict[SourceName, Raw | NotMeasured] = {}
    for source, raw in recording.sources.items():
        reduced[source] = raw if isinstance(raw, NotMeasured) else _REDUCERS[source](raw)
    return Recording(reduced)


def page_facts(raw: bytes, path: str) -> bytes:
    """A documentation page as facts.

    Raises:
        SourceError: the page can't be read, so nothing is known of it but that.
    """
    page = pages.parse_page(raw, path)
    text = read_text(raw, path).replace("\r\n", "\n")
    parts = [f"# {page.title}"]
    if kinds := announcements.kinds_of(text):
        parts.append("::: warning\n" + announcements.wording(kinds) + "\n:::")
    if page.openapi is not None:
        block = openapi_yaml.dump(document_facts(page.openapi))
        parts.append(f"## OpenAPI Specification\n\n```yaml\n{block}```")
    return ("\n\n".join(parts) + "\n").encode()


def document_facts(document: Mapping[str, Json]) -> dict[str, Json]:
    """An OpenAPI document as facts: all of its structure, none of its prose."""
    links = count(1)
    return {key: _reduce(key, value, links) for key, value in document.items()}


def index_facts(raw: bytes) -> bytes:
    """The documentation's index as facts: titles and links."""
    lines = read_text(raw, INDEX).replace("\r\n", "\n").splitlines()
    kept = (_INDEX_ENTRY.sub(r"\g<kept>: ", line) for line in lines if _is_index_line(line))
    return ("\n".join(kept) + "\n").encode()


def _is_index_line(line: str) -> bool:
    return not line.strip() or line.startswith("#") or _INDEX_ENTRY.match(line) is not None


def _reduce(key: str, value: Json, links: Iterator[int], *, named: bool = False) -> Json:
    """Reduce the value of a key; under `named`, keys are names that people gave, whatever they spell."""
    if not named:
        if key in _SAMPLES:
            return _sample(value, links)
        if key in _PROSE and isinstance(value, str):
            return value if key == "summary" and _is_title(value) else fragments(value)
    if isinstance(value, dict):
        below = key in _NAMED_SCHEMAS and not named
        return {name: _reduce(name, each, links, named=below) for name, each in value.items()}
    if isinstance(value, list):
        return [_reduce(key, each, links) if isinstance(each, dict | list) else each for each in value]
    return value


def _sample(value: Json, links: Iterator[int]) -> Json:
    """Reduce an example: its structure, types and short values are facts, its texts are not."""
    if isinstance(value, dict):
        return {name: _sample(each, links) for name, each in value.items()}
    if isinstance(value, list):
        return [_sample(each, links) for each in value]
    return _filled(value, links) if isinstance(value, str) else value


def _filled(text: str, links: Iterator[int]) -> str:
    if _LINK.fullmatch(text):
        return text if text.startswith(_OURS) else _link(text, links)
    if _VALUE.fullmatch(text) or _is_choice(text) or not text.strip():
        return text
    return _inner_json(text, links) or _named_models(text) or filler(len(text))


def _named_models(text: str) -> str:
    """The model that an example with a slip in its JSON still names is a fact; so is the slip."""
    return ", ".join(f'"model": "{model}"' for model in models_in_text(text))


def filler(length: int) -> str:
    """A text of that many characters that says nothing, and does not end in a blank."""
    text = (FILLER * (length // len(FILLER) + 1))[:length]
    return text if text.strip() == text else text[:-1] + "x"


def _link(text: str, links: Iterator[int]) -> str:
    ending = _ENDING.search(text)
    return f"{_OURS}{next(links)}" + (f".{ending[1].lower()}" if ending else "")


def _inner_json(text: str, links: Iterator[int]) -> str | None:
    """KIE packs JSON into texts (`param`, `resultJson`); its structure is a fact too."""
    try:
        inner = read_example(text)
    except (ValueError, RecursionError):
        return None
    return json.dumps(_sample(inner, links), ensure_ascii=False) if isinstance(inner, dict | list) else None


def _is_choice(text: str) -> bool:
    """Whether a text is short enough to be a value, as `Text to Video` is."""
    return len(text) <= _LONGEST_CHOICE and _FEW_WORDS.fullmatch(text) is not None


def _is_title(text: str) -> bool:
    """An operation's summary is its page's title, where an editor did not write more into it."""
    return len(text) <= _LONGEST_TITLE and "\n" not in text


def _pages(raw: Raw) -> Raw:
    files: dict[str, bytes] = {}
    faults = list(raw.faults)
    if INDEX in raw.files:
        files[INDEX] = index_facts(raw.files[INDEX])
    for path, content in pages.pages_of(raw).items():
        try:
            files[pages.file_of(path)] = page_facts(content, path)
        except SourceError as error:
            faults.append(Fault(SourceName.PAGES, path, error.fact))
    return replace(raw, files=files, faults=tuple(faults))


def _schemas(raw: Raw) -> Raw:
    files: dict[str, bytes] = {}
    for name, content in raw.files.items():
        data = read_json(content, name)
        if isinstance(data, dict) and isinstance(data.get("openapi"), dict):
            data = data | {"openapi": document_facts(data["openapi"])}
        files[name] = recorded_json(data, name)
    return replace(raw, files=files)


def _only(raw: Raw, keys: tuple[str, ...]) -> Raw:
    """Keep of each record of a list what is no prose."""
    name = FILES[raw.source]
    data = read_json(raw.only, name)
    records = data.get("models") if isinstance(data, dict) else data
    kept = [
        {key: each[key] for key in keys if key in each} if isinstance(each, dict) else each
        for each in records or ()
    ]
    reduced = {"total": len(kept), "models": kept} if isinstance(data, dict) else kept
    return replace(raw, files={name: recorded_json(reduced, name)})


_REDUCERS: Final[Mapping[SourceName, Callable[[Raw], Raw]]] = {
    SourceName.PRICES: lambda raw: raw,
    SourceName.MODEL_IDS: lambda raw: raw,
    SourceName.PAGES: _pages,
    SourceName.SCHEMAS: _schemas,
    SourceName.MODELS: lambda raw: _only(raw, _MODEL_FACTS),
    SourceName.GROUPS: lambda raw: _only(raw, _GROUP_FACTS),
}
