"""Options that several commands share, and what they mean."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kie_catalog.catalog.startup import CATALOG
from kie_catalog.cli.completing import recordings
from kie_catalog.domain.errors import UsageError

if TYPE_CHECKING:
    from kie_catalog.catalog.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])

STORE: Final = Path("kie-batches.sqlite")
"""The file of batches and events that commands take where none is named."""
TEXT: Final = "text"
JSON: Final = "json"
SUMMARY: Final = "summary"
VIEW: Final = "view"
MARKDOWN: Final = "markdown"

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with catalog/ in it. Default: $KIE_CATALOG_ROOT, else the nearest upwards.",
)
upstream_option = click.option(
    "--upstream",
    metavar="URL-OR-FOLDER",
    shell_complete=recordings,
    help="A host, or a folder with a recording. Default: the live hosts.",
)


def format_option(*forms: str) -> Callable[[Command], Command]:
    """`--format`, the first form being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Form of the output.",
    )


def lift_option(command: Command) -> Command:
    """`--lift`, as often as needed."""
    return click.option(
        "--lift", "lifted", multiple=True, metavar="GUARD", help="Lift a guard for this run, by name; or all."
    )(command)


def workspace_here(root: Path | None) -> Workspace | None:
    """The workspace that the options, the environment or the current folder name."""
    from kie_catalog.catalog.workspace import find_workspace  # noqa: PLC0415 -- slow, and a file alone needs none

    return find_workspace(root, start=Path.cwd(), environment=os.environ)


def require_workspace(root: Path | None) -> Workspace:
    """The workspace; for commands that need one to write to.

    Raises:
        UsageError: there is none.
    """
    workspace = workspace_here(root)
    if workspace is None:
        cure = "run inside a checkout, or name one with --root"
        raise UsageError(str(Path.cwd()), f"no {CATALOG} here or above", cure)
    return workspace
