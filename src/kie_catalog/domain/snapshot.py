"""What upstream said at one moment, in our words: rows, pages and ids, each from one source."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

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
    """The keyed models API: its list of ids."""
    SCHEMAS = "schemas"
    """The keyed models API: one OpenAPI document a model."""
    GROUPS = "groups"
    """The groups that the playground shows its models in; public."""
    ANNOUNCEMENTS = "announcements"
    """What documentation pages warn of at their top: migration, deprecation or pause."""


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
class ModelSchema:
    """What the keyed models API says of one model's request."""

    model: str
    openapi: Mapping[str, Any] | None
    """Its OpenAPI document; `None` where upstream answers that it has none."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the playground, its texts as upstream wrote them."""

    name: str
    path: str
    """Its path on kie.ai; neither a model id nor a page, and not stripped of blanks."""
    provider: str
    task_types: tuple[str, ...]
    count: int | None
    """How many models upstream counts in it; `None` where it does not say."""


class AnnouncementKind(enum.StrEnum):
    """What a warning at the top of a page can mean for a catalog."""

    MIGRATION = "migration"
    DEPRECATION = "deprecation"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A warning at the top of a documentation page."""

    page: str
    """The path of the page, without `.md`."""
    kinds: tuple[AnnouncementKind, ...]


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
Schemas: TypeAlias = Snapshot[ModelSchema] | NotMeasured
Groups: TypeAlias = Snapshot[Group] | NotMeasured
Announcements: TypeAlias = Snapshot[Announcement] | NotMeasured
Source: TypeAlias = Prices | Pages | Ids | Schemas | Groups | Announcements

NOT_ASKED: Final = "was not asked for"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Every source at one moment."""

    prices: Prices
    pages: Pages
    model_ids: Ids
    models: Ids
    schemas: Schemas = NotMeasured(SourceName.SCHEMAS, NOT_ASKED)
    groups: Groups = NotMeasured(SourceName.GROUPS, NOT_ASKED)
    announcements: Announcements = NotMeasured(SourceName.ANNOUNCEMENTS, NOT_ASKED)

    @property
    def all(self) -> tuple[Source, ...]:
        """The sources in a fixed order."""
        return (
            self.prices,
            self.pages,
            self.model_ids,
            self.models,
            self.schemas,
            self.groups,
            self.announcements,
        )

    @property
    def measured(self) -> tuple[Snapshot[Any], ...]:
        """The sources that were read."""
        return tuple(each for each in self.all if isinstance(each, Snapshot))

    @property
    def taken_at(self) -> str:
        """The newest moment among the sources; what the catalog is dated with.

        Prices and pages alone decide where one of them was read: the catalog is made of them.
        """
        dated = [each for each in (self.prices, self.pages) if isinstance(each, Snapshot)] or self.measured
        return max(each.taken_at for each in dated)
