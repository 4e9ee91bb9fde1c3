"""Findings as Markdown, for a pull request or a job summary: a table a severity, the worst first."""

from __future__ import annotations

from collections.abc import Iterator

from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.reports.findings.view import CheckView
from kie_catalog.reports.text import code, count, prose


def render(view: CheckView) -> str:
    """Render a headline, the tables, and what the files accept."""
    parts = ["# Check", "", f"**{prose(view.summary)}.**", ""]
    for severity in sorted(Severity, reverse=True):
        findings = [each for each in view.findings if each.severity is severity]
        if findings:
            parts += [f"## {count(len(findings), str(severity)).capitalize()}", ""]
            parts += ["| place | rule | model | what is wrong |", "| --- | --- | --- | --- |"]
            parts += [*map(_row, findings), ""]
    if view.suppressed:
        parts += ["## Accepted in the file", "", *_accepted(view), ""]
    return "\n".join(parts)


def _row(finding: Finding) -> str:
    part = " ".join(code(each) for each in (finding.model, finding.mode) if each)
    told = prose(finding.message + CheckView.behind(finding))
    return (
        f"| {code(str(finding.where))} | {code(f'{finding.code} {finding.name}')} | {part or '—'} | {told} |"
    )


def _accepted(view: CheckView) -> Iterator[str]:
    for finding, reason in view.suppressed:
        rule = code(f"{finding.code} {finding.name}")
        yield f"- {code(str(finding.where))} {rule}: {prose(reason)}"
