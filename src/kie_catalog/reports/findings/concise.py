"""A line a finding, as compilers write it: `file:line:col: CODE severity name: message`."""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.domain.finding import Finding
from kie_catalog.reports.findings.view import CheckView


def render(view: CheckView) -> str:
    """Render the findings, and one line that counts them."""
    return "\n".join([*map(line, view.findings), view.summary]) + "\n"


def line(finding: Finding) -> str:
    """One finding in one line, with the number of those it brings about."""
    behind = f" (and {len(finding.follow_ups)} that follow)" if finding.follow_ups else ""
    return f"{finding}{behind}"


def lines(view: CheckView) -> Iterator[str]:
    """The findings' lines alone."""
    return map(line, view.findings)
