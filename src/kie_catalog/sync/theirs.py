"""What upstream says now, put together from its sources into one state."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kie_catalog.domain.catalog import Category
from kie_catalog.domain.change import Version
from kie_catalog.domain.declared import Declarations, DeclaredModel
from kie_catalog.domain.ids import ModelId
from kie_catalog.domain.quiet import quiet
from kie_catalog.domain.snapshot import PriceRow, Snapshot, SourceName, Upstream
from kie_catalog.domain.values import ABSENT, NOT_MEASURED, Absence, digest
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.resolution import PricedMode, Resolutions, Resolved
from kie_catalog.sync.resolve import Resolver
from kie_catalog.sync.state import ModelState, State


@dataclass(frozen=True, slots=True)
class Theirs:
    """Upstream's version of the catalog, and how it came about."""

    state: State
    schemas: Mapping[str, Mapping[str, Any]]
    resolutions: Resolutions
    declared: Declarations
    measured: frozenset[str]
    """Names of the sources that were read."""
    unresolved_texts: frozenset[str]
    """Descriptions of the rows that are in the feed and price nothing."""
    unread: frozenset[str] = frozenset()
    """Known models whose page is there and could not be read, or not believed: it says nothing of them."""


@quiet()
def read_theirs(
    upstream: Upstream,
    declared: Declarations,
    known_before: Iterable[KnownModel] = (),
    aliases: Aliases | None = None,
) -> Theirs:
    """Resolve the rows, and say what upstream says of each model.

    Args:
        upstream: the sources of one moment.
        declared: what its pages declare.
        known_before: what the workspace knows of models that no page declares now; a row may be about one of
            them even where the documentation was not measured.
        aliases: reviewed facts for the resolver.
    """
    by_id = {model.id: model for model in declared.models}
    listed = [*_ids(upstream.model_ids), *_ids(upstream.models)]
    known = {ModelId(each): KnownModel(ModelId(each)) for each in listed}
    known_before = tuple(known_before)
    known |= {model.id: model for model in known_before}
    known |= {model.id: _known(model) for model in declared.models}
    rows = upstream.prices.content if isinstance(upstream.prices, Snapshot) else ()
    resolutions = Resolver(known.values(), aliases).resolve_all(rows)
    measured = frozenset(each.source.value for each in upstream.measured)
    unread_pages = _unread_pages(upstream, declared)
    unread = frozenset(each.id for each in known_before if each.page in unread_pages) - by_id.keys()
    state = _Assembly(by_id, resolutions, frozenset(listed), measured, unread).state()
    schemas: dict[str, Mapping[str, Any]] = {model.id: model.record for model in declared.models}
    unresolved = frozenset(answer.row.description for answer in resolutions.unresolved)
    return Theirs(state, schemas, resolutions, declared, measured, unresolved, unread)


def _unread_pages(upstream: Upstream, declared: Declarations) -> frozenset[str]:
    """The pages that upstream has and that say nothing certain today."""
    faults = upstream.pages.faults if isinstance(upstream.pages, Snapshot) else ()
    return frozenset([*(each.place for each in faults), *(each.page for each in declared.contested)])


def _known(model: DeclaredModel) -> KnownModel:
    return KnownModel(model.id, model.category, model.schema, model.title, model.page, model.provider or "")


def _ids(source: object) -> tuple[str, ...]:
    return source.content if isinstance(source, Snapshot) else ()


class _Assembly:
    """Joins what pages, rows and lists say of one model."""

    def __init__(
        self,
        declared: Mapping[ModelId, DeclaredModel],
        resolutions: Resolutions,
        listed: frozenset[str],
        measured: frozenset[str],
        unread: frozenset[str],
    ) -> None:
        self._declared = declared
        self._listed = listed
        self._measured = measured
        self._unread = unread
        self._prices: dict[str, list[PricedMode]] = defaultdict(list)
        self._answers: dict[str, list[Resolved]] = defaultdict(list)
        for answer in resolutions.resolved:
            for price in answer.prices:
                self._prices[price.model].append(price)
                self._answers[price.model].append(answer)

    def _rows(self, model_id: str) -> list[PriceRow]:
        return [answer.row for answer in self._answers[model_id]]

    def state(self) -> dict[str, ModelState]:
        """The models that a page or a price speaks of; an id on a list alone says too little to be one."""
        ids = sorted({*self._declared, *self._prices})
        return {model_id: self._model(ModelId(model_id)) for model_id in ids}

    def _model(self, model_id: ModelId) -> ModelState:
        page = self._declared.get(model_id)
        prices = self._prices[model_id]
        schema: str | Absence = NOT_MEASURED if page is None else digest(page.record)
        return ModelState(
            fields=self._fields(model_id, page),
            modes={price.mode: price.fields() for price in prices},
            schema=schema,
            seen_in=self._seen_in(model_id),
            rows={
                price.mode: answer.row.description
                for price, answer in zip(prices, self._answers[model_id], strict=True)
            },
            why={
                price.mode: tuple(
                    f"{each.text}: {each.role} {each.meaning}".strip(": ") for each in answer.explanation
                )
                for price, answer in zip(prices, self._answers[model_id], strict=True)
            },
        )

    def _fields(self, model_id: ModelId, page: DeclaredModel | None) -> dict[str, Version]:
        is_unread = model_id in self._unread
        fields = self._from_page(page) if page else {} if is_unread else self._from_rows(model_id)
        if page is None and SourceName.PAGES.value in self._measured and not is_unread:
            fields["page"] = ABSENT
        if SourceName.PRICES.value in self._measured:
            provider = _commonest(row.provider for row in self._rows(model_id))
            if provider or (page and page.provider):
                fields["provider"] = provider or (page.provider if page else None)
        return fields

    def _from_page(self, page: DeclaredModel) -> dict[str, Version]:
        return {
            "title": page.title,
            "type": page.type.value if page.type else ABSENT,
            "category": page.category.value if page.category else ABSENT,
            "page": page.page,
        }

    def _from_rows(self, model_id: ModelId) -> dict[str, Version]:
        """What prices alone say of a model without a page: its shelf, but no type."""
        category = _category(self._rows(model_id))
        return {"category": category.value} if category else {}

    def _seen_in(self, model_id: ModelId) -> frozenset[str]:
        seen = {
            SourceName.PAGES.value: model_id in self._declared,
            SourceName.PRICES.value: bool(self._prices[model_id]),
            SourceName.MODEL_IDS.value: model_id in self._listed,
        }
        return frozenset(source for source, is_seen in seen.items() if is_seen)


def gaps(fields: Mapping[str, Version], *, has_modes: bool, has_schema: bool) -> tuple[str, ...]:
    """What a model lacks to be offered."""
    missing = {
        "no price": not has_modes,
        "no input schema": not has_schema,
        "no type": isinstance(fields.get("type", ABSENT), Absence),
    }
    return tuple(gap for gap, is_missing in missing.items() if is_missing)


def _category(rows: Iterable[PriceRow]) -> Category | None:
    name = _commonest(row.interface for row in rows)
    return Category(name) if name in set(Category) else None


def _commonest(names: Iterable[str]) -> str | None:
    """The most frequent name; of equally frequent ones the first by the alphabet."""
    counted = Counter(name.strip() for name in names if name.strip())
    return min(counted, key=lambda name: (-counted[name], name)) if counted else None
