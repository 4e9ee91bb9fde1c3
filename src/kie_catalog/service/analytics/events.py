"""What a generation leaves behind: one event, with nothing of its input in it unless that was asked for.

A generation is open from the moment it is sent until somebody sees it end. Whoever does, in whichever
process, leaves its event; what was quoted for it comes from the moment it was sent.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeAlias

from kie_catalog.client.kinds import KINDS, Actor, ErrorCode

OTHER: Final = "other"
"""Stands for every model that no catalog names: what a caller typed there is nobody's business."""
JOINT: Final = "+"
"""Between the modes that priced a generation together: `720p+input-video`."""


class Outcome(enum.StrEnum):
    """How a generation ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """It was accepted and came to nothing."""
    REFUSED = "refused"
    """Nothing was accepted: we refused it, or KIE did, or KIE was not reached."""


class OpenState(enum.StrEnum):
    """How far a generation is of which nobody saw the end."""

    RUNNING = "running"
    UNKNOWN = "unknown"
    """Nobody knows whether it was accepted; see `KieClient.reconcile`."""
    EXPIRED = "expired"
    """Whoever waited for it has given up; it may end all the same."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A generation that was sent, or of which more is known now."""

    key: str
    """Its task's id; the number of its submission where it has none."""
    model: str
    modes: str
    """Those that priced it, joined by `JOINT`; empty where no price was known."""
    at: float
    """Unix seconds at which it was sent."""
    quoted: Decimal | None
    """Credits."""
    state: OpenState = OpenState.RUNNING
    extra: Mapping[str, Any] | None = field(default=None, repr=False)
    """Its input, where that was asked for."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An open generation of which something else is known: its task's id, or that nobody waits for it."""

    key: str
    state: OpenState
    new_key: str | None = None
    """The key it has from now on."""


@dataclass(frozen=True, slots=True)
class GenerationEvent:
    """How one generation ended. There is at most one of a key."""

    key: str
    model: str
    """An id of the catalog, or `OTHER`."""
    modes: str
    at: float
    """Unix seconds at which its end was seen."""
    outcome: Outcome
    code: str = ""
    """An `ErrorCode`; empty where it succeeded."""
    quoted: Decimal | None = None
    """Credits that the catalog asks; `None` where it knows no price."""
    charged: Decimal | None = None
    """Credits that KIE took, as it says; `None` where it does not say."""
    wait: float | None = None
    """Seconds until it was first seen under way; `None` where no look saw that."""
    run: float | None = None
    """Seconds from its creation to its end, as KIE says, its queue included; else as we saw it."""
    extra: Mapping[str, Any] | None = field(default=None, repr=False)
    """Its input and the addresses of its results, where they were asked for."""

    @property
    def actor(self) -> Actor | None:
        """Who must act; `None` where it succeeded."""
        return actor_of(self.code)


Entry: TypeAlias = Begun | Moved | GenerationEvent


@dataclass(frozen=True, slots=True)
class OpenGeneration:
    """A generation of which nobody saw the end, as the log has it."""

    key: str
    model: str
    at: float
    """Unix seconds at which it was sent."""
    state: OpenState


def actor_of(code: str) -> Actor | None:
    """Who must act on an error; `None` for a code that is none of ours."""
    return KINDS[ErrorCode(code)].actor if code in ErrorCode.__members__.values() else None
