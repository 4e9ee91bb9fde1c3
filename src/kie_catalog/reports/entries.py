"""The entries of a report: models, modes and prices, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from kie_catalog.domain.change import Added, Corrected, Repriced
from kie_catalog.domain.values import Fields
from kie_catalog.reports.completion import completion
from kie_catalog.reports.facts import Facts, ModelFacts, RequestPrice

DOCUMENTATION = "https://docs.kie.ai/"


@dataclass(frozen=True, slots=True)
class ModeView:
    """A mode with its price."""

    id: str
    unit: str
    credits: Decimal | None
    usd: Decimal | None
    charge: str
    notes: str


@dataclass(frozen=True, slots=True)
class ModelView:
    """A new model."""

    id: str
    title: str
    type: str
    provider: str
    status: str
    link: str | None
    gaps: tuple[str, ...]
    modes: tuple[ModeView, ...]
    completion: str
    """What to paste into the catalog once the gaps are known; empty where there is none."""
    required: tuple[str, ...]
    limits: tuple[str, ...]
    example: RequestPrice | None
    """Its default request with the price, where it has one."""


@dataclass(frozen=True, slots=True)
class PriceView:
    """A price that moved."""

    model: str
    mode: str
    old_credits: Decimal | None
    new_credits: Decimal | None
    old_usd: Decimal | None
    new_usd: Decimal | None
    share: Decimal | None
    why: str = ""
    """For a correction, what shows that the old price was wrong."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """The default request of a model whose prices moved, before and after."""

    model: str
    facts: ModelFacts


def model_view(added: Added, facts: Facts) -> ModelView:
    """A new model as the report shows it."""
    page = _text(added.fields, "page")
    known = facts.of(added.model)
    return ModelView(
        id=added.model,
        title=_text(added.fields, "title"),
        type=_text(added.fields, "type"),
        provider=_text(added.fields, "provider"),
        status=_text(added.fields, "status"),
        link=DOCUMENTATION + quote(page, errors="replace") if page else None,
        gaps=added.gaps,
        modes=tuple(mode_view(mode_id, mode) for mode_id, mode in added.modes.items()),
        completion=completion(added) if added.gaps else "",
        required=known.required,
        limits=known.limits,
        example=known.after,
    )


def mode_view(mode_id: str, fields: Fields) -> ModeView:
    """A mode as the report shows it."""
    unit, per = _text(fields, "unit"), fields.get("per")
    return ModeView(
        id=mode_id,
        unit=f"{per} {unit}s" if isinstance(per, Decimal) else unit,
        credits=_number(fields, "credits"),
        usd=_number(fields, "official_usd"),
        charge=_text(fields, "charge") or "output",
        notes=_text(fields, "notes"),
    )


def price_view(change: Repriced | Corrected) -> PriceView:
    """A price that moved; a side that the change does not name did not."""
    theirs = {**change.ours, **change.theirs}
    return PriceView(
        model=change.model,
        mode=change.mode,
        old_credits=_number(change.ours, "credits"),
        new_credits=_number(theirs, "credits"),
        old_usd=_number(change.ours, "official_usd"),
        new_usd=_number(theirs, "official_usd"),
        share=change.share,
        why=change.why if isinstance(change, Corrected) else "",
    )


def by_size(price: PriceView) -> tuple[Decimal, str, str]:
    """The dearest rise first, the deepest cut last."""
    return (-(price.share or Decimal(0)), price.model, price.mode)


def _text(fields: Mapping[str, object], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""


def _number(fields: Mapping[str, object], name: str) -> Decimal | None:
    found = fields.get(name)
    return found if isinstance(found, Decimal) else None
