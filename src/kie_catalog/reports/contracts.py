"""Input schemas that moved, by what it means to their callers, each tied to the prices it touches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kie_catalog.domain.change import SchemaChanged
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.text import count

_PROPERTY: Final = re.compile(r"/properties/([^/\s:]+)")
_BOOKKEEPING: Final = "/x-kie"
"""What was mended, and how sure that is: of no concern to callers."""
_CLASSES: Final = (
    ("breaking", "Requests that were legal are refused now, or mean something else."),
    ("risky", "Whether callers notice depends on what they send or show."),
    ("changed", "How much it means to callers is not known."),
    ("compatible", "Every request that was legal still is."),
)


@dataclass(frozen=True, slots=True)
class ContractView:
    """One input schema that moved."""

    model: str
    details: tuple[str, ...]
    touches: tuple[str, ...]
    """The properties among them that prices depend on: `resolution (4 modes)`."""


@dataclass(frozen=True, slots=True)
class ContractClass:
    """All of one class."""

    name: str
    meaning: str
    contracts: tuple[ContractView, ...]
    mended: tuple[str, ...]
    """Models of which only the record of what was mended moved."""


def contract_classes(changes: Sequence[SchemaChanged], facts: Facts) -> tuple[ContractClass, ...]:
    """The changed input schemas, the ones that break callers first, those that touch prices before others."""
    views = [(each.compatibility or "changed", _view(each, facts)) for each in changes if each.details]
    return tuple(
        _class(name, meaning, found)
        for name, meaning in _CLASSES
        if (found := [view for kind, view in views if kind == name])
    )


def _class(name: str, meaning: str, views: Sequence[ContractView]) -> ContractClass:
    ordered = sorted(views, key=lambda view: (not view.touches, view.model))
    told = tuple(view for view in ordered if view.details)
    return ContractClass(name, meaning, told, tuple(view.model for view in ordered if not view.details))


def _view(change: SchemaChanged, facts: Facts) -> ContractView:
    priced_by = facts.of(change.model).priced_by
    named = dict.fromkeys(name for line in change.details for name in _PROPERTY.findall(line))
    touched = tuple(f"{name} ({count(priced_by[name], 'mode')})" for name in named if name in priced_by)
    details = tuple(line for line in change.details if not line.startswith(_BOOKKEEPING))
    return ContractView(change.model, details, touched)
