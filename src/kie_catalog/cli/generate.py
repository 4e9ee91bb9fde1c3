"""`kie-catalog generate`: start a generation, wait for it, fetch what it made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.hosts import client_settings
from kie_catalog.cli.input import parse_given
from kie_catalog.cli.opened import open_catalog, open_schemas
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option
from kie_catalog.cli.quote import read_pairs
from kie_catalog.client.bucket import SharedLimiter
from kie_catalog.client.client import KieClient
from kie_catalog.client.settings import ClientSettings
from kie_catalog.client.states import Generating, Queued, State, Waiting
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import plain_number
from kie_catalog.pricing.quote import Answer, Quote
from kie_catalog.service.analytics.watching import events_in
from kie_catalog.service.budget import Budget, BudgetGuard, Guard
from kie_catalog.service.service import Generation, KIEService, Result

_WORDS: Final = {Waiting: "waiting", Queued: "queued", Generating: "generating"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line says."""

    model: str
    payload: Mapping[str, Any]
    measured: Mapping[str, Any]
    task: str | None
    callback: str | None
    is_waiting: bool
    timeout: float
    form: str
    language: str


@click.command(
    "generate",
    epilog=examples(
        "generate nano-banana-2 prompt='a lighthouse' --wait --max-credits 10",
        "generate nano-banana-2 prompt=cat --yes --download results",
        "generate nano-banana-2 --task 3f2a --download results",
    ),
)
@click.argument("model", shell_complete=models)
@click.argument("given", nargs=-1, metavar="[KEY=VALUE | KEY:=JSON]...")
@click.option("--wait", is_flag=True, help="Wait until it has ended.")
@click.option(
    "--download", type=click.Path(path_type=Path, file_okay=False), help="Fetch the results into DIR; waits."
)
@click.option("--task", help="Wait for this task of MODEL; starts nothing.")
@click.option("--callback", metavar="URL", help="Where KIE tells that it is done.")
@click.option(
    "--timeout", type=click.FloatRange(0), default=900.0, show_default=True, help="Seconds of waiting."
)
@click.option("--max-credits", "most", metavar="N", help="Refuse what costs more.")
@click.option("--yes", is_flag=True, help="Spend without asking, also where the price is not known.")
@click.option(
    "--measure", "measured", multiple=True, metavar="KEY=VALUE", help="For the price, as input_seconds=8."
)
@click.option(
    "--limits", type=click.Path(path_type=Path, dir_okay=False), help="File that processes share limits by."
)
@click.option(
    "--events",
    "kept",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="KIE_EVENTS",
    help="File that keeps how it ended, for `kie-catalog stats`.",
)
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", help="The language of the hints.")
@click.option("--upstream", metavar="URL", help="A stand-in on this machine; KIE by default.")
@root_option
@format_option(TEXT, JSON)
def generate_command(  # noqa: PLR0913 -- an option each
    *,
    model: str,
    given: tuple[str, ...],
    wait: bool,
    download: Path | None,
    task: str | None,
    callback: str | None,
    timeout: float,
    most: str | None,
    yes: bool,
    measured: tuple[str, ...],
    limits: Path | None,
    kept: Path | None,
    language: str,
    upstream: str | None,
    root: Path | None,
    form: str,
) -> None:
    """Check an input for MODEL, price it, and start a generation; `KIE_API_KEY` holds the key.

    The input is written as for `kie-catalog input`. On a terminal a price is confirmed first, unless --yes.
    """
    asked = _Asked(
        model=model,
        payload=parse_given(given),
        measured=read_pairs(measured),
        task=task,
        callback=callback,
        is_waiting=wait or download is not None or task is not None,
        timeout=timeout,
        form=form,
        language=language,
    )
    paths = _Paths(root, download, limits, kept)
    asyncio.run(_run(asked, client_settings(upstream), BudgetGuard(_budget(most, yes=yes), _confirm), paths))


