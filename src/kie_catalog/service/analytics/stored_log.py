"""What every log of events does alike, whatever keeps it: it takes entries, pages through events, forgets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeAlias

from kie_catalog.service.analytics.appender import Appender
from kie_catalog.service.analytics.events import Entry, GenerationEvent, OpenGeneration, OpenState
from kie_catalog.service.analytics.rows import event_of, sums_of
from kie_catalog.service.analytics.tally import EVER, HOUR, Group, Tally

Rows: TypeAlias = list[tuple[Any, ...]]
_PAGE: Final = 20_000
"""Most events that are in memory at once while they are read."""
_DAY: Final = 86_400


class StoredLog(ABC):
    """A log of events in a store that other processes may use as well; writes and reads.

    Whoever keeps one says how rows are written, asked for and dropped.
    """

    SUMS: ClassVar[str]
    """Asks for the sums of hours, from a first to an end, of a model twice; as `sums_of` reads them."""
    EVENTS: ClassVar[str]
    """Asks for events after a moment and a number, before a moment, of a model twice, at most so many: their
    number, and what `event_of` reads."""

    def __init__(
        self,
        *,
        away: type[Exception],
        keeps_content: bool = False,
        keep_days: float | None = None,
        most: int = 20_000,
    ) -> None:
        """Begin with nothing that waits.

        Args:
            away: what `_put` raises where the store can't be asked at present.
            keeps_content: whether inputs and addresses of results are kept too: guard the store then.
            keep_days: days after which an event is dropped by itself; `None` keeps them until `forget`.
            most: entries that may wait to be written; see `Appender`.
        """
        self._appender = Appender(self.write, away=away, most=most)
        self._keep = None if keep_days is None else keep_days * _DAY
        self._forgotten: int | None = None
        self.keeps_content = keeps_content

    def __enter__(self) -> Self:
        """Nothing is begun before the first entry."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits to be written."""
        self.close()

    # --- writing

    @property
    def dropped(self) -> int:
        """Entries that were lost; see `Appender`."""
        return self._appender.dropped

    def append(self, entry: Entry) -> None:
        """Take an entry; returns at once and raises nothing."""
        self._appender.append(entry)

    def flush(self) -> bool:
        """Write what waits now; whether nothing waits any more."""
        return self._appender.flush()

    def close(self) -> None:
        """Write what waits, and take nothing more."""
        self._appender.close()

    def write(self, entries: Sequence[Entry]) -> None:
        """Write entries now, all or none: events with the sums that they are in.

        Raises:
            sqlite3.Error: they could not be written, to a file; StoreUnavailable: to a database.
            ValueError: PostgreSQL can't keep one of them, as a text with NUL in it.
        """
        self._put(entries)
        self._forget_old(max((each.at for each in entries if isinstance(each, GenerationEvent)), default=0.0))

    @abstractmethod
    def _put(self, entries: Sequence[Entry]) -> None:
        """Write entries, all or none."""

    # --- reading

    def tallies(self, first: int, end: int, *, model: str | None = None) -> Iterator[tuple[Group, Tally]]:
        """The sums of hours; see `EventReader`."""
        yield from map(sums_of, self._all(self.SUMS, (first, end, model, model)))

    def ever(self) -> Iterator[tuple[Group, Tally]]:
        """The sums of all there ever was; see `EventReader`."""
        return self.tallies(EVER, EVER + 1)

    def events(self, since: float, until: float, *, model: str | None = None) -> Iterator[GenerationEvent]:
        """The events themselves, oldest first; read in parts, so that any number of them fits into memory."""
        last: tuple[float, int] = (since, -1)
        while True:
            rows = self._all(self.EVENTS, (*last, until, model, model, _PAGE))
            yield from (event_of(row[1:]) for row in rows)
            if len(rows) < _PAGE:
                return
            last = (rows[-1][2], rows[-1][0])

    def open(self) -> list[OpenGeneration]:
        """The generations of which nobody saw the end, oldest first."""
        rows = self._all("SELECT key, model, at, state FROM event_open ORDER BY at")
        return [OpenGeneration(key, model, at, OpenState(state)) for key, model, at, state in rows]

    @abstractmethod
    def _all(self, sql: str, given: Sequence[Any] = ()) -> Rows:
        """The rows that a question gives."""

    # --- retention

    @abstractmethod
    def forget(self, before: float, *, sums: bool = False) -> int:
        """Drop the events before a moment, and open generations begun before it.

        What all there ever was sums up to stays, so that counters of metrics never fall.

        Args:
            before: Unix seconds.
            sums: drop the sums of whole hours before it too.

        Returns:
            How many events.
        """

    def _forget_old(self, at: float) -> None:
        """Drop what is too old, once for each hour in which there are events."""
        hour = int(at // HOUR)
        if self._keep is not None and hour > (self._forgotten or 0):
            self._forgotten = hour
            self.forget(at - self._keep)
