"""`kie-catalog batch run`: check and price a file as a whole, then run it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.batch.opening import Place, store_option, work_options, working
from kie_catalog.cli.batch.showing import (
    exit_code_of,
    json_of,
    json_of_admission,
    line_of,
    note_ways_on,
    say_admission,
    shown,
    stopping,
)
from kie_catalog.cli.databases import shared_here
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option
from kie_catalog.client.errors import BudgetRefused
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import plain_number
from kie_catalog.service.batch.admission import Admission
from kie_catalog.service.batch.batch_service import BatchService, Order
from kie_catalog.service.batch.items import PRIORITIES, Added
from kie_catalog.service.batch.reading import read_file
from kie_catalog.service.batch.store import BatchStore

_LEAST, _MOST = PRIORITIES[0], PRIORITIES[-1]
_REFUSED = 1
_LOOK = 1.0
"""Seconds between two looks at what workers elsewhere do."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line says beside the order."""

    file: Path
    order: Order
    priority: int
    concurrency: int
    is_dry: bool
    is_sure: bool
    is_detached: bool
    form: str
    language: str


@click.command(
    "run",
    epilog=examples(
        "batch run photos.jsonl --budget 50",
        "batch run photos.csv --dry-run --format json",
        "batch run photos.jsonl --download out --concurrency 8",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@store_option
@click.option("--budget", metavar="N", help="Credits that the batch may cost in all.")
@click.option(
    "--priority",
    type=click.IntRange(_LEAST, _MOST),
    default=0,
    show_default=True,
    help="Of rows that name none; higher starts first.",
)
@work_options
@click.option(
    "--callback", metavar="URL", help="Where KIE tells of ends: the address of `kie-catalog webhook`."
)
@click.option("--key", help="Names this batch; by default its content does.")
@click.option("--again", is_flag=True, help="Run the same once more on purpose, and pay for it once more.")
@click.option(
    "--tries",
    type=click.IntRange(1, 10),
    default=2,
    show_default=True,
    help="Most tasks an item; a further one only after a failure that cost nothing.",
)
@click.option("--dry-run", is_flag=True, help="Check and price only.")
@click.option("--skip-failing", is_flag=True, help="Leave out the rows that can't be run.")
@click.option("--detach", is_flag=True, help="With a database: hand in only, and leave it to the workers.")
@click.option("--yes", is_flag=True, help="Spend without asking, also where a price is not known.")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", help="The language of the hints.")
@root_option
@format_option(TEXT, JSON)
def run_command(  # noqa: PLR0913 -- an option each
    *,
    file: Path,
    store: Path,
    budget: str | None,
    priority: int,
    concurrency: int,
    inbox: Path | None,
    limits: Path | None,
    download: Path | None,
    upstream: str | None,
    callback: str | None,
    key: str | None,
    again: bool,
    tries: int,
    dry_run: bool,
    skip_failing: bool,
    yes: bool,
    detach: bool,
    language: str,
    root: Path | None,
    form: str,
) -> int:
    """Run the rows of FILE (.jsonl or .csv); `KIE_API_KEY` holds the key.

    The whole file is checked and priced before anything is sent. Killed at any moment, the same command
    goes on where it was.
    """
    order = Order(
        title=file.name,
        key=key,
        is_again=again,
        budget=read_credits("--budget", budget),
        tries=tries,
        callback_url=callback,
        may_skip=skip_failing,
    )
    wish = _Wish(
        file=file,
        order=order,
        priority=priority,
        concurrency=concurrency,
        is_dry=dry_run,
        is_sure=yes,
        is_detached=detach,
        form=form,
        language=language,
    )
    return asyncio.run(_run(wish, Place(store, root, inbox, limits, download, upstream)))


def read_credits(option: str, text: str | None) -> Decimal | None:
    """Credits as an option names them.

    Raises:
        UsageError: it is no amount.
    """
    try:
        credits = None if text is None else Decimal(text)
    except InvalidOperation:
        credits = Decimal("NaN")
    if credits is not None and not (credits.is_finite() and credits >= 0):
        raise UsageError(option, f"{text!r} is no amount of credits", "write it as 12.5")
    return credits


async def _run(wish: _Wish, place: Place) -> int:
    rows = read_file(wish.file)
    async with working(place) as batches:
        admission = batches.admit(rows, priority=wish.priority, callback_url=wish.order.callback_url)
        say_admission(admission, wish.language)
        if wish.is_dry:
            return _dry(admission, wish)
        if admission.faults and not wish.order.may_skip:
            console.error("nothing was sent; correct these rows, or leave them out with --skip-failing")
            return _REFUSED
        admission.require(budget=wish.order.budget, may_skip=True)
        if not await _is_wished(batches, admission, wish):
            raise click.Abort
        added = await batches.submit(admission, wish.order)
        await _note_added(batches, added, wish.order.budget)
        if wish.is_detached and shared_here() is not None:
            return 0
        return await work_off(batches, added.batch.id, wish.concurrency, wish.form)


def _dry(admission: Admission, wish: _Wish) -> int:
    if wish.form == JSON:
        console.say_json(json_of_admission(admission))
    else:
        console.say(f"{plain_number(admission.total)} credits")
    if admission.faults and not wish.order.may_skip:
        return _REFUSED
    admission.require(budget=wish.order.budget, may_skip=True)
    return 0


async def _is_wished(batches: BatchService, admission: Admission, wish: _Wish) -> bool:
    """Ask on a terminal; elsewhere what has no price is refused, unless --yes.

    Raises:
        BudgetRefused: there is nobody to ask what has no price.
    """
    if wish.is_sure or await batches.is_known(admission, wish.order):
        return True
    gaps = f", and {len(admission.unpriced)} have no price" if admission.unpriced else ""
    if sys.stdin.isatty():
        asked = f"{len(admission.items)} items cost {plain_number(admission.total)} credits{gaps}; spend it?"
        return await asyncio.to_thread(click.confirm, asked, err=True)
    if admission.unpriced:
        raise BudgetRefused(
            ErrorCode.BUDGET, detail=f"{len(admission.unpriced)} rows have no price; see --yes"
        )
    return True


async def _note_added(batches: BatchService, added: Added, budget: Decimal | None) -> None:
    batch = added.batch.id
    if not added.is_new:
        console.note(f"this is batch {batch}, which was handed in before; going on with it")
        await batches.resume(batch, budget=budget)
        return
    console.note(f"batch {batch}: {added.added} items")
    for row, item in added.known:
        console.note(f"row {row} is item {item}, by its key; it is not run again")


async def follow(store: BatchStore, ids: Sequence[str], stop: asyncio.Event) -> None:
    """Return when nothing of these batches is left for the workers to do, or when it is time to stop."""
    while not stop.is_set():
        told = [await store.progress(each) for each in ids]
        if not any(each and each.open and each.batch.paused is None for each in told):
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK)


async def work_off(batches: BatchService, batch_id: str | None, concurrency: int, form: str) -> int:
    """Run a batch, or all, with a bar on a terminal; say how it is then, and give the exit code."""
    ids = [batch_id] if batch_id is not None else [each.id for each in await batches.batches()]
    before = {each: await batches.status(each) for each in ids}
    with stopping() as stop:
        async with shown(batches.store, batch_id):
            if shared_here() is None:
                reason = await batches.run(batch_id, concurrency=concurrency, stop=stop)
            else:
                reason = None
                console.note("the workers do it (kie-catalog worker); Ctrl-C ends this look and nothing else")
                await follow(batches.store, ids, stop)
        is_stopped = stop.is_set() and reason is None
    if reason is not None:
        console.error(str(reason))
    worked = [each for each in ids if batch_id is not None or before[each].open]
    told = [await batches.status(each) for each in worked]
    for progress in told:
        note_ways_on(progress)
        if form != JSON:
            console.say(line_of(progress))
    if form == JSON:
        data = [json_of(progress) for progress in told]
        console.say_json(data[0] if batch_id is not None else data)
    return max((exit_code_of(each, reason, is_stopped=is_stopped) for each in told), default=0)
