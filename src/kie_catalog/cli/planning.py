"""Making and reading plans, for the commands that need one."""

from __future__ import annotations

from pathlib import Path

from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace, read_exact_json
from kie_catalog.cli.clock import today
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.plan import Plan, plan_from_json
from kie_catalog.sync.guards import ALL, NAMES, is_guard


def known_guards(lifted: tuple[str, ...]) -> tuple[str, ...]:
    """The guards that the operator lifts.

    Raises:
        UsageError: one of them is none.
    """
    for name in lifted:
        if not is_guard(name):
            raise UsageError(f"--lift {name}", "is no guard", f"choose from {', '.join((*NAMES, ALL))}")
    return lifted


def require_settled(transaction: Transaction, workspace: Workspace) -> None:
    """Refuse to read files that an interrupted run left half written.

    Raises:
        UsageError: there are some; a command that writes settles them.
    """
    if transaction.is_pending:
        fact = "an interrupted run left a write unfinished"
        raise UsageError(str(workspace.root), fact, "run kie-catalog sync or apply, which settles it")


def plan_for(workspace: Workspace, upstream: str | None, lifted: tuple[str, ...]) -> Plan:
    """Read upstream and make a plan."""
    from kie_catalog.catalog.planning import plan_sync, sound_document  # noqa: PLC0415 -- `apply` makes no plan
    from kie_catalog.cli.taking import taking  # noqa: PLC0415 -- and reads no upstream

    settings = workspace.settings(lifted=known_guards(lifted), today=today())
    document = sound_document(workspace)  # a file that can't be merged is told before upstream is asked
    return plan_sync(taking(upstream, root=workspace.root).upstream, workspace, settings, document)


def read_plan(file: Path) -> Plan:
    """Read a plan file.

    Raises:
        UsageError: it can't be read, or is no plan.
    """
    try:
        return plan_from_json(read_exact_json(file))
    except OSError as error:
        raise UsageError(str(file), f"cannot be read ({error.strerror})", "name a plan file") from error
    except ValueError as error:
        raise UsageError(str(file), f"is no plan ({error})", "make one with kie-catalog plan --out") from None
