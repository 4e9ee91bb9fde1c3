"""`plan`, `apply`, `sync`: from upstream to a reviewed file."""

from __future__ import annotations

from pathlib import Path

import click

from kie_catalog.catalog.apply import Applied, apply_plan
from kie_catalog.catalog.synced import note_sync
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace
from kie_catalog.cli import console
from kie_catalog.cli.clock import now
from kie_catalog.cli.examples import examples
from kie_catalog.cli.options import (
    JSON,
    MARKDOWN,
    SUMMARY,
    TEXT,
    VIEW,
    format_option,
    lift_option,
    require_workspace,
    root_option,
    upstream_option,
)
from kie_catalog.cli.planning import known_guards, plan_for, read_plan, require_settled
from kie_catalog.domain.change import change_to_json
from kie_catalog.domain.errors import CatalogError, UsageError
from kie_catalog.domain.plan import Effect, Plan
from kie_catalog.reports.lines import headline
from kie_catalog.reports.text import count
from kie_catalog.reports.verdict import verdict
from kie_catalog.sync.guards import ALL, lift, require_safe

PENDING = 1
FOUND = 1


def _recover(transaction: Transaction, workspace: Workspace) -> None:
    if done := transaction.recover():
        console.note(f"{workspace.root}: {done}")
        transaction.notes.clear()


def _say_plan(plan: Plan, workspace: Workspace, form: str, *, whole: bool = False) -> None:
    if form == JSON:
        console.say_json(plan.to_json())
    elif form in {MARKDOWN, SUMMARY, VIEW}:
        _say_report(plan, workspace, form, whole=whole)
    else:
        for change in plan.changes:
            console.say(headline(change))
        _say_summary(plan)


def _say_report(plan: Plan, workspace: Workspace, form: str, *, whole: bool) -> None:
    from kie_catalog.catalog.reporting import outcome_of  # noqa: PLC0415 -- only these forms need it
    from kie_catalog.reports import json_view, markdown, sections  # noqa: PLC0415 -- see above

    facts = outcome_of(plan, workspace).facts(plan)
    if form == VIEW:
        console.say_json(json_view.render(plan, facts))
    elif form == SUMMARY:
        console.say(markdown.render_summary(plan, facts), end="")
    else:
        limit = None if whole else sections.LIMIT
        console.say(markdown.render_plan(plan, facts, limit), end="")


def _say_summary(plan: Plan) -> None:
    for finding in plan.findings:
        console.say(str(finding))
    rows = plan.accounting
    console.say(f"{verdict(plan)} ({plan.taken_at}, plan {plan.digest[7:19]})")
    if rows["rows"]:
        parts = f"{rows['resolved']} resolved + {rows['ignored']} ignored + {rows['unresolved']} unresolved"
        console.say(f"{rows['rows']} rows = {parts}")
    for each in plan.unmeasured:
        console.say(f"not measured: {each.source} ({each.reason})")


