"""`history`: a model's prices over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from kie_catalog.catalog.workspace import HISTORY, Workspace
from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.meant import no_such_model
from kie_catalog.cli.options import JSON, TEXT, format_option, require_workspace, root_option
from kie_catalog.domain.change import version_to_json
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.values import Fields, plain_number, to_json
from kie_catalog.reports.text import percent
from kie_catalog.sync.history import PRICE, Dated, Entry, prices_over_time, read_history
from kie_catalog.sync.reconcile import same
from kie_catalog.sync.state import ModelState, State, state_of_catalog


@click.command(
    "history",
    epilog=examples("history bytedance/seedance-2", "history nano-banana-2 --mode 4k --format json"),
)
@click.argument("model_id", metavar="MODEL", shell_complete=models)
@root_option
@format_option(TEXT, JSON)
@click.option("--mode", "only", help="Only this mode.")
def history_command(model_id: str, root: Path | None, form: str, only: str | None) -> int:
    """Show each mode's prices over time, a change told from a correction."""
    workspace = require_workspace(root)
    entries, state = _entries(workspace), _state(workspace)
    dated, now = prices_over_time(entries, model_id), state.get(model_id, ModelState({}, {}))
    known = dict.fromkeys([*dated, *now.modes])
    if not known:
        raise no_such_model(model_id, {*state, *(each.model for each in entries)}, "has no prices here")
    modes = [mode for mode in known if only in (None, mode)]
    if not modes:
        raise UsageError(f"{model_id} {only}", "is no mode with prices here", f"it has {', '.join(known)}")
    if form == JSON:
        console.say_json(
            {"model": model_id, "modes": [_mode_json(mode, dated.get(mode, ()), now) for mode in modes]}
        )
        return 0
    console.say(model_id)
    for mode in modes:
        console.say(f"  {mode}")
        for line in _lines(dated.get(mode, ()), now.modes.get(mode)):
            console.say(f"    {line}")
    return 0


def _entries(workspace: Workspace) -> Sequence[Entry]:
    try:
        return read_history(workspace.history())
    except ValueError as error:
        raise UsageError(str(HISTORY), str(error), "restore it from version control") from None


def _state(workspace: Workspace) -> State:
    document = workspace.document_or_new()
    return state_of_catalog(document.data if isinstance(document.data, dict) else {})


def _lines(dated: Sequence[Dated], now: Fields | None) -> Iterable[str]:
    for each in dated:
        moved = f" {percent(each.share)}" if each.share is not None else ""
        note = f" ({each.note})" if each.note else ""
        yield f"{each.at}  {_price(each.price)}  {each.event}{moved}{note}"
    if now is not None and not _agrees(dated, now):
        yield f"now         {_price(now)}  as people wrote it"


def _agrees(dated: Sequence[Dated], now: Fields) -> bool:
    last = dated[-1].price if dated else {}
    return all(same(last.get(name), now.get(name)) for name in PRICE)


def _price(price: Fields) -> str:
    credits, usd, per = (_number(price.get(name)) for name in ("credits", "official_usd", "per"))
    unit = f"{per} {price.get('unit')}s" if per else str(price.get("unit", "unit"))
    charge = f", {price['charge']}" if "charge" in price else ""
    return f"{credits or 'no'} credits per {unit}{f' (${usd})' if usd else ''}{charge}"


def _number(value: Any) -> str:
    return plain_number(value) if value is not None else ""


def _mode_json(mode: str, dated: Sequence[Dated], now: ModelState) -> dict[str, Any]:
    entries = [
        {
            "at": each.at,
            "event": each.event.value,
            **{name: to_json(value) for name, value in each.price.items()},
            "share": None if each.share is None else version_to_json(each.share),
            "note": each.note,
        }
        for each in dated
    ]
    current = now.modes.get(mode)
    edited = current is not None and not _agrees(dated, current)
    price = None if current is None else {name: to_json(current[name]) for name in PRICE if name in current}
    return {"mode": mode, "prices": entries, "now": price, "is_edited": edited}
