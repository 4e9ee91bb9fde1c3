"""A line a finding, as compilers write it: `file:line:col: CODE severity name: message`."""

from __future__ import annotations

from kie_catalog.domain.finding import Finding
from kie_catalog.reports.findings.view import CheckView


def render(view: CheckView) -> str:
    """Render the findings, and one line that counts them."""
    return "\n".join([*map(line, view.findings), view.summary]) + "\n"


def line(finding: Finding) -> str:
    """One finding in one line, with the number of those it brings about."""
    return f"{finding}{CheckView.behind(finding)}"
