"""Findings as JUnit XML, which build servers list as tests: a suite a file, a case a finding.

A finding below the limit is a skipped case, so that it is seen and fails nothing; a clean file is one case
that passed.
"""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from kie_catalog.domain.finding import Finding
from kie_catalog.reports.findings.view import CheckView

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def render(view: CheckView) -> str:
    """Render the suites."""
    failures = sum(map(view.fails, view.findings))
    suites = [line for file in view.files for line in _suite(file, view)]
    tests = sum(max(1, len(_of(file, view))) for file in view.files)
    told = _attributes(
        name="kie-catalog check",
        tests=tests,
        failures=failures,
        errors=0,
        skipped=len(view.findings) - failures,
        time=0,
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites {told}>", *suites, "</testsuites>"]
    return "\n".join(lines) + "\n"


def _of(file: str, view: CheckView) -> list[Finding]:
    """The findings of one file; those of files beside it belong to the first."""
    is_first = file == view.files[0]
    return [
        each
        for each in view.findings
        if each.where.path == file or (is_first and each.where.path not in view.files)
    ]


def _suite(file: str, view: CheckView) -> list[str]:
    findings = _of(file, view)
    failures = sum(map(view.fails, findings))
    told = _attributes(
        name=file,
        tests=max(1, len(findings)),
        failures=failures,
        errors=0,
        skipped=len(findings) - failures,
        time=0,
    )
    cases = [line for each in findings for line in _case(each, fails=view.fails(each))]
    return [
        f"  <testsuite {told}>",
        *(cases or [f"    <testcase {_attributes(name='clean', classname=file, time=0)}/>"]),
        "  </testsuite>",
    ]


def _case(finding: Finding, *, fails: bool) -> list[str]:
    where = finding.where
    name = f"{finding.code} {finding.name} {where.line}:{where.column}"
    told = _attributes(name=name, classname=where.path, time=0)
    body = _text("\n".join(filter(None, (str(finding), finding.help))))
    if fails:
        shown = _attributes(message=finding.message, type=str(finding.severity))
        return [f"    <testcase {told}>", f"      <failure {shown}>{body}</failure>", "    </testcase>"]
    shown = _attributes(message=f"{finding.severity}: {finding.message}")
    return [f"    <testcase {told}>", f"      <skipped {shown}/>", "    </testcase>"]


def _attributes(**values: object) -> str:
    return " ".join(f"{name}={quoteattr(_NOT_XML.sub('�', str(value)))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("�", text))
