"""`kie-catalog batch results`: the results so far."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.opening import looking, store_option
from kie_catalog.cli.batch.status import progress_of
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import format_option
from kie_catalog.service.batch.items import Item, ItemState
from kie_catalog.service.batch.store import BatchStore

JSONL, CSV, JSON = "jsonl", "csv", "json"
COLUMNS: Final = (
    "item",
    "row",
    "key",
    "model",
    "state",
    "task_id",
    "tries",
    "quoted",
    "charged",
    "urls",
    "files",
    "data",
    "code",
    "reason",
)
_PAGE: Final = 500
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@click.command(
    "results",
    epilog=examples(
        "batch results 3f9a2c1b7d",
        "batch results 3f9a2c1b7d --state failed --format csv",
    ),
)
@click.argument("batch_id", metavar="ID")
@store_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([each.value for each in ItemState]),
    help="Only items in this state; may be repeated.",
)
@format_option(JSONL, CSV, JSON)
def results_command(batch_id: str, store: Path, states: tuple[str, ...], form: str) -> None:
    """Print the items of batch ID by row, as far as they are; also while it runs.

    The inputs are not among it. In CSV a text that a spreadsheet would take for a formula has a ' before it.
    """
    asyncio.run(_results(batch_id, store, {ItemState(each) for each in states} or None, form))


async def _results(batch_id: str, store: Path, states: Collection[ItemState] | None, form: str) -> None:
    async with looking(store) as opened:
        await progress_of(opened, batch_id)
        items = _items(opened, batch_id, states)
        if form == JSON:
            console.say_json([json_of_item(each) async for each in items])
            return
        if form == CSV:
            console.say(_csv_line(COLUMNS))
        async for each in items:
            read = json_of_item(each)
            console.say(_csv_line([_cell(read[name]) for name in COLUMNS]) if form == CSV else _line(read))


async def _items(
    store: BatchStore, batch_id: str, states: Collection[ItemState] | None
) -> AsyncIterator[Item]:
    after = 0
    while page := await store.items(batch_id, states=states, after=after, most=_PAGE):
        for each in page:
            yield each
        after = page[-1].row


def json_of_item(item: Item) -> dict[str, Any]:
    """An item as data, without its input."""
    return {
        "item": item.id,
        "row": item.row,
        "key": item.key,
        "model": item.model_id,
        "state": item.state.value,
        "task_id": item.task_id,
        "tries": item.tries,
        "quoted": None if item.quoted is None else str(item.quoted),
        "charged": None if item.charged is None else str(item.charged),
        "urls": list(item.urls),
        "files": list(item.files),
        "data": item.data,
        "code": item.code,
        "reason": item.reason,
    }


def _line(read: dict[str, Any]) -> str:
    return json.dumps(read, ensure_ascii=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_line(cells: Collection[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
