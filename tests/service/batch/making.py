"""Batches, items and submissions for tests."""

import sqlite3
from contextlib import closing, contextmanager
from decimal import Decimal

from kie_catalog.client.submission import Submission
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call
from kie_catalog.service.batch.items import Batch, Ended, ItemState, NewItem
from kie_catalog.service.batch.postgres_store import PostgresStore
from kie_catalog.service.postgres.database import Database
from tests.client.standing import INPUT, MODEL

CALL = Call(CREATE_TASK, RECORD_INFO)


def new_items(count, *, first=1, quoted=Decimal(4), priority=0, keys=None):
    return [
        NewItem(
            row=first + at,
            model_id=MODEL,
            payload=INPUT,
            key=keys[at] if keys else None,
            priority=priority,
            quoted=quoted,
            fingerprint="same",
        )
        for at in range(count)
    ]


def a_batch(name="b", added_at=0.0, **more):
    return Batch(name, added_at, **more)


def submission(item, at=1.0):
    body = {"model": item.model_id, "input": dict(item.payload)}
    return Submission(item.model_id, CALL, body, at, item.number, "printed")


def ended(item, state=ItemState.SUCCEEDED, at=9.0, **more):
    return Ended(item, state, at, **more)


async def accepted(store, item, task):
    """Send an item's submission, and have it accepted as a task."""
    await store.sent(submission(item))
    await store.closed(item.number, task)


@contextmanager
def away(store):
    """A time in which a store can't be asked: its server is not there, or its file is locked."""
    if isinstance(store, PostgresStore):
        there, store.database = store.database, Database("postgresql://127.0.0.1:9/x")
        try:
            yield
        finally:
            store.database = there
        return
    store._store._db.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(store.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
