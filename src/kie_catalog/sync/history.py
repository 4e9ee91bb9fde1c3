"""`sync/history.jsonl`: what each plan did to prices, dated, a line each; the prices over time from it."""

from __future__ import annotations

import enum
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from kie_catalog.domain.change import (
    Added,
    Change,
    Corrected,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Removed,
    Renamed,
    Repriced,
    Retired,
    Returned,
    price_share,
)
from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import Fields, to_json
from kie_catalog.sync.state import present

PRICE: Final = ("charge", "unit", "per", "credits", "official_usd")
"""What makes a price."""
KEPT: Final = 40
"""How many lines a mode may have; the oldest are folded into one, so that the file stays small."""
FOLDED: Final = "older lines folded"


class Event(enum.StrEnum):
    """What happened to a price."""

    NEW = "new"
    CHANGED = "changed"
    CORRECTED = "corrected"
    MISSING = "missing"
    BACK = "back"
    RETIRED = "retired"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated line."""

    at: str
    """ISO date of what upstream said."""
    model: str
    mode: str | None
    """`None` when it is about the model as a whole."""
    event: Event
    price: Fields
    """The parts of the price that are others from then on."""
    note: str = ""

    def line(self) -> str:
        """The entry as its file holds it."""
        said: dict[str, Any] = {"at": self.at, "model": self.model}
        said |= {"mode": self.mode} if self.mode is not None else {}
        said |= {"event": self.event.value}
        said |= {name: to_json(value) for name, value in self.price.items()}
        said |= {"note": self.note} if self.note else {}
        return json.dumps(said, ensure_ascii=False)


def entries_of(plan: Plan) -> list[Entry]:
    """The entries that a plan adds, in the order of its changes; several parts of one price are one entry."""
    entries: dict[tuple[str, str | None, Event], Entry] = {}
    for change in plan.changes:
        for entry in _entries(change, plan.taken_at):
            key = (entry.model, entry.mode, entry.event)
            before = entries.get(key)
            entries[key] = replace(entry, price={**before.price, **entry.price}) if before else entry
    return list(entries.values())


def _entries(change: Change, at: str) -> Iterator[Entry]:
    match change:
        case Added(model, _, modes, _):
            yield from (Entry(at, model, mode, Event.NEW, _price(fields)) for mode, fields in modes.items())
        case ModeAdded(model, mode, fields, _):
            yield Entry(at, model, mode, Event.NEW, _price(fields))
        case Repriced(model, mode, _, theirs):
            yield Entry(at, model, mode, Event.CHANGED, _price(theirs))
        case Corrected(model, mode, _, theirs, why):
            yield Entry(at, model, mode, Event.CORRECTED, _price(theirs), why)
        case ModeChanged(model, mode, field, _, theirs) if field in PRICE:
            yield Entry(at, model, mode, Event.CHANGED, {field: dict(present({"": theirs})).get("")})
        case Renamed(model, was):
            yield Entry(at, model, None, Event.RENAMED, {}, was)
        case _:
            yield from _lives(change, at)


def _lives(change: Change, at: str) -> Iterator[Entry]:
    match change:
        case Lost(model):
            yield Entry(at, model, None, Event.MISSING, {})
        case ModeLost(model, mode):
            yield Entry(at, model, mode, Event.MISSING, {})
        case Returned(model):
            yield Entry(at, model, None, Event.BACK, {})
        case ModeReturned(model, mode):
            yield Entry(at, model, mode, Event.BACK, {})
        case Retired(model, mode):
            yield Entry(at, model, mode, Event.RETIRED, {})
        case Removed(model, None, str(to)):
            yield Entry(at, to, None, Event.RENAMED, {}, model)
        case Removed(model, mode):
            yield Entry(at, model, mode, Event.REMOVED, {})


def _price(fields: Fields) -> Fields:
    return {name: fields[name] for name in PRICE if name in fields}


def read_history(text: str) -> list[Entry]:
    """Read the file.

    Raises:
        ValueError: a line is none of ours; it is named.
    """
    # Not `splitlines`, for which some characters in a note of upstream's would end a line too.
    return [_entry(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _entry(line: str, number: int) -> Entry:
    try:
        said = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        price = {name: said[name] for name in PRICE if name in said}
        note = said.get("note", "")
        return Entry(said["at"], said["model"], said.get("mode"), Event(said["event"]), price, note)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"line {number} is no entry of a history") from None


def appended(text: str, entries: Sequence[Entry]) -> str:
    """The file with entries added, the oldest of a mode that has many folded into one.

    Raises:
        ValueError: the file is damaged.
    """
    if not entries:
        return text
    whole = [*read_history(text), *entries]
    counts: dict[tuple[str, str | None], int] = defaultdict(int)
    for entry in whole:
        counts[entry.model, entry.mode] += 1
    if max(counts.values()) > KEPT:
        whole = _folded(whole, counts)
    elif text.endswith("\n") or not text:
        return text + "".join(f"{entry.line()}\n" for entry in entries)
    return "".join(f"{entry.line()}\n" for entry in whole)


def _folded(entries: Iterable[Entry], counts: Mapping[tuple[str, str | None], int]) -> list[Entry]:
    left = {key: count - KEPT for key, count in counts.items() if count > KEPT}
    sums: dict[tuple[str, str | None], Fields] = {}
    kept: list[Entry] = []
    for entry in entries:
        key = (entry.model, entry.mode)
        if left.get(key, -1) < 0:
            kept.append(entry)
            continue
        sums[key] = {**sums.get(key, {}), **entry.price}
        left[key] -= 1
        if left[key] < 0:
            kept.append(replace(entry, event=Event.NEW, price=sums[key], note=FOLDED))
    return kept


@dataclass(frozen=True, slots=True)
class Dated:
    """A mode's price from one day on."""

    at: str
    event: Event
    price: Fields
    """Every part of the price as it is from then on."""
    share: Decimal | None
    """By how much the credits moved against the price before; `None` where they did not, or from nothing."""
    note: str = ""


def prices_over_time(entries: Iterable[Entry], model: str) -> dict[str, list[Dated]]:
    """Each mode's prices over time, by mode; what a model was called before counts as the model."""
    known = list(entries)
    names = _names(known, model)
    dated: dict[str, list[Dated]] = {}
    for entry in known:
        if entry.model not in names:
            continue
        modes = [entry.mode] if entry.mode is not None else list(dated)
        for mode in modes:
            dated.setdefault(mode, []).append(_dated(entry, dated.get(mode, ())))
    return dated


def _names(entries: Sequence[Entry], model: str) -> set[str]:
    names = {model}
    for entry in reversed(entries):
        if entry.event is Event.RENAMED and entry.model in names:
            names.add(entry.note)
    return names


def _dated(entry: Entry, before: Sequence[Dated]) -> Dated:
    last = before[-1].price if before else {}
    price = {name: value for name, value in {**last, **entry.price}.items() if value is not None}
    share = price_share(last, price)
    return Dated(entry.at, entry.event, price, share or None, entry.note)
