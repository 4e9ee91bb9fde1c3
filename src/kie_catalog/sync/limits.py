"""The guards and their limits: the defaults, and a workspace's own from `guards` in `sync/sources.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from kie_catalog.domain.document import Document
from kie_catalog.domain.plan import Effect
from kie_catalog.domain.values import Value
from kie_catalog.sync.settings_file import FormReader

SECTION: Final = "guards"
FEW: Final = "few"
OFF: Final = "disabled"


@dataclass(frozen=True, slots=True)
class Guard:
    """One limit and what happens above it."""

    name: str
    """As `--lift` and the settings name it."""
    effect: Effect
    default: Decimal
    unit: str
    """What the limit counts: `%` for a share, or a word behind the number."""


def _guard(name: str, effect: Effect, default: str, unit: str) -> Guard:
    return Guard(name, effect, Decimal(default), unit)


# In the order of every report: first what stops a run, then what withholds a model, then what is only told.
GUARDS: Final = (
    _guard("models-lost", Effect.REFUSE, "0.10", "%"),
    _guard("modes-lost", Effect.REFUSE, "0.15", "%"),
    _guard("modes-unread", Effect.REFUSE, "0.15", "%"),
    _guard("models-changed", Effect.REFUSE, "0.40", "%"),
    _guard("modes-changed", Effect.REFUSE, "0.40", "%"),
    _guard("rows-dropped", Effect.REFUSE, "0.30", "%"),
    _guard("rows-grown", Effect.REFUSE, "0.50", "%"),
    _guard("pages-dropped", Effect.REFUSE, "0.30", "%"),
    _guard("provider-lost", Effect.REFUSE, "0.50", "%"),
    _guard("median-shift", Effect.REFUSE, "0.10", "%"),
    _guard("models-withheld", Effect.REFUSE, "0.10", "%"),
    _guard("price-jumped", Effect.WITHHOLD, "3", "times"),
    _guard("zero-price", Effect.WITHHOLD, "0", "modes"),
    _guard("unit-changed", Effect.WITHHOLD, "0", "modes"),
    _guard("charge-changed", Effect.WITHHOLD, "0", "modes"),
    _guard("excess-decimals", Effect.WITHHOLD, "4", "decimals"),
    _guard("credits-against-usd", Effect.WITHHOLD, "0.02", "%"),
    _guard("prices-swapped", Effect.WITHHOLD, "0", "pairs"),
    _guard("price-moved", Effect.REVIEW, "0.25", "%"),
)
_BY_NAME: Final = {guard.name: guard for guard in GUARDS}
DEFAULT_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one workspace."""

    own: Mapping[str, Decimal | None] = field(default_factory=dict)
    """What differs from the defaults; `None` for a guard that is off."""
    few: int = DEFAULT_FEW
    """Up to so many in number, a share refuses nothing; of a loss, more than half is never few."""

    def of(self, name: str) -> Decimal | None:
        """The limit of a guard; `None` if it is off."""
        return self.own.get(name, _BY_NAME[name].default)

    def shown(self, name: str) -> str:
        """The limit as reports show it."""
        limit = self.of(name)
        if limit is None:
            return OFF
        guard = _BY_NAME[name]
        if guard.unit == "%":
            return f"{limit * 100:.0f} %"
        return f"{limit:f} {guard.unit}"


def read_limits(document: Document) -> Limits:
    """Read the section of the guards; the rest of the file belongs to another reader.

    Raises:
        CatalogInvalid: with every fault of form, each with line and column.
    """
    reader = FormReader(document)
    whole = reader.entries(document.data, ())
    section = reader.mapping(whole.get(SECTION), (SECTION,), optional=(FEW, *_BY_NAME))
    own = {
        name: _limit(reader, value, name)
        for name, value in section.items()
        if name != FEW and name in _BY_NAME
    }
    few = reader.number(section[FEW], (SECTION, FEW)) if FEW in section else Decimal(DEFAULT_FEW)
    if few != int(few):
        reader.fault((SECTION, FEW), f"is {few}; write a whole number")
    reader.refuse()
    return Limits(own, int(few))


def _limit(reader: FormReader, value: Value, name: str) -> Decimal | None:
    return None if value == OFF else reader.number(value, (SECTION, name))
