"""A batch before anything of it is sent: every row checked and priced, and the whole let in or not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from kie_catalog.client.errors import BudgetRefused, CallerError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.errors import CatalogError
from kie_catalog.domain.values import plain_number
from kie_catalog.pricing.quote import Answer, Quote
from kie_catalog.schemas.problems import Problem
from kie_catalog.service.batch.items import NewItem
from kie_catalog.service.batch.reading import Draft, Fault, Rows
from kie_catalog.service.refusals import InputRefused
from kie_catalog.service.service import KIEService


@dataclass(eq=False)
class RowsRefused(CatalogError):
    """Rows of a batch can't be run; nothing was sent."""

    faults: tuple[Fault, ...]
    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        return "\n".join(each.hint() for each in self.faults)


@dataclass(frozen=True, slots=True)
class ModelTotal:
    """What the rows of one model come to."""

    count: int = 0
    credits: Decimal = Decimal(0)
    """Of the rows with a known price."""
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A row whose price is not known before it has run."""

    row: int
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A batch, checked and priced."""

    items: tuple[NewItem, ...]
    faults: tuple[Fault, ...]
    """Of the rows that can't be run, by row."""
    unpriced: tuple[Unpriced, ...]
    repeated: tuple[tuple[int, int], ...]
    """Rows whose key an earlier row has, with the same request: each with that row."""
    warnings: tuple[Fault, ...] = ()
    """What is worth a look in rows that can be run."""
    per_model: Mapping[str, ModelTotal] = field(default_factory=dict)
    fingerprint: str = ""
    """Of all items; equal batches have equal ones."""

    @property
    def total(self) -> Decimal:
        """Credits of all rows with a known price."""
        return sum((each.credits for each in self.per_model.values()), Decimal(0))

    def require(self, *, budget: Decimal | None = None, may_skip: bool = False) -> None:
        """Let the whole batch in, or none of it.

        Args:
            budget: credits that it may cost in all; then every row must have a price.
            may_skip: whether rows that can't be run are left out, and the others let in.

        Raises:
            RowsRefused: there are rows that can't be run.
            BudgetRefused: the budget is lower than the total, or could not be kept.
        """
        if self.faults and not may_skip:
            raise RowsRefused(self.faults)
        if budget is None:
            return
        if self.unpriced:
            places = ", ".join(each.place for each in self.unpriced[:5])
            more = f" and {len(self.unpriced) - 5} more" if len(self.unpriced) > 5 else ""  # noqa: PLR2004 -- as above
            raise BudgetRefused(
                ErrorCode.BUDGET, detail=f"no price is known for {places}{more}, and there is a budget"
            )
        if self.total > budget:
            said = f"the batch costs {plain_number(self.total)} credits, the budget is {plain_number(budget)}"
            raise BudgetRefused(ErrorCode.BUDGET, detail=said)


def admit(
    rows: Rows, service: KIEService, *, priority: int = 0, callback_url: str | None = None
) -> Admission:
    """Check and price every row; nothing is sent.

    Args:
        rows: as they were read.
        service: checks and prices.
        priority: of the rows that name none.
        callback_url: where KIE will tell of ends; some families take no request without one.
    """
    desk = _Desk(service, priority, callback_url)
    for draft in rows.drafts:
        desk.take(draft)
    faults = sorted((*rows.faults, *desk.faults), key=lambda each: each.row)
    return Admission(
        items=tuple(desk.items),
        faults=tuple(faults),
        unpriced=tuple(desk.unpriced),
        repeated=tuple(desk.repeated),
        warnings=tuple(desk.warnings),
        per_model=dict(sorted(desk.totals.items())),
        fingerprint=fingerprint_of(
            [each.row, each.fingerprint, each.key, each.priority] for each in desk.items
        ),
    )


