"""Input schemas as evidence: each with its file, its corrections, and what is wrong with those."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog.inputs import OVERRIDES, record_files
from kie_catalog.catalog.json_document import JsonDocument
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Where
from kie_catalog.rules.evidence import Observation, SchemaFile
from kie_catalog.rules.inputs import misused_keywords
from kie_catalog.schemas.faults import BY_NAME
from kie_catalog.schemas.notes import Doubt
from kie_catalog.schemas.overrides import Override, apply_override, parse_override
from kie_catalog.schemas.records import RECORD, parse_record

_BROKEN: Final = "misused-keyword"
_ASTRAY: Final = "override-astray"
_MALFORMED: Final = "override-malformed"


def read_schema_files(workspace: Workspace) -> tuple[dict[str, SchemaFile], list[Observation]]:
    """Every input schema of a workspace by model, and what is wrong with files and corrections."""
    seen: list[Observation] = []
    overrides = dict(_overrides(workspace, seen))
    schemas: dict[str, SchemaFile] = {}
    for model, (file, raw) in record_files(workspace.root).items():
        path = workspace.relative(file)
        try:
            content = json.loads(raw)
        except ValueError as error:
            message = f"the file is not JSON ({error}); restore it from version control"
            seen.append(Observation(_BROKEN, message, model, where=Where(path)))
            continue
        schemas[model] = _schema_file(JsonDocument(path, raw, content), model, overrides.get(model), seen)
    for model in sorted(overrides.keys() - schemas.keys()):
        where = Where(_override_path(workspace, model))
        message = f"no page declares {model} any more; {BY_NAME[_ASTRAY].cure}"
        seen.append(Observation(_ASTRAY, message, model, where=where))
    return schemas, seen


def _schema_file(
    document: JsonDocument, model: str, override: tuple[Override, str] | None, seen: list[Observation]
) -> SchemaFile:
    content = document.data
    if not isinstance(content, Mapping):
        message = "the file holds no object; restore it from version control"
        seen.append(Observation(_BROKEN, message, model, where=Where(document.path)))
        return SchemaFile(document, {})
    schema: dict[str, Any] = {name: each for name, each in content.items() if name != RECORD}
    if override is not None:
        try:
            recorded = parse_record(content).schema
        except KeyError:
            recorded = schema
        amended, notes = apply_override(recorded, override[0], fault_of=_fault)
        schema = dict(amended)
        seen += (_doubted(note, model, override[1]) for note in notes if isinstance(note, Doubt))
    return SchemaFile(document, schema)


def _fault(schema: Mapping[str, Any]) -> str | None:
    """Why an amended schema would be none; what a check can say at once."""
    wrong = next(misused_keywords(schema), None)
    return f"it would be no JSON Schema at /{'/'.join(map(str, wrong))}" if wrong else None


def _doubted(doubt: Doubt, model: str, path: str) -> Observation:
    fault = BY_NAME[doubt.rule]
    return Observation(
        doubt.rule, f"{doubt.fact}; {fault.cure}", model, where=Where(path), about=doubt.pointer
    )


def _overrides(workspace: Workspace, seen: list[Observation]) -> Iterator[tuple[str, tuple[Override, str]]]:
    folder = workspace.root / OVERRIDES
    for file in sorted(folder.rglob("*.json")):
        model, path = file.relative_to(folder).as_posix().removesuffix(".json"), workspace.relative(file)
        found = _override(file, model, path)
        if isinstance(found, Override):
            yield model, (found, path)
        else:
            seen += found


def _override(file: Path, model: str, path: str) -> Override | list[Observation]:
    raw = file.read_bytes()
    try:
        content = json.loads(raw)
    except ValueError as error:
        message = f"the file is not JSON ({error}); restore it from version control"
        return [Observation(_MALFORMED, message, model, where=Where(path))]
    try:
        return parse_override(content, model=model, path=path)
    except CatalogInvalid as error:
        document = JsonDocument(path, raw, content)
        return [
            Observation(_MALFORMED, each.message, model, where=document.where(_typed(each.where.pointer)))
            for each in error.findings
        ]


def _override_path(workspace: Workspace, model: str) -> str:
    return workspace.relative(workspace.root / OVERRIDES / f"{model}.json")


def _typed(pointer: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A pointer whose numbers are indexes again; no key of an override is a number."""
    return tuple(int(part) if isinstance(part, str) and part.isdigit() else part for part in pointer)