@dataclass(frozen=True, slots=True)
class _Paths:
    """Where things are read and kept."""

    root: Path | None
    downloads: Path | None
    limits: Path | None
    events: Path | None


async def _run(asked: _Asked, settings: ClientSettings, guard: BudgetGuard, paths: _Paths) -> None:
    limiter = SharedLimiter(paths.limits, settings.quotas) if paths.limits else None
    async with (
        events_in(paths.events) as events,
        KieClient(settings=settings, limiter=limiter) as client,
    ):
        service = KIEService(
            client,
            catalog=open_catalog(paths.root),
            schemas=open_schemas(paths.root),
            guard=guard,
            downloads=paths.downloads,
            events=events,
        )
        await _generate(service, asked)


def _budget(most: str | None, *, yes: bool) -> Budget:
    try:
        limit = None if most is None else Decimal(most)
    except InvalidOperation:
        limit = Decimal("NaN")
    if limit is not None and not limit.is_finite():
        raise UsageError("--max-credits", f"{most!r} is no number", "write it as 12.5")
    if yes:
        return Budget(refuse_above=limit, unquoted=Guard.WARN if limit is None else Guard.REFUSE)
    is_asking = sys.stdin.isatty()
    return Budget(
        refuse_above=limit,
        confirm_above=Decimal(0) if is_asking else None,
        unquoted=Guard.CONFIRM if is_asking and limit is None else Guard.REFUSE,
    )


async def _confirm(answer: Answer, reason: str) -> bool:
    shown = f"costs {plain_number(answer.credits)} credits" if isinstance(answer, Quote) else reason
    return await asyncio.to_thread(click.confirm, f"{answer.model} {shown}; spend it?", err=True)


async def _generate(service: KIEService, asked: _Asked) -> None:
    started, result = None, None
    task_id = asked.task
    if task_id is None:
        started = await service.create_generation(
            asked.model, asked.payload, asked.callback, measurements=asked.measured
        )
        task_id = started.task_id
        for warning in started.warnings:
            console.note(f"warning: {warning.hint(asked.language)}")
        console.note(_started(started))
    if asked.is_waiting and task_id:
        line = _StatusLine(task_id)
        try:
            result = await service.wait_for_generation(
                task_id, asked.timeout, model_id=asked.model, on_state=line.show
            )
        finally:
            line.end()
    _say(task_id, started, result, asked.form)


def _started(started: Generation) -> str:
    price = started.quote
    shown = f"{plain_number(price.credits)} credits" if isinstance(price, Quote) else str(price)
    return f"task {started.task_id or '(answered at once)'} of {started.model_id}: {shown}"


def _say(task_id: str, started: Generation | None, result: Result | None, form: str) -> None:
    data = result.data if result else getattr(started.state, "data", None) if started else None
    if form == JSON:
        console.say_json(
            {
                "task_id": task_id,
                "model": started.model_id if started else result.model_id if result else None,
                "state": "succeeded" if result or data is not None else "started",
                "urls": list(result.urls) if result else [],
                "files": [str(each) for each in result.files] if result else [],
                "credits": str(result.credits) if result and result.credits is not None else None,
                "data": data,
            }
        )
        return
    shown = [str(each) for each in (result.files or result.urls)] if result else []
    for each in shown:
        console.say(each)
    if not shown and data is not None:
        console.say_json(data)
    elif not shown:
        console.say(task_id)


class _StatusLine:
    """One line on a terminal that says how far it is; nothing elsewhere."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self._is_shown = sys.stderr.isatty()
        self._begun = asyncio.get_running_loop().time()

    def show(self, state: State) -> None:
        """Show a state."""
        if self._is_shown:
            seconds = asyncio.get_running_loop().time() - self._begun
            click.echo(f"\r\x1b[K{_WORDS.get(type(state), 'ended')} {seconds:.0f} s", nl=False, err=True)

    def end(self) -> None:
        """Leave the line."""
        if self._is_shown:
            click.echo("\r\x1b[K", nl=False, err=True)
