"""What the doctor looks at on this machine."""

from __future__ import annotations

import datetime as dt
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Final

from kie_catalog.automation.doctor import Look, Patient, Sign, State
from kie_catalog.catalog import artefact
from kie_catalog.catalog.lock import Lock
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.read import require_form
from kie_catalog.catalog.transaction import STATE, Transaction
from kie_catalog.catalog.workspace import CATALOG, DECISIONS, Workspace
from kie_catalog.domain.catalog import VERSIONS
from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.finding import Severity
from kie_catalog.reports.text import count
from kie_catalog.rules.registry import check
from kie_catalog.sources.recordings import read_recording
from kie_catalog.version import __version__

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "runtime": ("httpx", "stamina", "rich"),
    "webhook": ("starlette", "uvicorn"),
    "notify": ("apprise",),
    "postgres": ("procrastinate",),
    "metrics": ("prometheus_client",),
    "fast": ("jsonschema_rs",),
}
OLDEST_CATALOG: Final = dt.timedelta(days=45)
"""Prices move every few weeks: a catalog that nothing changed in for longer is likely not synced."""
OLDEST_RECORDING: Final = dt.timedelta(days=120)
SOON: Final = dt.timedelta(days=14)


def installation(_: Patient) -> Iterator[Sign]:
    """The program, its Python and its extras."""
    python = platform.python_version()
    yield Sign("installation", State.OK, f"kie-catalog {__version__} on Python {python} ({sys.prefix})")
    there = [name for name, modules in EXTRAS.items() if all(map(find_spec, modules))]
    missing = [name for name in EXTRAS if name not in there]
    said = f"{', '.join(there) or 'none'}; not installed: {', '.join(missing) or 'none'}"
    if "runtime" in missing:
        cure = "pip install 'kie-catalog[runtime]' to read the live hosts"
        yield Sign("extras", State.WARNING, said, cure)
    else:
        yield Sign("extras", State.OK, said)
    if shutil.which("git") is None:
        yield Sign(
            "git", State.WARNING, "is not installed", "install it to propose, verify and see the schedule"
        )


def environment(patient: Patient) -> Iterator[Sign]:
    """Which secrets are set; never what they are."""
    for name, use in (("KIE_API_KEY", "the keyed models API"), ("KIE_CATALOG_NOTIFY", "notifications")):
        is_set = bool(patient.environment.get(name, "").strip())
        yield Sign(name, State.OK, f"is {'set' if is_set else 'not set'}, for {use}")


def catalog(patient: Patient) -> Iterator[Sign]:
    """The catalog file: there, readable, of the newest form, without errors, not too old."""
    if patient.workspace is None:
        fact = f"no {CATALOG} here or above: the packaged catalog counts"
        yield Sign("workspace", State.UNKNOWN, fact, "run inside a checkout, or name one with --root")
        return
    yield Sign("workspace", State.OK, str(patient.workspace.root))
    document = patient.workspace.document()
    require_form(document)
    data: Any = document.data
    if data.get("version") != VERSIONS[-1]:
        fact = f"is of version {data.get('version')}"
        yield Sign("catalog", State.FAULT, fact, "run kie-catalog migrate")
    errors = sum(finding.severity is Severity.ERROR for finding in check(document))
    if errors:
        yield Sign(
            "catalog", State.FAULT, f"has {count(errors, 'error')}", "run kie-catalog check and mend them"
        )
    yield _aged(patient, "catalog", str(data.get("last_updated", "")), OLDEST_CATALOG, "run kie-catalog sync")


def _aged(patient: Patient, name: str, day: str, oldest: dt.timedelta, cure: str) -> Sign:
    try:
        age = patient.today - dt.date.fromisoformat(day[:10])
    except ValueError:
        return Sign(name, State.WARNING, f"is of {day or 'no'} day", cure)
    fact = f"is of {day[:10]}, {count(age.days, 'day')} ago"
    return Sign(name, State.WARNING, fact, cure) if age > oldest else Sign(name, State.OK, fact)


def settings(patient: Patient) -> Iterator[Sign]:
    """Base, settings and reviewed facts: whether each can be read."""
    workspace = patient.workspace
    if workspace is None:
        return
    models = len(workspace.base().models)
    if models:
        yield Sign("base", State.OK, f"holds {count(models, 'model')}")
    else:
        cure = "run kie-catalog sync, and commit what it writes"
        yield Sign("base", State.WARNING, "is empty: edits of people can't be told from moves", cure)
    found = workspace.settings(lifted=(), today=patient.today.isoformat())
    workspace.aliases()
    workspace.overrides()
    yield Sign("settings", State.OK, f"can be read; {count(len(found.decisions), 'decision')}")


def decisions(patient: Patient) -> Iterator[Sign]:
    """Decisions that ended, end soon, or that no run needs any more."""
    workspace = patient.workspace
    if workspace is None or not (workspace.root / DECISIONS).exists():
        return
    found = workspace.settings(lifted=(), today=patient.today.isoformat())
    for each in found.decisions:
        ends = each.grounds.expires
        if ends and patient.today < dt.date.fromisoformat(ends) <= patient.today + SOON:
            cure = "decide it anew with kie-catalog decide, or let it end"
            yield Sign("decisions", State.WARNING, f"{each.target}: ends on {ends}", cure)
    newest = workspace.newest_recording()
    if found.decisions and newest:
        for finding in plan_sync(read_recording(newest), workspace, found).findings:
            yield Sign("decisions", State.WARNING, str(finding))


def recording(patient: Patient) -> Iterator[Sign]:
    """The newest recording that is kept."""
    newest = patient.workspace.newest_recording() if patient.workspace else None
    if newest is not None:
        cure = f"run kie-catalog record --facts-only --out {newest.parent.name}/<date>"
        yield _aged(patient, "recording", newest.name, OLDEST_RECORDING, cure)


def unfinished(patient: Patient) -> Iterator[Sign]:
    """What runs left behind on this machine, and whether one is at work."""
    if patient.workspace is None:
        return
    if Transaction(patient.workspace.root).is_pending:
        fact = "an interrupted run left a write unfinished"
        yield Sign("journal", State.FAULT, fact, "run kie-catalog sync or apply, which settles it")
    yield from _lock(patient.workspace)


def _lock(workspace: Workspace) -> Iterator[Sign]:
    file = workspace.root / STATE / "lock"
    if not file.exists():
        return
    lock = Lock(file)
    try:
        with lock.held():
            left_by = lock.left_by()
    except UsageError as error:
        yield Sign("lock", State.WARNING, error.fact, error.cure)
        return
    if left_by:
        fact = f"{left_by} ended while it was writing"
        yield Sign("lock", State.WARNING, fact, "run kie-catalog sync or apply, which takes it over")


def built(patient: Patient) -> Iterator[Sign]:
    """The packaged catalog, in the checkout that builds it."""
    workspace = patient.workspace
    if workspace is None or workspace.artefact_folder is None:
        return
    files = artefact.build_for(
        workspace.document(), workspace.schemas(), workspace.aliases_data(), workspace.artefact_folder
    )
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    if stale:
        yield Sign("packaged catalog", State.FAULT, "differs from its sources", "run make build")
    else:
        yield Sign("packaged catalog", State.OK, "is that of the catalog")


LOOKS: Final[Mapping[str, Look]] = {
    "installation": installation,
    "environment": environment,
    "catalog": catalog,
    "settings": settings,
    "decisions": decisions,
    "recording": recording,
    "unfinished": unfinished,
    "packaged catalog": built,
}
