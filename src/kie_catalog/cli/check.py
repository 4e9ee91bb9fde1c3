"""`check`: catalog files against the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from kie_catalog.catalog.inputs import INPUTS
from kie_catalog.catalog.nodes import YamlDocument
from kie_catalog.catalog.read import catalog_of
from kie_catalog.catalog.workspace import CATALOG, Workspace, read_document
from kie_catalog.cli import console
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option, workspace_here
from kie_catalog.domain.errors import CatalogInvalid, NothingChecked
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.pricing.findings import closure_findings
from kie_catalog.rules.registry import check

FOUND: Final = 1
NEVER: Final = "never"
_LEVELS: Final = {str(severity): severity for severity in sorted(Severity, reverse=True)}


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@root_option
@format_option(TEXT, JSON)
@click.option(
    "--fail-on",
    type=click.Choice([*_LEVELS, NEVER]),
    default=str(Severity.ERROR),
    show_default=True,
    help="Exit with 1 on findings of this severity or worse.",
)
def check_command(paths: tuple[Path, ...], root: Path | None, form: str, fail_on: str) -> int:
    """Check catalog files: PATH may be a file or a folder that holds a catalog. Default: the catalog."""
    files = [_file(path) for path in paths] or list(_default(root))
    findings = sorted((each for file in files for each in _findings(file)), key=lambda each: each.order)
    if form == JSON:
        console.say_json(
            {"files": [str(file) for file in files], "findings": [each.to_json() for each in findings]}
        )
    else:
        for finding in findings:
            console.say(str(finding))
        console.say(_summary(files, findings))
    limit = _LEVELS.get(fail_on)
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


def _findings(file: Path) -> Sequence[Finding]:
    """All findings of one file; a file that is no YAML has those of its reader."""
    try:
        document = read_document(file, str(file))
    except CatalogInvalid as error:
        return error.findings
    return [*check(document), *_closure(document, file)]


def _closure(document: YamlDocument, file: Path) -> Iterator[Finding]:
    """Prices against input schemas, where the file is a workspace's catalog and can be read as one."""
    root = file.resolve().parent.parent
    workspace = Workspace(root)
    if workspace.catalog_file != file.resolve() or not (root / INPUTS).is_dir():
        return
    try:
        catalog = catalog_of(document.data)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return  # the rules have said what is wrong with the file
    yield from closure_findings(catalog, document, workspace.schemas())


def _summary(files: Sequence[Path], findings: Sequence[Finding]) -> str:
    counts = {severity: sum(each.severity is severity for each in findings) for severity in Severity}
    found = ", ".join(
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity, count in sorted(counts.items(), reverse=True)
        if count
    )
    return f"{len(files)} file{'' if len(files) == 1 else 's'} checked: {found or 'clean'}"
