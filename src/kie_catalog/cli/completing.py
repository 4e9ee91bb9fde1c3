"""What a shell completes beside the names of commands and options: models, rules, recordings.

A person waits for it with a finger on a key, so it reads no more than it must: the packaged catalog as it was
built, and of a checkout only the names of folders.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kie_catalog.catalog.startup import packaged_file

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

RECORDINGS: Final = "sync/recordings"


def models(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The ids of the packaged catalog that begin so; none where this installation holds no catalog."""
    import json  # noqa: PLC0415 -- slow to import, and only a shell that completes needs it

    try:
        data = json.loads(Path(packaged_file()).read_bytes())
    except (OSError, ValueError):
        return []
    ids = (str(model["id"]) for model in data["catalog"]["models"])
    return [each for each in ids if each.startswith(incomplete)]


def rules(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """The codes of rules that begin so, in any case, or else the names; behind a comma the next of a list."""
    from kie_catalog.rules.registry import RULES  # noqa: PLC0415 -- slow, and models need none

    done, comma, begun = incomplete.rpartition(",")
    codes = [rule.code for rule in RULES if rule.code.startswith(begun.upper())]
    found = codes or [rule.name for rule in RULES if rule.name.startswith(begun.lower())]
    return [f"{done}{comma}{each}" for each in found]


def rules_and_models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What `explain` takes."""
    return [*rules(context, parameter, incomplete), *models(context, parameter, incomplete)]


def recordings(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The recordings of the checkout that one is in, newest first, as paths from here; or any folder."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 -- see above

    found = (each for each in _recordings(Path.cwd()) if each.startswith(incomplete))
    return [CompletionItem(incomplete, type="dir"), *map(CompletionItem, found)]


def _recordings(here: Path) -> list[str]:
    for folder in (here, *here.parents):
        found = sorted((each.parent for each in (folder / RECORDINGS).glob("*/recording.json")), reverse=True)
        if found:
            return [str(each.relative_to(here) if folder == here else each) for each in found]
    return []
