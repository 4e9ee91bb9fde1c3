"""The catalog that a reading command means: the workspace's, or the packaged one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kie_catalog.catalog.artefact import (
    packaged_aliases,
    packaged_catalog,
    packaged_data,
    packaged_schemas,
)
from kie_catalog.catalog.read import read_catalog, require_form
from kie_catalog.catalog.workspace import CATALOG, read_document
from kie_catalog.cli.meant import no_such_model
from kie_catalog.cli.options import workspace_here
from kie_catalog.domain.catalog import Catalog, Model
from kie_catalog.domain.errors import NothingChecked
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.state import ModelState, state_of_catalog


def open_catalog(root: Path | None) -> Catalog:
    """The workspace's catalog, or outside of any the packaged one.

    Raises:
        CatalogInvalid: it has not the form of a catalog.
    """
    workspace = workspace_here(root)
    return packaged_catalog() if workspace is None else read_catalog(workspace.document())


def open_schemas(root: Path | None) -> Mapping[str, Mapping[str, Any]]:
    """The input schemas of the same place, by model id."""
    workspace = workspace_here(root)
    return packaged_schemas() if workspace is None else workspace.schemas()


def open_aliases(root: Path | None) -> Aliases:
    """The reviewed facts of the same place."""
    workspace = workspace_here(root)
    return packaged_aliases() if workspace is None else workspace.aliases()


def require_model(catalog: Catalog, model_id: str) -> Model:
    """A model of the catalog.

    Raises:
        UsageError: there is none of that id; the message names the nearest.
    """
    model = catalog.model(model_id)
    if model is None:
        raise no_such_model(model_id, (each.id for each in catalog))
    return model


def open_state(place: Path) -> dict[str, ModelState]:
    """A catalog named by a user, as a state; the word `packaged` names the one in the package.

    Raises:
        CatalogInvalid: it has not the form of a catalog.
        NothingChecked: there is none.
    """
    if str(place) == "packaged":
        return state_of_catalog(packaged_data())
    file = place / CATALOG if place.is_dir() else place
    if not file.exists():
        raise NothingChecked(str(place))
    document = read_document(file, str(file))
    require_form(document)
    return state_of_catalog(document.data)  # type: ignore[arg-type]  # a mapping, once its form is checked
