"""Where events go, and where their numbers come from: what every log of events does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kie_catalog.service.analytics.events import Entry, GenerationEvent, OpenGeneration
from kie_catalog.service.analytics.tally import Group, Tally


class EventLog(Protocol):
    """Takes what became of generations. It is never in their way: `append` neither waits nor raises."""

    keeps_content: bool
    """Whether it was asked to keep inputs and the addresses of results."""

    def append(self, entry: Entry) -> None:
        """Take an entry."""

    def close(self) -> None:
        """Write what waits to be written."""


class EventReader(Protocol):
    """Tells what became of generations."""

    def tallies(self, first: int, end: int, *, model: str | None = None) -> Iterator[tuple[Group, Tally]]:
        """The sums of hours.

        Args:
            first: the first hour, in hours since 1970, UTC.
            end: the hour that is not counted any more.
            model: of this model only.
        """

    def ever(self) -> Iterator[tuple[Group, Tally]]:
        """The sums of all there ever was; forgetting does not lessen them."""

    def events(self, since: float, until: float, *, model: str | None = None) -> Iterator[GenerationEvent]:
        """The events themselves, oldest first; `since` and `until` are Unix seconds."""

    def open(self) -> list[OpenGeneration]:
        """The generations of which nobody saw the end, oldest first."""

    def forget(self, before: float, *, sums: bool = False) -> int:
        """Drop the events before a moment; their sums stay, unless `sums`.

        Returns:
            How many.
        """
