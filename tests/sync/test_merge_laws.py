"""Laws of the merge of a whole catalog: base, ours and theirs at random."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kie_catalog.domain.change import Conflicted, Held, Withheld, change_to_json, is_effective
from kie_catalog.domain.plan import plan_from_json
from kie_catalog.domain.snapshot import Snapshot, SourceName
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.ownership import DEFAULT, MODES, Ownership
from kie_catalog.sync.reconcile import same
from kie_catalog.sync.state import state_of_catalog
from tests.conftest import tried
from tests.sync.test_plan import exact
from tests.sync.upstreams import upstream
from tests.sync.worlds import said, worlds

OWNERS = Ownership(DEFAULT)
PRICE = {"charge", "unit", "per", "credits", "official_usd"}
law = settings(
    parent=tried(400),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def fields(data):
    """Every field of a catalog by its place: model, path."""
    for model_id, model in state_of_catalog(data).items():
        for name, value in model.fields.items():
            yield (model_id, (name,)), value
        for mode_id, mode in model.modes.items():
            for name, value in mode.items():
                yield (model_id, (MODES, mode_id, name)), value


def base_value(world, place):
    model_id, path = place
    model = world.base.models.get(model_id)
    if model is None:
        return ABSENT
    if len(path) == 1:
        return model.fields.get(path[0], ABSENT)
    return model.modes.get(path[1], {}).get(path[2], ABSENT)


@law
@given(worlds, said(unmeasured=True))
def test_what_is_applied_needs_no_second_time(world, up):
    plan = world.plan(up)
    again = world.after(plan).plan(up)
    assert [change for change in again.changes if is_effective(change)] == []
    assert exact(again.base) == exact(plan.base)
    assert [change for change in plan.changes if not is_effective(change)] == [*again.changes]


@law
@given(worlds)
def test_a_silent_upstream_overrides_nothing(world):
    silent = replace(
        upstream(None, None),
        model_ids=Snapshot(SourceName.MODEL_IDS, "2026-09-01", ("a/one",), (), "sha256:0"),
    )
    plan = world.plan(silent)
    assert plan.changes == ()
    assert plan.base["models"] == world.base.to_json()["models"]


@law
@given(worlds, said(unmeasured=True))
def test_an_edit_of_people_stands_unless_upstream_says_the_same(world, up):
    before = dict(fields(world.data))
    after = dict(fields(world.sync(up).data))
    for place, value in before.items():
        is_edit = not same(value, base_value(world, place)) and place[1][-1] not in {"status", "title_ru"}
        if is_edit and place[0] in world.base.models:
            assert same(after[place], value), place


@law
@given(worlds, st.lists(said(unmeasured=True), min_size=1, max_size=4))
def test_what_belongs_to_people_survives_any_sequence_of_syncs(world, days):
    before = dict(fields(world.data))
    for day in days:
        world = world.sync(day)
    after = dict(fields(world.data))
    titles = {model_id: value for (model_id, path), value in before.items() if path == ("title",)}
    for (model_id, path), value in before.items():
        stands_in = path == ("title_ru",) and value == titles[model_id]
        if OWNERS.is_human(model_id, path) and not stands_in:
            assert after[model_id, path] == value


@law
@given(worlds, said())
def test_an_untouched_field_follows_upstream(world, up):
    plan = world.plan(up, lifted=("all",))
    after = state_of_catalog(world.after(plan).data)
    waiting = {
        (change.model, getattr(change, "mode", None)) for change in plan.changes if not is_effective(change)
    }
    edited = {
        (model_id, path[1])
        for (model_id, path), value in fields(world.data)
        if path[0] == MODES and path[2] in PRICE and not same(value, base_value(world, (model_id, path)))
    }
    base = exact(plan.base)["models"]
    for model_id, model in state_of_catalog(world.data).items():
        for mode_id in model.modes.keys() & base.get(model_id, {}).get("modes", {}).keys():
            if (model_id, mode_id) in waiting | edited:
                continue
            for name, value in model.modes[mode_id].items():
                place = (model_id, (MODES, mode_id, name))
                if same(value, base_value(world, place)):
                    accepted = base[model_id]["modes"][mode_id].get(name, ABSENT)
                    assert same(after[model_id].modes[mode_id].get(name, ABSENT), accepted), place


@law
@given(worlds, said(unmeasured=True))
def test_without_a_decision_nothing_leaves_the_catalog(world, up):
    after = state_of_catalog(world.sync(up).data)
    for model_id, model in state_of_catalog(world.data).items():
        assert model.modes.keys() <= after[model_id].modes.keys()


@law
@given(worlds, said())
def test_a_withheld_model_keeps_every_value(world, up):
    plan = world.plan(up)
    withheld = {change.model for change in plan.changes if isinstance(change, Withheld)}
    before, after = state_of_catalog(world.data), state_of_catalog(world.after(plan).data)
    for model_id in withheld:
        assert after[model_id] == before[model_id]
        assert not [change for change in plan.changes if change.model == model_id and is_effective(change)]


@law
@given(worlds, said(), st.data())
def test_the_order_of_rows_pages_and_ids_does_not_matter(world, up, data):
    sources = {name: getattr(up, name) for name in ("prices", "pages", "model_ids")}
    turned = replace(
        up,
        **{
            name: replace(source, content=tuple(data.draw(st.permutations(source.content))))
            for name, source in sources.items()
        },
    )
    plans = [world.plan(each) for each in (up, turned)]
    one, other = ([_unplaced(change) for change in plan.changes] for plan in plans)
    assert sorted(one) == sorted(other)
    assert [(each.name, each.is_tripped) for each in plans[0].guards] == [
        (each.name, each.is_tripped) for each in plans[1].guards
    ]


def _unplaced(change):
    """A change without the place of a new mode, which follows the order of the rows."""
    written = change_to_json(change)
    written.pop("after", None)
    return json.dumps(written, sort_keys=True)


@law
@given(worlds, said(unmeasured=True))
def test_any_plan_reads_back_as_it_was_written(world, up):
    plan = world.plan(up)
    read = plan_from_json(exact(plan.to_json()))
    assert read.to_json()["seal"] == plan.to_json()["seal"]
    assert (read.changes, read.kept, read.guards) == (plan.changes, plan.kept, plan.guards)


@law
@given(worlds, said())
def test_every_conflict_shows_three_values_that_differ(world, up):
    for change in world.plan(up).changes:
        if isinstance(change, Conflicted):
            assert not same(change.ours, change.theirs)
        if isinstance(change, Held) and change.field:
            assert not same(change.ours, change.theirs)