@click.command(
    "plan",
    epilog=examples(
        "plan --upstream sync/recordings/2026-08-22",
        "plan --out plan.json --exit-code",
        "plan --format markdown --whole",
    ),
)
@root_option
@upstream_option
@lift_option
@format_option(TEXT, MARKDOWN, JSON, SUMMARY, VIEW)
@click.option("--whole", is_flag=True, help="Print the whole report, however long.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to a file for apply."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if changes are pending, or wait for people.")
def plan_command(
    root: Path | None,
    upstream: str | None,
    lifted: tuple[str, ...],
    form: str,
    whole: bool,
    out: Path | None,
    exit_code: bool,
) -> int:
    """Show what a sync would change. Never writes to the workspace."""
    workspace = require_workspace(root)
    require_settled(Transaction(workspace.root), workspace)
    plan = plan_for(workspace, upstream, lifted)
    if out is not None:
        console.write_json(out, plan.to_json())
    _say_plan(plan, workspace, form, whole=whole)
    require_safe(plan.guards)
    return PENDING if exit_code and plan.changes else 0


@click.command("apply", epilog=examples("apply plan.json", "apply plan.json --verify --before origin/main"))
@click.argument("file", type=click.Path(path_type=Path))
@root_option
@lift_option
@format_option(TEXT, JSON)
@click.option("--verify", "to_verify", is_flag=True, help="Write nothing; prove that the files are the plan.")
@click.option(
    "--before", metavar="PLACE", help="With --verify: the folder or revision the plan was made for."
)
def apply_command(
    file: Path, root: Path | None, lifted: tuple[str, ...], form: str, to_verify: bool, before: str | None
) -> int:
    """Apply the plan in FILE: catalog, schemas, base and report together or not at all.

    With --verify nothing is written: it proves that the files are what the plan makes of the state BEFORE,
    plus edits of people, each of which it names. Exit code 1 if there is anything else.
    """
    workspace = require_workspace(root)
    plan = read_plan(file)
    if to_verify or before is not None:
        return _verify(plan, workspace, before, form)
    require_safe(lift(plan.guards, _liftable(lifted, plan)))
    transaction = Transaction(workspace.root)
    with transaction.exclusive():
        _recover(transaction, workspace)
        applied = apply_plan(plan, workspace, transaction=transaction)
        note_sync(workspace.root, f"{now():%Y-%m-%dT%H:%MZ}")
    _say_applied(plan, applied, workspace, form)
    return 0


def _liftable(lifted: tuple[str, ...], plan: Plan) -> tuple[str, ...]:
    """What was withheld is not in the plan, so only a new plan can let it pass."""
    refusing = {each.name for each in plan.guards if each.effect == Effect.REFUSE}
    for name in known_guards(lifted):
        if name != ALL and name not in refusing:
            cure = "pass it to kie-catalog plan or sync"
            raise UsageError(f"--lift {name}", "comes too late: what it withheld is not in the plan", cure)
    return lifted


def _verify(plan: Plan, workspace: Workspace, before: str | None, form: str) -> int:
    from kie_catalog.catalog.revision import workspace_before  # noqa: PLC0415 -- a plain apply needs neither
    from kie_catalog.catalog.verify import verify  # noqa: PLC0415 -- see above

    if before is None:
        cure = "name the folder or the revision that the plan was made for, such as origin/main"
        raise UsageError("--verify", "needs --before", cure)
    with workspace_before(workspace, before) as earlier:
        found = verify(plan, earlier, workspace)
    if form == JSON:
        edits = [change_to_json(change) for change in found.edits]
        console.say_json({"edits": edits, "files": list(found.files), "faults": list(found.faults)})
        return FOUND if found.faults else 0
    for change in found.edits:
        console.say(f"edited by people: {headline(change)}")
    for place in found.files:
        console.say(f"edited by people: {place}")
    for fault in found.faults:
        console.say(f"not of the plan: {fault}")
    said = f"{count(len(found.edits) + len(found.files), 'edit')} of people"
    said += f", {count(len(found.faults), 'fault')}" if found.faults else ""
    console.say(f"plan {plan.digest[7:19]} plus {said}")
    return FOUND if found.faults else 0


@click.command(
    "sync",
    epilog=examples(
        "sync", "sync --upstream sync/recordings/2026-08-22 --format markdown", "sync --lift price-jumped"
    ),
)
@root_option
@upstream_option
@lift_option
@format_option(TEXT, MARKDOWN, JSON)
def sync_command(root: Path | None, upstream: str | None, lifted: tuple[str, ...], form: str) -> int:
    """Plan, check the guards, apply and report in one go."""
    workspace = require_workspace(root)
    transaction = Transaction(workspace.root)
    with transaction.exclusive():
        _recover(transaction, workspace)
        plan = plan_for(workspace, upstream, lifted)
        try:
            require_safe(plan.guards)
        except CatalogError:
            _say_summary(plan)
            raise
        applied = apply_plan(plan, workspace, transaction=transaction)
        note_sync(workspace.root, f"{now():%Y-%m-%dT%H:%MZ}")
    if form == MARKDOWN:
        console.say(applied.said.text, end="")
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
