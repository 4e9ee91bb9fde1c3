"""The forms of a check's result, by the word of `--format`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

from kie_catalog.catalog.checking import Checked
from kie_catalog.domain.finding import Severity
from kie_catalog.reports.findings.view import CheckView, Replacement, RuleWords
from kie_catalog.rules.registry import RULES, Rule
from kie_catalog.version import __version__

FULL, CONCISE, SARIF = "full", "concise", "sarif"
FORMS: Final = {
    FULL: ("full", "render"),
    CONCISE: ("concise", "render"),
    "json": ("as_json", "render"),
    "jsonl": ("as_json", "render_lines"),
    "github": ("github", "render"),
    SARIF: ("sarif", "render"),
    "junit": ("junit", "render"),
    "markdown": ("markdown", "render"),
}
"""For each word the module that renders the form, and its function."""


def view_of(checked: Sequence[Checked], limit: Severity | None, *, with_rules: bool) -> CheckView:
    """What forms are made from.

    Args:
        checked: the files.
        limit: from which severity on a finding is a failure; `None` if none is.
        with_rules: whether the form tells of rules and of what fixes write, which takes time to work out.
    """
    written: Mapping[str, tuple[Replacement, ...]] = {}
    if with_rules:
        from kie_catalog.catalog.fixing import replacements  # noqa: PLC0415 -- slow to import

        for each in checked:
            written = {**written, **(replacements(each.findings, each.document) if each.document else {})}
    return CheckView(
        files=tuple(each.path for each in checked),
        findings=tuple(
            sorted((each for file in checked for each in file.findings), key=lambda each: each.order)
        ),
        sources={each.path: each.text for each in checked},
        rules=tuple(map(_words, RULES)) if with_rules else (),
        replacements=written,
        suppressed=tuple(each for one in checked for each in one.suppressed),
        fail_on=limit,
        version=__version__,
    )


def _words(rule: Rule) -> RuleWords:
    return RuleWords(rule.code, rule.name, rule.severity, rule.law, rule.text, rule.cure)


def rendered(form: str, view: CheckView) -> str:
    """Render a view; only the module of the form is imported."""
    module, function = FORMS[form]
    text: str = getattr(import_module(f"kie_catalog.reports.findings.{module}"), function)(view)
    return text
