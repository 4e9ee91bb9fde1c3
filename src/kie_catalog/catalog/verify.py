"""Proving that a branch is a plan plus edits of people, each of them named, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kie_catalog.catalog import artefact
from kie_catalog.catalog.apply import files_of, require_fresh
from kie_catalog.catalog.nodes import decode, parse
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.workspace import (
    ARTEFACT,
    BASE,
    CATALOG,
    HISTORY,
    RECORDINGS,
    REPORTS,
    Workspace,
)
from kie_catalog.domain.change import Change
from kie_catalog.domain.plan import Plan
from kie_catalog.sync.compare import compare
from kie_catalog.sync.state import ModelState, state_of_catalog

_FOLDERS: Final = ("catalog", "schemas", "sync", REPORTS.as_posix())
_BUILT: Final = (BASE.as_posix(), HISTORY.as_posix(), f"{REPORTS.as_posix()}/")
"""What only a sync writes; an edit of it is no edit of people but a broken record."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a branch is, compared with its plan."""

    edits: tuple[Change, ...]
    """What people changed in the catalog, by meaning."""
    files: tuple[str, ...]
    """Other files that people changed, and may."""
    faults: tuple[str, ...]
    """What neither the plan nor people can have made."""


def verify(plan: Plan, before: Workspace, branch: Workspace) -> Verified:
    """Compare a branch with what a plan makes of the state it was made for.

    Raises:
        StalePlan: that state is not the one the plan was made for.
        CatalogInvalid: the branch's catalog has not the form of one.
    """
    require_fresh(plan, before)
    made = files_of(plan, before).contents
    expected = _files(before) | {_place(path, before): content for path, content in made.items()}
    found = _files(branch)
    moved = sorted(place for place in {*expected, *found} if expected.get(place) != found.get(place))
    catalog = CATALOG.as_posix()
    edits = tuple(_edits(expected.get(catalog), found.get(catalog))) if catalog in moved else ()
    faults = [f"{place}: is not what the plan makes of it" for place in moved if place.startswith(_BUILT)]
    others = [
        place
        for place in moved
        if not place.startswith((*_BUILT, ARTEFACT.as_posix())) and not (place == catalog and edits)
    ]
    return Verified(edits, tuple(others), (*faults, *_stale_artefact(branch)))


def _place(path: Path, workspace: Workspace) -> str:
    return path.relative_to(workspace.root).as_posix()


def _files(workspace: Workspace) -> dict[str, bytes | None]:
    """The files that a catalog consists of; what upstream once said is recorded apart, and proves nothing."""
    recordings = workspace.root / RECORDINGS
    return {
        _place(path, workspace): path.read_bytes()
        for folder in _FOLDERS
        for path in sorted((workspace.root / folder).rglob("*"))
        if path.is_file() and not path.is_relative_to(recordings)
    }


def _edits(expected: bytes | None, found: bytes | None) -> Iterator[Change]:
    yield from compare(_state(expected), _state(found))


def _state(content: bytes | None) -> Mapping[str, ModelState]:
    document = parse(decode(content or b"", str(CATALOG)), str(CATALOG))
    require_form(document)
    data: Any = document.data
    return state_of_catalog(data)


def _stale_artefact(branch: Workspace) -> Iterator[str]:
    """The packaged catalog must be that of the branch's own catalog, edits of people included."""
    if branch.artefact_folder is None:
        return
    built = artefact.build_for(
        branch.document(), branch.schemas(), branch.aliases_data(), branch.artefact_folder
    )
    for path, content in built.items():
        if not path.exists() or path.read_bytes() != content:
            yield f"{_place(path, branch)}: differs from its sources; run make build"
