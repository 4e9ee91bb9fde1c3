"""Keeping a catalog true from inside a program that runs: at its start, and once a day.

A run reads upstream, makes a plan, asks the guards and writes, as `kie-catalog sync` does. It never blocks
the program or breaks its start: the work is done in a thread, what goes wrong is logged and kept in `last`,
and the next run tries again. Only one run is at work at a time, in this process and on this machine.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from kie_catalog.domain.change import Added
from kie_catalog.domain.errors import CatalogError, UsageError

if TYPE_CHECKING:
    from kie_catalog.catalog.apply import Applied
    from kie_catalog.catalog.workspace import Workspace
    from kie_catalog.domain.finding import Finding
    from kie_catalog.domain.plan import Plan
    from kie_catalog.sources.upstream import Means

OnNewModels = Callable[[tuple[Added, ...]], object]
"""Is told of new models once they are in the catalog; may be a coroutine function."""

Result = TypeVar("Result")
_LOG: Final = logging.getLogger("kie_catalog.sync")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When runs are made."""

    every: dt.timedelta = dt.timedelta(hours=24)
    """From the end of one run to the begin of the next."""
    jitter: dt.timedelta = dt.timedelta(minutes=30)
    """By how much a run may be later, at random: many programs must not come at one moment."""
    now: Callable[[], dt.datetime] = _now
    """Gives moments with their time zone."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """Waits for so many seconds."""
    chance: Callable[[], float] = random.random
    """Gives numbers from 0 to 1."""

    def pause(self) -> float:
        """Seconds until the next run."""
        return (self.every + self.jitter * self.chance()).total_seconds()


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended."""

    at: dt.datetime
    error: str = ""
    """Why it failed; empty for one that did not."""
    digest: str = ""
    """Of the plan."""
    written: tuple[Path, ...] = ()
    """The files that it changed."""
    new_models: tuple[Added, ...] = field(default=(), repr=False)

    @property
    def is_well(self) -> bool:
        """Whether the catalog is known to be true as of `at`."""
        return not self.error


