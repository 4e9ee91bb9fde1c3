"""Siblings: the modes of one model can be told apart (KC209 to KC211)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kie_catalog.domain.catalog import Charge, Status
from kie_catalog.domain.condition import Condition
from kie_catalog.domain.finding import Fix, FixEdit, Severity
from kie_catalog.rules.conditions import can_both_hold, condition_key, conditions_of
from kie_catalog.rules.subject import Entry, Hit, Link, Subject


@dataclass(frozen=True, slots=True)
class _Sibling:
    """A mode, with what tells it from the others of its model."""

    mode: Entry
    charge: str
    conditions: Mapping[str, Condition]
    traits: Hashable
    """All that tells modes apart, but for the price."""
    price: Hashable | None
    """`None` if it cannot be read."""

    @property
    def is_offered(self) -> bool:
        return self.mode.is_offered


def modes_are_not_repeated(subject: Subject) -> Iterator[Hit]:
    """No mode says the same as another one of its model.

    Why: a repeated price is a button that appears twice; most are leftovers of a merge.
    Titles and hints do not count: they name a price, and do not make one.

    Bad::

        - {unit: video, credits: 60, official_usd: 0.3, notes: Fast}
        - {unit: video, credits: 60, official_usd: 0.3, notes: Fast}

    Good::

        - {unit: video, credits: 60, official_usd: 0.3, notes: Fast}

    Cure: remove the second, or write what sets it apart into `notes` or `when`.
    """
    for model in subject.models:
        first: dict[Hashable, Entry] = {}
        for each in _siblings(model):
            key = (each.traits, each.price, each.mode.text("status") or Status.ACTIVE)
            if each.price is not None and (twin := first.setdefault(key, each.mode)) is not each.mode:
                yield _repeated(subject, each.mode, twin)


def modes_can_be_told_apart(subject: Subject) -> Iterator[Hit]:
    """Something other than its price tells a mode from its siblings.

    Why: with equal unit, `when` and notes, nothing says which of two prices a request costs; it is an
    error if the prices differ, and a warning if, today, they are the same.

    Bad::

        - {unit: image, credits: 3.5, official_usd: 0.0175}
        - {unit: image, credits: 5, official_usd: 0.025}

    Good::

        - {unit: image, credits: 3.5, official_usd: 0.0175, notes: basic}
        - {unit: image, credits: 5, official_usd: 0.025, notes: high}

    Cure: write into `notes` or `when` what a buyer gets for each price.
    """
    for model in subject.models:
        groups: dict[Hashable, list[_Sibling]] = defaultdict(list)
        for each in _offered(model):
            if each.price is not None:
                groups[each.traits].append(each)
        for group in groups.values():
            if len(group) > 1:
                yield from _alike(subject, group)


def modes_do_not_overlap(subject: Subject) -> Iterator[Hit]:
    """In version 2 no request matches two modes of a model that charge for the same.

    Why: a quote takes the one mode whose `when` matches, and refuses where two do.

    Bad::

        - {id: base, unit: second, credits: 19}
        - {id: 1080p, unit: second, credits: 40, when: {resolution: 1080p}}

    Good::

        - {id: 720p, unit: second, credits: 19, when: {resolution: 720p}}
        - {id: 1080p, unit: second, credits: 40, when: {resolution: 1080p}}

    Cure: let the `when` of one exclude the other: by another value of one property, or by `{present: false}`.
    """
    for model in subject.models if subject.is_version_two else ():
        above: list[_Sibling] = []
        for each in _offered(model):
            twin = next((other.mode for other in above if _overlap(each, other)), None)
            if twin is not None:
                yield each.mode.hit(
                    f"a request can match {each.mode.name} and {twin.name} at {subject.line(twin)}, "
                    "and gets no price then; let the `when` of one exclude the other",
                    related=(Link("the other mode", twin.pointer),),
                    cause=overlap_of(model.model),
                )
            above.append(each)


def overlap_of(model: str | None) -> str:
    """What the overlaps of one model have in common: told once, with all of them behind it."""
    return f"modes of {model} overlap" if model else ""


def _siblings(model: Entry) -> Sequence[_Sibling]:
    """The modes of a model, as far as they can be read and as far as there are two."""
    return model.once("siblings", lambda model: tuple(_read_siblings(model)))


def _read_siblings(model: Entry) -> Iterator[_Sibling]:
    for mode in model.modes if len(model.modes) > 1 else ():
        unit, conditions = mode.text("unit"), conditions_of(mode)
        charge = mode.text("charge") or Charge.OUTPUT
        per = mode.amount("per") if "per" in mode.fields else Decimal(1)
        notes = mode.text("notes") if "notes" in mode.fields else ""
        if unit is not None and conditions is not None and per is not None and notes is not None:
            when = frozenset((name, condition_key(each)) for name, each in conditions.items())
            yield _Sibling(mode, charge, conditions, (unit, per, charge, when, notes), _price(mode))


def _offered(model: Entry) -> Iterator[_Sibling]:
    if model.is_offered:
        yield from (each for each in _siblings(model) if each.is_offered)


def _price(mode: Entry) -> Hashable | None:
    credits, usd = mode.amount("credits"), mode.amount("official_usd")
    is_unread = credits is None or (usd is None and "official_usd" in mode.fields)
    return None if is_unread else (credits, usd)


def _repeated(subject: Subject, mode: Entry, twin: Entry) -> Hit:
    fix = Fix("remove this mode", (FixEdit(mode.pointer),), is_safe=mode.fields == twin.fields)
    related = (Link("the first of them", twin.pointer),)
    return mode.hit(f"this mode repeats the one at {subject.line(twin)}; remove it", related=related, fix=fix)


def _alike(subject: Subject, group: list[_Sibling]) -> Iterator[Hit]:
    differ = len({each.price for each in group}) > 1
    prices, severity = ("another price", None) if differ else ("the same price", Severity.WARNING)
    more = f" and {len(group) - 2} more" if len(group) > 2 else ""  # noqa: PLR2004 -- a mode and its sibling
    for each in group:
        other = group[1] if each is group[0] else group[0]
        yield each.mode.hit(
            f"nothing tells this mode from the one at {subject.line(other.mode)}{more}, at {prices}; "
            "say in `notes` or `when` what sets it apart",
            severity=severity,
            related=(Link("its like", other.mode.pointer),),
        )


def _overlap(one: _Sibling, other: _Sibling) -> bool:
    # Modes that nothing tells apart are another law's: one fault, one finding.
    if one.charge != other.charge or one.traits == other.traits:
        return False
    shared = one.conditions.keys() & other.conditions.keys()
    return all(can_both_hold(one.conditions[name], other.conditions[name]) for name in shared)
