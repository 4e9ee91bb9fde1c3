"""The journal of a transaction: what it replaces, as the file says it that commits or undoes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kie_catalog.domain.errors import UsageError


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one file."""

    number: int
    target: Path
    was_there: bool
    is_removal: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """The steps of one transaction, and the folders that it makes on the way."""

    steps: tuple[Step, ...]
    folders: tuple[Path, ...]
    """The deepest first."""

    def text(self, root: Path) -> str:
        """The journal as its file holds it."""
        steps = [
            {
                "number": step.number,
                "target": os.path.relpath(step.target, root),
                "was_there": step.was_there,
                "is_removal": step.is_removal,
            }
            for step in self.steps
        ]
        return json.dumps({"steps": steps, "folders": [os.path.relpath(each, root) for each in self.folders]})


def journal_of(changed: Mapping[Path, bytes | None]) -> Journal:
    """The journal of a transaction that is about to begin."""
    steps = tuple(
        Step(number, path, path.exists(), content is None)
        for number, (path, content) in enumerate(changed.items())
    )
    missing = {folder for step in steps if not step.is_removal for folder in _missing(step.target)}
    return Journal(steps, tuple(sorted(missing, key=lambda folder: len(folder.parts), reverse=True)))


def _missing(target: Path) -> Iterator[Path]:
    for folder in target.parents:
        if folder.exists():
            return
        yield folder


def read_journal(file: Path, root: Path) -> Journal:
    """Read a journal back.

    Raises:
        UsageError: it is damaged, which no run of ours leaves behind.
    """
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        steps = tuple(_steps(written["steps"], root))
        return Journal(steps, tuple(_inside(root, each) for each in written["folders"]))
    except (ValueError, KeyError, TypeError) as error:
        fact = f"is no journal of ours ({error})"
        cure = f"restore the files from version control and remove {file.parent}"
        raise UsageError(str(file), fact, cure) from None


def _steps(written: Iterable[Mapping[str, object]], root: Path) -> Iterator[Step]:
    for each in written:
        number, target = int(str(each["number"])), _inside(root, str(each["target"]))
        yield Step(number, target, bool(each["was_there"]), bool(each["is_removal"]))


def _inside(root: Path, place: str) -> Path:
    path = Path(os.path.normpath(root / place))
    if not path.is_relative_to(os.path.normpath(root)):
        raise ValueError(f"{place} is outside of {root}")
    return path
