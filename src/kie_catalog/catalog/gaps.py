"""Where a catalog's prices and its input schemas do not close, as the open points of a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.catalog import Catalog, Charge, Model
from kie_catalog.domain.plan import UnresolvedRow
from kie_catalog.pricing.closure import Gap, GapKind, gaps
from kie_catalog.reports.open_points import OpenPoint

_SHOWN: Final = 12
"""So many of a model's prices are named; a reader who wants all has the catalog."""


def open_points(
    catalog: Catalog, schemas: Mapping[str, Mapping[str, Any]], unresolved: Iterable[UnresolvedRow]
) -> Iterator[OpenPoint]:
    """Every gap between prices and input schemas, those of one kind and cause in a model as one.

    Args:
        catalog: the models and their modes.
        schemas: the input schemas that count, by model.
        unresolved: the rows of the feed that price nothing.
    """
    left = list(unresolved)
    for model in catalog.models:
        if model.id not in schemas:
            continue
        found: dict[tuple[GapKind, str], list[Gap]] = defaultdict(list)
        for gap in gaps(model, schemas[model.id]):
            found[gap.kind, gap.detail].append(gap)
        for (kind, detail), several in found.items():
            yield OpenPoint(
                kind=kind.value,
                model=model.id,
                modes=tuple(gap.mode for gap in several if gap.mode is not None),
                detail=detail,
                priced=() if kind is GapKind.NO_QUANTITY else tuple(_priced(model)),
                left=tuple(row.description for row in left if _is_about(row, model)),
            )


def _priced(model: Model) -> Iterator[str]:
    told = [mode.notes or mode.id for mode in model.modes if mode.charge is Charge.OUTPUT]
    yield from told[:_SHOWN]
    if len(told) > _SHOWN:
        yield f"and {len(told) - _SHOWN} more"


def _is_about(row: UnresolvedRow, model: Model) -> bool:
    """Whether a row that was left may be one of the model's: the resolver or its anchor names the model."""
    anchor = row.anchor.lower().replace("%2f", "/")
    return f" {model.id} " in f" {row.detail} " or anchor.endswith(f"model={model.id.lower()}")
