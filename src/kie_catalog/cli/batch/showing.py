"""How batches show themselves: as lines for people, as data for programs, as a bar while they run."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from kie_catalog.cli import console
from kie_catalog.client.errors import KieError
from kie_catalog.domain.values import plain_number
from kie_catalog.service.batch.admission import Admission
from kie_catalog.service.batch.items import ItemState, Progress
from kie_catalog.service.batch.store import BatchStore, StoreUnavailable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

FAILED: Final = 1
WAITS: Final = 4
"""Exit code: something waits for a person, or a budget refused."""
INTERRUPTED: Final = 130
_BAD: Final = (ItemState.FAILED, ItemState.CANCELLED)
_INTERVAL: Final = 0.5
_MOST_SHOWN: Final = 200


def line_of(progress: Progress) -> str:
    """A batch in one line."""
    counts = [f"{progress.counts[state]} {state}" for state in ItemState if progress.counts.get(state)]
    money = f"{plain_number(progress.spent)} of {plain_number(progress.quoted)} credits spent"
    batch = progress.batch
    notes = [f"paused: {batch.paused}"] if batch.paused is not None else []
    notes += ["called off"] if batch.is_cancelled else []
    title = f" ({batch.title})" if batch.title else ""
    return f"batch {batch.id}{title}: {'; '.join([', '.join(counts) or 'no items', money, *notes])}"


def json_of(progress: Progress) -> dict[str, Any]:
    """A batch as data."""
    batch = progress.batch
    return {
        "batch": batch.id,
        "title": batch.title,
        "key": batch.key,
        "added_at": batch.added_at,
        "items": progress.total,
        "states": {state.value: progress.counts.get(state, 0) for state in ItemState},
        "quoted": str(progress.quoted),
        "spent": str(progress.spent),
        "budget": None if batch.budget is None else str(batch.budget),
        "paused": batch.paused,
        "cancelled": batch.is_cancelled,
    }


def exit_code_of(progress: Progress, reason: KieError | None = None, *, is_stopped: bool = False) -> int:
    """The exit code of a run.

    0 all succeeded, 1 some did not, 4 some wait for a person, else that of the reason why it ended early.
    """
    if is_stopped and progress.open:
        return INTERRUPTED
    if reason is not None:
        return reason.exit_code
    if progress.open or progress.counts.get(ItemState.UNKNOWN):
        return WAITS
    return FAILED if any(progress.counts.get(each) for each in _BAD) else 0


def note_ways_on(progress: Progress) -> None:
    """Say what a person can do about what is left."""
    batch = progress.batch.id
    if progress.batch.paused is not None:
        console.note(f"once that is mended: kie-catalog batch resume {batch}")
    elif progress.open:
        console.note(f"to go on: kie-catalog batch resume {batch}")
    if unknown := progress.counts.get(ItemState.UNKNOWN):
        console.note(
            f"{unknown} may have been accepted and are not sent again; give KIE's log as --candidates to"
            f" `kie-catalog batch resume {batch}`, and --settle those that are not in it"
        )


def say_admission(admission: Admission, language: str) -> None:
    """Show what a batch costs and what is wrong with it, to standard error."""
    for each in admission.warnings[:_MOST_SHOWN]:
        console.note(f"warning: {each.hint(language)}")
    for gap in admission.unpriced[:_MOST_SHOWN]:
        console.note(f"no price: {gap.place}: {gap.reason}")
    for row, first in admission.repeated[:_MOST_SHOWN]:
        console.note(f"row {row} is row {first} once more, by its key; it is run once")
    for fault in admission.faults:
        console.error(fault.hint(language))
    for model, total in admission.per_model.items():
        gaps = f", {total.unpriced} without a price" if total.unpriced else ""
        console.note(f"{model}: {total.count} x = {plain_number(total.credits)} credits{gaps}")
    wrong = f", {len(admission.faults)} faults" if admission.faults else ""
    console.note(f"{len(admission.items)} items: {plain_number(admission.total)} credits in all{wrong}")


def json_of_admission(admission: Admission) -> dict[str, Any]:
    """The same as data."""
    return {
        "items": len(admission.items),
        "credits": str(admission.total),
        "models": {
            model: {"items": each.count, "credits": str(each.credits), "unpriced": each.unpriced}
            for model, each in admission.per_model.items()
        },
        "unpriced": [
            {"row": each.row, "place": each.place, "reason": each.reason} for each in admission.unpriced
        ],
        "repeated": [{"row": row, "first": first} for row, first in admission.repeated],
        "faults": [
            {"row": each.row, "place": each.place, "code": each.code, "en": each.en, "ru": each.ru}
            for each in admission.faults
        ],
    }


@contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set; the second Ctrl-C ends the process as it always does."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        console.note("stopping: what is being sent is heard to its end; all else is kept")

    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        with suppress(NotImplementedError, RuntimeError):  # not in the main thread, or on Windows
            loop.add_signal_handler(each, ask)
    try:
        yield stop
    finally:
        for each in signals:
            with suppress(NotImplementedError, RuntimeError):
                loop.remove_signal_handler(each)


@asynccontextmanager
async def shown(store: BatchStore, batch_id: str | None) -> AsyncIterator[None]:
    """Show a bar on a terminal for as long as the context lasts; nothing elsewhere."""
    bars = _bars() if sys.stderr.isatty() else None
    if bars is None:
        yield
        return
    with bars:
        drawing = asyncio.create_task(draw(bars, store, batch_id))
        try:
            yield
        finally:
            drawing.cancel()
            await asyncio.wait([drawing])


def _bars() -> Bars | None:
    try:
        from rich.console import Console  # noqa: PLC0415 -- an extra, and only a terminal pays for it
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415 -- see above
        from rich.progress import Progress as RichProgress  # noqa: PLC0415 -- see above
    except ImportError:
        return None
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
    )
    return RichProgress(*columns, console=Console(stderr=True))


async def draw(bars: Bars, store: BatchStore, batch_id: str | None, interval: float = _INTERVAL) -> None:
    """Draw a bar for a batch, or for all that are not at their end, until cancelled.

    A look at a store that can't be asked is left out: the work says so itself, if it stays so.
    """
    drawn: dict[str, Any] = {}
    while True:
        with suppress(StoreUnavailable):
            await _draw_once(bars, store, batch_id, drawn)
        await asyncio.sleep(interval)


async def _draw_once(bars: Bars, store: BatchStore, batch_id: str | None, drawn: dict[str, Any]) -> None:
    ids = [batch_id] if batch_id is not None else [each.id for each in await store.batches()]
    for each in ids:
        progress = await store.progress(each)
        if progress is None or (batch_id is None and not progress.open and each not in drawn):
            continue
        if each not in drawn:
            drawn[each] = bars.add_task(f"batch {each}", total=progress.total, told="")
        bars.update(drawn[each], **_drawn(progress))


def _drawn(progress: Progress) -> Mapping[str, Any]:
    counts = progress.counts
    done = sum(count for state, count in counts.items() if state.is_final)
    told = [f"{counts.get(ItemState.RUNNING, 0)} running"]
    told += [f"{counts[state]} {state}" for state in (*_BAD, ItemState.UNKNOWN) if counts.get(state)]
    told.append(f"{plain_number(progress.spent)} of {plain_number(progress.quoted)} credits")
    return {"completed": done, "total": progress.total, "told": ", ".join(told)}