def fingerprint_of(parts: Iterable[Any]) -> str:
    """Equal for equal things that JSON has a form for, whatever the order of members.

    Raises:
        TypeError: JSON has no form for one of them.
        ValueError: as above.
    """
    digest = hashlib.sha256()
    for each in parts:
        digest.update(json.dumps(each, sort_keys=True, allow_nan=False).encode() + b"\n")
    return digest.hexdigest()[:32]


class _Desk:
    """Where rows are taken in, one after the other."""

    def __init__(self, service: KIEService, priority: int, callback_url: str | None) -> None:
        self._service = service
        self._priority = priority
        self._callback_url = callback_url
        self._keys: dict[str, NewItem] = {}
        self.items: list[NewItem] = []
        self.faults: list[Fault] = []
        self.unpriced: list[Unpriced] = []
        self.repeated: list[tuple[int, int]] = []
        self.warnings: list[Fault] = []
        self.totals: dict[str, ModelTotal] = {}

    def take(self, draft: Draft) -> None:
        """Take one row in, or note why not."""
        try:
            printed = fingerprint_of([[draft.model, dict(draft.payload), dict(draft.measurements)]])
        except (TypeError, ValueError):
            text = ("holds what JSON has no form for", "содержит то, чего в JSON не бывает")
            self.faults.append(Fault(draft.row, draft.place, "no-json", *text))
            return
        try:
            answer = self._checked(draft)
        except InputRefused as refused:
            self.faults += _faults(draft, refused)
            return
        except CallerError as refused:
            text = (f"{draft.model}: {refused.detail or refused.next_step}", refused.message("ru"))
            self.faults.append(Fault(draft.row, f"{draft.place}:model", refused.code.value, *text))
            return
        self._add(draft, printed, answer)

    def _checked(self, draft: Draft) -> Answer:
        built, answer = self._service.prepare(draft.model, draft.payload, draft.measurements)
        self._service.require_callback(draft.model, self._callback_url)
        for warning in built.warnings:
            self.warnings.append(_fault(draft, warning))
        return answer

    def _add(self, draft: Draft, printed: str, answer: Answer) -> None:
        price = answer.credits if isinstance(answer, Quote) else None
        item = NewItem(
            row=draft.row,
            model_id=draft.model,
            payload=draft.payload,
            measurements=draft.measurements,
            key=draft.key,
            priority=self._priority if draft.priority is None else draft.priority,
            quoted=price,
            fingerprint=printed,
        )
        if draft.key is not None:
            first = self._keys.setdefault(draft.key, item)
            if first is not item:
                self._note_repeated(draft, first, is_same=first.fingerprint == printed)
                return
        self.items.append(item)
        if price is None:
            self.unpriced.append(Unpriced(draft.row, draft.place, str(answer)))
        was = self.totals.get(draft.model, ModelTotal())
        self.totals[draft.model] = ModelTotal(
            was.count + 1, was.credits + (price or Decimal(0)), was.unpriced + (price is None)
        )

    def _note_repeated(self, draft: Draft, first: NewItem, *, is_same: bool) -> None:
        if is_same:
            self.repeated.append((draft.row, first.row))
            return
        text = (
            f"is the key of row {first.row} too, which is another request; give each request its own",
            f"этот ключ уже у строки {first.row} с другим запросом; у каждого запроса должен быть свой",
        )
        self.faults.append(Fault(draft.row, f"{draft.place}:key", "key-clashes", *text))


def _faults(draft: Draft, refused: InputRefused) -> list[Fault]:
    """A fault for each problem; texts that were given are not repeated."""
    return [_fault(draft, each) for each in refused.quiet_problems]


def _fault(draft: Draft, problem: Problem) -> Fault:
    """A problem with the row's place before its own, which the sentence then need not repeat."""
    name, place = f"{problem.place} ", f"{draft.place}:{problem.place or 'input'}"
    return Fault(draft.row, place, problem.code, problem.en.removeprefix(name), problem.ru.removeprefix(name))
