"""Which models and modes a price row is about: row in, answer with its explanation out.

A row is resolved only if every word of it is explained: by the model's name, its operation, a legal value
of one of its input properties, a charge, or noise. Of the models that explain a row the one whose name it
spells most fully is meant; where several are left, the row's anchor decides, or else nobody does. A wrong
price is worse than a missing one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Final

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.ids import ModeId, ModelId, slug
from kie_catalog.domain.money import Agreement, agreement, parse_amount, usd_of
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import Sold, Unit, parse_unit
from kie_catalog.domain.values import Value, canonical, plain_number
from kie_catalog.sync.aliases import Aliases
from kie_catalog.sync.candidates import Candidates
from kie_catalog.sync.explain import Reading, RowReader
from kie_catalog.sync.identity import KnownModel
from kie_catalog.sync.resolution import (
    PricedMode,
    Reason,
    Resolution,
    Resolutions,
    Resolved,
    Unresolved,
)
from kie_catalog.sync.siblings import settle_claims, tell_apart
from kie_catalog.sync.tokens import (
    Kind,
    Token,
    anchor_model,
    tail,
    tokens,
)

_MOST_MISSES: Final = 12
"""So many models are read for the reason why a row fits none."""
_SURCHARGES: Final = frozenset({Charge.INPUT_IMAGE, Charge.INPUT_VIDEO})


class Resolver:
    """Answers for rows, given the models there are and the reviewed facts."""

    def __init__(self, models: Iterable[KnownModel], aliases: Aliases | None = None) -> None:
        self._aliases = aliases or Aliases()
        self._candidates = Candidates(models, self._aliases)

    def resolve(self, row: PriceRow, sold: Sold | None = None) -> Resolution:
        """Answer for one row.

        Args:
            row: the row.
            sold: its unit, where the row has none and its siblings tell.
        """
        sold = sold or self._unit(row)
        credits = parse_amount(row.credits)
        split = tokens(row.description, self._aliases.typos)
        winners = self._winners(row, split, sold)
        if isinstance(winners, Unresolved):
            return winners
        models = tuple(reading.model.id for reading in winners)
        ids = " and ".join(models)
        if credits is None:
            fact = f"{row.credits!r} is no amount of credits for {ids}"
            return Unresolved(row, Reason.BAD_CREDITS, fact, models)
        if sold is None:
            return Unresolved(row, Reason.BAD_UNIT, f"{row.unit!r} is no known unit for {ids}", models)
        return _resolved(row, winners, sold, credits)

    def resolve_all(self, rows: Iterable[PriceRow]) -> Resolutions:
        """Answer for a whole feed; rows that claim one mode at different prices are all left unresolved."""
        answers = [self.resolve(row) for row in rows]
        self._complete_units(answers)
        tell_apart(answers)
        settle_claims(answers)
        return Resolutions(tuple(answers))

    def _unit(self, row: PriceRow) -> Sold | None:
        """The row's unit; an empty one of a chat is tokens, and of a clip of stated length the clip."""
        if row.unit.strip():
            return parse_unit(row.unit)
        if row.interface == "chat":
            return Sold(Unit.MILLION_TOKENS)
        lengths = [each for each in tokens(row.description, {}) if each.kind is Kind.SECONDS]
        return Sold(Unit.VIDEO) if row.interface == "video" and lengths else None

    def _complete_units(self, answers: list[Resolution]) -> None:
        """Give a row without a unit that of the other rows of its model, where they have but one."""
        units: dict[ModelId, set[Sold]] = defaultdict(set)
        for answer in answers:
            for price in answer.prices if isinstance(answer, Resolved) else ():
                if price.charge is Charge.OUTPUT:
                    units[price.model].add(price.sold)
        for at, answer in enumerate(answers):
            if (
                isinstance(answer, Unresolved)
                and answer.reason is Reason.BAD_UNIT
                and not answer.row.unit.strip()
            ):
                known = {sold for model_id in answer.models for sold in units[model_id]}
                if len(known) == 1:
                    answers[at] = self.resolve(answer.row, known.pop())

    def _winners(
        self, row: PriceRow, split: Sequence[Token], sold: Sold | None
    ) -> list[Reading] | Unresolved:
        reader = RowReader(row, split, sold)
        operations = [each.values for each in split if each.kind is Kind.OPERATION]
        candidates = self._candidates.of(row, split)
        if not candidates:
            return Unresolved(row, Reason.NO_MODEL, "no model's name is in the text; is there a page for it?")
        several = next((values for values in operations if len(values) > 1), ())
        if several:
            return _united([self._best(row, reader, candidates, [each]) for each in several], row)
        return self._best(row, reader, candidates, [values[0] for values in operations])

    def _best(
        self, row: PriceRow, reader: RowReader, candidates: Sequence[KnownModel], operations: Sequence[str]
    ) -> list[Reading] | Unresolved:
        nearest = _nearest(row, reader, candidates, operations)
        best = [each for each in nearest if not each.unexplained]
        if not best:
            tried = nearest or [_read(reader, model, operations) for model in candidates[:_MOST_MISSES]]
            return _nearest_miss(row, tried)
        if len(best) == 1:
            return best
        named = anchor_model(row.anchor)
        if by_anchor := [each for each in best if each.model.id == named]:
            return by_anchor
        if all(each.charge in _SURCHARGES for each in best):
            return best  # what is billed beside the output is billed with every model that takes it
        ids = ", ".join(each.model.id for each in best)
        return Unresolved(row, Reason.AMBIGUOUS, f"fits {ids}; nothing in the row tells them apart")


