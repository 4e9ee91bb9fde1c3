"""What the resolver answers for a row: the modes it prices, or why it prices none."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.ids import ModeId, ModelId
from kie_catalog.domain.snapshot import PriceRow
from kie_catalog.domain.units import Sold
from kie_catalog.domain.values import Fields, Value


class Role(enum.StrEnum):
    """What a part of a row's text says."""

    IDENTITY = "identity"
    OPERATION = "operation"
    VALUE = "value"
    """A legal value of an input property, by the schema or by a reviewed fact."""
    CHARGE = "charge"
    NOISE = "noise"
    """Says nothing of the price: the provider, the shelf, the unit again, or reviewed noise."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One part of a row's text and what it was taken for."""

    text: str
    role: Role
    meaning: str


@dataclass(frozen=True, slots=True)
class PricedMode:
    """One mode that a row prices."""

    model: ModelId
    mode: ModeId
    sold: Sold
    credits: Decimal
    official_usd: Decimal | None
    charge: Charge
    when: Mapping[str, Value]
    notes: str | None
    included: Decimal = Decimal(0)
    """How many units of a surcharge cost nothing: `First image free`."""

    def fields(self) -> Fields:
        """The mode as the catalog writes it, without its id."""
        fields: dict[str, Value] = {}
        if self.charge is not Charge.OUTPUT:
            fields["charge"] = self.charge.value
        fields["unit"] = self.sold.unit.value
        if self.sold.per != 1:
            fields["per"] = self.sold.per
        fields["credits"] = self.credits
        if self.official_usd is not None:
            fields["official_usd"] = self.official_usd
        if self.included:
            fields["included"] = self.included
        if self.when:
            fields["when"] = self.when
        if self.notes is not None:
            fields["notes"] = self.notes
        return fields


@dataclass(frozen=True, slots=True)
class Resolved:
    """A row whose models and modes are certain."""

    row: PriceRow
    prices: tuple[PricedMode, ...]
    explanation: tuple[Explained, ...]
    remarks: tuple[str, ...] = ()
    """What is odd about the row, though its price is certain."""


class Reason(enum.StrEnum):
    """Why a row prices nothing."""

    NO_MODEL = "no model is named"
    UNEXPLAINED = "a word is not explained"
    AMBIGUOUS = "text fits several models"
    BAD_CREDITS = "credits unreadable"
    BAD_UNIT = "unit unknown"
    CONFLICT = "rows disagree"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A row that prices nothing, and what a person can do about it."""

    row: PriceRow
    reason: Reason
    detail: str
    models: tuple[ModelId, ...] = ()
    """What it is about for certain, where only the amount or the unit can't be read."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row that a named rule leaves aside."""

    row: PriceRow
    rule: str


Resolution: TypeAlias = Resolved | Unresolved | Ignored


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where every row of a feed went."""

    rows: int
    resolved: int
    ignored: int
    unresolved: int

    @property
    def balances(self) -> bool:
        """No row is lost and none counted twice."""
        return self.rows == self.resolved + self.ignored + self.unresolved

    def __str__(self) -> str:
        parts = f"{self.resolved} resolved + {self.ignored} ignored + {self.unresolved} unresolved"
        return f"{self.rows} rows = {parts}"


@dataclass(frozen=True, slots=True)
class Resolutions:
    """The answers for all rows of a feed, in its order."""

    answers: tuple[Resolution, ...]

    @property
    def resolved(self) -> tuple[Resolved, ...]:
        """Rows that price a mode."""
        return tuple(each for each in self.answers if isinstance(each, Resolved))

    @property
    def unresolved(self) -> tuple[Unresolved, ...]:
        """Rows that price nothing."""
        return tuple(each for each in self.answers if isinstance(each, Unresolved))

    def accounting(self) -> Accounting:
        """Count the answers by kind."""
        kinds = Counter(type(each) for each in self.answers)
        return Accounting(len(self.answers), kinds[Resolved], kinds[Ignored], kinds[Unresolved])
