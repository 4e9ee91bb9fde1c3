"""Recordings with facts only: what a page states as structure stays, upstream's prose and samples go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from kie_catalog.domain.errors import SourceError
from kie_catalog.domain.snapshot import Page, SourceName
from kie_catalog.schemas.openapi import LISTED, NAMED, NESTED, PLAIN
from kie_catalog.sources.pages import parse_page
from kie_catalog.sources.recordings import FILES, MANIFEST
from kie_catalog.sources.replies import read_json

_RECORD_KEYS: Final = (
    "modelDescription",
    "interfaceType",
    "provider",
    "creditPrice",
    "creditUnit",
    "usdPrice",
    "anchor",
)


def facts_of_page(page: Page) -> str:
    """A page as Markdown with its heading and the facts of its OpenAPI block."""
    heading = f"# {page.title}\n"
    if page.openapi is None:
        return heading
    block = yaml.safe_dump(facts_of_document(page.openapi), sort_keys=False, allow_unicode=True, width=10_000)
    return f"{heading}\n```yaml\n{block}```\n"


def facts_of_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """An OpenAPI document without descriptions, samples and its editor's bookkeeping."""
    facts: dict[str, Any] = {"openapi": document.get("openapi")}
    facts["paths"] = {
        path: {method: _operation(operation) for method, operation in _mapping(operations).items()}
        for path, operations in _mapping(document.get("paths")).items()
    }
    schemas = _mapping(_mapping(document.get("components")).get("schemas"))
    if schemas:
        facts["components"] = {"schemas": {name: _schema(schema) for name, schema in schemas.items()}}
    servers = document.get("servers")
    if isinstance(servers, list):
        facts["servers"] = [{"url": _mapping(server).get("url")} for server in servers]
    return facts


def _operation(operation: Any) -> dict[str, Any]:
    given = _mapping(operation)
    facts = {key: given[key] for key in ("operationId", "deprecated", "tags") if given.get(key)}
    body = _mapping(_mapping(_mapping(given.get("requestBody")).get("content")).get("application/json"))
    if body:
        facts["requestBody"] = {"content": {"application/json": _body(body)}}
    return facts


def _body(body: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"schema": _schema(body.get("schema"))}
    listed = _mapping(body.get("schema")).get("examples")
    if isinstance(listed, list) and (models := [_model_of(each) for each in listed if _model_of(each)]):
        facts["schema"]["examples"] = models
    if model := _model_of(body.get("example")):
        facts["example"] = model
    named = _mapping(body.get("examples"))
    values = {name: _model_of(_mapping(each).get("value")) for name, each in named.items()}
    if kept := {name: {"value": model} for name, model in values.items() if model}:
        facts["examples"] = kept
    return facts


def _model_of(example: Any) -> dict[str, str] | None:
    """Of an example only the model it is for: the rest is a sample's prompt and media."""
    model = _mapping(example).get("model")
    return {"model": model} if isinstance(model, str) else None


def _schema(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    facts: dict[str, Any] = {}
    for key, value in schema.items():
        if key in NAMED:
            facts[key] = {name: _property(name, each) for name, each in _mapping(value).items()}
        elif key in LISTED and isinstance(value, list):
            facts[key] = [_schema(each) for each in value]
        elif key in NESTED:
            facts[key] = _schema(value)
        elif key in PLAIN or key == "$ref":
            facts[key] = value
    return facts


def _property(name: object, schema: Any) -> Any:
    """A property's schema; that of `model` keeps its examples, which may be all that names the model."""
    facts = _schema(schema)
    examples = _mapping(schema).get("examples")
    if name == "model" and isinstance(examples, list):
        facts["examples"] = examples
    return facts


def write_facts(recording: Path, out: Path) -> None:
    """Write the facts of one recording folder to another, which must not exist yet.

    Raises:
        SourceError: a file of the recording can't be used.
    """
    out.mkdir(parents=True)
    manifest = read_json((recording / MANIFEST).read_bytes(), str(recording / MANIFEST))
    _write_json(out / MANIFEST, {name: _taken(entry) for name, entry in manifest.items()})
    prices = recording / FILES[SourceName.PRICES]
    if prices.exists():
        records = read_json(prices.read_bytes(), str(prices))
        _write_json(out / prices.name, [{key: each.get(key, "") for key in _RECORD_KEYS} for each in records])
    for source in (SourceName.MODEL_IDS, SourceName.MODELS):
        file = recording / FILES[source]
        if file.exists():
            _write_json(out / file.name, read_json(file.read_bytes(), str(file)))
    _write_pages(recording / FILES[SourceName.PAGES], out / FILES[SourceName.PAGES])


def _write_pages(docs: Path, out: Path) -> None:
    for file in sorted(docs.rglob("*.md")):
        path = file.relative_to(docs)
        try:
            text = facts_of_page(parse_page(file.read_bytes(), path=path.with_suffix("").as_posix()))
        except SourceError:
            continue  # an unreadable page holds no fact
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text, encoding="utf-8")


def _taken(entry: Any) -> Any:
    """When something was taken and how much of it; the recorder's remarks are prose."""
    if not isinstance(entry, Mapping):
        return entry
    return {key: entry[key] for key in ("taken_at", "rows", "pages", "ids") if key in entry}


def _write_json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
