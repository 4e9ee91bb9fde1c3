"""`check`: catalog files against the rules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog import __version__
from kie_catalog.catalog.checking import Checked, Choice, Judge, check_file, rules_alone
from kie_catalog.catalog.fixing import mend, replacements, write_mended
from kie_catalog.catalog.inputs import INPUTS
from kie_catalog.catalog.nodes import YamlDocument
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.workspace import CATALOG, Workspace
from kie_catalog.cli import console
from kie_catalog.cli.options import root_option, workspace_here
from kie_catalog.domain.errors import NothingChecked, UsageError
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.reports.findings.view import CheckView, RuleWords
from kie_catalog.rules.registry import RULES

FOUND: Final = 1
NEVER: Final = "never"
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
"""By the word of `--format`: the module that renders it, and its function."""
_LEVELS: Final = {str(severity): severity for severity in sorted(Severity, reverse=True)}


def _words(_: click.Context, __: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    """The values of an option that may stand several times, each a list with commas."""
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _choice_option(name: str, text: str) -> Callable[[Any], Any]:
    return click.option(name, multiple=True, metavar="CODE[,CODE]", callback=_words, help=text)


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@root_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    help="Form of the output. Default: full on a terminal, concise elsewhere.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_LEVELS, NEVER]),
    default=str(Severity.ERROR),
    show_default=True,
    help="Exit with 1 on findings of this severity or worse.",
)
@_choice_option("--select", "Tell only these: codes, their beginnings (KC2) or names.")
@_choice_option("--ignore", "Do not tell these.")
@click.option("--fix", "fixes", is_flag=True, help="Mend what can be mended safely, then tell what is left.")
@click.option("--diff", "diffs", is_flag=True, help="Show what --fix would change, and write nothing.")
def check_command(
    paths: tuple[Path, ...],
    root: Path | None,
    form: str | None,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fixes: bool,
    diffs: bool,
) -> int:
    """Check catalog files: PATH may be a file or a folder that holds a catalog. Default: the catalog."""
    choice = Choice(select, ignore)
    choice.require_known()
    files = [_file(path) for path in paths] or list(_default(root))
    if fixes and not diffs:
        for file in files:
            _mend(file, choice)
    checked = [_checked(file, choice) for file in files]
    limit = _LEVELS.get(fail_on)
    if diffs:
        for each in checked:
            console.say(_diff(each, choice), end="")
    else:
        form = form or (FULL if sys.stdout.isatty() else CONCISE)
        console.say(_rendered(form, _view(checked, limit, with_fixes=form == SARIF)), end="")
    findings = [finding for each in checked for finding in each.findings]
    return FOUND if limit is not None and any(each.severity >= limit for each in findings) else 0


def _default(root: Path | None) -> Iterator[Path]:
    workspace = workspace_here(root)
    if workspace is None:
        raise NothingChecked(str(Path.cwd()))
    yield Path(workspace.relative(workspace.catalog_file))


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    for inside in (path / CATALOG, path / CATALOG.name):
        if inside.is_file():
            return inside
    raise NothingChecked(str(path))


def _today() -> str:
    return datetime.now(tz=UTC).date().isoformat()


def _checked(file: Path, choice: Choice) -> Checked:
    return check_file(file, str(file), today=_today(), judged=_judge(file), choice=choice)


def _judge(file: Path) -> Judge:
    """The rules and, where a file is a workspace's catalog, its prices against its input schemas."""

    def judged(document: YamlDocument) -> Iterator[Finding]:
        yield from rules_alone(document)
        yield from _closure(document, file)

    return judged


def _closure(document: YamlDocument, file: Path) -> Iterator[Finding]:
    root = file.resolve().parent.parent
    workspace = Workspace(root)
    if workspace.catalog_file != file.resolve() or not (root / INPUTS).is_dir():
        return
    from kie_catalog.pricing.findings import closure_findings  # noqa: PLC0415 -- only a workspace needs it

    try:
        catalog = catalog_of(document.data)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return  # the rules have said what is wrong with the file
    yield from closure_findings(catalog, document, workspace.schemas())


def _mend(file: Path, choice: Choice) -> None:
    """Carry out the safe fixes of one file, and say how many there were.

    Raises:
        UsageError: the file cannot be read as a whole.
    """
    checked = _checked(file, choice)
    if checked.document is None:
        raise UsageError(
            str(file), "cannot be mended as long as it is no YAML", "run check without --fix first"
        )
    mended = mend(checked.document, _chosen(choice))
    if mended.made:
        write_mended(file, mended.document)
    console.note(f"{file}: {len(mended.made)} fixed")


def _chosen(choice: Choice) -> Judge:
    """Finds what is to be told of a file, with nothing folded, since a fix may hang on a follow-up."""

    def judged(document: YamlDocument) -> Iterator[Finding]:
        return filter(choice.takes, rules_alone(document))

    return judged


def _diff(checked: Checked, choice: Choice) -> str:
    """What the safe fixes of one file would change, as a unified diff."""
    if checked.document is None:
        return ""
    after = mend(checked.document, _chosen(choice)).document.text
    lines = (checked.text.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(unified_diff(*lines, fromfile=checked.path, tofile=checked.path))


def _view(checked: Sequence[Checked], limit: Severity | None, *, with_fixes: bool) -> CheckView:
    findings = sorted((each for file in checked for each in file.findings), key=lambda each: each.order)
    written = [replacements(each.findings, each.document) for each in checked if with_fixes and each.document]
    return CheckView(
        files=tuple(each.path for each in checked),
        findings=tuple(findings),
        sources={each.path: each.text for each in checked},
        rules=tuple(
            RuleWords(rule.code, rule.name, rule.severity, rule.law, rule.text, rule.cure) for rule in RULES
        ),
        replacements={name: each for one in written for name, each in one.items()},
        suppressed=tuple(each for one in checked for each in one.suppressed),
        fail_on=limit,
        version=__version__,
    )


def _rendered(form: str, view: CheckView) -> str:
    module, function = FORMS[form]
    text: str = getattr(import_module(f"kie_catalog.reports.findings.{module}"), function)(view)
    return text
