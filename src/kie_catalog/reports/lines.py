"""Changes in words, a line each, for a terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from kie_catalog.domain.change import (
    Added,
    Change,
    Conflicted,
    FieldChanged,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Repriced,
    SchemaChanged,
    Version,
)
from kie_catalog.domain.values import Absence, Fields, canonical, plain_number
from kie_catalog.reports.text import clean, count, percent


def headline(change: Change) -> str:  # noqa: C901 -- one line a kind of change
    """One change in one line."""
    match change:
        case Added(model, fields, modes, gaps):
            lacks = f", hidden: {', '.join(gaps)}" if gaps else ""
            return f"+ {model}: {clean(str(fields.get('title', '')))}, {count(len(modes), 'mode')}{lacks}"
        case Lost(model):
            return f"- {model}: in no source any more"
        case FieldChanged(model, field, ours, theirs):
            return f"~ {model}: {field} {_show(ours)} -> {_show(theirs)}"
        case ModeAdded(model, mode, fields, _):
            return f"+ {model} {mode}: {_price(fields)}"
        case ModeLost(model, mode):
            return f"- {model} {mode}: no price row any more"
        case ModeReturned(model, mode):
            return f"+ {model} {mode}: is back"
        case Repriced(model, mode, ours, theirs):
            moved = ", ".join(f"{name} {_show(ours.get(name))} -> {_show(theirs[name])}" for name in theirs)
            return f"~ {model} {mode}: {moved} ({percent(change.share)})"
        case ModeChanged(model, mode, field, ours, theirs):
            return f"~ {model} {mode}: {field} {_show(ours)} -> {_show(theirs)}"
        case SchemaChanged(model, _, details):
            return f"~ {model}: input schema {clean('; '.join(details)) if details else 'is new'}"
        case Conflicted(model, mode, field, base, ours, theirs):
            place = " ".join(part for part in (model, mode, field) if part)
            return (
                f"! {place}: decide between ours {_show(ours)} and theirs {_show(theirs)} (was {_show(base)})"
            )
        case _:
            assert_never(change)


def _price(fields: Fields) -> str:
    return f"{_show(fields.get('credits'))} credits per {fields.get('unit', 'unit')}"


def _show(version: Version) -> str:
    if version is None or isinstance(version, Absence):
        return "nothing"
    if isinstance(version, Decimal):
        return plain_number(version)
    return clean(version if isinstance(version, str) else canonical(version))
