"""The packaged catalog: built from a workspace, shipped inside the package, read without a checkout.

Wheel, sdist and editable install hold the same files, so that all of them answer alike. The verdict about the
catalog is one of them, so that no start-up has to check what was checked when the package was built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import sidecar
from kie_catalog.catalog.read import catalog_of
from kie_catalog.domain.catalog import Catalog
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import digest, to_json
from kie_catalog.sync.aliases import Aliases, parse_aliases

CATALOG_FILE: Final = "catalog.json"
SCHEMAS_FILE: Final = "schemas.json"
ALIASES_FILE: Final = "aliases.json"
VERDICT_FILE: Final = "checked.sidecar"
FOLDER: Final = "_data"


def build(
    data: Mapping[str, Any],
    schemas: Mapping[str, Mapping[str, Any]],
    aliases: Any = None,
    source: bytes | None = None,
) -> dict[str, bytes]:
    """The artefact's files by name, from a catalog's content and the input schemas.

    Equal content gives equal bytes, whatever the form of the files it was read from; only the verdict also
    names the file, so that a start-up from that file is as quick as one from the package.

    Args:
        data: the catalog.
        schemas: the input schemas that count, by model.
        aliases: the reviewed facts for the resolver.
        source: the bytes of the catalog file.
    """
    content = {"digest": digest(data), "catalog": to_json(data)}
    ordered = {model_id: schemas[model_id] for model_id in sorted(schemas)}
    facts = json.dumps(to_json(aliases or {}), ensure_ascii=False, indent=1) + "\n"
    catalog = _line_by_line(content, "catalog")
    return {
        CATALOG_FILE: catalog,
        SCHEMAS_FILE: _dump(ordered),
        ALIASES_FILE: facts.encode(),
        VERDICT_FILE: _verdict(catalog, source),
    }


def _verdict(catalog: bytes, source: bytes | None) -> bytes:
    """What a check of the packaged catalog says, for start-ups; the content itself is in its own file."""
    from kie_catalog.catalog.verdicts import judge  # noqa: PLC0415 -- only building needs the rules

    verdict, _ = judge(catalog, CATALOG_FILE, today="")
    sources = [sidecar.digest(catalog)]
    if source is not None:
        sources.append(sidecar.digest(source))
    return sidecar.render(verdict, sources=sources, key=sidecar.packaged_key(), body=b"")


def _line_by_line(content: Mapping[str, Any], name: str) -> bytes:
    """One model a line, so that a review shows which of them changed."""
    models = content[name]["models"]
    head = {**content, name: {**content[name], "models": []}}
    text = json.dumps(head, ensure_ascii=False)
    lines = ",\n".join(json.dumps(model, ensure_ascii=False) for model in models)
    return (
        text.replace('"models": []', f'"models": [\n{lines}\n]' if lines else '"models": []') + "\n"
    ).encode()


def _dump(schemas: Mapping[str, Any]) -> bytes:
    lines = ",\n".join(
        f"{json.dumps(key)}: {json.dumps(schemas[key], ensure_ascii=False)}" for key in schemas
    )
    return f"{{\n{lines}\n}}\n".encode()


def _resource(name: str) -> bytes:
    file = resources.files("kie_catalog") / FOLDER / name
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"kie_catalog/{FOLDER}/{name}", "is missing from this installation", "install the package again"
        ) from None


def packaged_data() -> Mapping[str, Any]:
    """The content of the packaged catalog.

    Raises:
        UsageError: this installation holds none.
    """
    content: Mapping[str, Any] = json.loads(_resource(CATALOG_FILE), parse_float=Decimal, parse_int=Decimal)
    data: Mapping[str, Any] = content["catalog"]
    return data


def packaged_catalog() -> Catalog:
    """The packaged catalog.

    Raises:
        UsageError: this installation holds none.
    """
    return catalog_of(packaged_data())


def packaged_schemas() -> Mapping[str, Mapping[str, Any]]:
    """The packaged input schemas, by model id.

    Raises:
        UsageError: this installation holds none.
    """
    schemas: Mapping[str, Mapping[str, Any]] = json.loads(_resource(SCHEMAS_FILE))
    return schemas


def packaged_aliases() -> Aliases:
    """The reviewed facts for the resolver that come with the package.

    Raises:
        UsageError: this installation holds none.
    """
    return parse_aliases(json.loads(_resource(ALIASES_FILE), parse_float=Decimal, parse_int=Decimal))


def build_for(
    document: Document, schemas: Mapping[str, Mapping[str, Any]], aliases: Any, folder: Path
) -> dict[Path, bytes]:
    """The artefact's files by path, for a workspace that builds the package."""
    data = document.data if isinstance(document.data, dict) else {}
    text = getattr(document, "text", None)
    source = text.encode() if isinstance(text, str) else None
    return {folder / name: content for name, content in build(data, schemas, aliases, source).items()}
