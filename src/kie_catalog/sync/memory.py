"""What the base remembers of earlier runs beside the accepted values: absences, and values that move.

Only what is under way is remembered. Where nothing moves, nothing is written, however often a sync runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.domain.change import Version, version_from_json, version_to_json
from kie_catalog.sync.ownership import Path
from kie_catalog.sync.reconcile import same

WINDOW: Final = 5
"""How many runs a value is watched for after it moved."""
RUNS_TO_RETIRE: Final = 3
"""After how many consecutive measured runs without it a model or a mode is given up."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one model."""

    absent: int = 0
    """In how many consecutive measured runs it was absent; at most as many as retire it."""
    absent_modes: Mapping[str, int] = field(default_factory=dict)
    """The same for its modes; those that are there are left out."""
    recent: Mapping[Path, tuple[Version, ...]] = field(default_factory=dict)
    """Upstream's last values of what moved lately, the newest last; a field that rests is left out."""
    claimed_usd: Mapping[str, Any] = field(default_factory=dict)
    """By mode, a USD price that upstream published and that contradicted its own credits."""
    is_removed: bool = False
    """Whether a decision took it out of the catalog."""
    removed_modes: frozenset[str] = frozenset()
    """The modes that a decision took out of the catalog."""
    asked: str = ""
    """The model that people were asked about whether this missing one goes on as it."""

    def is_moving_as(self, other: Memory) -> bool:
        """Whether the same is under way in both; what counts runs has counted the same."""
        mine = (self.absent, dict(self.absent_modes), dict(self.recent))
        return mine == (other.absent, dict(other.absent_modes), dict(other.recent))

    def to_json(self) -> dict[str, Any]:
        """The memory as the base file holds it; empty where nothing is under way."""
        recent = {
            "/".join(path): [version_to_json(each) for each in values]
            for path, values in sorted(self.recent.items())
        }
        said = {
            "absent": self.absent,
            "absent_modes": dict(sorted(self.absent_modes.items())),
            "recent": recent,
            "claimed_usd": {mode: version_to_json(usd) for mode, usd in sorted(self.claimed_usd.items())},
            "removed": self.is_removed,
            "removed_modes": sorted(self.removed_modes),
            "asked": self.asked,
        }
        return {name: value for name, value in said.items() if value}


def memory_from_json(written: Mapping[str, Any]) -> Memory:
    """Read a model's memory back."""
    return Memory(
        absent=int(written.get("absent", 0)),
        absent_modes={mode: int(runs) for mode, runs in written.get("absent_modes", {}).items()},
        recent={
            _path(text): tuple(map(version_from_json, values))
            for text, values in written.get("recent", {}).items()
        },
        claimed_usd=dict(written.get("claimed_usd", {})),
        is_removed=bool(written.get("removed", False)),
        removed_modes=frozenset(written.get("removed_modes", ())),
        asked=str(written.get("asked", "")),
    )


def _path(text: str) -> Path:
    """A path read back; only the id of a mode, in its middle, may have a slash of its own."""
    first, *middle = text.split("/")
    return (first, "/".join(middle[:-1]), middle[-1]) if middle else (first,)


def remember(
    before: Sequence[Version], base: Version, theirs: Version, *, is_new_run: bool
) -> tuple[Version, ...]:
    """Upstream's last values of a field once it has spoken again; nothing where the field rests.

    Args:
        before: the last values so far; empty where the field rested.
        base: the accepted value.
        theirs: what upstream says now.
        is_new_run: whether upstream was asked anew; the same answer read twice counts once.
    """
    if not before and same(base, theirs):
        return ()
    values = [*(before or (base,))]
    if is_new_run or not same(values[-1], theirs):
        values.append(theirs)
    values = values[-WINDOW:]
    while len(values) > 1 and same(values[0], values[1]):
        del values[0]  # a run of equal values in front tells no more than the last of them
    rests = len(values) == 1 and same(values[0], base)
    return () if rests else tuple(values)


def is_flipping(values: Sequence[Version]) -> bool:
    """Whether a value came back after another one: A, B, A."""
    return any(
        same(values[at], values[later]) and not same(values[at], values[at + 1])
        for at in range(len(values))
        for later in range(at + 2, len(values))
    )
