"""Recorded feeds against the pages of a day, as the sync reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from kie_catalog.catalog.planning import declared_by
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sync.resolution import Resolution, Resolved
from kie_catalog.sync.theirs import read_theirs

ROOT = Path(__file__).parents[2]


@cache
def recorded(folder: Path):
    return read_recording(folder)


@cache
def declared(folder: Path):
    return declared_by(recorded(folder), Workspace(ROOT).overrides())


def resolve(rows: Iterable[PriceRow], pages: Path) -> tuple[Resolution, ...]:
    """Answer for rows, given the models that a recording's pages declare."""
    upstream = recorded(pages)
    fed = replace(upstream, prices=replace(upstream.prices, content=tuple(rows)))
    return read_theirs(fed, declared(pages), aliases=Workspace(ROOT).aliases()).resolutions.answers


def row_of(number: int, written: Mapping[str, Any]) -> PriceRow:
    """A row of the feed's own form."""
    names = (
        "modelDescription",
        "interfaceType",
        "provider",
        "creditPrice",
        "creditUnit",
        "usdPrice",
        "anchor",
    )
    return PriceRow(number, *(str(written.get(name, "")) for name in names))


def ids(answer: Resolution) -> frozenset[str] | None:
    """The models that a row prices; `None` for a row that was left."""
    return frozenset(each.model for each in answer.prices) if isinstance(answer, Resolved) else None
