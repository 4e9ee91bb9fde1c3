"""A report as JSON: the same view as the Markdown, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import Absence, to_json
from kie_catalog.reports.facts import Facts
from kie_catalog.reports.view import view

_LEFT_OUT: Final = frozenset({"plan", "facts", "price_chart", "provider_chart"})
"""What is told elsewhere, or only drawn."""


def render(plan: Plan, facts: Facts | None = None) -> dict[str, Any]:
    """The report of a plan, with what is known beside it."""
    report = view(plan, facts)
    said: dict[str, Any] = {
        each.name: _plain(getattr(report, each.name)) for each in fields(report) if each.name not in _LEFT_OUT
    }
    return {
        **said,
        "taken_at": plan.taken_at,
        "digest": plan.digest,
        "accounting": dict(plan.accounting),
        "kept": _plain(plan.kept),
        "findings": [each.to_json() for each in plan.findings],
        "remarks": list(plan.remarks),
        "unmeasured": _plain(plan.unmeasured),
        "provenance": _plain(plan.provenance),
    }


def _plain(value: Any) -> Any:
    """Values of any kind as JSON has them; what is absent is null."""
    if isinstance(value, Absence):
        return None
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return to_json(value)
