"""Views for the tests of forms: one small file in full, and any findings there can be."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from kie_catalog.catalog.checking import Checked, check_file
from kie_catalog.cli.forms import view_of
from kie_catalog.domain.finding import Finding, Fix, FixEdit, Related, Severity, Where
from kie_catalog.reports.findings.view import CheckView, Replacement

EXAMPLE = Path(__file__).parents[2] / "examples" / "forms" / "catalog.yaml"
TODAY = "2026-08-25"


def checked_example() -> Checked:
    return check_file(EXAMPLE, "catalog.yaml", today=TODAY)


def example_view() -> CheckView:
    return view_of([checked_example()], Severity.ERROR, with_rules=True)


TEXTS = st.text(max_size=40)
LINES = st.integers(0, 30)
NAMES = st.one_of(st.none(), TEXTS)


@st.composite
def wheres(draw) -> Where:
    line = draw(LINES)
    column = draw(st.integers(1, 50)) if line else 0
    is_ended = line and draw(st.booleans())
    end_line = line + draw(st.integers(0, 3)) if is_ended else 0
    end_column = draw(st.integers(column, 60)) if is_ended else 0
    path = draw(st.sampled_from(["a.yaml", "folder/b c.yaml", "/tmp/ü%.yaml", "other.json"]))  # noqa: S108 -- a name
    return Where(path, line, column, ("models", draw(LINES), draw(TEXTS)), end_line, end_column)


@st.composite
def findings(draw, *, depth: int = 1) -> Finding:
    number = draw(st.integers(0, 3))
    fix = Fix(draw(TEXTS), (FixEdit(("a",), draw(TEXTS)),), is_safe=draw(st.booleans()))
    return Finding(
        code=f"KC{number}00",
        name=f"rule-{number}",
        severity=draw(st.sampled_from(Severity)),
        where=draw(wheres()),
        message=draw(TEXTS),
        model=draw(NAMES),
        mode=draw(NAMES),
        help=draw(TEXTS),
        related=tuple(Related(draw(TEXTS), draw(wheres())) for _ in range(draw(st.integers(0, 2)))),
        old=draw(TEXTS),
        new=draw(TEXTS),
        fix=draw(st.sampled_from([None, fix])),
        about=draw(TEXTS),
        follow_ups=tuple(draw(findings(depth=0)) for _ in range(draw(st.integers(0, 2)))) if depth else (),
    )


@st.composite
def views(draw) -> CheckView:
    found = draw(st.lists(findings(), max_size=25))
    told = sorted(found, key=lambda each: each.order)
    return CheckView(
        files=("a.yaml", "folder/b c.yaml"),
        findings=tuple(told),
        sources={"a.yaml": draw(st.text(max_size=300)), "folder/b c.yaml": "x\n\ty: 1\n"},
        replacements={
            each.fingerprint: (Replacement(each.where.path, 1, 1, 1, 2, draw(TEXTS)),) for each in told
        },
        suppressed=tuple((each, draw(TEXTS)) for each in draw(st.lists(findings(), max_size=2))),
        fail_on=draw(st.sampled_from([None, *Severity])),
        version="0.1.0",
    )
