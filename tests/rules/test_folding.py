"""Folding: nothing is lost, nothing is hidden behind something milder, and order does not matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.rules.folding import FOLLOW_UPS, fold
from kie_catalog.rules.registry import RULES, check

from .fakes import Written

NAMES = sorted({*FOLLOW_UPS, *(name for names in FOLLOW_UPS.values() for name in names), "zero-price"})


@st.composite
def findings(draw) -> Finding:
    name = draw(st.sampled_from(NAMES))
    pointer = draw(st.sampled_from([(), ("models", 0), ("models", 0, "modes", 1), ("models", 1, "title")]))
    return Finding(
        "KC100",
        name,
        draw(st.sampled_from(Severity)),
        Where("a.yaml", draw(st.integers(1, 9)), 1, pointer),
        draw(st.text(max_size=5)),
        about=draw(st.sampled_from(["", "x", "y"])),
        cause=draw(st.sampled_from(["", "", "one", "two"])),
    )


@given(st.lists(findings(), max_size=12))
def test_every_finding_is_told_once(found):
    told = [each for head in fold(found) for each in (head, *head.follow_ups)]
    assert sorted(map(str, told)) == sorted(map(str, found))


@given(st.lists(findings(), max_size=12))
def test_no_finding_hides_a_worse_one(found):
    for head in fold(found):
        assert all(each.severity <= head.severity for each in head.follow_ups)


def test_the_table_has_no_circles():
    """A rule that explains others is explained by none, so no chain comes back to where it began."""
    assert not FOLLOW_UPS.keys() & {name for names in FOLLOW_UPS.values() for name in names}


def test_the_table_speaks_of_rules_that_exist():
    assert set(NAMES) <= {rule.name for rule in RULES}


def test_a_key_misspelt_explains_the_field_that_lacks_and_no_other():
    text = (
        "version: '2.0'\nsource: x\nlast_updated: '2026-08-22'\nmodels:\n- id: a\n  titel: A\n  modes: []\n"
    )
    told = {each.name: [more.message for more in each.follow_ups] for each in fold(check(Written(text)))}
    assert told["unknown-key"] == ["model 'a' has no `title`, which version 2.0 requires; add it"]
    assert told["missing-field"] == []


def test_one_wrong_version_is_one_finding():
    """A file of version 2 that says it is of version 1 has a newer key in every line."""
    text = "version: '1.0'\nsource: x\nlast_updated: '2026-08-22'\nmodels:\n"
    text += "".join(f"- id: m{n}\n  title: A\n  status: active\n  category: image\n" for n in range(9))
    [told] = [each for each in fold(check(Written(text))) if each.name == "unknown-key"]
    assert len(told.follow_ups) == 26
