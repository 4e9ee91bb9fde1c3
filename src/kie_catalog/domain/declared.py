"""What documentation pages declare, as the sync sees it: models with their inputs, and all other pages."""

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
    record: Mapping[str, Any]
    """What is kept of its input under `schemas/inputs`: the schema, and how the model is called."""
    schema: Mapping[str, Any]
    """The input schema with the reviewed corrections carried out."""
    faults: tuple[str, ...] = ()
    """What is wrong on the page, mended or open."""
    errors: tuple[str, ...] = ()
    """What is so wrong in its input schema, and open, that nobody should build a request on it."""


@dataclass(frozen=True, slots=True)
class OtherPage:
    """A page that declares no model, and why."""

    page: str
    reason: str


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything that a set of pages declares; every page is in one of the three."""

    models: tuple[DeclaredModel, ...] = ()
    without: tuple[OtherPage, ...] = ()
    """Pages that have no model to declare, by nature."""
    contested: tuple[OtherPage, ...] = ()
    """Pages whose declaration can't be believed: a finding each."""
    remarks: tuple[str, ...] = ()
    """What else is odd about the declarations as a whole."""
