"""Examples of rules: a file, or a folder with a workspace, that says which findings its rule makes in it.

A line `# expect: KC204 5:12` stands for a finding of that code at line 5, column 12 of the catalog; a file in
front (`schemas/inputs/a.json:3:5`) for one in another file, a word behind (`warning`) for a severity that is
not the rule's own. Lines that begin with `#|` hold the evidence beside the file, as YAML.
In a folder the evidence is what the workspace holds, with the recording in `recording/` if there is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kie_catalog.catalog.comments import comments_of
from kie_catalog.catalog.json_document import JsonDocument
from kie_catalog.catalog.nodes import YamlDocument, decode, parse
from kie_catalog.catalog.recorded import tripped
from kie_catalog.cli.evidence import evidence_for
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Finding, Where
from kie_catalog.domain.plan import GuardReading
from kie_catalog.domain.values import ABSENT, to_json
from kie_catalog.rules.evidence import (
    Decided,
    Evidence,
    Observation,
    Owned,
    Recorded,
    Row,
    SchemaFile,
    by_rule,
)
from kie_catalog.rules.registry import RULES, Rule, check
from kie_catalog.rules.suppressions import judge

TODAY = "2026-08-22"
CATALOG = Path("catalog/models_pricing.yaml")
_EXPECTATION = re.compile(
    r"^# expect: (KC\d{3}) (?:(\S+):)?(\d+):(\d+)(?: (info|warning|error))?$", re.MULTILINE
)
_EVIDENCE = re.compile(r"^#\| ?(.*)$", re.MULTILINE)

Place = tuple[str, str, int, int, str]
"""Code, file (empty for the catalog), line, column, severity."""


def text_of(example: Path) -> str:
    """The catalog of an example."""
    file = example / CATALOG if example.is_dir() else example
    return file.read_bytes().decode("utf-8", "replace")


def expected(example: Path, rule: Rule) -> list[Place]:
    """What an example says that its rule finds."""
    found = _EXPECTATION.findall(text_of(example))
    return sorted(
        (code, file, int(line), int(column), severity or str(rule.severity))
        for code, file, line, column, severity in found
    )


def found(example: Path, rule: Rule) -> list[Place]:
    """What the rule finds in an example."""
    shown = CATALOG.as_posix()
    places = [
        (each.code, each.where.path, each.where.line, each.where.column, str(each.severity))
        for each in findings(example, rule)
    ]
    return sorted(
        (code, "" if path == shown else path, line, column, severity)
        for code, path, line, column, severity in places
    )


def findings(example: Path, *rules: Rule) -> list[Finding]:
    """The findings of rules in an example; all of those of its reader, if it can't be read."""
    raw = (example / CATALOG if example.is_dir() else example).read_bytes()
    shown = CATALOG.as_posix()
    try:
        document = parse(decode(raw, shown), shown)
    except CatalogInvalid as error:
        return list(error.findings)
    if not example.is_dir():
        return _judged(document, rules, evidence_in(text_of(example)))
    recording = example / "recording"
    evidence = evidence_for(
        example / CATALOG, document, today=TODAY, recordings=[recording] if recording.is_dir() else []
    )
    here = f"{example.as_posix()}/"
    return [_moved(each, here) for each in check(document, rules, evidence)]


def _judged(document: YamlDocument, rules: tuple[Rule, ...], evidence: Evidence) -> list[Finding]:
    """The findings of rules once the comments of the file are heard; those about comments need all rules."""
    comments = comments_of(document)
    if not comments:
        return list(check(document, rules, evidence))
    known = {name for rule in RULES for name in (rule.code, rule.name)}
    judged = judge(check(document, RULES, evidence), comments, today=TODAY, known=known)
    codes = {rule.code for rule in rules}
    return [each for each in judged.findings if each.code in codes]


def evidence_in(text: str) -> Evidence:
    """The evidence that stands in the comments of an example."""
    said = "\n".join(_EVIDENCE.findall(text))
    data: Any = parse(said, "evidence").data if said else {}
    return Evidence(
        today=data.get("today"),
        is_foreign=data.get("foreign", False),
        recorded=tuple(map(_recorded, data.get("recorded", ()))),
        schemas={name: _schema(name, each) for name, each in data["schemas"].items()}
        if "schemas" in data
        else None,
        decisions=tuple(map(_decided, data.get("decisions", ()))),
        owned=tuple(Owned(each, Where("sync/ownership.yaml")) for each in data.get("owned", ())),
        observed=by_rule(
            [
                *(Observation(**each) for each in data.get("observed", ())),
                *tripped(GuardReading(**each) for each in data.get("guards", ())),
            ]
        ),
    )


def _recorded(data: Mapping[str, Any]) -> Recorded:
    return Recorded(
        taken_at=data["taken_at"],
        place="sync/base.json",
        rows=tuple(map(_row, data["rows"])) if "rows" in data else None,
        documented=frozenset(data["documented"]) if "documented" in data else None,
        ending=data.get("ending", {}),
    )


def _row(data: Mapping[str, Any]) -> Row:
    fields = {name: each for name, each in data.items() if name not in {"text", "model", "mode", "anchor"}}
    where = Where("sync/base.json")
    return Row(data["text"], data["model"], data.get("mode", ""), fields, where, data.get("anchor"))


def _schema(name: str, data: Mapping[str, Any]) -> SchemaFile:
    plain: Any = to_json(data)
    raw = json.dumps(plain, indent=2).encode()
    return SchemaFile(JsonDocument(f"schemas/inputs/{name}.json", raw, plain), plain)


def _decided(data: Mapping[str, Any]) -> Decided:
    return Decided(
        **{"mode": None, "ours": ABSENT, "theirs": ABSENT, "decided": "2026-01-01", **data},
        where=Where("sync/decisions.yaml", 1, 1),
    )


def _moved(finding: Finding, folder: str) -> Finding:
    """A finding named as if the example's folder were the root."""
    path = finding.where.path.rpartition(folder.rstrip("/").rpartition("/")[2] + "/")[2]
    return replace(finding, where=replace(finding.where, path=path))
