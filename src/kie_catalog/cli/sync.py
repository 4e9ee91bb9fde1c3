"""`plan`, `apply`, `sync`: from upstream to a reviewed file."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.catalog.apply import Applied, apply_plan
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace, read_exact_json
from kie_catalog.cli import console
from kie_catalog.cli.options import (
    JSON,
    MARKDOWN,
    TEXT,
    format_option,
    lift_option,
    require_workspace,
    root_option,
    upstream_option,
)
from kie_catalog.domain.errors import CatalogError, UsageError
from kie_catalog.domain.plan import Plan, plan_from_json
from kie_catalog.reports.lines import headline
from kie_catalog.reports.view import verdict
from kie_catalog.sync.guards import ALL, NAMES, lift, require_safe
from kie_catalog.sync.plan import Settings

PENDING = 1


def _recover(workspace: Workspace) -> None:
    if done := Transaction(workspace.root).recover():
        console.note(f"{workspace.root}: {done}")


def _known_guards(lifted: tuple[str, ...]) -> tuple[str, ...]:
    for name in lifted:
        if name not in (*NAMES, ALL):
            raise UsageError(f"--lift {name}", "is no guard", f"choose from {', '.join((*NAMES, ALL))}")
    return lifted


def _plan(workspace: Workspace, upstream: str | None, lifted: tuple[str, ...]) -> Plan:
    from kie_catalog.catalog.planning import plan_sync  # noqa: PLC0415 -- `apply` makes no plan
    from kie_catalog.cli.taking import taking  # noqa: PLC0415 -- and reads no upstream

    settings = Settings(lifted=_known_guards(lifted))
    require_form(workspace.document_or_new())
    return plan_sync(taking(upstream, root=workspace.root).upstream, workspace, settings)


def _say_plan(plan: Plan, form: str) -> None:
    if form == JSON:
        console.say_json(plan.to_json())
    elif form == MARKDOWN:
        from kie_catalog.reports.markdown import render_plan  # noqa: PLC0415 -- only this form needs it

        console.say(render_plan(plan), end="")
    else:
        for change in plan.changes:
            console.say(headline(change))
        _say_summary(plan)


def _say_summary(plan: Plan) -> None:
    rows = plan.accounting
    console.say(f"{verdict(plan)} ({plan.taken_at}, plan {plan.digest[7:19]})")
    if rows["rows"]:
        parts = f"{rows['resolved']} resolved + {rows['ignored']} ignored + {rows['unresolved']} unresolved"
        console.say(f"{rows['rows']} rows = {parts}")
    for each in plan.unmeasured:
        console.say(f"not measured: {each.source} ({each.reason})")


@click.command("plan")
@root_option
@upstream_option
@lift_option
@format_option(TEXT, MARKDOWN, JSON)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to a file for apply."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if changes are pending.")
def plan_command(
    root: Path | None,
    upstream: str | None,
    lifted: tuple[str, ...],
    form: str,
    out: Path | None,
    exit_code: bool,
) -> int:
    """Show what a sync would change. Never writes to the workspace."""
    workspace = require_workspace(root)
    plan = _plan(workspace, upstream, lifted)
    if out is not None:
        console.write_json(out, plan.to_json())
    _say_plan(plan, form)
    require_safe(plan.guards)
    return PENDING if exit_code and plan.changes else 0


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path))
@root_option
@lift_option
@format_option(TEXT, JSON)
def apply_command(file: Path, root: Path | None, lifted: tuple[str, ...], form: str) -> int:
    """Apply the plan in FILE: catalog, schemas, base and report together or not at all."""
    workspace = require_workspace(root)
    _recover(workspace)
    plan = _read_plan(file)
    require_safe(lift(plan.guards, _known_guards(lifted)))
    _say_applied(plan, apply_plan(plan, workspace), workspace, form)
    return 0


def _read_plan(file: Path) -> Plan:
    try:
        return plan_from_json(read_exact_json(file))
    except OSError as error:
        raise UsageError(str(file), f"cannot be read ({error.strerror})", "name a plan file") from error
    except ValueError as error:
        raise UsageError(str(file), f"is no plan ({error})", "make one with kie-catalog plan --out") from None


@click.command("sync")
@root_option
@upstream_option
@lift_option
@format_option(TEXT, MARKDOWN, JSON)
def sync_command(root: Path | None, upstream: str | None, lifted: tuple[str, ...], form: str) -> int:
    """Plan, check the guards, apply and report in one go."""
    workspace = require_workspace(root)
    _recover(workspace)
    plan = _plan(workspace, upstream, lifted)
    try:
        require_safe(plan.guards)
    except CatalogError:
        _say_summary(plan)
        raise
    applied = apply_plan(plan, workspace)
    if form == MARKDOWN:
        _say_plan(plan, form)
    else:
        _say_applied(plan, applied, workspace, form)
    return 0


def _say_applied(plan: Plan, applied: Applied, workspace: Workspace, form: str) -> None:
    written = [path.relative_to(workspace.root).as_posix() for path in applied.written]
    report = applied.report.relative_to(workspace.root).as_posix() if applied.report else None
    if form == JSON:
        console.say_json(
            {
                "verdict": verdict(plan),
                "digest": plan.digest,
                "taken_at": plan.taken_at,
                "accounting": dict(plan.accounting),
                "written": written,
                "report": report,
            }
        )
        return
    _say_summary(plan)
    if not written:
        console.say("nothing to write: every file already says this")
        return
    console.say(f"wrote {len(written)} files" + (f"; the report is {report}" if report else ""))
