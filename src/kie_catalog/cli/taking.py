"""Reading upstream as a command does: with the checkout's settings, and the user's key and cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from kie_catalog.cli.progress import shown
from kie_catalog.sources.secret import key_from
from kie_catalog.sources.settings import SETTINGS_FILE, Settings, read_settings
from kie_catalog.sources.upstream import Means, Taking, take

ROOT_VARIABLE: Final = "KIE_CATALOG_ROOT"


def taking(where: str | None, *, root: Path | None = None, cached: bool = True) -> Taking:
    """Read upstream and show how it goes.

    Args:
        where: a recording's folder, a URL, or `None` for the live hosts.
        root: the checkout whose settings count; found upwards by default.
        cached: remember replies and parsed pages from one run to the next.

    Raises:
        UsageError: a wrong folder, URL or setting, or an extra is missing.
        SourceError: upstream, or the recording, can't be read.
    """
    with shown() as progress:
        means = Means(
            settings=settings_of(root),
            progress=progress,
            cache_dir=cache_folder() if cached else None,
            key=key_from(os.environ),
        )
        return take(where, means)


def settings_of(root: Path | None) -> Settings:
    """The settings of a checkout; the defaults, which say the same, outside of one."""
    named = root or (Path(os.environ[ROOT_VARIABLE]) if os.environ.get(ROOT_VARIABLE) else None)
    here = Path.cwd()
    candidates = [named] if named else [here, *here.parents]
    files = (folder / SETTINGS_FILE for folder in candidates)
    return next((read_settings(file) for file in files if file.is_file()), Settings())


def cache_folder() -> Path:
    """Where this user's programs keep what they can do without."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "kie-catalog" / "upstream"
