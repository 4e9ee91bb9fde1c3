"""The work of a sync grows no faster than the catalog: in calls and writes, which no machine changes."""

from __future__ import annotations

import cProfile
import pstats

import pytest

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.workspace import Workspace
from tests.catalog.failing import FailingDisk
from tests.sync.upstreams import page, row, upstream

SMALL, TIMES = 40, 5


def said(models, dearer=0, *, day="2026-08-11"):
    """So many models, with another price in so many of their first modes."""
    ids = [f"p{number % 4}/m{number}" for number in range(models)]
    rows = [row(model, "480p", 11 if at < dearer else 10) for at, model in enumerate(ids)]
    return upstream(
        [page(model) for model in ids], [*rows, *(row(each, "720p", 20) for each in ids)], taken_at=day
    )


def work_of(root, models):
    """The calls that a sync makes where one model in forty moves, and the operations of the disk."""
    root.mkdir()
    workspace = Workspace(root)
    apply_plan(plan_sync(said(models), workspace), workspace)
    moved = said(models, models // SMALL, day="2026-08-12")
    disk, profile = FailingDisk(-1, OSError()), cProfile.Profile()
    with profile:
        plan = plan_sync(moved, workspace)
        apply_plan(plan, workspace, transaction=Transaction(root, disk))
    assert len(plan.changes) == models // SMALL
    return pstats.Stats(profile).total_calls, disk.count


@pytest.fixture(scope="module")
def works(tmp_path_factory):
    place = tmp_path_factory.mktemp("growth")
    return [work_of(place / str(times), SMALL * times) for times in (1, TIMES)]


def test_calls_grow_no_faster_than_the_catalog(works):
    (small, _), (large, _) = works
    assert large <= small * TIMES


def test_writes_do_not_grow_with_what_stays_as_it_is(works):
    (_, small), (_, large) = works
    assert large == small
