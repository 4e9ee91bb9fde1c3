"""Laws of a whole sync, in memory: plan, apply to the content, plan again."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.catalog.changes import edits_of, schemas_of
from kie_catalog.catalog.planning import declared_by
from kie_catalog.catalog.splice import edited
from kie_catalog.domain.change import (
    Added,
    Conflicted,
    FieldChanged,
    Lost,
    ModeAdded,
    ModeChanged,
    ModeLost,
    ModeReturned,
    Repriced,
    SchemaChanged,
)
from kie_catalog.domain.errors import PlanRefused
from kie_catalog.domain.plan import plan_from_json
from kie_catalog.domain.snapshot import Fault, SourceName
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.aliases import parse_aliases
from kie_catalog.sync.base import Base, base_from_json
from kie_catalog.sync.guards import require_safe
from kie_catalog.sync.plan import Ours, Settings, make_plan
from kie_catalog.sync.state import state_of_catalog
from tests.conftest import tried
from tests.sync.upstreams import page, row, upstream, upstreams

EMPTY = {"version": "2.0", "source": "s", "last_updated": "2026-01-01", "models": []}


class World:
    """A catalog, its base and its schemas, without a disk."""

    def __init__(self, data=EMPTY, base=None, schemas=None):
        self.data = data
        self.base = base or Base()
        self.schemas = schemas or {}

    def plan(self, up, **settings):
        ours = Ours(state_of_catalog(self.data), self.base, self.schemas, {}, self.schemas)
        return make_plan(up, declared_by(up), ours, Settings(**settings))

    def after(self, plan):
        """The world once a plan is applied."""
        schemas = {**self.schemas, **schemas_of(plan.changes, lambda: self.schemas)}
        data = edited(self.data, edits_of(plan.changes, self.data, taken_at=plan.taken_at))
        left = {model_id: schema for model_id, schema in schemas.items() if schema is not None}
        return World(data, base_from_json(exact(plan.base)), left)

    def sync(self, up):
        """The world after a sync that an operator let pass all guards."""
        return self.after(self.plan(up, lifted=("all",)))

    def model(self, model_id):
        return next(model for model in self.data["models"] if model["id"] == model_id)

    def mode(self, model_id, mode_id):
        return next(mode for mode in self.model(model_id)["modes"] if mode["id"] == mode_id)


def exact(value):
    return json.loads(json.dumps(value), parse_float=Decimal, parse_int=Decimal)


def kinds(plan):
    return [type(change) for change in plan.changes]


FIRST = upstream(
    [page("a/one"), page("c")], [row("a/one", "480p", 10), row("a/one", "720p", 20), row("c", "480p")]
)


@tried(150)
@given(upstreams(), upstreams())
def test_a_second_sync_finds_nothing(first, second):
    world = World().sync(first)
    assert world.plan(first).changes == ()
    after = world.sync(second)
    again = after.plan(second)
    assert again.changes == ()
    assert exact(again.base) == exact(after.plan(second).base)


@tried(100)
@given(upstreams(), st.data())
def test_the_order_of_pages_does_not_matter(up, data):
    pages = data.draw(st.permutations(up.pages.content))
    turned = upstream(pages, up.prices.content)
    assert World().plan(turned).digest == World().plan(up).digest


@tried(100)
@given(upstreams(), upstreams(), upstreams())
def test_the_words_of_people_survive_every_sync(first, second, third):
    world = World().sync(first)
    for model in world.data["models"]:
        model["title_ru"] = "Название"
        model["description_ru"] = "Слова людей"
    named = {model["id"] for model in world.data["models"]}
    world = world.sync(second).sync(third)
    for model in world.data["models"]:
        if model["id"] in named:
            assert (model["title_ru"], model["description_ru"]) == ("Название", "Слова людей")


@tried(100)
@given(upstreams(), upstreams())
def test_nothing_is_ever_deleted(first, second):
    before = World().sync(first)
    after = before.sync(second)
    for model in before.data["models"]:
        kept = after.model(model["id"])
        assert {mode["id"] for mode in model["modes"]} <= {mode["id"] for mode in kept["modes"]}


@tried(60)
@given(upstreams())
def test_sources_that_were_not_read_change_nothing(up):
    world = World().sync(up)
    assert world.plan(upstream(None, up.prices.content)).changes == ()
    assert world.plan(upstream(up.pages.content, None)).changes == ()


@tried(60)
@given(upstreams(), upstreams())
def test_a_plan_reads_back_from_its_file(first, second):
    plan = World().sync(first).plan(second)
    read = plan_from_json(exact(plan.to_json()))
    assert (read.digest, read.changes) == (plan.digest, plan.changes)


def test_a_plan_that_was_edited_is_refused():
    written = exact(World().plan(FIRST).to_json())
    written["changes"][0]["fields"]["title"] = "another"
    with pytest.raises(ValueError, match="was edited"):
        plan_from_json(written)


def test_a_new_model_is_active_only_with_a_price_and_a_schema():
    pages = [page("a/one"), page("a/two")]
    world = World().sync(upstream(pages, [row("a/one", "480p"), row("b/three", "video")]))
    status = {model["id"]: model["status"] for model in world.data["models"]}
    assert status == {"a/one": "active", "a/two": "hidden", "b/three": "hidden"}


def test_a_hidden_model_becomes_active_once_it_is_priced():
    world = World().sync(upstream([page("a/one")], [row("c/other", "480p")]))
    plan = world.plan(upstream([page("a/one")], [row("c/other", "480p"), row("a/one", "480p")]))
    assert kinds(plan) == [FieldChanged, ModeAdded]
    assert world.after(plan).model("a/one")["status"] == "active"


def test_one_price_moved_is_one_change():
    world = World().sync(FIRST)
    moved = upstream(FIRST.pages.content, [row("a/one", "480p", 15), *FIRST.prices.content[1:]])
    (change,) = world.plan(moved).changes
    assert isinstance(change, Repriced)
    assert change.ours == {"credits": 10, "official_usd": Decimal("0.05")}
    assert change.theirs == {"credits": 15, "official_usd": Decimal("0.075")}
    assert change.share == Decimal("0.5")


def test_a_price_people_set_stands_while_upstream_rests_and_is_a_conflict_once_it_moves():
    world = World().sync(FIRST)
    world.mode("a/one", "480p")["credits"] = Decimal(99)
    assert world.plan(FIRST).changes == ()
    moved = upstream(FIRST.pages.content, [row("a/one", "480p", 15), *FIRST.prices.content[1:]])
    plan = world.plan(moved)
    conflict = next(change for change in plan.changes if isinstance(change, Conflicted))
    assert (conflict.base, conflict.ours, conflict.theirs) == (10, 99, 15)
    after = world.after(plan)
    assert after.mode("a/one", "480p")["credits"] == 99
    assert any(isinstance(change, Conflicted) for change in after.plan(moved).changes), "stays until decided"


def test_both_sides_moving_alike_is_silent():
    world = World().sync(FIRST)
    world.mode("a/one", "480p").update(credits=Decimal(15), official_usd=Decimal("0.075"))
    moved = upstream(FIRST.pages.content, [row("a/one", "480p", 15), *FIRST.prices.content[1:]])
    plan = world.plan(moved)
    assert (plan.changes, plan.kept) == ((), ()), "and nothing is told as an edit that stands"


def test_a_model_people_removed_stays_removed_until_upstream_moves_it():
    world = World().sync(FIRST)
    world.data["models"] = [model for model in world.data["models"] if model["id"] != "a/one"]
    assert world.plan(FIRST).changes == ()
    moved = upstream(FIRST.pages.content, [row("a/one", "480p", 15), *FIRST.prices.content[1:]])
    plan = world.plan(moved)
    (asked,) = plan.changes
    assert isinstance(asked, Conflicted)
    assert (asked.base["title"], asked.ours, asked.theirs["title"]) == ("A/One", ABSENT, "A/One")
    assert world.after(plan).plan(moved).changes == plan.changes, "stays until decided"
    assert not world.after(world.plan(FIRST)).base.models["a/one"].memory.is_removed, (
        "no decision took it out"
    )


def test_a_model_of_people_that_upstream_never_had_is_left_alone():
    world = World().sync(FIRST)
    own = {
        "id": "own/model",
        "title": "Own",
        "title_ru": "Свой",
        "status": "active",
        "type": "t2v",
        "modes": [],
    }
    world.data["models"].append(own)
    assert world.plan(FIRST).changes == ()


def test_a_lost_model_is_marked_and_comes_back():
    world = World().sync(FIRST)
    without = upstream([page("c")], [row("c", "480p")])
    plan = world.plan(without)
    assert [change for change in plan.changes if isinstance(change, Lost)] == [Lost("a/one")]
    world = world.after(plan)
    assert world.model("a/one")["status"] == "missing"
    assert world.plan(without).changes == ()
    assert world.sync(FIRST).model("a/one")["status"] == "active"


def test_a_lost_mode_is_marked_and_comes_back():
    world = World().sync(FIRST)
    without = upstream(FIRST.pages.content, [FIRST.prices.content[0], FIRST.prices.content[2]])
    assert kinds(world.plan(without)) == [ModeLost]
    world = world.sync(without)
    assert world.mode("a/one", "720p")["status"] == "missing"
    assert kinds(world.plan(FIRST)) == [ModeReturned]
    assert "status" not in world.sync(FIRST).mode("a/one", "720p")


def test_a_row_that_is_there_but_unresolved_is_not_lost():
    world = World().sync(FIRST)
    unreadable = row("a/one", "720p", unit="per moon")
    assert (
        world.plan(
            upstream(FIRST.pages.content, [FIRST.prices.content[0], unreadable, row("c", "480p")])
        ).changes
        == ()
    )


def test_beside_a_row_that_is_unresolved_another_may_be_lost():
    world = World().sync(FIRST)
    plan = world.plan(
        upstream(FIRST.pages.content, [row("a/one", "480p", unit="per moon"), row("c", "480p")])
    )
    assert plan.changes == (ModeLost("a/one", "720p"),)


def test_a_unit_that_moved_is_a_change_of_its_own():
    world = World().sync(FIRST)
    moved = upstream(
        FIRST.pages.content, [row("a/one", "480p", 10, unit="per video"), *FIRST.prices.content[1:]]
    )
    assert kinds(world.plan(moved, lifted=("unit-changed",))) == [ModeChanged]


def test_a_schema_that_moved_says_where():
    world = World().sync(FIRST)
    moved = upstream(
        [page("a/one", options=("480p", "720p", "1080p", "4k")), page("c")], FIRST.prices.content
    )
    (change,) = world.plan(moved).changes
    assert change.details == ('/properties/resolution/enum: gained "4k"',)


def with_default(sound, *, rows):
    """A page on which the sound has this default."""
    one = page("a/one")
    openapi = deepcopy(one.openapi)
    body = openapi["paths"]["/api/v1/jobs/createTask"]["post"]["requestBody"]
    body["content"]["application/json"]["schema"]["properties"]["input"]["properties"]["sound"]["default"] = (
        sound
    )
    return upstream([replace(one, openapi=openapi)], rows)


@pytest.mark.parametrize(
    ("before", "now", "weight"),
    [
        ("480p", "480p", "risky"),
        ("480p, with audio", "480p", "breaking"),
        ("480p", "480p, with audio", "breaking"),
    ],
)
def test_a_default_that_moves_under_a_price_breaks_whether_the_price_was_there_or_is_new(before, now, weight):
    world = World().sync(with_default(False, rows=[row("a/one", before)]))
    plan = world.plan(with_default(True, rows=[row("a/one", now)]), lifted=("all",))
    (change,) = (each for each in plan.changes if isinstance(each, SchemaChanged))
    assert change.compatibility == weight


def turned(written):
    """The same JSON with the keys of every mapping in the opposite order."""
    if isinstance(written, dict):
        return {key: turned(written[key]) for key in reversed(written)}
    return [turned(each) for each in written] if isinstance(written, list) else written


def test_a_schema_in_another_order_did_not_move():
    one = page("a/one")
    world = World().sync(upstream([one], [row("a/one", "480p")]))
    again = upstream([replace(one, openapi=turned(one.openapi))], [row("a/one", "480p")])
    assert world.plan(again).changes == ()


def test_new_modes_stand_in_upstreams_order():
    sizes = ("360p", "480p", "720p", "1080p")
    pages = [page("a/one", options=sizes)]
    world = World().sync(upstream(pages, [row("a/one", "480p")]))
    world = world.sync(upstream(pages, [row("a/one", size) for size in sizes]))
    assert [mode["id"] for mode in world.model("a/one")["modes"]] == list(sizes)


def test_half_a_feed_is_refused_with_the_option_that_lifts_it():
    sizes = tuple(f"{number}p" for number in range(100, 140))
    rows = [row("a/one", size) for size in sizes]
    pages = [page("a/one", options=sizes)]
    world = World().sync(upstream(pages, rows))
    half = upstream(pages, rows[:20])
    with pytest.raises(PlanRefused) as caught:
        require_safe(world.plan(half).guards)
    assert "modes-lost: 20 of 40 (50.0 %), limit 15 %; if that is right, pass --lift modes-lost" in str(
        caught.value
    )
    with pytest.raises(PlanRefused):
        require_safe(world.plan(half, lifted=("modes-lost",)).guards)
    lifted = world.plan(half, lifted=("all",))
    require_safe(lifted.guards)
    assert {each.name for each in lifted.guards if each.is_lifted} == {"modes-lost", "rows-dropped"}


def test_an_added_model_brings_its_modes_and_its_schema():
    plan = World().plan(FIRST)
    assert kinds(plan) == [Added, SchemaChanged, Added, SchemaChanged]


def test_a_schema_that_lies_there_already_is_not_written_again():
    known = World().sync(FIRST).schemas
    assert kinds(World(schemas=known).plan(FIRST)) == [Added, Added]
    only_priced = upstream([page("c")], FIRST.prices.content)
    assert kinds(World(schemas=known).plan(only_priced)) == [Added, Added]


MENDED = "#/properties/resolution/enum '480p', '480p' is read as '480p'"


def test_an_alias_that_no_row_needs_any_more_is_remarked():
    fact = {"scope": "*", "date": "2026-08-22", "evidence": "seen"}
    aliases = parse_aliases({"noise": [{"text": "480p", **fact}, {"text": "best", **fact}]})
    up = upstream([page("c")], [row("c", "480p")])
    plan = make_plan(up, declared_by(up), Ours({}, Base(), {}, {}, aliases=aliases))
    assert [each for each in plan.remarks if each.startswith("alias")] == [
        "alias noise 'best' for *: no row says it any more; remove it from sync/aliases.yaml"
    ]
    unpriced = upstream([page("c")], None)
    assert make_plan(unpriced, declared_by(unpriced), Ours({}, Base(), {}, {}, aliases=aliases)).remarks == ()


def test_what_is_odd_upstream_is_remarked_in_a_fixed_order():
    """A source's own faults, then those of pages, then those of rows."""
    contested = [page("a/one", options=("480p", "480p")), replace(page("a/one"), path="market/again")]
    odd = replace(row("c", "480p"), usd="soon")
    up = upstream([*contested, page("c")], [odd])
    fault = Fault(SourceName.PRICES, "row 7", "has no text")
    up = replace(up, prices=replace(up.prices, faults=(fault,)))
    assert World().plan(up).remarks == (
        "prices row 7: has no text",
        "page market/again: declares a/one, which is the model of another page",
        f"page market/a/one: mended enum-repeats: {MENDED} (each value once)",
        "row 1 (c, 480p): USD price is 'soon'; derived 0.05 from the credits",
    )
