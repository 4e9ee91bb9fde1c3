"""`explain`: what a rule asks and why, or where a model's prices come from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from kie_catalog.cli import console
from kie_catalog.cli.completing import rules_and_models
from kie_catalog.cli.examples import examples
from kie_catalog.cli.opened import open_catalog, require_model
from kie_catalog.cli.options import JSON, TEXT, format_option, require_workspace, root_option
from kie_catalog.domain.catalog import Model
from kie_catalog.domain.errors import UsageError
from kie_catalog.rules.documentation import find_rule, is_code, near_rules, rule_to_json
from kie_catalog.rules.registry import Rule
from kie_catalog.schemas.faults import FAULTS, FaultClass
from kie_catalog.sync.state import ModelState


@click.command(
    "explain", epilog=examples("explain KC204", "explain swapped-tiers", "explain bytedance/seedance-2")
)
@click.argument("subject", metavar="RULE|MODEL", shell_complete=rules_and_models)
@root_option
@format_option(TEXT, JSON)
def explain_command(subject: str, root: Path | None, form: str) -> int:
    """Say what a rule asks and why, or show for each mode of a model the price row behind it.

    RULE is a code such as KC204 or a rule's name, MODEL a model's id; for a model, each word of a row is
    shown with what it was taken for.
    """
    rule = find_rule(subject)
    if rule is not None:
        return _explain_rule(rule, form)
    fault = next((each for each in FAULTS if subject.upper() == each.code or subject == each.name), None)
    if fault is not None:
        return _explain_fault(fault, form)
    if is_code(subject):
        raise UsageError(subject, "is no rule", _meant(subject) or "kie-catalog rules lists them all")
    return _explain_model(subject, root, form)


def _explain_rule(rule: Rule, form: str) -> int:
    if form == JSON:
        console.say_json(rule_to_json(rule))
    else:
        console.say(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.text}")
    return 0


def _explain_fault(fault: FaultClass, form: str) -> int:
    """A class of faults of upstream's pages, as reports name them."""
    if form == JSON:
        console.say_json({**asdict(fault), "severity": str(fault.severity)})
    else:
        told = f"{fault.code} {fault.name} ({fault.severity})"
        console.say(f"{told}\n\nOn a page of upstream, {fault.sentence}.\n\nCure: {fault.cure}.")
    return 0


def _explain_model(model_id: str, root: Path | None, form: str) -> int:
    model = _model(model_id, root)
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


def _model(model_id: str, root: Path | None) -> Model:
    """The model; where there is none, a rule of nearly that name was perhaps meant.

    Raises:
        UsageError: there is none.
    """
    try:
        return require_model(open_catalog(root), model_id)
    except UsageError:
        if meant := _meant(model_id):
            raise UsageError(model_id, "is no rule and no model of the catalog", meant) from None
        raise


def _meant(text: str) -> str:
    near = near_rules(text)
    return f"did you mean {near[0]}?" if near else ""


def _to_json(model: Model, accepted: ModelState) -> dict[str, object]:
    modes = [
        {"mode": mode.id, "row": accepted.rows.get(mode.id), "why": list(accepted.why.get(mode.id, ()))}
        for mode in model.modes
    ]
    return {"model": model.id, "modes": modes}
