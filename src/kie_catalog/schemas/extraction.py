"""Which models the documentation pages declare, and the input schema of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from kie_catalog.domain.ids import ModelId, id_key
from kie_catalog.domain.snapshot import Page
from kie_catalog.schemas.compare import differences
from kie_catalog.schemas.declared import Declarations, DeclaredModel, NoModel
from kie_catalog.schemas.endpoints import CREATE_TASK, ENDPOINTS, Endpoint, utility
from kie_catalog.schemas.fragments import collect_fragments
from kie_catalog.schemas.notes import BODY, Doubt
from kie_catalog.schemas.page_models import Declarer, Reading, read_page

__all__ = ["CREATE_TASK", "Declarations", "DeclaredModel", "NoModel", "declarations"]

_LEGACY: Final = "old-model/"


def declarations(
    pages: Iterable[Page], *, known: Iterable[str] = (), endpoints: Mapping[str, Endpoint] = ENDPOINTS
) -> Declarations:
    """Read all pages and settle who declares which model.

    An id that several pages declare belongs to the one whose address spells it; a translated page and one
    of an older endpoint give way to the original. Where that does not decide, all of them are contested and
    none is believed.

    Args:
        pages: the documentation pages of one snapshot.
        known: ids that KIE names elsewhere (the playground, anchors of prices), as evidence where a page's
            own claim can't be believed.
        endpoints: the reviewed models of the endpoints that name none.
    """
    ordered = sorted(pages, key=lambda page: page.path)
    readings = [(page, read_page(page)) for page in ordered]
    found = [each for _, each in readings if isinstance(each, Reading)]
    owned = _owned(found)
    fragments = collect_fragments((each.page.path, each.page.openapi or {}) for each in found)
    known = frozenset(known)
    without: list[NoModel] = []
    contested: list[NoModel] = []
    claims: dict[ModelId, list[tuple[DeclaredModel, bool]]] = {}
    for _, reading in readings:
        if isinstance(reading, NoModel):
            without.append(reading)
            continue
        outcome = Declarer(reading, fragments, endpoints).declare(owned, known)
        if isinstance(outcome, NoModel):
            (without if utility(reading.operation.path) else contested).append(outcome)
            continue
        for declared in outcome:
            claims.setdefault(declared.id, []).append((declared, reading.is_translated))
    models: list[DeclaredModel] = []
    for model_id in sorted(claims):
        kept, gone, lost = _settle(claims[model_id])
        models += kept
        without += gone
        contested += lost
    return Declarations(tuple(models), tuple(without), tuple(contested))


def _owned(readings: Iterable[Reading]) -> dict[str, set[str]]:
    """By id, the pages that claim it and end as it does."""
    owned: dict[str, set[str]] = {}
    for reading in readings:
        for claim, _ in reading.claims:
            for each in (*claim.schema, *claim.examples[: 0 if claim.schema else None]):
                if claim.ends_as(each):
                    owned.setdefault(each, set()).add(claim.page)
    return owned


def _settle(
    claims: list[tuple[DeclaredModel, bool]],
) -> tuple[list[DeclaredModel], list[NoModel], list[NoModel]]:
    """Who keeps an id; which pages give way by nature; which are contested."""
    everyone = [each for each, _ in claims]
    originals = [each for each, is_translated in claims if not is_translated] or everyone[:1]
    current = [each for each in originals if not each.page.startswith(_LEGACY)] or originals
    gone = [
        NoModel(
            each.page, f"{'translation' if each not in originals else 'older form'} of the page of {each.id}"
        )
        for each in everyone
        if each not in current
    ]
    if len(current) == 1:
        rest = [each for each in everyone if each not in current and each not in originals]
        return [_compared(current[0], rest)], gone, []
    spelled = [each for each in current if _spells(each)]
    kept = spelled if len(spelled) == 1 else []
    owner = kept[0].page if kept else "another page"
    lost = [
        NoModel(
            each.page,
            f"declares {each.id}, which is the model of {owner}",
            (
                Doubt(
                    "copied-model",
                    f"{BODY}/properties/model",
                    f"{each.id} is declared by {owner} too",
                    "the pages",
                ),
            ),
        )
        for each in current
        if each not in kept
    ]
    return kept, gone, lost


def _compared(kept: DeclaredModel, others: Iterable[DeclaredModel]) -> DeclaredModel:
    """The model that is kept, with what its other pages say differently."""
    doubts = tuple(
        Doubt("pages-disagree", pointer, fact, f"the page {other.page}")
        for other in others
        for pointer, fact in differences(kept.schema, other.schema)
    )
    return replace(kept, doubts=(*kept.doubts, *doubts))


def _spells(declared: DeclaredModel) -> bool:
    """Whether the page's path ends as the id does: `kling/v2-1-master-image-to-video`."""
    return id_key(declared.page).endswith("/" + id_key(declared.id).rsplit("/", 1)[-1])
