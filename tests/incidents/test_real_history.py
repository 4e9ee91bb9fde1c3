"""The guards on what upstream really said, day after day: none of it may be refused or withheld."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import ALIASES, Workspace
from kie_catalog.domain.change import Withheld
from kie_catalog.sources.recordings import read_recording
from kie_catalog.sync.guards import require_safe
from tests.conftest import ROOT

MOST_WITHHELD = 2
"""A pack that shrank from six to two, and credits beside dollars that contradict them: both are asked."""
DAYS = ("2026-08-06", "2026-08-11", "2026-08-22")


def run_through(folders: list[Path], root: Path) -> list[tuple[str, list[str], list[str]]]:
    """Sync each recording into one workspace; by day, the guards that refused and the models withheld."""
    root.mkdir()
    (root / ALIASES).parent.mkdir()
    (root / ALIASES).write_bytes((ROOT / ALIASES).read_bytes())
    workspace = Workspace(root)
    seen = []
    for folder in folders:
        plan = plan_sync(read_recording(folder), workspace)
        refused = [each.name for each in plan.guards if each.refuses]
        withheld = [each.model for each in plan.changes if isinstance(each, Withheld)]
        seen.append((folder.name, refused, withheld))
        require_safe(plan.guards)
        apply_plan(plan, workspace)
    return seen


def test_no_day_of_the_real_history_is_refused(shared, tmp_path, record_property):
    seen = run_through([shared / "recordings" / day for day in DAYS], tmp_path / "root")
    record_property("incident", f"real history {' -> '.join(DAYS)}: {said(seen)}")
    assert [refused for _, refused, _ in seen] == [[], [], []]
    assert sum(len(withheld) for _, _, withheld in seen) <= MOST_WITHHELD


def test_no_day_of_the_recordings_kept_here_is_refused(recordings, tmp_path, record_property):
    seen = run_through(recordings, tmp_path / "root")
    record_property("incident", f"recordings kept here: {said(seen)}")
    assert len(seen) > 1
    assert not any(refused for _, refused, _ in seen)


@pytest.mark.parametrize("back", [0, 1])
def test_the_guards_look_at_the_real_history(recordings, tmp_path, back):
    """They trip on the same history read backwards or halved, so their silence above says something."""
    workspace = Workspace(tmp_path)
    first, last = (recordings[-1], recordings[0]) if back else (recordings[0], recordings[-1])
    apply_plan(plan_sync(read_recording(first), workspace), workspace)
    upstream = read_recording(last)
    rows = upstream.prices.content[: len(upstream.prices.content) // 2]
    plan = plan_sync(halved(upstream, rows), workspace)
    assert any(each.refuses for each in plan.guards)


def halved(upstream, rows):
    return replace(upstream, prices=replace(upstream.prices, content=rows))


def said(seen) -> str:
    refusals = sum(bool(refused) for _, refused, _ in seen)
    withheld = [model for _, _, models in seen for model in models]
    return f"{refusals} of {len(seen)} refused, {len(withheld)} models withheld {', '.join(withheld)}".strip()
