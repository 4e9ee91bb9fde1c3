"""What a check knows beside the file: its workspace, and recordings that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kie_catalog.catalog.startup import CATALOG
from kie_catalog.domain.document import Document
from kie_catalog.rules.evidence import Evidence

if TYPE_CHECKING:
    from kie_catalog.catalog.workspace import Workspace


def evidence_for(file: Path, document: Document, *, today: str, recordings: Sequence[Path] = ()) -> Evidence:
    """The evidence about a catalog file.

    Args:
        file: the catalog. If it is that of a workspace, what the workspace holds is evidence.
        document: its content.
        today: ISO date.
        recordings: folders with recordings of upstream; those of a workspace are read if they are named.

    Raises:
        UsageError: a folder holds no recording.
        SourceError: a recording is broken.
    """
    root = file.resolve().parent.parent
    is_own = root / CATALOG == file.resolve()
    if not is_own and not recordings:
        return Evidence(today=today, is_foreign=True)
    # Heavy, and a file alone needs none of it.
    from kie_catalog.catalog.workspace import Workspace  # noqa: PLC0415 -- see above

    workspace = Workspace(root)
    own = _of_workspace(workspace, document, today) if is_own else None
    if own and not recordings:
        return own
    from kie_catalog.catalog.artefact import packaged_aliases  # noqa: PLC0415 -- see above
    from kie_catalog.catalog.recorded import foreign_evidence, read_recordings, with_recordings  # noqa: PLC0415 -- see above
    from kie_catalog.sources.recordings import read_recording  # noqa: PLC0415 -- see above

    upstreams = [(str(folder), read_recording(folder)) for folder in recordings]
    overrides = workspace.overrides() if own else {}
    aliases = workspace.aliases() if own else packaged_aliases()
    readings = read_recordings(upstreams, document, overrides=overrides, aliases=aliases)
    if own is None:
        return foreign_evidence(readings, document, today=today)
    settings = workspace.settings(lifted=(), today=today)
    return with_recordings(own, readings, workspace, settings)


def _of_workspace(workspace: Workspace, document: Document, today: str) -> Evidence:
    from kie_catalog.catalog.evidence import workspace_evidence  # noqa: PLC0415 -- a file alone needs none of it

    return workspace_evidence(workspace, document, today=today)
