"""Prices: amounts that money can have, and credits and dollars that agree (KC201 to KC206)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from kie_catalog.domain.finding import Severity
from kie_catalog.domain.money import CREDIT_USD, Agreement, agreement, usd_of
from kie_catalog.domain.values import plain_number
from kie_catalog.rules.subject import Hit, Subject, is_amount
from kie_catalog.rules.wording import amount_text

_CREDIT_DECIMALS: Final = 4
_DECIMALS: Final = {"credits": _CREDIT_DECIMALS, "official_usd": _CREDIT_DECIMALS + 3}
"""Upstream prices to a hundredth of a credit; a credit is 0.005 USD, three decimals more."""


def prices_are_possible(subject: Subject) -> Iterator[Hit]:
    """A price is a finite number, and not below zero.

    Why: a bot multiplies it and takes the result from a balance; a negative price pays the buyer.
    A number of more than twelve digits is no price either, and arithmetic with it would not be exact.

    Bad::

        credits: -14
        official_usd: -0.07

    Good::

        credits: 14
        official_usd: 0.07

    Cure: write what upstream asks for.
    """
    for mode in subject.modes:
        for name in _DECIMALS:
            value = mode.fields.get(name)
            if isinstance(value, Decimal) and not (is_amount(value) and value >= 0):
                fact = f"`{name}` is {amount_text(value)}, which no price can be"
                yield mode.hit(f"{fact}; write what upstream asks for", name)


def zero_prices_are_meant(subject: Subject) -> Iterator[Hit]:
    """A price of zero credits stands in a model that says `free: true`.

    Why: upstream does publish zeros, some real and some a gap in its table; only a person can tell.

    Bad::

        - id: suno/cover
          modes:
          - credits: 0

    Good::

        - id: suno/cover
          free: true
          modes:
          - credits: 0

    Cure: write the price, or add `free: true` to the model.
    """
    for model in subject.models:
        for mode in model.modes:
            if mode.amount("credits") == 0 and model.fields.get("free") is not True:
                yield mode.hit(
                    "`credits` is 0; write the price, or `free: true` in the model if nothing is charged",
                    "credits",
                )


def prices_are_not_noise(subject: Subject) -> Iterator[Hit]:
    """Credits have at most four decimals, their dollars at most seven.

    Why: upstream prices to a hundredth of a credit; more digits are what binary arithmetic left behind.

    Bad::

        credits: 14.140000000000001

    Good::

        credits: 14.14

    Cure: write the number as upstream publishes it.
    """
    for mode in subject.modes:
        for name, most in _DECIMALS.items():
            value = mode.amount(name)
            decimals = 0 if value is None else _decimals(value)
            if value is not None and decimals > most:
                fact = f"`{name}` is {amount_text(value)}, with {decimals} decimals where {most} are the most"
                yield mode.hit(f"{fact}; write it as upstream does", name)


def credits_agree_with_dollars(subject: Subject) -> Iterator[Hit]:
    """The credits of a mode are worth its USD price.

    Why: a credit is 0.005 USD, so one of two that disagree is wrong, and the buyer is charged by it.
    A gap that rounding the USD explains is none; one within two percent is a warning, beyond it an error.

    Bad::

        credits: 20
        official_usd: 0.01

    Good::

        credits: 20
        official_usd: 0.1

    Cure: compare both with upstream's price row, and correct the one that is wrong.
    """
    for mode in subject.modes:
        amount, usd = mode.amount("credits"), mode.amount("official_usd")
        if amount is None or usd is None or amount < 0 or usd < 0:
            continue
        verdict = agreement(amount, usd)
        if verdict in {Agreement.OFF, Agreement.WRONG}:
            yield mode.hit(
                _disagreement(amount, usd),
                "official_usd",
                severity=Severity.WARNING if verdict is Agreement.OFF else None,
            )


def packs_hold_something(subject: Subject) -> Iterator[Hit]:
    """The number of units that a price buys, `per`, is above zero.

    Why: a quote divides by it.

    Bad::

        unit: image
        per: 0

    Good::

        unit: image
        per: 4

    Cure: write how many units the price buys; for one, remove the key.
    """
    for mode in subject.modes:
        value = mode.fields.get("per")
        if isinstance(value, Decimal) and not (is_amount(value) and value > 0):
            yield mode.hit(
                f"`per` is {amount_text(value)}; write how many units the price buys, or remove it for one",
                "per",
            )


def dollars_are_given(subject: Subject) -> Iterator[Hit]:
    """In version 2 a mode gives its USD price wherever upstream publishes one.

    Why: it is the one check on the credits that a reader can make. Upstream leaves it out at times,
    so this is a note, not a fault; in version 1 the field is required.

    Bad::

        credits: 14

    Good::

        credits: 14
        official_usd: 0.07

    Cure: add it from upstream's price row, if it has one.
    """
    if not subject.is_version_two:
        return
    for mode in subject.modes:
        if "official_usd" not in mode.fields:
            yield mode.hit("there is no `official_usd` to check the credits by; add it if upstream has one")


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _disagreement(amount: Decimal, usd: Decimal) -> str:
    return (
        f"{plain_number(amount)} credits are worth {plain_number(usd_of(amount))} USD, but `official_usd` is "
        f"{plain_number(usd)}, which is {plain_number(usd / CREDIT_USD)} credits; correct the wrong one"
    )
