"""`check`: catalog files against the rules."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog.catalog.checking import Checked, Choice, Judge, check_file
from kie_catalog.catalog.nodes import YamlDocument
from kie_catalog.catalog.startup import CATALOG
from kie_catalog.cli import console
from kie_catalog.cli.clock import today
from kie_catalog.cli.completing import recordings, rules
from kie_catalog.cli.evidence import evidence_for
from kie_catalog.cli.examples import examples
from kie_catalog.cli.forms import CONCISE, FORMS, FULL, SARIF, rendered, view_of
from kie_catalog.cli.options import root_option, workspace_here
from kie_catalog.cli.startup import FORMS as FORMS_OF_STARTUP
from kie_catalog.cli.startup import run as run_startup
from kie_catalog.domain.errors import NothingChecked, UsageError
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.rules.registry import check

FOUND: Final = 1
NEVER: Final = "never"
FIX, DIFF = "fix", "diff"
_LEVELS: Final = {str(severity): severity for severity in sorted(Severity, reverse=True)}


def _words(_: click.Context, __: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    """The values of an option that may stand several times, each a list with commas."""
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def _choice_option(name: str, text: str) -> Callable[[Any], Any]:
    return click.option(
        name, multiple=True, metavar="CODE[,CODE]", callback=_words, shell_complete=rules, help=text
    )


@click.command(
    "check",
    epilog=examples(
        "check --format github",
        "check catalog/models_pricing.yaml --select KC2 --fail-on warning",
        "check --startup --max-age 14",
    ),
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@root_option
@click.option(
    "--upstream",
    "--evidence",
    "upstream",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    shell_complete=recordings,
    help="A recording to hold the prices against; may be given several times.",
)
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
@click.option("--fix", "mending", flag_value=FIX, help="Mend what can be mended safely; tell what is left.")
@click.option("--diff", "mending", flag_value=DIFF, help="Show what --fix would change; write nothing.")
@click.option("--startup", is_flag=True, help="Check as an application does that starts: offline, at once.")
@click.option("--strict", is_flag=True, help="With --startup: serve all of the file, or nothing.")
@click.option(
    "--max-age", type=click.IntRange(0), metavar="DAYS", help="With --startup: how old the data may be."
)
def check_command(
    paths: tuple[Path, ...],
    root: Path | None,
    upstream: tuple[Path, ...],
    form: str | None,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    mending: str | None,
    **startup: Any,
) -> int:
    """Check catalog files: PATH may be a file or a folder that holds a catalog. Default: the catalog.

    With --startup, say what an application that starts now could serve: PATH or the catalog but for models
    with an error, or else the packaged catalog. Exit code 1 if that is not all of it.
    """
    if startup["startup"]:
        return _startup(paths, root, form, strict=startup["strict"], days=startup["max_age"])
    check = _Check(upstream, Choice(select, ignore), today())
    check.choice.require_known()
    files = [_file(path) for path in paths] or list(_default(root))
    if mending == FIX:
        for file in files:
            console.note(f"{file}: {check.mend(file)} fixed")
    checked = [check.check(file) for file in files]
    limit = _LEVELS.get(fail_on)
    if mending == DIFF:
        for each in checked:
            console.say(check.diff(each), end="")
    else:
        form = form or (FULL if sys.stdout.isatty() else CONCISE)
        console.say(rendered(form, view_of(checked, limit, with_rules=form == SARIF)), end="")
    findings = [finding for each in checked for finding in each.findings]
    return FOUND if limit is not None and any(each.severity >= limit for each in findings) else 0


def _startup(
    paths: Sequence[Path], root: Path | None, form: str | None, *, strict: bool, days: int | None
) -> int:
    """The start-up check for words that `quick` left to us; mostly because they are wrong."""
    if len(paths) > 1:
        raise UsageError("--startup", "takes one PATH", "name the catalog that the application serves")
    workspace = None if paths else workspace_here(root)
    if form not in {None, *FORMS_OF_STARTUP}:
        raise UsageError(f"--format {form}", "is no form of a start-up check", "take concise or json")
    path = paths[0] if paths else workspace and workspace.catalog_file
    return run_startup(str(path) if path else None, form or CONCISE, strict=strict, days=days)


def _default(root: Path | None) -> Iterator[Path]:
    workspace = workspace_here(root)
    if workspace is None:
        raise NothingChecked(str(Path.cwd()))
    yield Path(workspace.relative(workspace.catalog_file))


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    for inside in (path / CATALOG, path / Path(CATALOG).name):
        if inside.is_file():
            return inside
    raise NothingChecked(str(path))


@dataclass(frozen=True, slots=True)
class _Check:
    """How files are checked in this run."""

    upstream: Sequence[Path]
    choice: Choice
    today: str

    def check(self, file: Path) -> Checked:
        """Check one file."""
        return check_file(
            file, str(file), today=self.today, judged=self._judge(str(file)), choice=self.choice
        )

    def _judge(self, path: str) -> Judge:
        """The rules, with all the evidence that there is about a file."""

        def judged(document: YamlDocument) -> Iterable[Finding]:
            evidence = evidence_for(Path(path), document, today=self.today, recordings=self.upstream)
            return check(document, evidence=evidence)

        return judged

    def _mended(self, checked: Checked) -> tuple[YamlDocument, int]:
        """The file with its safe fixes made, those of findings that are accepted or not chosen left out.

        Raises:
            UsageError: the file cannot be read as a whole.
        """
        if checked.document is None:
            cure = "run check without --fix and mend that first"
            raise UsageError(checked.path, "cannot be read as a whole, so nothing in it is mended", cure)
        accepted = {each.fingerprint for each, _ in checked.suppressed}
        judged = self._judge(checked.path)

        def chosen(document: YamlDocument) -> Iterator[Finding]:
            return (
                each
                for each in judged(document)
                if self.choice.takes(each) and each.fingerprint not in accepted
            )

        from kie_catalog.catalog.fixing import mend  # noqa: PLC0415 -- slow to import

        mended = mend(checked.document, chosen)
        return mended.document, len(mended.made)

    def mend(self, file: Path) -> int:
        """Carry out the safe fixes of one file; their number.

        Raises:
            UsageError: the file cannot be read as a whole.
            WriteFailed: it could not be written.
        """
        document, made = self._mended(self.check(file))
        if made:
            from kie_catalog.catalog.fixing import write_mended  # noqa: PLC0415 -- slow to import

            write_mended(file, document)
        return made

    def diff(self, checked: Checked) -> str:
        """What the safe fixes of one file would change, as a unified diff."""
        from difflib import unified_diff  # noqa: PLC0415 -- slow to import

        document, _ = self._mended(checked)
        before, after = (text.splitlines(keepends=True) for text in (checked.text, document.text))
        return "".join(unified_diff(before, after, fromfile=checked.path, tofile=checked.path))
