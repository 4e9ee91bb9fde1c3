"""Findings as workflow commands of GitHub Actions, which show them beside the lines of a pull request.

GitHub shows ten annotations of a level in a step and drops the others without a word. So each level has nine
findings at most and one annotation that counts the rest; the worst level comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.reports.findings.view import CheckView
from kie_catalog.reports.text import clean, count

MOST: Final = 10
"""How many annotations of one level GitHub shows in a step."""

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(view: CheckView) -> str:
    """Render the annotations, and last the line that counts all findings."""
    lines = [line for severity in _LEVELS for line in _of_level(view, severity)]
    return "\n".join([*lines, _message(view.summary)]) + "\n"


def _of_level(view: CheckView, severity: Severity) -> Iterator[str]:
    findings = [each for each in view.findings if each.severity is severity]
    shown = findings if len(findings) <= MOST else findings[: MOST - 1]
    yield from map(_annotation, shown)
    if rest := findings[len(shown) :]:
        yield f"::{_LEVELS[severity]} title={_property('and more')}::{_message(_summed_up(rest))}"


def _summed_up(rest: Sequence[Finding]) -> str:
    by_name: dict[str, int] = {}
    for each in rest:
        by_name[f"{each.code} {each.name}"] = by_name.get(f"{each.code} {each.name}", 0) + 1
    named = ", ".join(f"{number} {name}" for name, number in sorted(by_name.items()))
    return f"{count(len(rest), str(rest[0].severity))} more that GitHub would not show: {named}"


def _annotation(finding: Finding) -> str:
    where = finding.where
    places = {"file": where.path}
    if where.line:
        places |= {"line": str(where.line), "col": str(where.column)}
        if where.end_line:
            places["endLine"] = str(where.end_line)
        if where.end_line == where.line:
            places["endColumn"] = str(where.end_column)
    places["title"] = f"{finding.code} {finding.name}"
    told = ",".join(f"{key}={_property(value)}" for key, value in places.items())
    return f"::{_LEVELS[finding.severity]} {told}::{_message(finding.message + CheckView.behind(finding))}"


def _message(text: str) -> str:
    """Text behind `::`; GitHub takes back exactly these escapes. A log line never begins another command."""
    return clean_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value in front of `::`, where colons and commas mean something too."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def clean_line(text: str) -> str:
    """A line that cannot be taken for a command of its own."""
    line = clean(text)
    return f" {line}" if line.startswith("::") else line
