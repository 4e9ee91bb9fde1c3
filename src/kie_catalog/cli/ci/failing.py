"""What the steps of a workflow share: how they say that they failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from kie_catalog.automation.actions import Surroundings, answer
from kie_catalog.automation.outcome import Outcome, write_outcome
from kie_catalog.cli import console
from kie_catalog.domain.errors import CatalogError
from kie_catalog.reports.text import clean

FOLDER: Final = click.Path(path_type=Path, file_okay=False)


@contextmanager
def ending_in(folder: Path, here: Surroundings) -> Iterator[None]:
    """Leave behind how a step failed, so that the summary can say what to do."""
    try:
        yield
    except CatalogError as error:
        word = {4: "refused", 5: "unavailable"}.get(error.exit_code, "failed")
        write_outcome(folder, Outcome(error.exit_code, word, str(error)))
        answer(here, outcome=word)
        for line in str(error).splitlines():
            annotate(here, "error", line)
        raise


def annotate(here: Surroundings, level: str, line: str) -> None:
    """Show a line on the page of the run; what could end the command in it is written as GitHub reads it."""
    if here.output_file is not None:
        console.say(f"::{level} title=kie-catalog::{clean(line).replace('%', '%25')}")
