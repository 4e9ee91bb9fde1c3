"""Rows beside each other: what one row states tells of a silent sibling; no mode has two prices. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Final

from kie_catalog.domain.values import Value, canonical
from kie_catalog.sync.resolution import (
    Explained,
    Ignored,
    PricedMode,
    Reason,
    Resolution,
    Resolved,
    Role,
    Unresolved,
)

DUPLICATE_ROW: Final = "duplicate-row"
"""The rule that leaves a row aside which says again what another has said."""


def settle_claims(answers: list[Resolution]) -> None:
    """Let no mode have two prices: rows that claim one at different prices are all left, in place."""
    claims: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, answer in enumerate(answers):
        for key in _claims(answer):
            claims[key].append(at)
    for (model_id, *rest), places in claims.items():
        if len(set(places)) > 1:
            _settle(answers, sorted(set(places)), f"{model_id} {rest[-1]}")


def _claims(answer: Resolution) -> list[tuple[str, ...]]:
    """What a row claims: its modes by their ids, and by what they mean."""
    if not isinstance(answer, Resolved):
        return []
    by_id = [(str(price.model), "mode", str(price.mode)) for price in answer.prices]
    by_meaning = [
        (str(price.model), price.charge.value, price.sold.unit.value, canonical(dict(price.when)))
        for price in answer.prices
    ]
    return [*by_id, *by_meaning]


def _settle(answers: list[Resolution], places: list[int], name: str) -> None:
    """Several rows claim one mode: the same price again is left aside, another price is a conflict."""
    claims = [answer for at in places if isinstance(answer := answers[at], Resolved)]
    if len(claims) < 2:  # noqa: PLR2004 -- the others were settled before
        return
    said = {(price.credits, price.sold, price.charge) for answer in claims for price in answer.prices}
    if len(said) == 1:
        for at in places[1:]:
            answers[at] = Ignored(answers[at].row, DUPLICATE_ROW)
        return
    numbers = ", ".join(str(answer.row.number) for answer in claims)
    for at in places:
        answers[at] = Unresolved(answers[at].row, Reason.CONFLICT, f"rows {numbers} price {name} differently")


def tell_apart(answers: list[Resolution]) -> None:
    """A row that is silent about what a sibling states means the other: no `(quality)` is not quality.

    Only for what has two sides, and only where the two rows say the same of everything else.
    """
    # By model, charge and all but one condition of a mode: that one condition, where it has two sides.
    stated: dict[tuple[str, str, str], dict[str, Value]] = defaultdict(dict)
    prices = [
        (at, price)
        for at, answer in enumerate(answers)
        for price in (answer.prices if isinstance(answer, Resolved) else ())
    ]
    for _, price in prices:
        for key, value in price.when.items():
            other_side = _other_side(value)
            if other_side is not None:
                rest = {name: each for name, each in price.when.items() if name != key}
                stated[price.model, price.charge.value, canonical(rest)][key] = other_side
    for at, price in prices:
        if extra := stated.get((price.model, price.charge.value, canonical(price.when))):
            _add_condition(answers, at, price, extra)


def _other_side(value: Value) -> Value:
    """The opposite of a condition that has one: not true, not there; `None` of any other."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict) and isinstance(value.get("present"), bool):
        return {"present": not value["present"]}
    return None


def _add_condition(answers: list[Resolution], at: int, price: PricedMode, extra: dict[str, Value]) -> None:
    answer = answers[at]
    if isinstance(answer, Resolved):
        prices = [
            replace(each, when={**each.when, **extra}) if each is price else each for each in answer.prices
        ]
        silence = Explained("", Role.VALUE, f"{canonical(extra)}, since a sibling states the other")
        answers[at] = replace(answer, prices=tuple(prices), explanation=(*answer.explanation, silence))
