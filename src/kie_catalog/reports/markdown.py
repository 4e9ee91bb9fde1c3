"""A report as Markdown: one view in, one text out, the same bytes for the same view."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from kie_catalog.domain.plan import Plan
from kie_catalog.domain.values import plain_number
from kie_catalog.reports import text
from kie_catalog.reports.facts import Facts, RequestPrice
from kie_catalog.reports.open_points import OpenPoint, grouped
from kie_catalog.reports.sections import CUTS, LIMIT, SECTIONS
from kie_catalog.reports.view import ReportView, view

if TYPE_CHECKING:
    from jinja2 import Environment

_TOP: Final = ("summary", "decisions", "guards", "unmeasured")
"""What a job's summary holds."""


def render(report: ReportView, limit: int | None = LIMIT) -> str:
    """Render a view.

    Args:
        report: the view.
        limit: the most characters; what is least important is shortened first, by `sections.CUTS`. Decisions
            are never shortened unless they alone are longer. `None` for the whole report.
    """
    parts = {name: _section(report, name) for name in SECTIONS}
    if limit is None or sum(map(len, parts.values())) <= limit:
        return "".join(parts.values())
    cut = _shorten(report, parts, limit)
    whole, footer = "".join(parts.values()), _footer(report, cut)
    if len(whole) + len(footer) > limit:
        whole = _truncated(whole, limit - len(footer))
    return whole + footer


def _shorten(report: ReportView, parts: dict[str, str], limit: int) -> list[str]:
    """Put shorter forms in place until all fits, and give back what then still finds room.

    Returns:
        The names of the parts that stay shortened.
    """
    room = limit - len(_footer(report, SECTIONS)) - sum(map(len, parts.values()))
    before: dict[str, list[str]] = {}
    for name, form in CUTS:
        if room >= 0:
            break
        shorter = _section(report, name, form)
        if len(shorter) < len(parts[name]):
            room += len(parts[name]) - len(shorter)
            before.setdefault(name, []).append(parts[name])
            parts[name] = shorter
    for name in reversed(list(before)):
        longer = next((each for each in before[name] if len(each) - len(parts[name]) <= room), None)
        if longer is not None:
            room -= len(longer) - len(parts[name])
            if longer == before[name][0]:
                del before[name]
            parts[name] = longer
    return list(before)


def render_plan(plan: Plan, facts: Facts | None = None, limit: int | None = LIMIT) -> str:
    """Render the report of a plan, with what is known beside it."""
    return render(view(plan, facts), limit)


def render_summary(plan: Plan, facts: Facts | None = None, limit: int = LIMIT) -> str:
    """Render what somebody has to know at once: the summary of a job."""
    report = view(plan, facts)
    whole = "".join(_section(report, name) for name in _TOP)
    return whole if len(whole) <= limit else _truncated(whole, limit)


def render_index(dates: list[tuple[str, str]]) -> str:
    """Render `reports/index.md`: file names with their verdicts, newest first."""
    return _environment().get_template("index.md.jinja").render(reports=dates)


def render_open(date: str, points: Sequence[OpenPoint]) -> str:
    """Render `reports/open.md`: what prices and input schemas leave open."""
    return _environment().get_template("open.md.jinja").render(date=date, groups=grouped(points))


def _section(report: ReportView, name: str, form: int = 0) -> str:
    """One part of the report; form 0 is the whole of it, the others are shorter. Empty if it says nothing."""
    template = _environment().get_template(f"report/{name}.md.jinja")
    body = template.render(report=report, plan=report.plan, facts=report.facts, form=form).strip("\n")
    return f"{body}\n\n" if body else ""


def _footer(report: ReportView, cut: Sequence[str]) -> str:
    names = dict.fromkeys(cut)
    return _environment().get_template("report/footer.md.jinja").render(report=report, cut=list(names))


def _truncated(whole: str, limit: int) -> str:
    """As many lines as fit; a list of commands that is open then is closed."""
    note = "\n\nMore follows in the full report.\n\n"
    kept = whole[: max(0, limit - len(note) - 4)].rpartition("\n")[0]
    is_open = sum(line.startswith("```") for line in kept.splitlines()) % 2
    return kept + ("\n```" if is_open else "") + note


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
        some=_some,
        request=_request,
        priced=_priced,
    )
    return environment


def _amount(number: Decimal | None) -> str:
    return "—" if number is None else text.number(number)


def _some(items: Sequence[str], most: int = 4) -> str:
    """The first few, and how many more there are."""
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown


def _request(price: RequestPrice) -> str:
    """A request in a few words: `duration 5, resolution 720p`."""
    said = ", ".join(f"{name} {text.plain(value)}" for name, value in price.request.items())
    return text.code(said) if said else "any request"


def _priced(price: RequestPrice | None) -> str:
    if price is None or price.credits is None:
        return "—"
    usd = f" (${plain_number(price.usd)})" if price.usd is not None else ""
    return f"{plain_number(price.credits)} credits{usd}"
