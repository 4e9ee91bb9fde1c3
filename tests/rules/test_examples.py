"""Every file under tests/examples is a test: a small catalog that says which findings its rule makes.

A line `# expect: KC204 5:12` stands for a finding of that code at line 5, column 12; a word after it
(`warning`) is its severity, where it is not the rule's own. Only findings of the folder's rule count.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.rules.registry import RULES, Rule, check

from .fakes import Written

EXAMPLES = Path(__file__).parents[1] / "examples"
BY_NAME = {rule.name: rule for rule in RULES}
FILES = sorted(path for path in EXAMPLES.glob("*/*.yaml") if path.parent.name in BY_NAME)
EXPECTATION = re.compile(r"^# expect: (KC\d{3}) (\d+):(\d+)(?: (info|warning|error))?$", re.MULTILINE)
KINDS = ("positive", "negative", "boundary")


def expected(text: str, rule: Rule) -> list[tuple[str, int, int, str]]:
    return sorted(
        (code, int(line), int(column), severity or str(rule.severity))
        for code, line, column, severity in EXPECTATION.findall(text)
    )


def found(text: str, rule: Rule) -> list[tuple[str, int, int, str]]:
    return sorted(
        (finding.code, finding.where.line, finding.where.column, str(finding.severity))
        for finding in check(Written(text), [rule])
    )


def errors(text: str) -> list[Finding]:
    return [finding for finding in check(Written(text)) if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_has_the_findings_it_says(path):
    """The rule of the folder finds what the file says, at that line and column, and nothing else."""
    text = path.read_text(encoding="utf-8")
    rule = BY_NAME[path.parent.name]
    assert text.startswith("# "), "the first line says in words what is expected"
    assert found(text, rule) == expected(text, rule)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_is_of_its_kind(path):
    """A positive example expects a finding; a negative one expects none, and is without error at all."""
    text = path.read_text(encoding="utf-8")
    kind = path.name.partition("-")[0]
    assert kind in KINDS
    expectations = expected(text, BY_NAME[path.parent.name])
    if kind == "positive":
        assert expectations
    if kind == "negative":
        assert not expectations
        assert errors(text) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_has_examples_of_each_kind(rule, kind):
    """Nobody adds a rule without showing when it fires, when it does not, and where the edge is."""
    assert list((EXAMPLES / rule.name).glob(f"{kind}-*.yaml"))
