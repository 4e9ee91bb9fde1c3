"""The one place that prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from kie_catalog.domain.errors import WriteFailed


def say(text: str, *, end: str = "\n") -> None:
    """Print a result to standard output."""
    click.echo(text + end, nl=False)


def note(text: str) -> None:
    """Print a remark beside the result, to standard error."""
    click.echo(text, err=True)


def error(text: str) -> None:
    """Print what went wrong, each line named as ours, to standard error."""
    for line in text.splitlines():
        click.echo(f"kie-catalog: {line}", err=True)


def say_json(value: object) -> None:
    """Print data for another program: UTF-8, two blanks of indent, keys in the order given."""
    import json  # noqa: PLC0415 -- slow to import

    say(json.dumps(value, ensure_ascii=False, indent=2))


def write_json(file: Path, value: object) -> None:
    """Write data to a file that the user named.

    Raises:
        WriteFailed: it can't be written.
    """
    import json  # noqa: PLC0415 -- see above

    try:
        file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise WriteFailed(str(file), f"cannot be written ({error.strerror})", "name another file") from error


def close_pipe() -> None:
    """Leave quietly when the reader of our output has gone (`kie-catalog list | head -1`)."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
