"""Tiers: what is more costs no less, and roubles are no credits (KC212 to KC214)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations
from typing import Final

from kie_catalog.domain.money import Agreement, agreement
from kie_catalog.domain.values import plain_number
from kie_catalog.rules.subject import Entry, Hit, Link, Subject
from kie_catalog.rules.traits import Step, Traits, id_grades, plain_id, step_between, traits_of
from kie_catalog.rules.wording import clip

_ROUBLES: Final = (Decimal(50), Decimal(130))
"""What a dollar has cost in roubles since 2014; in credits it is 200."""
_MOST_MODES: Final = 80
"""Of more modes than this no pairs are made: no model has half as many."""


def credits_are_not_roubles(subject: Subject) -> Iterator[Hit]:
    """The number in `credits` is no price in roubles.

    Why: a dollar is 200 credits and some 60 to 100 roubles. Where credits stand to dollars as roubles do,
    somebody wrote the price that a shop shows into the column that KIE bills by, and every quote is wrong
    by the rate of a day.

    Bad::

        credits: 14.14
        official_usd: 0.18

    Good::

        credits: 18
        official_usd: 0.09

    Cure: take both from upstream's price row; keep prices in roubles out of the catalog.
    """
    for mode in subject.modes:
        amount, usd = mode.amount("credits"), mode.amount("official_usd")
        if amount is None or not usd or usd < 0 or amount <= 0:
            continue
        rate = amount / usd
        if _ROUBLES[0] <= rate <= _ROUBLES[1] and agreement(amount, usd) is Agreement.WRONG:
            fact = f"{plain_number(amount)} for {plain_number(usd)} USD is {plain_number(round(rate, 2))}"
            yield mode.hit(
                f"{fact} a dollar: a rouble's rate, not a credit's; write the credits of upstream's row",
                "credits",
                related=(Link("the price in dollars", (*mode.pointer, "official_usd")),),
            )


def higher_tiers_cost_no_less(subject: Subject) -> Iterator[Hit]:
    """Of two modes that differ in one step, the higher one costs no less.

    Why: 4K below 1K, ten seconds below five, Quality below Fast: the two prices were exchanged, and buyers
    take the better one for less than it costs. Steps are size, length of a clip sold whole, sound, and words
    for grades; whatever else tells two modes apart, they are not compared.

    Bad::

        - {unit: image, credits: 24, notes: 1K}
        - {unit: image, credits: 14, notes: 4K}

    Good::

        - {unit: image, credits: 14, notes: 1K}
        - {unit: image, credits: 24, notes: 4K}

    Cure: compare both with upstream's price rows; exchange the prices if they were swapped.
    """
    for model in subject.models:
        known = [(mode, traits) for mode in model.modes if mode.is_offered and (traits := traits_of(mode))]
        groups: dict[object, list[tuple[Entry, Traits]]] = defaultdict(list)
        for mode, traits in known if len(known) > 1 else ():
            groups[traits.rest].append((mode, traits))
        for group in groups.values():
            yield from _swapped(subject, group)


def better_models_cost_no_less(subject: Subject) -> Iterator[Hit]:
    """Of two models whose ids differ in a grade, the better one costs no less.

    Why: Ultra below the plain model is two prices in each other's place.

    Bad::

        - id: google/imagen4
          modes:
          - {unit: image, credits: 12}
        - id: google/imagen4-ultra
          modes:
          - {unit: image, credits: 8}

    Good::

        - id: google/imagen4
          modes:
          - {unit: image, credits: 8}
        - id: google/imagen4-ultra
          modes:
          - {unit: image, credits: 12}

    Cure: compare both with upstream's price rows; exchange the prices if they were swapped.
    """
    families: dict[str, list[Entry]] = defaultdict(list)
    for model in subject.models:
        if model.model is not None and model.is_offered:
            families[plain_id(model.model)].append(model)
    for family in families.values():
        for better, plain in permutations(family, 2) if 1 < len(family) <= _MOST_MODES else ():
            step = _model_step(better.model or "", plain.model or "")
            if step is not None:
                yield from _undercut(subject, better, plain)


def _swapped(subject: Subject, group: list[tuple[Entry, Traits]]) -> Iterator[Hit]:
    if not 1 < len(group) <= _MOST_MODES:
        return
    told: set[object] = set()
    for (high, above), (low, below) in permutations(group, 2):
        step = step_between(above, below)
        field = _cheaper(high, low) if step else None
        if step and field and high.pointer not in told:
            told.add(high.pointer)
            yield high.hit(
                f"{_price(high, field)} for {step.higher} is less than {_price(low, field)} for {step.lower} "
                f"at {subject.line(low)}; correct the wrong one, or exchange the two",
                field,
                related=(Link("the lower one", (*low.pointer, field)),),
            )


def _undercut(subject: Subject, better: Entry, plain: Entry) -> Iterator[Hit]:
    sold = {_without_grades(mode): mode for mode in plain.modes if mode.is_offered}
    for mode in better.modes:
        twin = sold.get(_without_grades(mode)) if mode.is_offered else None
        field = _cheaper(mode, twin) if twin else None
        if twin and field:
            yield mode.hit(
                f"{_price(mode, field)} of {better.name} is less than {_price(twin, field)} of {plain.name} "
                f"at {subject.line(twin)}; correct the wrong one, or exchange the two",
                field,
                related=(Link("the plainer model", (*twin.pointer, field)),),
            )


def _model_step(better: str, plain: str) -> Step | None:
    """In what the grades of one id are above those of another one; no word counts as the standard."""
    ours, theirs = id_grades(better) or ("default",), id_grades(plain) or ("default",)
    bare = Traits(None, None, None, ours, ()), Traits(None, None, None, theirs, ())
    return step_between(*bare)


def _without_grades(mode: Entry) -> object:
    """What a mode is for, its grade left out; a mode that can't be read is like no other one."""
    traits = traits_of(mode)
    return (traits.size, traits.seconds, traits.sound, traits.rest) if traits else mode.pointer


def _cheaper(one: Entry, other: Entry) -> str | None:
    """The field in which one mode costs less than another one."""
    for field in ("credits", "official_usd"):
        ours, theirs = one.amount(field), other.amount(field)
        if ours is not None and theirs is not None and 0 < ours < theirs:
            return field
    return None


def _price(mode: Entry, field: str) -> str:
    amount = mode.amount(field)
    unit = "credits" if field == "credits" else "USD"
    return f"{plain_number(amount)} {unit}" if amount is not None else clip(field)
