"""The help of the whole and the version, told at once: click takes longer to import than the text to print.

The text is click's own, printed into a file when the package is built. None of its lines is wrapped where
there is room for 80 characters, so it is the same on every terminal that wide; elsewhere click prints it.
"""

from __future__ import annotations

import os
import sys

from kie_catalog.version import __version__

TYPE_CHECKING = False  # typing itself is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

WIDTH: Final = 80
"""Columns of a terminal from which on the text stands."""
FILE: Final = "help.txt"
"""Its place in the package's folder of built files."""
HELP: Final = (["--help"], ["-h"])
VERSION: Final = (["--version"],)
COMPLETING: Final = "_KIE_CATALOG_COMPLETE"
"""A shell that completes sets it, and gives no words."""
USAGE: Final = 2


def quick(words: Sequence[str]) -> int | None:
    """Tell the help or the version; the exit code, or `None` where click is to be asked.

    No words at all are a mistake in usage, for which the help is the cure.
    """
    if words in VERSION:
        sys.stdout.write(f"kie-catalog, version {__version__}\n")
        return 0
    if COMPLETING in os.environ or (words and words not in HELP) or _columns() < WIDTH:
        return None
    try:
        with open(os.path.join(os.path.dirname(__file__), "..", "_data", FILE), encoding="ascii") as file:
            text = file.read()
    except OSError:
        return None
    (sys.stdout if words else sys.stderr).write(text)
    return 0 if words else USAGE


def _columns() -> int:
    """The width of the terminal, as shutil finds it."""
    try:
        columns = int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        columns = 0
    if columns > 0:
        return columns
    try:
        return (sys.__stdout__ and os.get_terminal_size(sys.__stdout__.fileno()).columns) or WIDTH
    except (OSError, ValueError):
        return WIDTH


def rendered() -> str:
    """The text, as click prints it."""
    from kie_catalog.cli.commands import cli  # noqa: PLC0415 -- only building needs it

    with cli.make_context("kie-catalog", [], resilient_parsing=True, terminal_width=WIDTH - 2) as context:
        return cli.get_help(context) + "\n"
