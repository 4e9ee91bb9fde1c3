"""Entries on their way to a store: handed over at once, written behind the caller's back, in groups.

A generation never waits for its event and never fails for it. So the queue has an end: what does not fit is
dropped, counted, and said once in the log. A store that is busy or away is tried again; a process that is
killed loses what it had not yet written, at most `interval` seconds of events while the store answers.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from kie_catalog.service.analytics.events import Entry

_LOG: Final = logging.getLogger("kie_catalog.analytics")
_GROUP: Final = 2000
"""Most entries of one act of writing."""


class Appender:
    """Writes entries in a thread of its own, which begins with the first of them."""

    def __init__(
        self,
        write: Callable[[Sequence[Entry]], None],
        *,
        away: type[Exception] | tuple[type[Exception], ...],
        most: int = 20_000,
        interval: float = 0.5,
    ) -> None:
        """Make an appender.

        Args:
            write: writes entries in their order, all of them or none.
            away: what it raises where the store can't be asked at present.
            most: entries that may wait to be written.
            interval: seconds that an entry waits for others to be written with.
        """
        self._write = write
        self._away = away
        self._most = most
        self._interval = interval
        self._waiting: deque[Entry] = deque()
        self._news = threading.Event()
        self._closing = threading.Event()
        self._writing = threading.Lock()
        self._beginning = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_in_trouble = False
        self.dropped = 0
        """Entries that were lost."""

    def append(self, entry: Entry) -> None:
        """Take an entry; returns at once and raises nothing."""
        if self._closing.is_set() or len(self._waiting) >= self._most:
            self._drop(1, "the queue is full" if not self._closing.is_set() else "the log is closed")
            return
        self._waiting.append(entry)
        self._news.set()
        if self._thread is None:
            self._begin()

    def flush(self) -> bool:
        """Write what waits, now, in the caller's thread.

        Returns:
            Whether nothing waits any more.
        """
        with self._writing:
            while self._waiting:
                group = list(islice(self._waiting, _GROUP))
                if not self._is_written(group):
                    return False
                for _ in group:
                    self._waiting.popleft()
        return True

    def close(self) -> None:
        """Write what waits, once more if need be, and take nothing more."""
        self._closing.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            atexit.unregister(self.close)
        if not self.flush():
            self._drop(len(self._waiting), "the store could not be written")
            self._waiting.clear()

    def _begin(self) -> None:
        with self._beginning:
            if self._thread is None and not self._closing.is_set():
                atexit.register(self.close)
                self._thread = threading.Thread(target=self._run, name="kie-catalog events", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        pause = self._interval
        while not self._closing.is_set():
            self._news.wait()
            self._closing.wait(pause)
            self._news.clear()
            if self.flush():
                pause = self._interval
            else:
                self._news.set()
                pause = min(pause * 2, 30.0)

    def _is_written(self, group: Sequence[Entry]) -> bool:
        """Write a group; what can't be written at all is dropped, what can't be written now is not."""
        try:
            self._write(group)
        except self._away as error:
            if not self._is_in_trouble:
                _LOG.warning("events cannot be written (%s); they wait, and generations go on", error)
            self._is_in_trouble = True
            return False
        except Exception as error:  # noqa: BLE001 -- an event that can't be kept must not keep back the others
            if len(group) == 1:
                self._drop(1, f"an event cannot be kept ({type(error).__name__})")
                return True
            return self._are_written_singly(group)
        self._is_in_trouble = False
        return True

    def _are_written_singly(self, group: Sequence[Entry]) -> bool:
        """Write each by itself; what is written twice counts once."""
        return all(self._is_written([each]) for each in group)

    def _drop(self, count: int, reason: str) -> None:
        if count and not self.dropped:
            _LOG.warning("events are dropped: %s; generations go on, and their numbers will be short", reason)
        self.dropped += count
