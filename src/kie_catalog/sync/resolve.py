"""Which model and which mode a price row is about: row in, answer with its explanation out.

Only what is certain is attached: a row whose first part is a model's id, letter for letter but for case,
blanks and dots, or whose anchor names a model that the text does not contradict. All else is left
unresolved with the reason. A wrong price is worse than a missing one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.catalog import Category, Charge
from kie_catalog.domain.ids import ModeId, ModelId, id_key, is_model_id, is_qualified_id, slug
from kie_catalog.domain.money import Agreement, agreement, parse_amount, usd_of
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import parse_unit
from kie_catalog.domain.values import plain_number
from kie_catalog.sync.resolution import (
    Explained,
    Ignored,
    PricedMode,
    Reason,
    Resolution,
    Resolutions,
    Resolved,
    Role,
    Unresolved,
)
from kie_catalog.sync.rowtext import anchor_model, contradictions, is_surcharge, segments, squeeze, tail

DUPLICATE_ROW: Final = "duplicate-row"
"""The rule that leaves a row aside which says again what another says."""

_CHAT_CHARGES: Final = {
    "input": Charge.INPUT,
    "output": Charge.OUTPUT,
    "cached input": Charge.CACHED_INPUT,
    "cache writes": Charge.CACHE_WRITE,
}


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that a row may be about, with what is known of it."""

    id: ModelId
    category: Category | None = None
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    model: ModelId
    part: str
    meaning: str


class Resolver:
    """Answers for rows, given the models there are."""

    def __init__(self, models: Iterable[KnownModel]) -> None:
        self._models = {model.id: model for model in models}
        self._by_key: dict[str, list[ModelId]] = defaultdict(list)
        for model_id in sorted(self._models):
            self._by_key[id_key(model_id)].append(model_id)

    def resolve(self, row: PriceRow) -> Resolution:
        """Answer for one row."""
        match = self._match(row)
        if isinstance(match, Unresolved):
            return match
        model = self._models.get(match.model, KnownModel(match.model))
        is_chat = Category.CHAT in {model.category, row.interface}
        charge = _chat_charge(row) if is_chat else Charge.OUTPUT
        if charge is None or (not is_chat and is_surcharge(row)):
            return Unresolved(row, Reason.SURCHARGE, f"prices something beside the output of {match.model}")
        return _price(row, match, charge)

    def resolve_all(self, rows: Iterable[PriceRow]) -> Resolutions:
        """Answer for a whole feed; rows that claim one mode at different prices are all left unresolved."""
        answers = [self.resolve(row) for row in rows]
        claims: dict[tuple[str, str], list[int]] = defaultdict(list)
        for at, answer in enumerate(answers):
            if isinstance(answer, Resolved):
                for price in answer.prices:
                    claims[price.model, price.mode].append(at)
        for (model_id, mode_id), places in claims.items():
            if len(places) > 1:
                _settle(answers, places, f"{model_id} {mode_id}")
        return Resolutions(tuple(answers))

    def _match(self, row: PriceRow) -> _Match | Unresolved:
        first = segments(row.description)[0]
        by_text = self._by_key.get(id_key(first), [])
        if len(by_text) > 1:
            return Unresolved(row, Reason.AMBIGUOUS, f"{first!r} is the key of {', '.join(by_text)}")
        if by_text:
            return _Match(by_text[0], first, f"is the id of {by_text[0]}")
        if is_qualified_id(first):
            return _Match(ModelId(first), first, "is an id that no page declares")
        return self._match_anchor(row)

    def _match_anchor(self, row: PriceRow) -> _Match | Unresolved:
        named = anchor_model(row.anchor)
        if named is None:
            return Unresolved(
                row, Reason.NO_MODEL, "neither text nor anchor spells a model id; declare an alias"
            )
        if not is_model_id(named) or ModelId(named) not in self._models:
            return Unresolved(row, Reason.UNKNOWN_ANCHOR, f"{named!r} is no model that any source declares")
        model = self._models[ModelId(named)]
        objections = list(contradictions(row, named, model.schema))
        if model.category is not None and row.interface and row.interface != model.category:
            objections.append(f"the row is on the shelf {row.interface}, the model on {model.category}")
        if rival := self._rival(segments(row.description)[0], named):
            objections.append(f"the text spells {rival}")
        if objections:
            return Unresolved(row, Reason.CONTRADICTION, f"{named}: {'; '.join(objections)}")
        return _Match(
            model.id, segments(row.description)[0], f"belongs to {named} by its anchor, uncontradicted"
        )

    def _rival(self, name: str, named: ModelId | str) -> ModelId | None:
        """A model that begins as the text does, where the anchor's id has no version to compare.

        `HappyHorse-1.1` is `happyhorse-1-1/…` and never `happyhorse/…`, whatever the anchor says.
        """
        said = squeeze(name)
        if any(letter.isdigit() for letter in named) or squeeze(named).startswith(said):
            return None
        return next((each for each in sorted(self._models) if squeeze(each).startswith(said)), None)


