"""The rules against this project's own catalog, with all that its workspace knows: what they say is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli.evidence import evidence_for
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.rules.evidence import Evidence
from kie_catalog.rules.registry import check

WORKSPACE = Workspace(Path(__file__).parents[2])
# Each was looked at in the catalog of 2026-08-22, and is so:
TRUE = {
    "repeated-title": "five codex models share one page, and its title",
    "zero-price": "upstream lists them at zero",
    "overlapping-modes": "qwen2 has two rows that nothing in its input tells apart",
    "overlap": "the same, seen from the schema",
    "unpriced": "upstream's feed has no row for some combinations",
    "unknown-value": "upstream's feed has no row for some values",
    "no-quantity": "the length is that of what goes in",
    "undecided-page": "pages contradict themselves, and nobody has measured yet",
}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    document = WORKSPACE.document()
    return evidence_for(WORKSPACE.catalog_file, document, today=str(document.data["last_updated"]))


@pytest.fixture(scope="module")
def findings(evidence) -> tuple[Finding, ...]:
    return check(WORKSPACE.document(), evidence=evidence)


def test_nothing_is_found_that_is_not_true(findings):
    assert {each.name for each in findings} <= TRUE.keys()


def test_a_value_without_a_price_is_shown_in_its_schema(findings):
    """The line of the schema lists it."""
    for finding in (each for each in findings if each.name == "unknown-value"):
        [schema] = finding.related
        written = Path(schema.where.path).read_text(encoding="utf-8").split("\n")
        text = "\n".join(written[schema.where.line - 1 :])[schema.where.column - 1 :]
        options, _ = json.JSONDecoder().raw_decode(text)
        assert finding.message.partition(";")[0].split()[-1] in map(str, options)


def test_nothing_found_is_an_error(findings):
    """A reviewed catalog may ask questions; it is not wrong."""
    assert [str(each) for each in findings if each.severity is Severity.ERROR] == []


def test_the_catalog_was_held_against_something(evidence):
    """Silence would be cheap: every kind of evidence is there."""
    assert evidence.schemas
    [accepted] = evidence.recorded
    assert accepted.rows
    assert accepted.documented
    assert not evidence.is_foreign
