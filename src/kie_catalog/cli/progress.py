"""How a fetch shows itself: a bar a source on a terminal, one line a source otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kie_catalog.cli import console
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.sources.progress import Progress, Tally

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class Lines:
    """One summary line a source, once it is over."""

    def begin(self, source: SourceName, total: int | None) -> None:
        """Say nothing yet."""

    def step(self, source: SourceName) -> None:
        """Say nothing yet."""

    def end(self, source: SourceName, outcome: str, tally: Tally) -> None:
        """Say how a source ended and what it cost."""
        console.note(f"{source}: {outcome} ({tally})")


class _Drawn:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tasks: dict[SourceName, TaskID] = {}

    def begin(self, source: SourceName, total: int | None) -> None:
        """Draw a bar, or give it its length."""
        if source in self._tasks:
            self._bars.update(self._tasks[source], total=total)
        else:
            self._tasks[source] = self._bars.add_task(source.value, total=total, outcome="")

    def step(self, source: SourceName) -> None:
        """Move a bar on."""
        self._bars.advance(self._tasks[source])

    def end(self, source: SourceName, outcome: str, tally: Tally) -> None:
        """Fill a bar, and say beside it how the source ended."""
        task = self._tasks[source]
        done = self._bars.tasks[task].completed or 1
        self._bars.update(task, total=done, completed=done, outcome=f"{outcome} ({tally})")


@contextmanager
def shown() -> Iterator[Progress]:
    """Show a fetch for as long as the context lasts, on standard error."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    try:
        from rich.console import Console  # noqa: PLC0415 -- an extra, and only a terminal pays for it
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415 -- see above
        from rich.progress import Progress as RichProgress  # noqa: PLC0415 -- see above
        from rich.table import Column  # noqa: PLC0415 -- see above
    except ImportError:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}", table_column=Column(min_width=12, no_wrap=True)),
        BarColumn(bar_width=16),
        MofNCompleteColumn(table_column=Column(min_width=7, no_wrap=True)),
        # Upstream's words may be in an outcome: they are shown as they are, never read as markup.
        TextColumn(
            "{task.fields[outcome]}",
            markup=False,
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
    )
    with RichProgress(*columns, console=Console(stderr=True), expand=True) as bars:
        yield _Drawn(bars)
