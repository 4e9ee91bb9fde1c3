"""`show` and `list`: what the catalog says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.opened import open_catalog, require_model
from kie_catalog.cli.options import JSON, TEXT, format_option, root_option
from kie_catalog.domain.catalog import Category, Mode, Model, ModelType, Status
from kie_catalog.domain.values import plain_number, to_json
from kie_catalog.reports.text import count


@click.command("show", epilog=examples("show bytedance/seedance-2", "show nano-banana-2 --format json"))
@click.argument("model_id", metavar="MODEL", shell_complete=models)
@root_option
@format_option(TEXT, JSON)
def show_command(model_id: str, root: Path | None, form: str) -> int:
    """Show one model with its modes and prices."""
    model = require_model(open_catalog(root), model_id)
    if form == JSON:
        console.say_json(_to_json(model))
        return 0
    console.say(f"{model.id}  {model.title}")
    words = (model.status, model.type, model.category, model.provider)
    console.say("  " + ", ".join(str(word) for word in words if word))
    if model.page:
        console.say(f"  https://docs.kie.ai/{model.page}")
    width = max((len(mode.id) for mode in model.modes), default=0)
    for mode in model.modes:
        console.say(f"  {mode.id:{width}}  {_price(mode)}")
    return 0


@click.command(
    "list", epilog=examples("list --category video --status active", "list --type t2i --format json")
)
@root_option
@format_option(TEXT, JSON)
@click.option("--type", "kind", type=click.Choice([each.value for each in ModelType]), help="Only this type.")
@click.option("--category", type=click.Choice([each.value for each in Category]), help="Only this category.")
@click.option("--status", type=click.Choice([each.value for each in Status]), help="Only this status.")
def list_command(
    root: Path | None, form: str, kind: str | None, category: str | None, status: str | None
) -> int:
    """List the models, one a line."""
    wanted = {"type": kind, "category": category, "status": status}
    models = [model for model in open_catalog(root) if _is_wanted(model, wanted)]
    if form == JSON:
        console.say_json([_to_json(model) for model in models])
        return 0
    width = max((len(model.id) for model in models), default=0)
    for model in models:
        console.say(f"{model.id:{width}}  {model.status:8}{model.type or '-':17}{_range(model.modes)}")
    console.say(count(len(models), "model"))
    return 0


def _is_wanted(model: Model, wanted: dict[str, str | None]) -> bool:
    return all(value is None or getattr(model, name) == value for name, value in wanted.items())


def _price(mode: Mode) -> str:
    pack = mode.unit.value if mode.per == 1 else f"{plain_number(mode.per)} {mode.unit.value}s"
    usd = f" (${plain_number(mode.official_usd)})" if mode.official_usd is not None else ""
    charge = "" if mode.charge == "output" else f", {mode.charge}"
    status = "" if mode.status is Status.ACTIVE else f", {mode.status}"
    return f"{plain_number(mode.credits)} credits per {pack}{usd}{charge}{status}"


def _range(modes: Iterable[Mode]) -> str:
    prices = sorted(mode.credits for mode in modes)
    if not prices:
        return "no price"
    low, high = plain_number(prices[0]), plain_number(prices[-1])
    return f"{low if low == high else f'{low} to {high}'} credits"


def _to_json(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "title": model.title,
        "title_ru": model.title_ru,
        "type": model.type,
        "category": model.category,
        "provider": model.provider,
        "status": model.status,
        "page": model.page,
        **{name: to_json(text) for name, text in model.texts.items()},
        "modes": [_mode_to_json(mode) for mode in model.modes],
    }


def _mode_to_json(mode: Mode) -> dict[str, Any]:
    return {
        "id": mode.id,
        "charge": mode.charge,
        "unit": mode.unit,
        "per": to_json(mode.per),
        "credits": to_json(mode.credits),
        "official_usd": to_json(mode.official_usd),
        "included": to_json(mode.included),
        "when": to_json(mode.when),
        "status": mode.status,
        "notes": mode.notes,
        **mode.texts,
    }
