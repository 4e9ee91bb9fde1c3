"""The Markdown of a plan with many changes: prices moved, models added, decisions asked for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks.measuring import TIMES, least
from benchmarks.rows import Limit, Row
from kie_catalog.domain.change import Added, Change, Conflicted, FieldChanged, Repriced
from kie_catalog.domain.plan import Plan, Totals
from kie_catalog.reports.markdown import render_plan

CHANGES = 100
IN_STEP = Limit(1.2, "a change is one entry, and entries are put in order once")


def rows(place: Path) -> Iterator[Row]:
    del place
    for times in TIMES:
        plan = busy_plan(CHANGES * times)
        yield Row(
            "render a report",
            least(lambda plan=plan: render_plan(plan), 5 if times == 1 else 2),
            times,
            f"{CHANGES * times:,} changes",
            growth=IN_STEP if times == TIMES[-1] else None,
        )


def busy_plan(changes: int) -> Plan:
    """A plan that moves prices, adds models and asks for decisions, in equal parts."""
    price = {"credits": Decimal(4), "official_usd": Decimal("0.02")}
    mode = {"unit": "second", **price}
    made: list[Change] = []
    for at in range(changes // 4):
        made += [
            Repriced(f"a/{at}", "480p", price, {"credits": Decimal(5 + at)}),
            Added(f"b/{at}", {"title": "One", "type": "t2v"}, {"480p": mode}, ()),
            FieldChanged(f"c/{at}", "title", "One", "Two"),
            Conflicted(f"d/{at}", "480p", "credits", Decimal(1), Decimal(2), Decimal(3)),
        ]
    rows = {"rows": 0, "resolved": 0, "ignored": 0, "unresolved": 0}
    return Plan("2026-08-22", {}, tuple(made), {}, rows, (), (), (), (), (), Totals(0, 0))
