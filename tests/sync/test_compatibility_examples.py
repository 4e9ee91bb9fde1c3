"""Every rule of compatibility by three examples: where it holds, where not, and at its edge."""

import json
from pathlib import Path

import pytest

from kie_catalog.sync.compatibility import ALL_RULES, MODEL_RULES, InputShape, compare_inputs, compare_schemas

FOLDER = Path(__file__).parents[1] / "examples" / "compatibility"
RULES = {rule.id: rule for rule in ALL_RULES}
OF_MODELS = {rule.id for rule in MODEL_RULES}


def found(rule, case):
    if rule in OF_MODELS:
        sides = [
            {model: InputShape(**shape) for model, shape in case[side].items()} for side in ("base", "theirs")
        ]
        return {change.rule for change in compare_inputs(*sides)}
    changes = compare_schemas(case["base"], case["theirs"], priced=case.get("priced", ()))
    return {change.rule for change in changes}


def example(rule):
    return json.loads((FOLDER / f"{rule}.json").read_text(encoding="utf-8"))


def test_there_are_at_least_sixty_rules_each_with_its_example_and_no_example_without_a_rule():
    assert len(ALL_RULES) >= 60
    assert len(RULES) == len(ALL_RULES), "an id stands twice"
    assert {file.stem for file in FOLDER.glob("*.json")} == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_rule_finds_its_positive_example(rule):
    assert rule in found(rule, example(rule)["positive"])


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_rule_leaves_its_negative_example_alone(rule):
    assert rule not in found(rule, example(rule)["negative"])


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_rule_decides_its_edge_as_the_example_says(rule):
    case = example(rule)["boundary"]
    assert (rule in found(rule, case)) is case["found"], case["why"]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_a_sentence(rule):
    assert RULES[rule].sentence
    assert not RULES[rule].sentence.endswith(".")
