"""Items as jobs of Procrastinate, in the database of the store: a job names an item, and nothing else.

A job is put and taken away in the transaction that changes its item. It is only a hint: whoever gets it must
take the item, and an item that lost its job gets another one by `sweep`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kie_catalog.service.batch.items import id_of
from kie_catalog.service.batch.postgres_rows import Job
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.postgres.database import Database, fetch

if TYPE_CHECKING:
    import procrastinate

    from kie_catalog.service.postgres.pool import Connection

ITEM_TASK: Final = "kie.item"
ITEM_QUEUE: Final = "kie"
_EPOCH: Final = 1_767_225_600.0
"""The start of 2026, from which ranks are counted: as whole seconds they fit a priority for 68 years."""
_MOST: Final = 2**31 - 1
_LEFT: Final = (
    "SELECT batch, row, rank, state <> 'queued' FROM items"
    " WHERE (place <= 1 OR (place = 2 AND back_at <= %s))"
    " AND NOT EXISTS (SELECT FROM procrastinate_jobs AS jobs"
    " WHERE jobs.status = 'todo' AND jobs.queueing_lock = items.batch || '-' || items.row)"
    " AND (worker IS NOT NULL OR batch || '-' || row NOT IN (SELECT jobs.queueing_lock"
    " FROM procrastinate_jobs AS jobs JOIN procrastinate_workers AS workers ON workers.id = jobs.worker_id"
    " WHERE jobs.status = 'doing' AND jobs.queueing_lock IS NOT NULL"
    " AND workers.last_heartbeat > now() - %s * interval '1 second'))"
    " ORDER BY place, rank, number LIMIT 1000 FOR UPDATE OF items SKIP LOCKED"
)
"""Items that may be taken up, where neither a job that waits will bring them to a worker, nor a worker that
lives has fetched one and is about to take them."""

_GONE: Final = (
    "DELETE FROM procrastinate_jobs WHERE id = %s AND status = 'doing'"
    " AND worker_id IS NOT DISTINCT FROM %s::bigint"
)


def priority_of(job: Job) -> int:
    """The priority of an item's job, highest first: what was begun, then by rank, to the second."""
    if job.is_begun:
        return _MOST
    return max(-_MOST, min(_MOST - 1, -int(job.rank - _EPOCH)))


class ProcrastinateJobs:
    """The `Jobs` of a store, and what keeps them right."""

    def __init__(self, database: Database) -> None:
        """Make it for a database."""
        self.database = database
        self._app = new_app()

    async def put(self, db: Connection, jobs: Sequence[Job]) -> None:
        """See that each of these items is taken up when it is due; a job that waits is replaced."""
        from procrastinate.jobs import Job as Queued  # noqa: PLC0415 -- an extra

        if not jobs:
            return
        names = [each.item_id for each in jobs]
        waiting = "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%s)"
        await fetch(db, waiting, names)
        queued = [
            Queued(
                id=None,
                queue=ITEM_QUEUE,
                lock=None,
                queueing_lock=each.item_id,
                task_name=ITEM_TASK,
                task_kwargs={"item_id": each.item_id},
                scheduled_at=datetime.fromtimestamp(each.due_at, UTC) if each.due_at > 0 else None,
                priority=priority_of(each),
            )
            for each in jobs
        ]
        await self._app.job_manager.batch_defer_jobs_async(queued, connection=db)

    async def drop(self, db: Connection, batch_id: str) -> None:
        """Take away the jobs of what a batch has in its queue."""
        await fetch(
            db,
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock IN"
            " (SELECT batch || '-' || row FROM items WHERE batch = %s AND state = 'queued')",
            batch_id,
        )

    async def sweep(self, now: float, lease: float) -> int:
        """Give a job to every item that may be taken up and has none; one process at a time does.

        The job of a worker counts for nothing once its lease on the item is over, and where it died before it
        had one, once its heart has not beaten for as long.

        Args:
            now: the moment.
            lease: seconds without a heartbeat after which a worker may be dead.

        Returns:
            How many there were, at most 1,000 at once.
        """

        async def act(db: Connection) -> int:
            ((is_ours,),) = await fetch(db, "SELECT pg_try_advisory_xact_lock(hashtext('kie sweep'))")
            if not is_ours:
                return 0
            left = await fetch(db, _LEFT, now, lease)
            jobs = [Job(id_of(batch, row), rank, 0.0, is_begun) for batch, row, rank, is_begun in left]
            await self.put(db, jobs)
            return len(jobs)

        return await self.database.do(act)

    async def bury(self, app: procrastinate.App, silence: float) -> int:
        """Take jobs away from workers whose heart stopped: an item's goes, any other one is done again.

        Args:
            app: that is open.
            silence: seconds without a heartbeat after which a worker is gone.

        Returns:
            How many jobs.
        """
        manager = app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silence))
        for job in stalled:
            if job.task_name == ITEM_TASK:
                await self.database.rows(_GONE, job.id, job.worker_id)
            else:
                await manager.retry_job(job)
        return len(stalled)


def shared_store(database: Database) -> PostgresStore:
    """A store in a database whose items are handed to workers as jobs."""
    return PostgresStore(database, ProcrastinateJobs(database))


def new_app() -> procrastinate.App:
    """An app of Procrastinate without tasks."""
    import procrastinate  # noqa: PLC0415 -- an extra

    return procrastinate.App(connector=procrastinate.PsycopgConnector())
