"""Exact quotes: for each charge the one mode that applies, times the quantity, added up in `Decimal`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from kie_catalog.domain.catalog import Charge, Mode, Model, Status
from kie_catalog.domain.money import usd_of
from kie_catalog.pricing.match import MEASUREMENTS, declared_properties, effective_input, holds
from kie_catalog.pricing.quantity import Unknown, quantity


@dataclass(frozen=True, slots=True)
class Line:
    """One charge of a quote."""

    charge: Charge
    mode: str
    unit: str
    quantity: Decimal
    """How many units are billed."""
    per: Decimal
    """How many units one price buys."""
    price: Decimal
    """Credits for `per` units."""
    credits: Decimal

    @property
    def usd(self) -> Decimal:
        """The credits of the line in USD."""
        return usd_of(self.credits)


@dataclass(frozen=True, slots=True)
class Quote:
    """What a request costs."""

    model: str
    lines: tuple[Line, ...]

    @property
    def credits(self) -> Decimal:
        """All lines together, in credits."""
        return sum((line.credits for line in self.lines), Decimal(0))

    @property
    def usd(self) -> Decimal:
        """The same in USD."""
        return usd_of(self.credits)


class Cause(enum.StrEnum):
    """Why there is no quote."""

    NOT_OFFERED = "model is not offered"
    NO_PRICE = "model has no price"
    NO_MODE = "no mode applies"
    SEVERAL_MODES = "several modes apply"
    UNKNOWN_QUANTITY = "quantity is unknown"
    UNKNOWN_INPUT = "input has properties that the model does not take"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No quote, and what is missing: never the cheapest mode, never times one."""

    model: str
    cause: Cause
    missing: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.model}: {self.cause}; {'; '.join(self.missing)}"


Answer: TypeAlias = Quote | Refusal


def quote(
    model: Model,
    schema: Mapping[str, Any],
    given: Mapping[str, Any],
    measurements: Mapping[str, Any] | None = None,
) -> Answer:
    """Price a request.

    Args:
        model: the model, from the catalog.
        schema: its input schema; the defaults it declares stand for what is not given.
        given: the request's input.
        measurements: what only the media or the reply can tell: `input_seconds`, `output_seconds`,
            `megapixels`, `output_tokens`, `source_resolution` and so on.

    Returns:
        A quote with a line a charge, in credits; or a refusal that says what is missing.
    """
    if model.status is not Status.ACTIVE:
        return Refusal(model.id, Cause.NOT_OFFERED, (f"its status is {model.status}",))
    modes = [mode for mode in model.modes if mode.status is Status.ACTIVE]
    if not any(mode.charge is Charge.OUTPUT for mode in modes):
        return Refusal(model.id, Cause.NO_PRICE, ("no mode of it charges for the output",))
    unknown = [name for name in given if name not in declared_properties(schema)]
    if unknown:
        # what is ignored can't have been priced: the request means something that this model does not know
        return Refusal(model.id, Cause.UNKNOWN_INPUT, tuple(f"input {name}" for name in unknown))
    request = {**effective_input(schema, given), **(measurements or {})}
    lines: list[Line] = []
    for charge in dict.fromkeys(mode.charge for mode in modes):
        found = _line(model.id, [mode for mode in modes if mode.charge is charge], schema, request)
        if isinstance(found, Refusal):
            return found
        lines += [found] if found else []
    return Quote(model.id, tuple(lines))


def _line(
    model: str, modes: list[Mode], schema: Mapping[str, Any], request: Mapping[str, Any]
) -> Line | Refusal | None:
    """The line of one charge; `None` for a surcharge of which nothing is used."""
    charge = modes[0].charge
    is_beside = charge is not Charge.OUTPUT
    if is_beside and all(_is_unused(mode, schema, request) for mode in modes):
        return None
    fitting = [mode for mode in modes if _fits(mode, request) is True]
    if len(fitting) == 1:
        return _priced(model, fitting[0], schema, request)
    if fitting:
        return Refusal(model, Cause.SEVERAL_MODES, tuple(mode.id for mode in fitting))
    undecided = [mode for mode in modes if _fits(mode, request) is None]
    missing = {
        name for mode in undecided for name in mode.when if holds(mode.when[name], name, request) is None
    }
    said = [f"{'measurement' if name in MEASUREMENTS else 'input'} {name}" for name in sorted(missing)]
    return Refusal(model, Cause.NO_MODE, tuple(said) or tuple(_conditions(modes)))


def _is_unused(mode: Mode, schema: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    """Whether a request uses nothing of what a surcharge bills; tokens are billed wherever priced."""
    if mode.charge in {Charge.INPUT_IMAGE, Charge.INPUT_VIDEO}:
        try:
            return quantity(mode, schema, request) <= mode.included
        except Unknown:
            return not any("video" in name and request.get(name) for name in request)
    return False


def _fits(mode: Mode, request: Mapping[str, Any]) -> bool | None:
    """Whether all conditions hold; `None` if none fails and one can't be told."""
    answers = [holds(condition, name, request) for name, condition in mode.when.items()]
    if any(answer is False for answer in answers):
        return False
    return None if None in answers else True


def _conditions(modes: list[Mode]) -> list[str]:
    names = sorted({name for mode in modes for name in mode.when})
    return [f"no mode is for this {name}" for name in names] or ["no mode is for this request"]


def _priced(model: str, mode: Mode, schema: Mapping[str, Any], request: Mapping[str, Any]) -> Line | Refusal:
    try:
        used = quantity(mode, schema, request)
    except Unknown as missing:
        return Refusal(model, Cause.UNKNOWN_QUANTITY, (str(missing),))
    billed = max(used - mode.included, Decimal(0))
    return Line(
        charge=mode.charge,
        mode=mode.id,
        unit=mode.unit.value,
        quantity=billed,
        per=mode.per,
        price=mode.credits,
        credits=mode.credits * billed / mode.per,
    )


@dataclass(frozen=True, slots=True)
class Markup:
    """What a reseller asks for a quote: kept apart from what it costs."""

    factor: Decimal = Decimal(1)
    """Price over cost: 1.5 for half as much again."""
    rate: Decimal = Decimal(1)
    """Units of the reseller's currency for one USD."""
    step: Decimal = Decimal("0.01")
    """The price is rounded half up to a multiple of this."""

    def price(self, quoted: Quote) -> Decimal:
        """The price in the reseller's currency."""
        raw = quoted.usd * self.factor * self.rate
        return (raw / self.step).to_integral_value(rounding=ROUND_HALF_UP) * self.step
