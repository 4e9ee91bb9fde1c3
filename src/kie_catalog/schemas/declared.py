"""What documentation pages declare, as values."""

from __future__ import annotations

from dataclasses import dataclass

from kie_catalog.domain.catalog import Category, ModelType
from kie_catalog.domain.ids import ModelId
from kie_catalog.schemas.endpoints import Call
from kie_catalog.schemas.notes import Correction, Doubt, Note
from kie_catalog.schemas.openapi import JsonSchema


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """A model as one page declares it."""

    id: ModelId
    title: str
    category: Category | None
    provider: str | None
    type: ModelType | None
    page: str
    call: Call
    """The request that the model is called with, and the one that tells its state."""
    schema: JsonSchema
    """JSON Schema 2020-12 of the request's `input` (of its whole body where the endpoint has no `input`)."""
    corrections: tuple[Correction, ...] = ()
    """What was mended in the schema, or in the page's claim to the model."""
    doubts: tuple[Doubt, ...] = ()
    """What is wrong on the page and left as it is, because nothing there decides it."""

    @property
    def endpoint(self) -> str:
        """The path of the request that makes a task."""
        return self.call.endpoint


@dataclass(frozen=True, slots=True)
class NoModel:
    """A page that declares no model, and why."""

    page: str
    reason: str
    notes: tuple[Note, ...] = ()
    """What is wrong on the page."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that a set of pages declares; every page is in one of the three."""

    models: tuple[DeclaredModel, ...]
    without: tuple[NoModel, ...]
    """Pages that have no model to declare, by nature."""
    contested: tuple[NoModel, ...]
    """Pages whose declaration can't be believed: a finding each."""
