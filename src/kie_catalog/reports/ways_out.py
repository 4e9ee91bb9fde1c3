"""The ways out of a conflict, as commands that can be pasted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from shlex import quote

from kie_catalog.domain.change import Conflicted, Version
from kie_catalog.domain.values import Absence, to_json
from kie_catalog.reports.text import clean

_LONGEST = 120
"""A value that is longer is looked up in the plan rather than pasted."""


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What people can do about one conflict."""

    conflict: Conflicted
    take: str
    """Take theirs: the next sync writes upstream's value."""
    keep: str
    """Keep ours: a decision, with its reason."""
    share: str | None
    """Make the two equal, so that nothing is left to decide; `None` where that is no single value."""


def ways_out(conflict: Conflicted) -> WaysOut:
    """The three ways out of a conflict."""
    place = [word(conflict.model)]
    place += ["--mode", word(conflict.mode)] if conflict.mode is not None else []
    if conflict.field is None:
        return WaysOut(
            conflict, _command("take-theirs", *place), _command("tombstone", *place, _REASON), None
        )
    place += ["--field", word(conflict.field)]
    theirs = _theirs(conflict.theirs)
    keep = _command("keep-ours", *place, *theirs, _REASON)
    return WaysOut(conflict, _command("take-theirs", *place), keep, _command("share", *place, *theirs))


_REASON = "--reason 'WHY'"


def _command(kind: str, *parts: str) -> str:
    return " ".join(["kie-catalog decide", kind, *parts])


def word(text: str) -> str:
    """One word of a shell line; a text that would break the line is left for people to write."""
    return quote(text) if text and clean(text) == text else "'…'"


def _theirs(version: Version) -> list[str]:
    """Upstream's value as an argument; without it the command looks it up."""
    if isinstance(version, Absence):
        return ["--theirs-absent"]
    text = json.dumps(to_json(version), ensure_ascii=False)
    if len(text) > _LONGEST or clean(text) != text:
        return []
    return ["--theirs", quote(text)]
