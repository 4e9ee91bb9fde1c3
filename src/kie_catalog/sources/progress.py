"""What a fetch tells while it runs, and what it counted when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from kie_catalog.domain.snapshot import SourceName


@dataclass(slots=True)
class Tally:
    """What one source cost."""

    requests: int = 0
    again: int = 0
    """Of these, how many asked a second time for the same."""
    unchanged: int = 0
    """Replies that said nothing changed, and so had no body."""
    received: int = 0
    """Bytes of bodies, unpacked."""
    parsed: int = 0
    """Pages that the YAML parser read."""
    recalled: int = 0
    """Pages that were parsed in an earlier run."""

    def __str__(self) -> str:
        many = "request" if self.requests == 1 else "requests"
        words = [f"{self.requests} {many}", f"{self.received / 1000:.0f} kB"]
        if self.again:
            words.append(f"{self.again} asked again")
        if self.unchanged:
            words.append(f"{self.unchanged} unchanged")
        if self.parsed or self.recalled:
            words.append(f"{self.parsed} pages parsed, {self.recalled} parsed before")
        return ", ".join(words)


class Progress(Protocol):
    """Is told how a fetch goes on.

    Must return at once. May be called from the fetch's own thread only; `begin` comes before `step`,
    `end` comes last and once.
    """

    def begin(self, source: SourceName, total: int | None) -> None:
        """A source begins, or learns how many steps it has."""

    def step(self, source: SourceName) -> None:
        """One step is done."""

    def end(self, source: SourceName, outcome: str, tally: Tally) -> None:
        """A source is over: how it ended in words, and what it cost."""


class _Silent:
    def begin(self, source: SourceName, total: int | None) -> None:
        """Say nothing."""

    def step(self, source: SourceName) -> None:
        """Say nothing."""

    def end(self, source: SourceName, outcome: str, tally: Tally) -> None:
        """Say nothing."""


SILENT: Final[Progress] = _Silent()
