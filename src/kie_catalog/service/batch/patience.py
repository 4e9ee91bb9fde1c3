"""How long a batch waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are waited for, in seconds."""

    callback: float = 900.0
    """After a submission of unknown fate, for a callback that tells of it; then it waits for a person."""
    look: float = 900.0
    """In one go for a task; then others have their turn, and it is waited for again."""
    task: float = 86_400.0
    """In all for a task; then the item fails with `WAIT_EXPIRED`, and keeps the task's id."""
    outage: float = 300.0
    """For KIE to be reached at all; then the whole run halts, and everything is kept."""
    first_pause: float = 2.0
    """Before the first further try of what was refused; each next one is twice as long."""
    longest_pause: float = 300.0
    refusals: int = 6
    """Most claims of an item that is refused for a reason which may pass; limits and maintenance aside."""
