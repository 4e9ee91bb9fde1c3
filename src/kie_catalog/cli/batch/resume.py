"""`kie-catalog batch resume`: go on with what was interrupted, paused, or left unknown."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.opening import Place, require_store, store_option, work_options, working
from kie_catalog.cli.batch.run import read_credits, work_off
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.batch.batch_service import BatchService
from kie_catalog.service.batch.items import ItemState

_ALL: Final = "all"
_MOST_BYTES: Final = 16_000_000
_TASK: Final = re.compile(r"[\w.:-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Wish:
    batch_id: str | None
    candidates: tuple[str, ...]
    settled: tuple[str, ...]
    budget: Decimal | None


@click.command(
    "resume",
    epilog=examples(
        "batch resume",
        "batch resume 3f9a2c1b7d --candidates log.txt --settle all",
    ),
)
@click.argument("batch_id", metavar="[ID]", required=False)
@store_option
@click.option(
    "--candidates",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of task ids out of KIE's log, a line each or a JSON list, to look for unknown items in.",
)
@click.option(
    "--settle",
    "settled",
    multiple=True,
    metavar="ITEM",
    help="An unknown item that is surely no task, or `all`: it is sent again.",
)
@click.option("--budget", metavar="N", help="Another budget for batch ID.")
@work_options
@root_option
@format_option(TEXT, JSON)
def resume_command(  # noqa: PLR0913 -- an option each
    *,
    batch_id: str | None,
    store: Path,
    candidates: Path | None,
    settled: tuple[str, ...],
    budget: str | None,
    concurrency: int,
    inbox: Path | None,
    limits: Path | None,
    download: Path | None,
    upstream: str | None,
    root: Path | None,
    form: str,
) -> int:
    """Go on with batch ID, or with all; `KIE_API_KEY` holds the key.

    What was sent and may have been accepted is looked for before anything else is sent.
    """
    if batch_id is None and budget is not None:
        raise UsageError("--budget", "is for one batch", "name the batch")
    require_store(store)
    wish = _Wish(
        batch_id=batch_id,
        candidates=read_candidates(candidates) if candidates else (),
        settled=settled,
        budget=read_credits("--budget", budget),
    )
    place = Place(store, root, inbox, limits, download, upstream)
    return asyncio.run(_resume(wish, place, concurrency, form))


async def _resume(wish: _Wish, place: Place, concurrency: int, form: str) -> int:
    async with working(place) as batches:
        if wish.candidates:
            told = await batches.reconcile(wish.batch_id, wish.candidates)
            console.note(f"{told.found} unknown items were found, {told.open} were not")
        if wish.settled:
            count = await batches.settle(await _named(batches, wish))
            console.note(f"{count} unknown items are queued again")
        for each in [wish.batch_id] if wish.batch_id else [each.id for each in await batches.batches()]:
            await batches.resume(each, budget=wish.budget)
        return await work_off(batches, wish.batch_id, concurrency, form)


async def _named(batches: BatchService, wish: _Wish) -> list[str]:
    """The items to settle."""
    if _ALL not in wish.settled:
        return list(wish.settled)
    ids = [wish.batch_id] if wish.batch_id else [each.id for each in await batches.batches()]
    return [item.id for each in ids async for item in batches.results(each, {ItemState.UNKNOWN})]


def read_candidates(file: Path) -> tuple[str, ...]:
    """Task ids out of a file: a JSON list of them, or whatever looks like one, one a line.

    Raises:
        UsageError: it can't be read.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES).decode("utf-8-sig")
        named = json.loads(text) if text.lstrip().startswith("[") else text.split()
    except (OSError, ValueError) as error:
        raise UsageError(
            str(file), f"cannot be read ({type(error).__name__})", "write one id a line"
        ) from error
    return tuple(dict.fromkeys(each for each in named if isinstance(each, str) and _TASK.fullmatch(each)))
