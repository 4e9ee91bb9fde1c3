"""Findings as JSON, whole or a line each."""

from __future__ import annotations

import json

from kie_catalog.reports.findings.view import CheckView


def render(view: CheckView) -> str:
    """Render one JSON object: the files, the findings, what the files accept, and the counts."""
    told = {
        "files": list(view.files),
        "findings": [each.to_json() for each in view.findings],
        "suppressed": [{**each.to_json(), "reason": reason} for each, reason in view.suppressed],
        "counts": {str(severity): number for severity, number in view.counts.items()},
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def render_lines(view: CheckView) -> str:
    """Render JSON Lines: one finding a line, nothing else; an empty text for a clean file."""
    return "".join(json.dumps(each.to_json(), ensure_ascii=False) + "\n" for each in view.findings)
