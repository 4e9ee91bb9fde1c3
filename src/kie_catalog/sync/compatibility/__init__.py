"""Pure: what a change of upstream's input schemas does to those who call the API.

Breaking is what refuses a request that was legal, or changes what it costs; risky what may; the rest is
compatible. Order, wording and samples never count. A rule is an id, a sentence, a severity (which a caller
may set otherwise) and a generator of the places where it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.compatibility.bounds import BOUND_RULES
from kie_catalog.sync.compatibility.conditions import CONDITION_RULES
from kie_catalog.sync.compatibility.models import MODEL_RULES, InputShape, ModelRule, Shapes
from kie_catalog.sync.compatibility.pairs import Pair, pairs
from kie_catalog.sync.compatibility.properties import PROPERTY_RULES
from kie_catalog.sync.compatibility.rule import Compatibility, Rule, SchemaChange
from kie_catalog.sync.compatibility.values import VALUE_RULES

__all__ = [
    "ALL_RULES",
    "MODEL_RULES",
    "SCHEMA_RULES",
    "Compatibility",
    "InputShape",
    "ModelRule",
    "Rule",
    "SchemaChange",
    "Severities",
    "compare_inputs",
    "compare_schemas",
    "worst",
]

SCHEMA_RULES: Final[tuple[Rule, ...]] = (*VALUE_RULES, *BOUND_RULES, *PROPERTY_RULES, *CONDITION_RULES)
ALL_RULES: Final[tuple[Rule | ModelRule, ...]] = (*MODEL_RULES, *SCHEMA_RULES)

Severities = Mapping[str, Compatibility]
"""By rule, the severity that a user gave it."""


def compare_schemas(
    base: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    priced: Collection[str] = (),
    severities: Severities | None = None,
    model: str | None = None,
) -> list[SchemaChange]:
    """Everything that changed between two input schemas of one model, the worst first.

    Args:
        base: the schema that was accepted last.
        theirs: the schema now.
        priced: the properties of the input that a price depends on.
        severities: severities that differ from the rules' own.
        model: whose schemas they are, for messages.
    """
    given = severities or {}
    changes: list[SchemaChange] = []
    for pair in pairs(Pair(base, theirs, priced=frozenset(priced))):
        for rule in SCHEMA_RULES:
            severity = given.get(rule.id, rule.severity)
            changes += (
                SchemaChange(rule.id, rule.sentence, severity, each.pointer, each.base, each.theirs, model)
                for each in rule.find(pair)
            )
    return sorted(changes, key=_order)


def compare_inputs(
    base: Shapes,
    theirs: Shapes,
    *,
    priced: Mapping[str, Collection[str]] | None = None,
    severities: Severities | None = None,
) -> list[SchemaChange]:
    """Everything that changed between two sets of models and their inputs, by model, the worst first.

    Args:
        base: the models that were accepted last.
        theirs: the models now.
        priced: by model, the properties of its input that a price depends on.
        severities: severities that differ from the rules' own.
    """
    given = severities or {}
    changes = list(_model_changes(base, theirs, given))
    for model in sorted(set(base) & set(theirs)):
        changes += compare_schemas(
            base[model].schema,
            theirs[model].schema,
            priced=(priced or {}).get(model, ()),
            severities=given,
            model=model,
        )
    return sorted(changes, key=lambda each: (each.model or "", *_order(each)))


def _model_changes(base: Shapes, theirs: Shapes, given: Severities) -> Iterator[SchemaChange]:
    for rule in MODEL_RULES:
        for each in rule.find(base, theirs):
            pointer = (each.part,) if each.part else ()
            severity = given.get(rule.id, rule.severity)
            yield SchemaChange(rule.id, rule.sentence, severity, pointer, each.base, each.theirs, each.model)


def _order(change: SchemaChange) -> tuple[int, str, str, str]:
    return (-change.severity, change.place, change.rule, "" if change.base is ABSENT else str(change.base))


def worst(changes: Iterable[SchemaChange]) -> Compatibility:
    """The worst severity among changes; no change at all is compatible."""
    return max((each.severity for each in changes), default=Compatibility.COMPATIBLE)
