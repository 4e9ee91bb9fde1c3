"""`explain`: where a model's prices come from, word by word of upstream's rows."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.opened import open_catalog, require_model
from kie_catalog.cli.options import JSON, TEXT, format_option, require_workspace, root_option
from kie_catalog.domain.catalog import Model
from kie_catalog.sync.state import ModelState


@click.command("explain")
@click.argument("model_id", metavar="MODEL")
@root_option
@format_option(TEXT, JSON)
def explain_command(model_id: str, root: Path | None, form: str) -> int:
    """Show, for each mode of a model, the price row behind it and what each of its words was taken for."""
    model = require_model(open_catalog(root), model_id)
    accepted = require_workspace(root).base().models.get(model.id, ModelState({}, {}))
    if form == JSON:
        console.say_json(_to_json(model, accepted))
        return 0
    console.say(f"{model.id}  {model.title}")
    for mode in model.modes:
        row = accepted.rows.get(mode.id)
        console.say(f"  {mode.id}: {row.strip() if row else 'no row: written by people, or not synced yet'}")
        for why in accepted.why.get(mode.id, ()):
            console.say(f"    {why}")
    return 0


def _to_json(model: Model, accepted: ModelState) -> dict[str, object]:
    modes = [
        {"mode": mode.id, "row": accepted.rows.get(mode.id), "why": list(accepted.why.get(mode.id, ()))}
        for mode in model.modes
    ]
    return {"model": model.id, "modes": modes}