def _chat_charge(row: PriceRow) -> Charge | None:
    """The charge of a chat row: its last part, which must be one of the known ones."""
    parts = [part.lower() for part in segments(row.description)[1:]]
    meaningful = [part for part in parts if part and part != "chat"]
    return _CHAT_CHARGES.get(meaningful[0]) if len(meaningful) == 1 else None


def _price(row: PriceRow, match: _Match, charge: Charge) -> Resolution:
    credits = parse_amount(row.credits)
    if credits is None:
        return Unresolved(
            row, Reason.BAD_CREDITS, f"{row.credits!r} is no amount of credits for {match.model}"
        )
    sold = parse_unit(row.unit)
    if sold is None:
        return Unresolved(row, Reason.BAD_UNIT, f"{row.unit!r} is no known unit for {match.model}")
    usd, remarks = _usd(row, credits)
    notes = tail(row.description)
    price = PricedMode(
        model=match.model,
        mode=ModeId(slug(notes or "default")),
        sold=sold,
        credits=credits,
        official_usd=usd,
        charge=charge,
        when={},
        notes=notes,
    )
    explanation = [Explained(match.part, Role.IDENTITY, match.meaning)]
    if notes:
        role = Role.TAIL if charge is Charge.OUTPUT else Role.CHARGE
        explanation.append(Explained(notes, role, f"kept as notes; charge {charge.value}"))
    return Resolved(row, (price,), tuple(explanation), tuple(remarks))


def _usd(row: PriceRow, credits: Decimal) -> tuple[Decimal | None, list[str]]:
    """The row's USD price; credits win where the two disagree, since KIE bills credits."""
    usd = parse_amount(row.usd)
    worth = usd_of(credits)
    if usd is None:
        said = f"is {row.usd.strip()!r}" if row.usd.strip() else "is missing"
        return worth, [f"USD price {said}; derived {plain_number(worth)} from the credits"]
    if agreement(credits, usd) is Agreement.WRONG:
        said = f"is {plain_number(usd)}, which is not {plain_number(credits)} credits"
        return worth, [f"USD price {said}; derived {plain_number(worth)} from the credits"]
    return usd, []


def _settle(answers: list[Resolution], places: list[int], name: str) -> None:
    """Several rows claim one mode: the same price again is left aside, another price is a conflict."""
    claims = [answer for at in places if isinstance(answer := answers[at], Resolved)]
    said = {(price.credits, price.sold, price.charge) for answer in claims for price in answer.prices}
    if len(said) == 1:
        for at in places[1:]:
            answers[at] = Ignored(answers[at].row, DUPLICATE_ROW)
        return
    numbers = ", ".join(str(answer.row.number) for answer in claims)
    for at in places:
        answers[at] = Unresolved(answers[at].row, Reason.CONFLICT, f"rows {numbers} price {name} differently")
