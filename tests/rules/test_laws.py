"""Laws of all rules, whatever the data."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.domain.condition import Equals, OneOf, Present, Within
from kie_catalog.domain.finding import Severity, Where
from kie_catalog.rules.conditions import can_both_hold
from kie_catalog.rules.evidence import Evidence, Recorded, Row
from kie_catalog.rules.registry import RULES, check

from .fakes import Plain
from .strategies import LEAVES, NUMBERS, ODD_NUMBERS, catalogs, evidence, mutated, nested

# Laws about how models stand to each other.
OF_MANY = {
    "duplicate-model",
    "similar-ids",
    "unsorted-models",
    "repeated-title",
    "swapped-models",
    "notes-against-id",
}
OF_ROWS = [rule for rule in RULES if "KC501" <= rule.code <= "KC508"]
ANYTHING = nested(LEAVES | ODD_NUMBERS)
CONDITIONS = st.one_of(
    st.builds(Equals, LEAVES.filter(lambda value: value is not None)),
    st.builds(lambda values: OneOf(tuple(values)), st.lists(NUMBERS | st.booleans(), min_size=1, max_size=3)),
    st.builds(Present, st.booleans()),
    st.builds(Within, st.none() | NUMBERS, st.none() | NUMBERS),
)


@settings(max_examples=200)
@given(data=mutated(LEAVES | ODD_NUMBERS) | ANYTHING)
def test_no_rule_raises_and_every_finding_points_at_what_exists(data):
    """A model of any shape costs findings, never the pass; the fake refuses a pointer to nowhere."""
    for finding in check(Plain(data)):
        assert finding.where.line > 0
        assert finding.message.isprintable(), "one line, and safe on any terminal"


@settings(max_examples=200)
@given(data=mutated(LEAVES | ODD_NUMBERS), evidence=evidence())
def test_no_evidence_makes_a_rule_raise(data, evidence):
    """Schemas of any shape, and rows that are about other models or none, cost findings, never the pass."""
    for finding in check(Plain(data), evidence=evidence):
        assert finding.message.isprintable()
        assert finding.where.path


@given(data=catalogs(least=1))
def test_rows_that_say_what_the_catalog_says_find_nothing(data):
    """A catalog that agrees with upstream in every row breaks no law about rows."""
    rows = [
        Row(mode.get("notes") or mode["id"], model["id"], mode.get("id", ""), mode, Where("feed"))
        for model in data["models"]
        for mode in model["modes"]
    ]
    documented = frozenset(model["id"] for model in data["models"])
    recorded = Recorded(data["last_updated"], "feed", tuple(rows), documented)
    found = check(Plain(data), OF_ROWS, Evidence(recorded=(recorded,)))
    assert [str(each) for each in found] == []


@given(data=mutated(), seed=st.integers())
def test_the_order_of_the_rules_does_not_matter(data, seed):
    """No rule leans on another one."""
    shuffled = random.Random(seed).sample(RULES, len(RULES))
    assert check(Plain(data), shuffled) == check(Plain(data))


@given(data=catalogs())
def test_a_valid_catalog_has_no_error(data):
    """Warnings may ask a question; an error would be a lie."""
    assert [str(each) for each in check(Plain(data)) if each.severity is Severity.ERROR] == []


@given(data=mutated())
def test_one_broken_model_does_not_hide_another(data):
    """What is found in a model does not depend on the models that stand beside it, their ids apart."""
    if not isinstance(data, dict) or not isinstance(data.get("models"), list):
        return
    rules = [rule for rule in RULES if rule.name not in OF_MANY]
    alone = [
        each.message.partition(" at line ")[0]
        for model in data["models"]
        for each in check(Plain({**data, "models": [model]}), rules)
        if each.where.pointer[:1] == ("models",) and len(each.where.pointer) > 1
    ]
    together = [
        each.message.partition(" at line ")[0]
        for each in check(Plain(data), rules)
        if each.where.pointer[:1] == ("models",) and len(each.where.pointer) > 1
    ]
    assert sorted(alone) == sorted(together)


@given(one=CONDITIONS, other=CONDITIONS)
def test_whether_two_conditions_can_both_hold_does_not_depend_on_their_order(one, other):
    """It is said of the pair."""
    assert can_both_hold(one, other) == can_both_hold(other, one)


@given(one=CONDITIONS, value=NUMBERS | st.booleans())
def test_a_value_that_satisfies_a_condition_can_hold_with_it(one, value):
    """Equality is the sharpest condition: it agrees with what the other one says of its value."""
    satisfied = {
        Equals: lambda: _same(one.value, value),
        OneOf: lambda: any(_same(each, value) for each in one.values),
        Present: lambda: one.present,
        Within: lambda: (
            not isinstance(value, bool)
            and (one.minimum is None or one.minimum <= value)
            and (one.maximum is None or value <= one.maximum)
        ),
    }[type(one)]
    assert can_both_hold(one, Equals(value)) == satisfied()


def _same(one, other):
    return one == other and isinstance(one, bool) == isinstance(other, bool)
