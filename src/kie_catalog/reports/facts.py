"""What a report says beside its plan: facts of other rooms, worked out before the report is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from kie_catalog.domain.values import Value


@dataclass(frozen=True, slots=True)
class RequestPrice:
    """A request and what it costs."""

    request: Mapping[str, Value]
    """The properties that the price depends on."""
    credits: Decimal | None
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of one model of the plan."""

    required: tuple[str, ...] = ()
    """What every request must give."""
    limits: tuple[str, ...] = ()
    """What the input schema allows, a line a property."""
    before: RequestPrice | None = None
    """The default request at the old prices; `None` where it has none."""
    after: RequestPrice | None = None
    """The same request at the new prices."""
    priced_by: Mapping[str, int] = field(default_factory=dict)
    """By property, how many modes' prices depend on it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the models of a plan, and where the whole report lies."""

    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    providers: Mapping[str, int] = field(default_factory=dict)
    """How many models of each provider the catalog offers once the plan is applied."""
    rows: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By model and mode, the row of the price feed that says the price."""
    link: str = ""
    """Where the whole report is read when this one is shortened."""

    def of(self, model: str) -> ModelFacts:
        """The facts of one model; empty ones where none are known."""
        return self.models.get(model, ModelFacts())
