"""How a step ended, left in a folder for the steps after it. Nothing here needs a plan."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from kie_catalog.domain.errors import WriteFailed

OUTCOME: Final = "outcome.json"
REPORT: Final = "report.md"
SUMMARY: Final = "summary.md"
"""The top of the report: what somebody has to know at once."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, for the summary of its job."""

    code: int
    """The exit code."""
    word: str
    """`pending`, `nothing`, `opened`, `refused` and so on; see `saying`."""
    message: str = ""
    """The error's lines, or what else there is to say."""
    digest: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    pull: int = 0
    """The number of the pull request; 0 for none."""
    url: str = ""
    is_news: bool = False
    """Whether people have not been told all of it before."""
    told: tuple[str, ...] = ()
    """The keys of what they have been told."""


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """Write how a step ended.

    Raises:
        WriteFailed: the folder can't be written.
    """
    write_text(folder / OUTCOME, json.dumps(asdict(outcome), ensure_ascii=False, indent=1) + "\n")


def read_outcome(folder: Path) -> Outcome | None:
    """How the step before ended; `None` where it ended before it could say so."""
    try:
        written = json.loads((folder / OUTCOME).read_bytes())
        return Outcome(**{**written, "labels": tuple(written["labels"]), "told": tuple(written["told"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def forget_outcome(folder: Path) -> None:
    """Take away how an earlier step ended, so that nobody reads it as how this one did."""
    (folder / OUTCOME).unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write a file of the folder, and the folder.

    Raises:
        WriteFailed: it can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WriteFailed(
            str(file), f"cannot be written ({error.strerror})", "name another folder"
        ) from error