def _read(reader: RowReader, model: KnownModel, operations: Sequence[str]) -> Reading:
    """Explain a row with the operations it names, all of which the model must have."""
    reading = reader.read(model, operations[0] if operations else None)
    for other in operations[1:]:
        if not reading.unexplained and not model.has_operation(other):
            reading.unexplained = reader.read(model, other).unexplained
    return reading


def _nearest(
    row: PriceRow, reader: RowReader, candidates: Sequence[KnownModel], operations: Sequence[str]
) -> list[Reading]:
    """The readings of those models whose name is nearest to the one that the row spells.

    The name comes first: a model with a better name is not given up for one that knows a value.
    """
    ranked: dict[tuple[int, int], list[KnownModel]] = defaultdict(list)
    for model in candidates:
        lacking = reader.lacking(model, operations)
        if lacking is not None and not _stands_elsewhere(model, row):
            ranked[0 if model.is_declared else 1, lacking].append(model)
    for rank in sorted(ranked):
        readings = [_read(reader, model, operations) for model in ranked[rank]]
        if named := [each for each in readings if each.is_named]:
            return named
    return []


def _stands_elsewhere(model: KnownModel, row: PriceRow) -> bool:
    """Whether a model is of another category than the row's shelf."""
    return model.category is not None and bool(row.interface) and row.interface != model.category.value


def _united(found: list[list[Reading] | Unresolved], row: PriceRow) -> list[Reading] | Unresolved:
    """The answers for each of several operations; all of them must be certain."""
    readings: dict[ModelId, Reading] = {}
    for each in found:
        if isinstance(each, Unresolved):
            return each
        readings |= {reading.model.id: reading for reading in each}
    return list(readings.values()) or Unresolved(row, Reason.NO_MODEL, "no model does any of the operations")


def _nearest_miss(row: PriceRow, readings: Sequence[Reading]) -> Unresolved:
    """Say which word stood in the way, of the model that came nearest."""
    nearest = max(readings, key=lambda each: (each.is_named, len(each.explained), each.model.id))
    if nearest.unexplained:
        word = nearest.unexplained[0].text
        detail = f"{word!r} is nothing that {nearest.model.id} knows; declare an alias if it is"
        return Unresolved(row, Reason.UNEXPLAINED, detail)
    detail = (
        f"the nearest is {nearest.model.id}, whose name says more than the row or stands on another shelf"
    )
    return Unresolved(row, Reason.NO_MODEL, detail)


def _resolved(row: PriceRow, winners: Sequence[Reading], sold: Sold, credits: Decimal) -> Resolved:
    usd, remarks = _usd(row, credits)
    if not row.unit.strip():
        remarks.append(f"unit is missing; taken for {sold.unit}")
    named = anchor_model(row.anchor)
    ids = [reading.model.id for reading in winners]
    if named is not None and named not in ids:
        remarks.append(f"anchor names {named}, the text {' and '.join(ids)}; the text counts")
    prices = [
        PricedMode(
            model=reading.model.id,
            mode=ModeId(mode_id),
            sold=sold,
            credits=credits,
            official_usd=usd,
            charge=reading.charge,
            when=when,
            notes=tail(row.description),
            included=reading.included,
        )
        for reading in winners
        for mode_id, when in _modes(row, reading)
    ]
    return Resolved(row, tuple(prices), tuple(winners[0].explained), tuple(remarks))


def _modes(row: PriceRow, reading: Reading) -> Iterator[tuple[str, dict[str, Value]]]:
    """The modes of a reading: one, or one for each combination of the values that a token lists."""
    merged = _merge_choices(reading.choices)
    if merged is None:
        return
    several = [token for token, conditions in merged if len(conditions) > 1]
    notes = tail(row.description) or ""
    if not several:
        yield slug(notes), {key: value for _, (condition, *_) in merged for key, value in condition.items()}
        return
    for combination in product(*(conditions for _, conditions in merged)):
        when = {key: value for condition in combination for key, value in condition.items()}
        told = [
            _tell(condition)
            for (_, conditions), condition in zip(merged, combination, strict=True)
            if len(conditions) > 1
        ]
        rest = notes
        for token in several:
            rest = _without(rest, token.text)
        yield slug(" ".join([rest, *told])), when


def _merge_choices(
    choices: Sequence[tuple[Token, list[dict[str, Value]]]],
) -> list[tuple[Token, list[dict[str, Value]]]] | None:
    """Join tokens that speak of one property: `768p, 2k` are two values of it."""
    merged: list[tuple[Token, list[dict[str, Value]]]] = []
    for token, conditions in choices:
        keys = {key for condition in conditions for key in condition}
        same = next((at for at, (_, each) in enumerate(merged) if keys == {k for c in each for k in c}), None)
        if same is None:
            merged.append((token, conditions))
        else:
            before, known = merged[same]
            new = [condition for condition in conditions if condition not in known]
            joined = Token(before.kind, f"{before.text}\0{token.text}", before.values)
            merged[same] = (joined if new else before, [*known, *new])
    return merged


def _tell(condition: dict[str, Value]) -> str:
    """A condition as a part of a mode's id; before a bare number stands its property, which says more."""
    texts = {name: value if isinstance(value, str) else canonical(value) for name, value in condition.items()}
    return " ".join(text if any(map(str.isalpha, text)) else f"{name}-{text}" for name, text in texts.items())


def _without(notes: str, texts: str) -> str:
    lowered = notes
    for text in texts.split("\0"):
        at = lowered.lower().find(text)
        if at >= 0:
            lowered = lowered[:at] + " " + lowered[at + len(text) :]
    return lowered


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
