"""Which models a documentation page declares, and the input schema of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from kie_catalog.domain.declared import Declarations, DeclaredModel, NoModel
from kie_catalog.domain.ids import ModelId, id_key, is_model_id
from kie_catalog.domain.snapshot import Page
from kie_catalog.schemas.classify import category_and_provider, model_type
from kie_catalog.schemas.openapi import DIALECT, Translator

CREATE_TASK: Final = "/api/v1/jobs/createTask"
_CHAT_PATHS: Final = (
    re.compile(r"/(?P<model>[^/]+)/v1/chat/completions"),
    re.compile(r"/gemini/v1/models/(?P<model>[^/:]+):streamGenerateContent"),
)
_CHAT_ROOTS: Final = (
    "/claude/",
    "/codex/",
    "/grok/",
    "/openai/",
    "/xai/",
    "/anthropic/",
    "/api/v1/responses",
)
_TRANSLATED: Final = re.compile(r"(?:^|/)(?:cn|zh)|^[0-9]+e0$")


Reading: TypeAlias = list[DeclaredModel] | NoModel


def declarations(pages: Iterable[Page]) -> Declarations:
    """Read all pages and settle who declares which model.

    An id that several pages declare belongs to the one whose path or title spells it; a translated page
    gives way to the original. Where that does not decide, all of them are contested and none is believed.
    """
    claims: dict[ModelId, list[DeclaredModel]] = {}
    without: list[NoModel] = []
    for page in sorted(pages, key=lambda page: page.path):
        reading = read_page(page)
        if isinstance(reading, NoModel):
            without.append(reading)
            continue
        for declared in reading:
            claims.setdefault(declared.id, []).append(declared)
    models: list[DeclaredModel] = []
    contested: list[NoModel] = []
    for model_id in sorted(claims):
        kept, reasons = _settle(claims[model_id])
        models += kept
        for reason in reasons:
            (without if reason.reason.startswith("translation") else contested).append(reason)
    return Declarations(tuple(models), tuple(without), tuple(contested))


def _settle(claims: list[DeclaredModel]) -> tuple[list[DeclaredModel], list[NoModel]]:
    originals = [each for each in claims if not _is_translated(each)] or claims[:1]
    translations = [each for each in claims if each not in originals]
    gone = [NoModel(each.page, f"translation of the page of {each.id}") for each in translations]
    if len(originals) == 1:
        return originals, gone
    spelled = [each for each in originals if _spells(each)]
    kept = spelled if len(spelled) == 1 else []
    owner = kept[0].page if kept else "another page"
    reason = "declares {}, which is the model of {}"
    gone += [NoModel(each.page, reason.format(each.id, owner)) for each in originals if each not in kept]
    return kept, gone


def _is_translated(declared: DeclaredModel) -> bool:
    return _TRANSLATED.search(declared.page) is not None


def _spells(declared: DeclaredModel) -> bool:
    """Whether the page's path ends as the id does: `kling/v2-1-master-image-to-video`."""
    return id_key(declared.page).endswith("/" + id_key(declared.id).rsplit("/", 1)[-1])


def read_page(page: Page) -> Reading:
    """Find the models of one page."""
    operation = _create_operation(page.openapi)
    if operation is None:
        return NoModel(page.path, "no OpenAPI block" if page.openapi is None else "no operation that creates")
    path, body = operation
    schema = _body_schema(body)
    if path == CREATE_TASK:
        return _from_create_task(page, body, schema)
    if ids := _chat_ids(path, schema):
        return [_declare(page, model_id, path, body, schema) for model_id in ids]
    return NoModel(page.path, f"dedicated endpoint {path}: its page names no model id")


def _from_create_task(page: Page, body: Mapping[str, Any], schema: Mapping[str, Any]) -> Reading:
    claimed = _named_ids(schema)
    examples = _example_ids(body, schema)
    if claimed and examples and not set(claimed) & set(examples):
        # The example is what a person ran; the enum is what an editor copied from the page beside it.
        keyed = [each for each in examples if _same_words(each, page)]
        if not keyed:
            return NoModel(page.path, f"its schema says {claimed[0]}, its example {examples[0]}")
        claimed = keyed
    ids = claimed or examples
    if not ids:
        return NoModel(page.path, "names no model id")
    properties = _mapping(schema.get("properties"))
    inputs = _mapping(properties.get("input"))
    return [_declare(page, model_id, CREATE_TASK, body, inputs) for model_id in ids]


def _same_words(model_id: str, page: Page) -> bool:
    words = id_key(model_id).replace("/", "-")
    return id_key(page.path).replace("/", "-").endswith(words)


def _declare(
    page: Page, model_id: str, endpoint: str, body: Mapping[str, Any], inputs: Mapping[str, Any]
) -> DeclaredModel:
    translator = Translator(page.openapi or {})
    schema = {"$schema": DIALECT, **translator.translate(inputs)}
    schema.setdefault("type", "object")
    category, provider = category_and_provider(body.get("tags"))
    if provider is not None and id_key(provider) == id_key(page.title):
        provider = None  # some pages are filed under their own title, which is no provider
    return DeclaredModel(
        id=ModelId(model_id),
        title=page.title,
        category=category,
        provider=provider,
        type=model_type(model_id, page.title, category, schema),
        page=page.path,
        endpoint=endpoint,
        schema=schema,
        faults=tuple(translator.faults),
    )


def _create_operation(document: Mapping[str, Any] | None) -> tuple[str, Mapping[str, Any]] | None:
    for path, operations in _mapping(_mapping(document).get("paths")).items():
        body = _mapping(operations).get("post")
        if isinstance(body, Mapping) and isinstance(path, str):
            return path, body
    return None


def _body_schema(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    return _mapping(_json_body(operation).get("schema"))


def _json_body(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    content = _mapping(_mapping(operation.get("requestBody")).get("content"))
    return _mapping(content.get("application/json"))


def _chat_ids(path: str, schema: Mapping[str, Any]) -> list[str]:
    for pattern in _CHAT_PATHS:
        if match := pattern.fullmatch(path):
            return [match["model"]]
    return _named_ids(schema) if path.startswith(_CHAT_ROOTS) else []


def _named_ids(schema: Mapping[str, Any]) -> list[str]:
    """The ids that the schema's `model` property names: its enum, or else its default or its examples."""
    model = _mapping(_mapping(schema.get("properties")).get("model"))
    for candidates in (model.get("enum"), [model.get("default")], model.get("examples")):
        if ids := _ids(candidates):
            return ids
    return []


def _example_ids(operation: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    body = _json_body(operation)
    named = _mapping(body.get("examples")).values()
    listed = schema.get("examples")
    examples: list[Any] = [body.get("example"), *(_mapping(each).get("value") for each in named)]
    examples += listed if isinstance(listed, list) else []
    return _ids([_mapping(each).get("model") for each in examples])


def _ids(candidates: Any) -> list[str]:
    names = candidates if isinstance(candidates, list) else []
    stripped = [each.strip() for each in names if isinstance(each, str)]
    return list(dict.fromkeys(each for each in stripped if is_model_id(each)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
