"""The one state of a task, whichever family of endpoints it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from kie_catalog.client.errors import TaskFailed
from kie_catalog.client.kinds import ErrorCode

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Accepted, not begun."""


@dataclass(frozen=True, slots=True)
class Queued:
    """In a queue; documented, never seen in traffic."""


@dataclass(frozen=True, slots=True)
class Generating:
    """Under way; a state that is not known is taken for this."""

    urls: tuple[str, ...] = ()
    """What there is already: Suno's first track."""
    progress: float | None = None
    """From 0 to 1; documented for a few families, never seen in traffic."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Done."""

    urls: tuple[str, ...]
    """The results, best first; they expire, some after a day: download them at once."""
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    """Other addresses by what they are: previews, first and last frames, stems by name."""
    data: Any = None
    """The result where it is no file: a transcript, lyrics, masks, notes; as upstream gave it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Came to nothing."""

    code: ErrorCode
    reason: str
    """Upstream's text, with nothing of the input in it."""
    upstream_code: str | None = None
    """`failCode` or `errorCode`, as it came."""

    def error(self, task_id: str | None, credits: Decimal | None = None) -> TaskFailed:
        """The failure as an error."""
        return TaskFailed(
            self.code,
            detail=self.reason,
            upstream_code=self.upstream_code,
            task_id=task_id,
            credits=None if credits is None else str(credits),
        )


State: TypeAlias = Waiting | Queued | Generating | Succeeded | Failed


def is_final(state: State) -> bool:
    """Whether a state can't change any more."""
    return isinstance(state, Succeeded | Failed)


@dataclass(frozen=True, slots=True)
class Details:
    """What upstream says of a task."""

    task_id: str
    state: State
    model: str | None = None
    param: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False)
    """The request as upstream keeps it: `model`, `input`, `callBackUrl`; defaults may have been added."""
    credits: Decimal | None = None
    """What it takes, as upstream says; held already while it waits, 0 when it failed."""
    created: int | None = None
    """Unix milliseconds."""
    completed: int | None = None
    """Unix milliseconds."""

    @property
    def seconds(self) -> float | None:
        """How long it took; out of the two moments, since `costTime` was documented in two units."""
        if self.created is None or self.completed is None:
            return None
        return (self.completed - self.created) / 1000
