"""Findings as SARIF 2.1.0, the form that code scanning reads: with rules, fixes and fingerprints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.domain.values import show_pointer
from kie_catalog.reports.findings.view import CheckView, Replacement, RuleWords

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "kieCatalog/v1"
"""The name of our fingerprints; another way to make them gets another number."""

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(view: CheckView) -> str:
    """Render one log of one run."""
    told = [*view.findings, *(finding for finding, _ in view.suppressed)]
    rules = _rules(view.rules, told)
    indexes = {rule["id"]: at for at, rule in enumerate(rules)}
    results = [_result(each, indexes, view.replacements) for each in view.findings]
    for finding, reason in view.suppressed:
        accepted = {"kind": "inSource", "justification": reason}
        results.append({**_result(finding, indexes, view.replacements), "suppressions": [accepted]})
    driver = {"name": "kie-catalog", "rules": rules}
    if view.version:
        driver["version"] = view.version
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri(file)}} for file in view.files],
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def uri(path: str) -> str:
    """A file's name as a URI reference: relative as it was named, or `file:///…`."""
    slashed = path.replace("\\", "/")
    return f"file://{quote(slashed)}" if slashed.startswith("/") else quote(slashed)


def _rules(rules: Sequence[RuleWords], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Every rule there is, and a short word on codes that findings have and no rule does."""
    known = {rule.code: _rule(rule) for rule in rules}
    for each in findings:
        bare = RuleWords(each.code, each.name, each.severity, each.name.replace("-", " "), "")
        known.setdefault(each.code, _rule(bare))
    return [known[rule] for rule in sorted(known)]


def _rule(rule: RuleWords) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.law},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if rule.text:
        told["fullDescription"] = {"text": rule.text}
        told["help"] = {"text": rule.cure or rule.text}
    return told


def _result(
    finding: Finding, indexes: Mapping[str, int], replacements: Mapping[str, Sequence[Replacement]]
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": indexes[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.where, _names(finding))],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
    }
    if finding.related:
        told["relatedLocations"] = [
            {"id": number, **_location(each.where), "message": {"text": each.label}}
            for number, each in enumerate(finding.related, 1)
        ]
    if finding.fix and finding.fingerprint in replacements:
        told["fixes"] = [_fix(finding.fix.label, replacements[finding.fingerprint])]
    about = {"model": finding.model, "mode": finding.mode, "help": finding.help}
    properties: dict[str, Any] = {name: value for name, value in about.items() if value}
    if finding.follow_ups:
        properties["followUps"] = [str(each) for each in finding.follow_ups]
    if properties:
        told["properties"] = properties
    return told


def _names(finding: Finding) -> list[dict[str, str]]:
    pointer = show_pointer(finding.anchor or finding.where.pointer)
    return [{"fullyQualifiedName": pointer, "kind": "member"}] if pointer else []


def _location(where: Where, names: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(where.path)}}
    if where.line:
        physical["region"] = _region(where.line, where.column, where.end_line, where.end_column)
    told: dict[str, Any] = {"physicalLocation": physical}
    if names:
        told["logicalLocations"] = list(names)
    return told


def _region(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    region = {"startLine": line, "startColumn": column}
    return {**region, "endLine": end_line, "endColumn": end_column} if end_line else region


def _fix(label: str, replacements: Sequence[Replacement]) -> dict[str, Any]:
    by_path: dict[str, list[dict[str, Any]]] = {}
    for each in replacements:
        by_path.setdefault(each.path, []).append(
            {
                "deletedRegion": _region(each.line, each.column, each.end_line, each.end_column),
                "insertedContent": {"text": each.text},
            }
        )
    return {
        "description": {"text": label},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri(path)}, "replacements": made} for path, made in by_path.items()
        ],
    }
