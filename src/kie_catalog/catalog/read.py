"""The catalog as typed values, read strictly: what the rules call an error of form is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.catalog import Catalog, Category, Charge, Mode, Model, ModelType, Status
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Severity
from kie_catalog.domain.ids import ModeId, ModelId, mode_ids
from kie_catalog.domain.units import Unit
from kie_catalog.rules.registry import check

STRUCTURE: Final = "KC1"
"""Codes of the rules about form; a file that breaks one of them can't be read as a catalog."""

_MODEL_TEXTS: Final = ("description_ru", "required_inputs_ru", "output_type_ru", "free")
_MODE_TEXTS: Final = ("title_ru", "short_hint_ru")


def require_form(document: Document) -> None:
    """Refuse a document that has not the form of a catalog.

    Raises:
        CatalogInvalid: with every error of form, each with line and column.
    """
    errors = [
        finding
        for finding in check(document)
        if finding.severity is Severity.ERROR and finding.code.startswith(STRUCTURE)
    ]
    if errors:
        raise CatalogInvalid(errors)


def read_catalog(document: Document) -> Catalog:
    """Read a document of version 1 or 2.

    Raises:
        CatalogInvalid: it has not the form of a catalog.
    """
    require_form(document)
    return catalog_of(document.data)


def catalog_of(data: Any) -> Catalog:
    """Typed values of content that has the form of a catalog."""
    return Catalog(
        version=data["version"],
        source=data["source"],
        last_updated=data["last_updated"],
        models=tuple(_model(model) for model in data["models"]),
    )


def _model(data: Mapping[str, Any]) -> Model:
    kind, category = data.get("type"), data.get("category")
    return Model(
        id=ModelId(data["id"]),
        title=data.get("title", data["title_ru"]),
        title_ru=data["title_ru"],
        type=ModelType(kind) if kind else None,
        category=Category(category) if category else None,
        provider=data.get("provider"),
        status=Status(data.get("status", "active")),
        page=data.get("page"),
        modes=tuple(_modes(data["modes"])),
        texts={name: data[name] for name in _MODEL_TEXTS if name in data},
    )


def _modes(modes: Sequence[Mapping[str, Any]]) -> list[Mode]:
    ids = mode_ids(modes)
    return [_mode(data, mode_id) for data, mode_id in zip(modes, ids, strict=True)]


def _mode(data: Mapping[str, Any], mode_id: str) -> Mode:
    return Mode(
        id=ModeId(mode_id),
        unit=Unit(data["unit"]),
        credits=data["credits"],
        official_usd=data.get("official_usd"),
        per=data.get("per", Decimal(1)),
        charge=Charge(data.get("charge", "output")),
        included=data.get("included", Decimal(0)),
        when=data.get("when", {}),
        notes=data.get("notes"),
        status=Status(data.get("status", "active")),
        texts={name: data[name] for name in _MODE_TEXTS if name in data},
    )
