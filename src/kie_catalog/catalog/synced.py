"""A note of when a sync last succeeded, for start-ups on this machine.

A sync that changes nothing writes no versioned file, and still proves that the data are those of its day.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kie_catalog.catalog.startup import SYNCED


def note_sync(root: Path, moment: datetime) -> None:
    """Note the moment of a sync that succeeded; a folder that takes no note does not make it fail."""
    file = root / SYNCED
    draft = file.with_suffix(".new")
    try:
        draft.write_text(f"{moment:%Y-%m-%dT%H:%MZ}\n", encoding="ascii")
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
