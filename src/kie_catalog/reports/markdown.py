"""A report as Markdown: one view in, one text out, the same bytes for the same view."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from kie_catalog.domain.plan import Plan
from kie_catalog.reports import text
from kie_catalog.reports.open_points import OpenPoint, grouped
from kie_catalog.reports.view import ReportView, view

if TYPE_CHECKING:
    from jinja2 import Environment


def render(report: ReportView) -> str:
    """Render a view."""
    return _environment().get_template("report.md.jinja").render(report=report, plan=report.plan)


def render_plan(plan: Plan) -> str:
    """Render the report of a plan."""
    return render(view(plan))


def render_index(dates: list[tuple[str, str]]) -> str:
    """Render `reports/index.md`: file names with their verdicts, newest first."""
    return _environment().get_template("index.md.jinja").render(reports=dates)


def render_open(date: str, points: Sequence[OpenPoint]) -> str:
    """Render `reports/open.md`: what prices and input schemas leave open."""
    return _environment().get_template("open.md.jinja").render(date=date, groups=grouped(points))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 -- only a report needs it

    environment = Environment(
        loader=PackageLoader("kie_catalog.reports"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- Markdown, not HTML; the filters below escape for it
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        prose=text.prose,
        code=text.code,
        value=text.value,
        percent=text.percent,
        amount=_amount,
        counted=text.count,
    )
    return environment


def _amount(number: Decimal | None) -> str:
    return "—" if number is None else text.number(number)
