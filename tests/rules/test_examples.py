"""Every file and folder of a rule under tests/examples is a test: it says what the rule finds in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kie_catalog.domain.finding import Severity
from kie_catalog.rules.registry import RULES

from .cases import CATALOG, expected, findings, found, text_of

EXAMPLES = Path(__file__).parents[1] / "examples"
BY_NAME = {rule.name: rule for rule in RULES}
CASES = sorted(
    path
    for path in EXAMPLES.glob("*/*")
    if path.parent.name in BY_NAME and (path.suffix == ".yaml" or (path / CATALOG).is_file())
)
KINDS = ("positive", "negative", "boundary")


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_has_the_findings_it_says(path):
    """The rule of the folder finds what the example says, at that place, and nothing else."""
    rule = BY_NAME[path.parent.name]
    assert text_of(path).lstrip("\ufeff").startswith("# "), "the first line says in words what is expected"
    assert found(path, rule) == expected(path, rule)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_is_of_its_kind(path):
    """A positive example expects a finding; a negative one expects none, and is without error at all."""
    kind = path.name.partition("-")[0]
    assert kind in KINDS
    expectations = expected(path, BY_NAME[path.parent.name])
    if kind == "positive":
        assert expectations
    if kind == "negative":
        assert not expectations
        assert [str(each) for each in findings(path, *RULES) if each.severity is Severity.ERROR] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_has_examples_of_each_kind(rule, kind):
    """Nobody adds a rule without showing when it fires, when it does not, and where the edge is."""
    assert [path for path in CASES if path.parent.name == rule.name and path.name.startswith(f"{kind}-")]


def test_every_example_of_a_kind_is_of_a_rule():
    """A rule that is renamed takes its examples along."""
    kinds = {path.parent.name for kind in KINDS for path in EXAMPLES.glob(f"*/{kind}-*")}
    assert kinds - {"incidents"} == BY_NAME.keys()
