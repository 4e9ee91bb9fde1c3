"""What upstream said at one moment, in our words: rows, pages and ids, each from one source."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


class SourceName(enum.StrEnum):
    """The upstream surfaces."""

    PRICES = "prices"
    """The public price feed."""
    PAGES = "pages"
    """The documentation pages with their OpenAPI blocks."""
    MODEL_IDS = "model-ids"
    """The ids that the playground knows; public."""
    MODELS = "models"
    """The keyed models API."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One record of the price feed, its texts as upstream wrote them."""

    number: int
    """Its place in the feed, from 1."""
    description: str
    interface: str
    provider: str
    credits: str
    unit: str
    usd: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Page:
    """One documentation page."""

    path: str
    """Its path on docs.kie.ai, without `.md`: `market/kling/kling-3-0`."""
    title: str
    openapi: Mapping[str, Any] | None
    """The OpenAPI document in it, if there is one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row or a page that could not be read; it costs itself only."""

    source: SourceName
    place: str
    fact: str


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[T_co]):
    """What one source said at one moment."""

    source: SourceName
    taken_at: str
    """ISO date of the moment."""
    content: tuple[T_co, ...]
    faults: tuple[Fault, ...]
    digest: str
    """Over the raw replies."""


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A source that was not read: nothing may be concluded from its silence."""

    source: SourceName
    reason: str


Prices: TypeAlias = Snapshot[PriceRow] | NotMeasured
Pages: TypeAlias = Snapshot[Page] | NotMeasured
Ids: TypeAlias = Snapshot[str] | NotMeasured


@dataclass(frozen=True, slots=True)
class Upstream:
    """Every source at one moment."""

    prices: Prices
    pages: Pages
    model_ids: Ids
    models: Ids

    @property
    def all(self) -> tuple[Prices | Pages | Ids, ...]:
        """The sources in a fixed order."""
        return (self.prices, self.pages, self.model_ids, self.models)

    @property
    def measured(self) -> tuple[Snapshot[PriceRow] | Snapshot[Page] | Snapshot[str], ...]:
        """The sources that were read."""
        return tuple(each for each in self.all if isinstance(each, Snapshot))

    @property
    def taken_at(self) -> str:
        """The newest moment among the sources; what the catalog is dated with.

        The ids of the playground are left out where anything else was read: they carry no prices.
        """
        dated = [each for each in (self.prices, self.pages) if isinstance(each, Snapshot)] or self.measured
        return max(each.taken_at for each in dated)