class KIESyncService:
    """Keeps the catalog of one workspace true while a program runs.

    Example:
        service = KIESyncService("data", on_new_models=tell_the_admins)
        await service.start()
        ...
        await service.stop()
    """

    def __init__(
        self,
        root: Path | str,
        *,
        upstream: str | Path | None = None,
        on_new_models: OnNewModels | None = None,
        rhythm: Rhythm | None = None,
        means: Means | None = None,
    ) -> None:
        """Prepare; nothing is read or written yet.

        Args:
            root: the folder that holds `catalog/`, or is to hold it.
            upstream: a recording's folder or a host's URL; `None` for the live hosts.
            on_new_models: is told of new models once they are in the catalog.
            rhythm: when runs are made; once a day if `None`.
            means: what a reading of upstream may use, such as a key; the workspace's settings if `None`.
        """
        self._root = Path(root).resolve()
        self._upstream = upstream
        self._on_new_models = on_new_models
        self._rhythm = rhythm or Rhythm()
        self._means = means
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.last: Run | None = None
        """How the last periodic run ended; `None` before the first has."""

    async def start(self) -> None:
        """Begin the periodic runs, the first of them now, and return at once. Raises nothing of a run's."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._periodically(), name="kie-catalog sync")

    async def stop(self) -> None:
        """End the periodic runs. A write that has begun is waited for: it is whole or not there."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with self._one_at_a_time:
            pass

    async def sync_models_from_api(self) -> Plan:
        """Read upstream and make a plan. Writes nothing.

        Raises:
            SourceError: upstream is unavailable or unusable.
            CatalogInvalid: a file of the workspace is wrong.
            UsageError: a setting is wrong, or the extra `runtime` is not installed.
        """
        return await self._alone(self._plan)

    async def update_catalog(self) -> Run:
        """Plan, ask the guards, write, and tell of new models.

        Raises:
            PlanRefused: a guard refused; nothing was written.
            UsageError: another run is at work here, or a setting is wrong.
            CatalogError: see `sync_models_from_api`.
        """
        plan, applied = await self._alone(self._apply)
        new = _new_in(plan) if applied.written else ()
        run = Run(self._rhythm.now(), "", plan.digest, applied.written, new)
        if new:
            await self._tell(new)
        return run

    async def get_new_models(self) -> tuple[Added, ...]:
        """The models that upstream has and the catalog has not. Writes nothing.

        Raises:
            CatalogError: see `sync_models_from_api`.
        """
        return _new_in(await self.sync_models_from_api())

    async def validate_catalog(self) -> tuple[Finding, ...]:
        """What the rules find in the catalog file, the worst not first but by place.

        Raises:
            NothingChecked: there is none.
        """
        return await asyncio.to_thread(self._check)

    @property
    def _workspace(self) -> Workspace:
        from kie_catalog.catalog.workspace import Workspace  # noqa: PLC0415 -- a program's start must not wait

        return Workspace(self._root)

    async def _periodically(self) -> None:
        while True:
            self.last = await self._run_once()
            await self._rhythm.sleep(self._rhythm.pause())

    async def _run_once(self) -> Run:
        """A run whose failure is its result."""
        try:
            return await self.update_catalog()
        except CatalogError as error:
            _LOG.warning("sync: %s", error)
            return Run(self._rhythm.now(), str(error) or type(error).__name__)
        except Exception as error:  # noqa: BLE001 -- a fault of ours must not end the program's other work
            _LOG.exception("sync: failed")
            return Run(self._rhythm.now(), f"failed ({type(error).__name__})")

    async def _tell(self, new: tuple[Added, ...]) -> None:
        """Tell of new models; what the callback raises is its own affair, and logged."""
        if self._on_new_models is None:
            return
        try:
            said = self._on_new_models(new)
            if inspect.isawaitable(said):
                await said
        except Exception:  # noqa: BLE001 -- the callback is not ours
            _LOG.exception("sync: on_new_models failed")

    async def _alone(self, work: Callable[[], Result]) -> Result:
        """Do work in a thread, one at a time, to its end even where the caller is cancelled meanwhile."""
        async with self._one_at_a_time:
            doing = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(doing)
            except asyncio.CancelledError:
                await asyncio.wait([doing])
                raise

    def _plan(self) -> Plan:
        from kie_catalog.catalog.planning import plan_sync, sound_document  # noqa: PLC0415 -- see _workspace
        from kie_catalog.sources.upstream import take  # noqa: PLC0415 -- see _workspace

        workspace = self._workspace
        settings = workspace.settings(lifted=(), today=self._today())
        document = sound_document(workspace)
        upstream = take(self._upstream, self._means or self._own_means()).upstream
        return plan_sync(upstream, workspace, settings, document)

    def _own_means(self) -> Means:
        from kie_catalog.sources.settings import SETTINGS_FILE, read_settings  # noqa: PLC0415 -- see _workspace
        from kie_catalog.sources.upstream import Means  # noqa: PLC0415 -- see _workspace

        file = self._root / SETTINGS_FILE
        return Means(settings=read_settings(file) if file.is_file() else None)

    def _apply(self) -> tuple[Plan, Applied]:
        from kie_catalog.catalog.apply import apply_plan  # noqa: PLC0415 -- see _workspace
        from kie_catalog.catalog.synced import note_sync  # noqa: PLC0415 -- see _workspace
        from kie_catalog.catalog.transaction import Transaction  # noqa: PLC0415 -- see _workspace
        from kie_catalog.sync.guards import require_safe  # noqa: PLC0415 -- see _workspace

        root = self._root
        if not root.is_dir():
            raise UsageError(str(root), "is no folder", "make it, or name the folder that holds catalog/")
        transaction = Transaction(root)
        with transaction.exclusive():
            if done := transaction.recover():
                _LOG.info("sync: %s", done)
            plan = self._plan()
            require_safe(plan.guards)
            applied = apply_plan(plan, self._workspace, transaction=transaction)
        note_sync(root, f"{self._rhythm.now().astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}")
        return plan, applied

    def _check(self) -> tuple[Finding, ...]:
        from kie_catalog.catalog.checking import check_file  # noqa: PLC0415 -- see _workspace

        file = self._workspace.catalog_file
        return check_file(file, self._workspace.relative(file), today=self._today()).findings

    def _today(self) -> str:
        return self._rhythm.now().astimezone(dt.UTC).date().isoformat()


def _new_in(plan: Plan) -> tuple[Added, ...]:
    return tuple(each for each in plan.changes if isinstance(each, Added))
