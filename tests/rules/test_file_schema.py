"""The JSON Schema of the catalog file says what the rules of structure say."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given, settings
from jsonschema import Draft202012Validator

from kie_catalog.domain.shape import CATALOG_FIELDS, MODE_FIELDS, MODEL_FIELDS
from kie_catalog.domain.values import to_json
from kie_catalog.rules.file_schema import catalog_file_schema, render_file_schema
from kie_catalog.rules.registry import RULES, check

from .fakes import Plain
from .strategies import catalogs, mutated

CHECKED_IN = Path(__file__).parents[2] / "schemas" / "models_pricing.schema.json"
# The rules that a schema can state: those that look at one field, not at how fields fit together.
STATED = {
    "not-a-catalog",
    "unknown-version",
    "unknown-key",
    "missing-field",
    "wrong-kind",
    "unknown-word",
    "empty-text",
    "unreal-date",
    "malformed-id",
    "malformed-condition",
    "impossible-price",
    "impossible-per",
}
RULES_STATED = [rule for rule in RULES if rule.name in STATED]
VALIDATOR = Draft202012Validator(catalog_file_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_the_schema_is_a_schema():
    """It is valid by its own dialect."""
    dialect = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    assert list(dialect.iter_errors(catalog_file_schema())) == []


def test_the_checked_in_schema_is_the_generated_one():
    """To mend a difference, write `render_file_schema()` to the file."""
    assert CHECKED_IN.read_text(encoding="utf-8") == render_file_schema()


def test_every_field_is_described():
    """An editor has something to show for each key, in the version that has the most."""
    defs = catalog_file_schema()["$defs"]
    levels = {"file": CATALOG_FIELDS, "model": MODEL_FIELDS, "mode": MODE_FIELDS}
    for noun, shape in levels.items():
        properties = defs[f"{noun}-2.0"]["properties"]
        assert list(properties) == [field.name for field in shape]
        assert all(each["description"].endswith(".") for each in properties.values())


@settings(max_examples=200)
@given(data=mutated())
@example(data=None)
@example(data={"version": "3.0"})
@example(data={"version": "1.0", "source": "", "last_updated": "2026-08-22\n", "models": []})
def test_rules_and_schema_agree(data):
    """What one refuses, the other refuses."""
    findings = check(Plain(data), RULES_STATED)
    assert VALIDATOR.is_valid(to_json(data)) == (not findings), [str(each) for each in findings]


@given(data=catalogs())
def test_the_schema_accepts_a_valid_catalog(data):
    """No editor underlines what the rules accept."""
    assert [error.message for error in VALIDATOR.iter_errors(to_json(data))] == []
