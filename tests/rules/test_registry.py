"""The registry: one rule, one code, one name, one page of documentation."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal

import pytest

from kie_catalog.domain.finding import Severity
from kie_catalog.rules.registry import RULES, check

from .fakes import Plain, Written

PARTS = ("\n\nWhy: ", "\n\nBad::\n\n", "\n\nGood::\n\n", "\n\nCure: ")


def test_codes_and_names_are_unique():
    """A code or a name that a person looks up leads to one rule."""
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert len({rule.check for rule in RULES}) == len(RULES)


def test_rules_stand_in_the_order_of_their_codes():
    """The list reads as the documentation does."""
    codes = [rule.code for rule in RULES]
    assert codes == sorted(codes)
    assert all(re.fullmatch(r"KC[0-9]\d\d", code) for code in codes)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_is_documented(rule):
    """The docstring states the law in a sentence, then says why, shows bad and good, and gives the cure."""
    assert re.fullmatch(r"[A-Z`].{10,78}\.", rule.law)
    places = [rule.text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


def test_a_finding_carries_its_rule_its_place_and_its_model():
    """What a hit leaves out, the rule and the document add."""
    text = "version: '2.0'\nmodels:\n- id: a/b\n  modes:\n  - id: one\n    credits: -1\n"
    [rule] = [rule for rule in RULES if rule.name == "impossible-price"]
    [finding] = check(Written(text, "some.yaml"), [rule])
    assert str(finding) == (
        "some.yaml:6:14: KC201 error impossible-price: "
        "`credits` is -1, which no price can be; write what upstream asks for"
    )
    assert (finding.model, finding.mode) == ("a/b", "one")
    assert finding.where.pointer == ("models", 0, "modes", 0, "credits")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "1e999999", "1e-999999"])
def test_a_number_that_is_no_amount_is_no_price(text):
    """A YAML file can hardly hold one, other documents can; every rule that reckons passes it by."""
    mode = {"id": "one", "credits": Decimal(text), "official_usd": Decimal(text), "per": Decimal(text)}
    findings = check(Plain({"version": "2.0", "models": [{"id": "a", "status": "active", "modes": [mode]}]}))
    amounts = [each.name for each in findings if each.code.startswith("KC2")]
    assert sorted(amounts) == ["impossible-per", "impossible-price", "impossible-price"]


def test_there_are_families_from_load_to_comments():
    """Load, structure, price, closure, input, source, decisions, guards, comments; sixty rules and more."""
    assert {rule.code[:3] for rule in RULES} == {f"KC{family}" for family in "012345679"}
    assert len(RULES) >= 60


def test_rules_are_cheap_to_import():
    """A start-up check waits for nothing that only some rules, or none, would need."""
    heavy = (
        "{'pydantic', 'jsonschema', 'yaml', 'httpx', 'deepdiff', 'jinja2', 'click', 'kie_catalog.catalog'}"
    )
    code = f"import sys, kie_catalog.rules.registry; print(*({heavy} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_an_empty_file_is_one_finding():
    """Where there is nothing to judge, only that is said."""
    assert [(each.code, each.severity) for each in check(Plain(None))] == [("KC101", Severity.ERROR)]
