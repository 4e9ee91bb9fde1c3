"""Conditions: what `when` says can be read, and can come true (KC114 to KC116)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import Decimal

from kie_catalog.domain.condition import Condition, Equals, OneOf, Present, Within, parse_condition
from kie_catalog.domain.finding import Fix, FixEdit
from kie_catalog.domain.values import Scalar, Value
from kie_catalog.rules.subject import Entry, Hit, Subject
from kie_catalog.rules.wording import amount_text, clip, say


def conditions_have_a_form(subject: Subject) -> Iterator[Hit]:
    """A condition is a value, a list of values, `{present: …}` or `{min: …, max: …}`.

    Why: what cannot be read cannot be matched, and the mode would never, or always, apply.

    Bad::

        when: {duration: {from: 5, to: 10}}

    Good::

        when: {duration: {min: 5, max: 10}}

    Cure: use one of the four forms; a condition on several properties is several keys. In a list, `null`
    stands for a property that is not given.
    """
    for mode in subject.modes:
        for name, value in _when(mode).items():
            if read_condition(value) is None:
                yield mode.hit(
                    f"the condition on `{clip(name)}` has no form that can be read, it is {say(value)}; "
                    "write a value, a list of values, {present: true} or {min: 1, max: 5}",
                    "when",
                    name,
                )


def ranges_hold_a_number(subject: Subject) -> Iterator[Hit]:
    """The `min` of a condition is not above its `max`.

    Why: no number is in such a range, so the mode's price can never apply.

    Bad::

        when: {duration: {min: 10, max: 5}}

    Good::

        when: {duration: {min: 5, max: 10}}

    Cure: exchange the two, or correct the wrong one.
    """
    for mode in subject.modes:
        for name, value in _when(mode).items():
            match read_condition(value):
                case Within(Decimal() as low, Decimal() as high) if low > high:
                    fact = f"no `{clip(name)}` is at least {amount_text(low)} and at most {amount_text(high)}"
                    yield mode.hit(f"{fact}; exchange the two, or correct one", "when", name)


def when_has_a_condition(subject: Subject) -> Iterator[Hit]:
    """A `when` that is written holds at least one condition.

    Why: an empty one means the same as none, but reads as if something was forgotten.

    Bad::

        when: {}

    Good::

        when: {resolution: 720p}

    Cure: add the condition, or remove the key.
    """
    for mode in subject.modes:
        if mode.fields.get("when") == {}:
            fix = Fix("remove `when`", (FixEdit((*mode.pointer, "when")),), is_safe=True)
            yield mode.hit("`when` is empty; add a condition, or remove the key", "when", fix=fix)


def read_condition(value: Value) -> Condition | None:
    """The condition, if it has one of the four forms and its numbers are finite."""
    condition = parse_condition(value)
    match condition:
        case Equals(one):
            numbers: Iterable[Scalar] = (one,)
        case OneOf(values):
            numbers = values
        case Within(low, high):
            numbers = (low, high)
        case _:
            numbers = ()
    is_sound = all(each.is_finite() for each in numbers if isinstance(each, Decimal))
    return condition if is_sound else None


def conditions_of(mode: Entry) -> Mapping[str, Condition] | None:
    """All conditions of a mode by property; `None` if one of them cannot be read."""
    return mode.once("conditions", _conditions)


def _conditions(mode: Entry) -> Mapping[str, Condition] | None:
    if not isinstance(mode.fields.get("when", {}), Mapping):
        return None
    read = {name: read_condition(value) for name, value in _when(mode).items()}
    known = {name: condition for name, condition in read.items() if condition is not None}
    return known if len(known) == len(read) else None


def condition_key(condition: Condition) -> Hashable:
    """One value for equal conditions: the order in a list does not count, and `1` is not `true`."""
    values = _values(condition)
    return condition if values is None else values


def can_both_hold(one: Condition, other: Condition) -> bool:
    """Whether some input can satisfy both conditions on one property."""
    if isinstance(one, Present) or isinstance(other, Present):
        return bool(_presences(one) & _presences(other))
    ours, theirs = _values(one), _values(other)
    if ours is not None and theirs is not None:
        return bool(ours & theirs)
    if isinstance(one, Within) and isinstance(other, Within):
        return _reaches(one, other) and _reaches(other, one)
    span = one if isinstance(one, Within) else other
    return any(_contains(span, value) for _, value in ours or theirs or ())


def _when(mode: Entry) -> Mapping[str, Value]:
    value = mode.fields.get("when")
    return value if isinstance(value, Mapping) else {}


def _values(condition: Condition) -> frozenset[tuple[bool, Scalar]] | None:
    # Python holds True and 1 for equal, JSON does not: each value carries whether it is a truth value.
    match condition:
        case Equals(value):
            return frozenset({(isinstance(value, bool), value)})
        case OneOf(values):
            return frozenset((isinstance(value, bool), value) for value in values)
        case _:
            return None


def _presences(condition: Condition) -> frozenset[bool]:
    """Whether the property may be there, and whether it may be left out."""
    if isinstance(condition, Present):
        return frozenset({condition.present})
    may_lack = isinstance(condition, OneOf) and None in condition.values
    return frozenset({True, False} if may_lack else {True})


def _reaches(one: Within, other: Within) -> bool:
    return one.minimum is None or other.maximum is None or one.minimum <= other.maximum


def _contains(span: Condition, value: Scalar) -> bool:
    return (
        isinstance(span, Within)
        and isinstance(value, Decimal)
        and _reaches(span, Within(value, value))
        and _reaches(Within(value, value), span)
    )
