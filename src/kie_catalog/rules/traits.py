"""Traits: what a mode offers, read from its `when` or its notes, so that two can be held side by side."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.condition import Equals, OneOf, parse_condition
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import Scalar, Value
from kie_catalog.rules.conditions import condition_key, conditions_of
from kie_catalog.rules.notes import GRADES, Said, said, seconds_of, size_of
from kie_catalog.rules.subject import Entry

DURATIONS: Final = ("duration", "seconds", "n_frames", "video_length")
TIMED: Final = frozenset({Unit.SECOND.value, Unit.MINUTE.value})


@dataclass(frozen=True, slots=True)
class Traits:
    """What one mode offers."""

    size: int | None
    seconds: Decimal | None
    """Of a clip that is sold whole; `None` for a price by time."""
    sound: bool | None
    grades: tuple[str, ...]
    rest: Hashable
    """Everything else that tells it from others."""


@dataclass(frozen=True, slots=True)
class Step:
    """In what one mode is above another one, everything else being equal."""

    what: str
    higher: str
    lower: str


def words_of(mode: Entry) -> Said:
    """What the notes of a mode say; in version 1 its titles speak too, where there are no notes."""
    return said(mode.text("notes") or "")


def traits_of(mode: Entry) -> Traits | None:
    """The traits of a mode; `None` where they can't be read."""
    conditions = conditions_of(mode)
    unit = mode.text("unit")
    if conditions is None or unit is None:
        return None
    basis = (mode.text("charge") or Charge.OUTPUT.value, unit, mode.fields.get("per", Decimal(1)))
    if not isinstance(basis[2], Decimal):
        return None
    if conditions:
        return _from_when(mode.fields["when"], basis, is_timed=unit in TIMED)
    words, is_timed = words_of(mode), unit in TIMED
    named = (mode.text("title_ru"), mode.text("short_hint_ru"))
    return Traits(
        size=max(words.sizes, default=None),
        seconds=None if is_timed else max(words.seconds, default=None),
        sound=words.sound,
        grades=words.grades,
        rest=(basis, words.rest, words.at_most, words.pack, named, words.seconds if is_timed else None),
    )


def _from_when(when: Value, basis: Hashable, *, is_timed: bool) -> Traits | None:
    size, seconds, sound = None, None, None
    grades: list[str] = []
    rest: list[Hashable] = [basis]
    for name, value in sorted(when.items()) if isinstance(when, Mapping) else ():
        if (lines := size_of(value)) is not None and size is None:
            size = lines
        elif name in DURATIONS and not is_timed and (length := seconds_of(value)) is not None:
            seconds = length
        elif isinstance(value, bool) and ("audio" in name or "sound" in name):
            sound = value
        elif isinstance(value, str) and value.lower() in GRADES:
            grades.append(value.lower())
            rest.append(name)
        elif (condition := parse_condition(value)) is not None:
            rest.append((name, condition_key(condition)))
    return Traits(size, seconds, sound, tuple(grades), tuple(rest))


def step_between(one: Traits, other: Traits) -> Step | None:
    """In what `one` is above `other`, if that is all that tells them apart."""
    if one.rest != other.rest:
        return None
    steps = [step for step in _steps(one, other) if step is not None]
    same = sum(
        (
            one.size == other.size,
            one.seconds == other.seconds,
            one.sound == other.sound,
            one.grades == other.grades,
        )
    )
    return steps[0] if len(steps) == 1 and same == _TRAITS - 1 else None


_TRAITS: Final = 4


def _steps(one: Traits, other: Traits) -> Iterator[Step | None]:
    if one.size is not None and other.size is not None and one.size > other.size:
        yield Step("size", f"{one.size} lines", f"{other.size}")
    if one.seconds is not None and other.seconds is not None and one.seconds > other.seconds:
        yield Step("length", f"{one.seconds:f} seconds", f"{other.seconds:f}")
    if one.sound is True and other.sound is False:
        yield Step("sound", "with sound", "without")
    yield _grade_step(one.grades, other.grades)


def _grade_step(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Step | None:
    """One word replaced by one of a lower rank."""
    if len(ours) != len(theirs):
        return None
    differing = [(high, low) for high, low in zip(ours, theirs, strict=True) if high != low]
    if len(differing) != 1 or GRADES[differing[0][0]] <= GRADES[differing[0][1]]:
        return None
    return Step("grade", differing[0][0], differing[0][1])


@lru_cache(maxsize=8192)
def id_grades(model_id: str) -> tuple[str, ...]:
    """The words for grades in a model's id."""
    return said(model_id.replace("/", " ").replace("-", " ")).grades


def plain_id(model_id: str) -> str:
    """A model's id without its words for grades."""
    words = model_id.replace("/", "-").split("-")
    return "-".join(word for word in words if word not in GRADES)


def sizes_in(value: Value) -> frozenset[int]:
    """The sizes that a condition names; empty where one of its values names none."""
    sizes = [size_of(each) for each in _scalars(value)]
    return frozenset(each for each in sizes if each is not None) if None not in sizes else frozenset()


def seconds_in(value: Value) -> frozenset[Decimal]:
    """The seconds that a condition names; empty where one of its values counts none."""
    seconds = [seconds_of(each) for each in _scalars(value)]
    return frozenset(each for each in seconds if each is not None) if None not in seconds else frozenset()


def _scalars(value: Value) -> tuple[Scalar, ...]:
    match parse_condition(value):
        case Equals(one):
            return (one,)
        case OneOf(several):
            return several
        case _:
            return ()
