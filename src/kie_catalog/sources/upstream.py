"""The one door to upstream: a recording folder now, or the live hosts."""

from __future__ import annotations

from pathlib import Path

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.snapshot import Upstream
from kie_catalog.sources.recordings import read_recording


def read_upstream(where: str | None) -> Upstream:
    """Read every source.

    Args:
        where: a folder that holds a recording.

    Raises:
        UsageError: nothing is named, or there is no recording there.
        SourceError: a reply can't be used.
    """
    if where is None:
        raise UsageError("--upstream", "is missing", "name a folder that holds a recording")
    return read_recording(Path(where))
