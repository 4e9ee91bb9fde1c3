"""A batch as a whole, before anything of it is sent: what it costs, and every row that stands in its way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.values import plain_number
from kie_catalog.pricing.quote import Answer, Refusal
from kie_catalog.service.batch.items import NewItem
from kie_catalog.service.batch.reading import Draft, Reading, RowFault
from kie_catalog.service.budget import Guard
from kie_catalog.service.refusals import InputRefused, ModelRefused
from kie_catalog.service.service import KIEService

_LETS_PASS: Final = frozenset({Guard.PASS, Guard.WARN})
_TOLD_LATER: Final = "what it costs is known once it has ended"


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a batch is taken."""

    budget: Decimal | None = None
    """Credits that it may cost in all; with one, rows without a known price are refused."""
    priority: int = 0
    """Of rows that say nothing of it."""
    callback_url: str | None = None
    """Where KIE tells that an item is done; some families take no request without one."""
    language: str = "en"
    """Of what is said about an input, `en` or `ru`."""


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What the rows of one model come to."""

    model_id: str
    items: int
    credits: Decimal
    """Of those with a known price."""
    unpriced: int
    """Rows whose price the catalog can't tell."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What can be sent, what it costs, and what can't be sent and why."""

    items: tuple[NewItem, ...]
    faults: tuple[RowFault, ...]
    """By row."""
    unpriced: tuple[RowFault, ...]
    """Rows that can be sent, with the reason why nobody knows their price."""
    repeated: tuple[tuple[int, int], ...]
    """Rows left out because an earlier one has their key and their request, each with that row."""
    refusal: str = ""
    """Why nothing of it may be sent, whatever the rows; empty where it may."""

    @property
    def credits(self) -> Decimal:
        """Of all items with a known price."""
        return sum((each.quoted for each in self.items if each.quoted is not None), Decimal(0))

    @property
    def is_whole(self) -> bool:
        """Whether every row can be sent."""
        return not self.faults and not self.refusal

    @property
    def by_model(self) -> tuple[ModelCost, ...]:
        """The items by model, the dearest first."""
        costs: dict[str, ModelCost] = {}
        for each in self.items:
            had = costs.get(each.model_id, ModelCost(each.model_id, 0, Decimal(0), 0))
            costs[each.model_id] = replace(
                had,
                items=had.items + 1,
                credits=had.credits + (each.quoted or Decimal(0)),
                unpriced=had.unpriced + (each.quoted is None),
            )
        return tuple(sorted(costs.values(), key=lambda cost: (-cost.credits, cost.model_id)))

    @property
    def fingerprint(self) -> str:
        """Equal for equal rows in the same order; tells two batches of one key apart."""
        told = [[each.fingerprint, each.key, each.priority] for each in self.items]
        return _digest(told)


def admit(reading: Reading, service: KIEService, terms: Terms) -> Admission:
    """Check and price a batch; nothing is sent or spent.

    Args:
        reading: its rows, and those that can't be read.
        service: checks and prices an input; its guard's limits hold for each row.
        terms: of the batch.
    """
    items: list[NewItem] = []
    faults, unpriced = list(reading.faults), []
    repeated: list[tuple[int, int]] = []
    first: dict[str, NewItem] = {}
    for draft in reading.drafts:
        item = _item(draft, terms)
        twin = first.setdefault(draft.key, item) if draft.key is not None else item
        try:
            if twin is not item:
                _require_same(item, twin)
                repeated.append((item.row, twin.row))
                continue
            price = _price(draft, service, terms)
        except _Refused as refused:
            faults.append(RowFault(draft.where, draft.row, refused.fact, refused.cure))
            continue
        if isinstance(price, Refusal):
            unpriced.append(RowFault(draft.where, draft.row, f"has no known price: {price}", _TOLD_LATER))
            items.append(item)
        else:
            items.append(replace(item, quoted=price.credits))
    faults.sort(key=lambda fault: fault.row)
    admission = Admission(tuple(items), tuple(faults), tuple(unpriced), tuple(repeated))
    return replace(admission, refusal=_refusal(admission.credits, terms))


class _Refused(ValueError):
    """A row that can't be sent: the fact and the cure."""

    def __init__(self, fact: str, cure: str) -> None:
        super().__init__(fact, cure)
        self.fact, self.cure = fact, cure


def _item(draft: Draft, terms: Terms) -> NewItem:
    return NewItem(
        row=draft.row,
        model_id=draft.model_id,
        payload=draft.payload,
        measurements=draft.measurements,
        key=draft.key,
        priority=terms.priority if draft.priority is None else draft.priority,
        fingerprint=_digest([draft.model_id, draft.payload, draft.measurements]),
    )


def _require_same(item: NewItem, twin: NewItem) -> None:
    if item.fingerprint != twin.fingerprint:
        fact = f"has the key of row {twin.row} and another request"
        raise _Refused(fact, "give each generation a key of its own")


def _price(draft: Draft, service: KIEService, terms: Terms) -> Answer:
    """What a row costs, or why nobody knows.

    Raises:
        _Refused: it can't be sent.
    """
    try:
        _, price = service.prepare(draft.model_id, draft.payload, draft.measurements)
    except InputRefused as error:
        cure = f"see what it takes: kie-catalog input {draft.model_id}"
        raise _Refused(f"is refused by {draft.model_id}: {error.message(terms.language)}", cure) from None
    except ModelRefused as error:
        said = f" ({error.detail})" if error.detail else ""
        raise _Refused(f"{draft.model_id} is not offered{said}", "see kie-catalog list") from None
    if terms.callback_url is None and service.needs_callback(draft.model_id):
        raise _Refused(f"{draft.model_id} takes no request without a callback", "give --callback URL")
    if isinstance(price, Refusal) and terms.budget is not None:
        cure = "take it out, or set no budget, which could not be kept"
        raise _Refused(f"has no known price: {price}", cure)
    verdict = service.guard.judge(price)
    if verdict.guard not in _LETS_PASS:
        raise _Refused(verdict.reason, "raise the limit of one generation, or take it out")
    return price


def _refusal(credits: Decimal, terms: Terms) -> str:
    if terms.budget is None or credits <= terms.budget:
        return ""
    return f"it costs {plain_number(credits)} credits, and its budget is {plain_number(terms.budget)}"


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
