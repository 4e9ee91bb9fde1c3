"""Version 1 to version 2 of the catalog file, without losing a field or a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kie_catalog.catalog.nodes import YamlDocument
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.splice import Edit, InsertKey, Set, splice
from kie_catalog.domain.ids import mode_ids


def migrate(document: YamlDocument) -> str:
    """The text of a version 2 file that says what a version 1 file says.

    Every model gets a `title` (its Russian one until a sync knows upstream's) and the status it had all
    along; every mode gets an id from its words. What stood in the file stands there still, byte for byte.

    Raises:
        CatalogInvalid: the file has not the form of a catalog.
    """
    require_form(document)
    data: Any = document.data
    return document.text if data["version"] == "2.0" else splice(document, _edits(data))


def _edits(data: Mapping[str, Any]) -> Iterator[Edit]:
    yield Set(("version",), "2.0")
    for at, model in enumerate(data["models"]):
        yield InsertKey(("models", at), "title", model["title_ru"], after="id")
        yield InsertKey(("models", at), "status", "active" if model["modes"] else "hidden", after="type")
        for place, mode_id in enumerate(mode_ids(model["modes"])):
            yield InsertKey(("models", at, "modes", place), "id", mode_id, first=True)
