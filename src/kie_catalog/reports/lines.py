"""Changes in words, a line each, for a terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias, assert_never

from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    Corrected,
    FieldChanged,
    Held,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Removed,
    RenameAsked,
    Renamed,
    Repriced,
    Retired,
    Returned,
    SchemaChanged,
    StillRemoved,
    Version,
    Waiting,
    Withheld,
)
from kie_catalog.domain.values import Absence, Fields, canonical, plain_number
from kie_catalog.reports.text import clean, count, percent

Life: TypeAlias = Added | Lost | Returned | Retired | Removed | Renamed | ModeAdded | ModeLost | ModeReturned
"""What comes and goes."""
Moved: TypeAlias = FieldChanged | Repriced | Corrected | ModeChanged | SchemaChanged
"""What says something else."""


def headline(change: Change) -> str:
    """One change in one line."""
    if isinstance(change, Waiting):
        return _waiting(change)
    if isinstance(change, Life):
        return _life(change)
    return _moved_value(change)


def _moved_value(change: Moved) -> str:
    match change:
        case FieldChanged(model, field, ours, theirs):
            return f"~ {model}: {field} {_show(ours)} -> {_show(theirs)}"
        case Repriced(model, mode):
            return f"~ {model} {mode}: {_moved(change)} ({percent(change.share)})"
        case Corrected(model, mode, _, _, why):
            return f"~ {model} {mode}: corrected {_moved(change)} ({why})"
        case ModeChanged(model, mode, field, ours, theirs):
            return f"~ {model} {mode}: {field} {_show(ours)} -> {_show(theirs)}"
        case SchemaChanged(model, _, details):
            return f"~ {model}: input schema {clean('; '.join(details)) if details else 'is new'}"
        case _:
            assert_never(change)


def _life(change: Life) -> str:  # noqa: C901 -- one line a kind of change
    match change:
        case Added(model, fields, modes, gaps):
            lacks = f", hidden: {clean(', '.join(gaps))}" if gaps else ""
            return f"+ {model}: {clean(str(fields.get('title', '')))}, {count(len(modes), 'mode')}{lacks}"
        case Lost(model):
            return f"- {model}: in no source any more"
        case ModeAdded(model, mode, fields, _):
            return f"+ {model} {mode}: {_price(fields)}"
        case ModeLost(model, mode):
            return f"- {model} {mode}: no price row any more"
        case ModeReturned(model, mode):
            return f"+ {model} {mode}: is back"
        case Returned(model, status):
            return f"+ {model}: is back, {status}"
        case Retired(model, mode):
            return f"- {_place(model, mode)}: missing for so long that it is retired"
        case Removed(model, mode, to):
            goes_on = f", goes on as {to}" if to else ""
            return f"- {_place(model, mode)}: taken out by a decision{goes_on}"
        case Renamed(model, was):
            return f"~ {model}: was {was}, renamed by a decision"
        case _:
            assert_never(change)


def _waiting(change: Waiting) -> str:
    match change:
        case Conflicted(model, mode, field, base, ours, theirs):
            said = f"ours {_show(ours)} and theirs {_show(theirs)} (was {_show(base)})"
            return f"! {_place(model, mode, field)}: decide between {said}"
        case Held(model, mode, field, ours, theirs, reason):
            moved = f"{_show(ours)} stays, upstream says {_show(theirs)}: " if field else ""
            return f"= {_place(model, mode, field)}: held, {moved}{clean(reason)}"
        case Withheld(model, guards, details):
            lifts = " ".join(f"--lift {guard}@{model}" for guard in guards)
            return f"! {model}: withheld, {clean('; '.join(details))}; if that is right, pass {lifts}"
        case RenameAsked(model, to, evidence):
            return f"? {model}: renamed to {to}? {clean(', '.join(evidence))}"
        case StillRemoved(model, mode, details):
            return f"= {_place(model, mode)}: stays removed, upstream moved it: {clean('; '.join(details))}"
        case _:
            assert_never(change)


def _place(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _moved(change: Repriced | Corrected) -> str:
    return ", ".join(
        f"{name} {_show(change.ours.get(name))} -> {_show(value)}" for name, value in change.theirs.items()
    )


def _price(fields: Fields) -> str:
    return f"{_show(fields.get('credits'))} credits per {fields.get('unit', 'unit')}"


def _show(version: Version) -> str:
    if version is None or isinstance(version, Absence):
        return "nothing"
    if isinstance(version, Decimal):
        return plain_number(version)
    return clean(version if isinstance(version, str) else canonical(version))
