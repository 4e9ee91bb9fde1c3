"""A catalog in memory that follows its file, for applications that ask it at every request.

One caller at a time reads the file; the others wait for the first catalog, and are given the last good one
while a newer is being read. A file that somebody is writing to is left until it has been still for a while;
one that cannot be served leaves the last good catalog in place, and the problem is there to be read.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kie_catalog.catalog.startup import file_of, packaged_file, startup_check
from kie_catalog.catalog.startup_report import StartupReport
from kie_catalog.domain.catalog import Catalog
from kie_catalog.domain.errors import CatalogError

HOUR: Final = 3600.0
SETTLED: Final = 0.5
"""Seconds for which a file must have been still before it is read; a writer pauses for less."""
_MOST_WAITS: Final = 20
"""How often the first read waits for a file to be still, before it takes the file as it is."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What tells two states of a file apart without reading it."""

    inode: int
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class _Held:
    """One catalog in memory."""

    catalog: Catalog
    report: StartupReport
    mark: _Mark | None
    until: float
    """When it is looked at again even if nothing seems to have changed."""


class CatalogCache:
    """Gives the catalog of a file, at the price of a look at the file's date.

    Safe to share between threads and between asyncio tasks.

    Args:
        path: a catalog file, or a folder that holds one; the packaged catalog if `None`.
        ttl: after how many seconds the file is read again even if its date and size are the same.
        max_age: how old the data may be; see `startup_check`.
        settled: for how many seconds a file must have been still before it is read.
        cache_dir: where verdicts are kept; the user's cache folder if `None`.
        clock: seconds that never go back.
        now: the time in seconds since the epoch.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        ttl: float = HOUR,
        max_age: float | None = None,
        settled: float = SETTLED,
        cache_dir: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._file = packaged_file() if path is None else file_of(os.fspath(path))
        self._ttl = ttl
        self._max_age = max_age
        self._settled = settled
        self._cache_dir = cache_dir
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._held: _Held | None = None
        self._bad: _Mark | None = None
        self._problem = ""
        self._reading = threading.Lock()

    def get(self) -> Catalog:
        """The catalog, read anew if the file's content changed.

        Raises:
            CatalogInvalid: there never was anything to serve.
        """
        held = self._held
        if held is not None and self._is_current(held):
            return held.catalog
        # One reads; whoever has something to give meanwhile does not wait for it.
        if held is not None and not self._reading.acquire(blocking=False):
            return held.catalog
        if held is None:
            self._reading.acquire()
        try:
            held = self._held
            if held is None or not self._is_current(held):
                held = self._renewed(held)
            return held.catalog
        finally:
            self._reading.release()

    async def aget(self) -> Catalog:
        """`get` for asyncio: only a read of the file leaves the event loop's thread."""
        held = self._held
        if held is not None and self._is_current(held):
            return held.catalog
        if held is not None and self._reading.locked():
            return held.catalog
        import asyncio  # noqa: PLC0415 -- who awaits has it already, and others need not wait for it

        return await asyncio.to_thread(self.get)

    @property
    def report(self) -> StartupReport | None:
        """What the check of the catalog in memory said; `None` before the first `get`."""
        return None if self._held is None else self._held.report

    @property
    def problem(self) -> str:
        """Why the newest state of the file is not served; empty if it is, or is not read yet."""
        return self._problem

    def _is_current(self, held: _Held) -> bool:
        mark = self._mark()
        return self._clock() < held.until and (mark == held.mark or (mark is not None and mark == self._bad))

    def _mark(self) -> _Mark | None:
        try:
            seen = os.stat(self._file)  # noqa: PTH116 -- asked at every `get`, and half as slow
        except OSError:
            return None
        return _Mark(seen.st_ino, seen.st_size, seen.st_mtime_ns)

    def _renewed(self, held: _Held | None) -> _Held:
        """The catalog of the file as it is now; what is held where that is no good or not finished."""
        mark = self._mark()
        if not self._is_still(mark):
            if held is not None:
                return held  # a later `get` looks again
            mark = self._waited()
        try:
            report = startup_check(
                self._path, max_age=self._max_age, now=self._now(), cache_dir=self._cache_dir
            )
            catalog = report.catalog
        except CatalogError as error:
            if held is None:
                raise
            return self._kept(held, mark, str(error))
        if held is not None and report.broken:
            return self._kept(held, mark, report.broken)
        if self._mark() != mark:
            if held is not None:
                return held  # it moved while it was being read
            mark = None
        self._bad, self._problem = None, report.broken
        self._held = _Held(catalog, report, mark, self._clock() + self._ttl)
        return self._held

    def _waited(self) -> _Mark | None:
        """The state of the file once it is still, or when it was waited for long enough."""
        mark = self._mark()
        for _ in range(_MOST_WAITS):
            if self._is_still(mark):
                break
            self._sleep(self._settled / 2)
            mark = self._mark()
        return mark

    def _is_still(self, mark: _Mark | None) -> bool:
        """Whether nobody has written to the file for a while; a missing one is as still as it gets."""
        return mark is None or abs(self._now() - mark.changed / 1e9) >= self._settled or self._path is None

    def _kept(self, held: _Held, mark: _Mark | None, problem: str) -> _Held:
        """What is held, with the note that the file is no good as it is."""
        self._bad, self._problem = mark, problem
        self._held = _Held(held.catalog, held.report, held.mark, self._clock() + self._ttl)
        return self._held
