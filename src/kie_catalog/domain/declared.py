"""What documentation pages declare: models with their input schemas, and pages accounted for otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kie_catalog.domain.catalog import Category, ModelType
from kie_catalog.domain.ids import ModelId


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """A model as one page declares it."""

    id: ModelId
    title: str
    category: Category | None
    provider: str | None
    type: ModelType | None
    page: str
    endpoint: str
    schema: Mapping[str, Any]
    """JSON Schema 2020-12 of the request's `input` (of its whole body where the endpoint has no `input`)."""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoModel:
    """A page that declares no model, and why."""

    page: str
    reason: str


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that a set of pages declares; every page is in one of the three."""

    models: tuple[DeclaredModel, ...]
    without: tuple[NoModel, ...]
    """Pages that have no model to declare, by nature."""
    contested: tuple[NoModel, ...]
    """Pages whose declaration can't be believed: a finding each."""
