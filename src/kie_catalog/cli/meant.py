"""What a mistyped name most likely meant; light, so that whoever only asks this imports no catalog."""

from __future__ import annotations

from collections.abc import Iterable

from kie_catalog.domain.errors import UsageError
from kie_catalog.schemas.near import nearest


def no_such_model(
    model_id: str, known: Iterable[str], fact: str = "is no model of the catalog"
) -> UsageError:
    """The error for a model that is not there; its cure names the nearest of those that are."""
    near = nearest(model_id, known)
    return UsageError(model_id, fact, f"did you mean {near}?" if near else "kie-catalog list names them all")
