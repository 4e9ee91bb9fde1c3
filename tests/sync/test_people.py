"""What people do to a catalog, and what a sync makes of it: owners, edits, decisions."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.catalog.nodes import parse
from kie_catalog.domain.change import (
    Conflicted,
    FieldChanged,
    Held,
    ModeChanged,
    Removed,
    Repriced,
    SchemaChanged,
    StillRemoved,
    is_effective,
)
from kie_catalog.domain.plan import Kept
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.decision_book import DecisionBook
from kie_catalog.sync.decisions import read_decisions
from kie_catalog.sync.ownership import DEFAULT, Owner, Ownership, Pattern
from kie_catalog.sync.policy import Place, Policy, Settled
from kie_catalog.sync.price_group import settle_price
from tests.sync.test_plan import FIRST, World, kinds
from tests.sync.upstreams import page, row, upstream

GROUNDS = "reason: why, author: anna, decided: '2026-08-01'"
REST = FIRST.prices.content[1:]
HUMAN_PRICES = Ownership(
    DEFAULT, {"a/one": [Pattern(("modes", "*", name), Owner.HUMAN) for name in ("credits", "official_usd")]}
)


def decided(*entries):
    return read_decisions(parse("decisions:\n" + "".join(f"- {{{each}}}\n" for each in entries), "d.yaml"))


def moved(credits, *, unit="per second"):
    """The first upstream with another price of one mode."""
    return upstream(FIRST.pages.content, [row("a/one", "480p", credits, unit=unit), *REST])


def edited(world, **fields):
    """The world after people edited that mode."""
    world = World(deepcopy(world.data), world.base, world.schemas)
    world.mode("a/one", "480p").update(fields)
    return world


@pytest.fixture
def world():
    return World().sync(FIRST)


def test_a_field_of_people_is_never_touched_and_never_a_conflict(world):
    world = edited(world, credits=Decimal(99))
    plan = world.plan(moved(12), ownership=HUMAN_PRICES)
    assert (plan.changes, plan.kept) == ((), ())
    assert world.after(plan).mode("a/one", "480p")["credits"] == 99


def test_a_field_that_people_give_back_follows_upstream_again(world):
    before = world.after(edited(world, credits=Decimal(99)).plan(moved(12), ownership=HUMAN_PRICES))
    given_back = World(world.data, before.base, world.schemas)
    given_back.mode("a/one", "480p").update(credits=Decimal(12), official_usd=Decimal("0.06"))
    (change,) = given_back.plan(moved(13)).changes
    assert isinstance(change, Repriced)


def test_an_edit_that_stands_is_told(world):
    world = edited(world, credits=Decimal(99))
    assert world.plan(FIRST).kept == (Kept("a/one", "480p", "credits", Decimal(99), Decimal(10)),)


def test_credits_that_people_set_keep_the_dollars_of_upstream_out(world):
    """A catalog that says 99 credits beside upstream's dollars for 12 would contradict itself."""
    world = edited(world, credits=Decimal(99), official_usd=Decimal("0.495"))
    plan = world.plan(moved(12))
    assert [(change.field, change.ours) for change in plan.changes] == [("credits", 99)]
    only_credits = edited(World(world.data, world.base, world.schemas), official_usd=Decimal("0.05"))
    assert [change.field for change in only_credits.plan(moved(12)).changes] == ["credits"]


def test_dollars_that_people_set_make_a_move_of_the_credits_a_conflict(world):
    world = edited(world, official_usd=Decimal("0.07"))
    (change,) = world.plan(moved(12)).changes
    assert (change.field, change.base, change.ours, change.theirs) == ("credits", 10, 10, 12)


def with_dollars(usd, credits=10, *, unit="per second"):
    """The first upstream with other dollars of one mode."""
    changed = replace(row("a/one", "480p", credits, unit=unit), usd=usd)
    return upstream(FIRST.pages.content, [changed, *REST])


def test_dollars_that_both_sides_moved_apart_are_a_conflict_of_their_own(world):
    world = edited(world, official_usd=Decimal("0.0502"))
    (change,) = world.plan(with_dollars("0.0501")).changes
    assert isinstance(change, Conflicted)
    assert (change.field, change.ours, change.theirs) == (
        "official_usd",
        Decimal("0.0502"),
        Decimal("0.0501"),
    )


def test_under_a_hold_of_the_unit_nobody_is_asked_about_the_dollars(world):
    """They wait with the credits, which wait with the unit."""
    hold = f"kind: hold, model: a/one, mode: 480p, field: unit, expires: '2026-09-01', {GROUNDS}"
    world = edited(world, official_usd=Decimal("0.07"))
    plan = world.plan(moved(12, unit="per video"), decisions=decided(hold))
    assert [(type(change), change.field) for change in plan.changes] == [(Held, "unit"), (Held, "credits")]
    assert world.after(plan).mode("a/one", "480p") == world.mode("a/one", "480p")


def test_a_price_without_dollars_is_settled_by_its_credits_alone():
    place = Place("a/one", "480p", "credits")
    edit = Settled(place, Decimal(10), Decimal(99), Decimal(10), takes=False, remembered=Decimal(10))
    unit = Settled(replace(place, field="unit"), "second", "second", "video", takes=True, remembered="video")
    policy = Policy(Ownership(DEFAULT), DecisionBook((), "2026-08-11"))
    settled = settle_price({"credits": edit, "unit": unit}, policy)
    assert [(name, type(each.waits), each.takes) for name, each in settled.items()] == [
        ("unit", Conflicted, False)
    ]
    assert settle_price({"official_usd": replace(unit, takes=False)}, policy) == {}


def test_a_unit_that_moves_under_a_price_of_people_is_a_conflict(world):
    """Nobody's field has two new values, and still our 99 credits would be for something else."""
    world = edited(world, credits=Decimal(99), official_usd=Decimal("0.495"))
    plan = world.plan(moved(10, unit="per video"))
    assert [(type(change), change.field) for change in plan.changes] == [(Conflicted, "unit")]
    assert world.after(plan).mode("a/one", "480p")["unit"] == "second"


def test_an_input_schema_that_people_edited_stands_until_upstream_moves_it(world):
    world = World(world.data, world.base, {**world.schemas, "a/one": {"type": "object"}})
    plan = world.plan(FIRST)
    assert (plan.changes, [each.field for each in plan.kept]) == ((), ["schema"])
    gained = upstream([page("a/one", options=("480p", "720p")), page("c")], FIRST.prices.content)
    assert [(type(each), each.field) for each in world.plan(gained).changes] == [(Conflicted, "schema")]


def test_an_input_schema_that_is_not_there_is_written_anew(world):
    world = World(world.data, world.base, {"c": world.schemas["c"]})
    assert kinds(world.plan(FIRST)) == [SchemaChanged]


@pytest.mark.parametrize("own", ["Первая", "A"])
def test_a_title_of_people_and_upstreams_stand_in_are_told_apart(world, own):
    renamed = upstream([page("a/one"), page("c")], FIRST.prices.content)
    titled = renamed.pages.content[0]
    up = upstream([type(titled)(titled.path, "Another", titled.openapi), page("c")], FIRST.prices.content)
    assert [change.field for change in world.plan(up).changes] == ["title", "title_ru"]
    world.model("a/one")["title_ru"] = own
    assert [change.field for change in world.plan(up).changes] == ["title"]


@pytest.mark.parametrize("stand_in", ["video", "t2v"])
def test_only_a_title_stands_in_for_a_russian_one(world, stand_in):
    world.model("a/one")["title_ru"] = stand_in
    pages = [page("a/one", tag="Image Models/Acme"), page("c")]
    changes = world.plan(upstream(pages, FIRST.prices.content)).changes
    assert {each.ours for each in changes} >= {"video", "t2v"}
    assert "title_ru" not in [each.field for each in changes]


KEEP = (
    f"kind: keep-ours, model: a/one, mode: 480p, field: credits, ours: 99, expires: '2026-11-01', {GROUNDS}"
)


def test_an_accepted_divergence_is_not_asked_about_again_and_accepts_no_other(world):
    world = edited(world, credits=Decimal(99))
    keep = decided(f"{KEEP}, theirs: 12")
    plan = world.plan(moved(12), decisions=keep)
    assert (plan.changes, plan.findings) == ((), ())
    later = world.after(plan)
    assert later.plan(moved(12), decisions=keep).changes == ()
    (change,) = later.plan(moved(14), decisions=keep).changes
    assert isinstance(change, Conflicted)
    assert (change.base, change.ours, change.theirs) == (10, 99, 14)


def test_an_accepted_divergence_ends(world):
    world = edited(world, credits=Decimal(99))
    keep = decided(f"{KEEP}, theirs: 12")
    world = world.after(world.plan(moved(12), decisions=keep, today="2026-10-31"))
    plan = world.plan(moved(12), decisions=keep, today="2026-11-01")
    assert kinds(plan) == [Conflicted]
    (finding,) = plan.findings
    assert str(finding) == (
        "d.yaml:2:4: KC611 warning expired-decision: keep-ours of a/one 480p credits ended on 2026-11-01; "
        "decide anew, or remove it"
    )


def test_a_divergence_noted_while_upstream_rests_is_of_use(world):
    world = edited(world, credits=Decimal(99))
    assert world.plan(FIRST, decisions=decided(f"{KEEP}, theirs: 10")).findings == ()


def test_a_decision_that_settles_nothing_is_a_finding_once_all_was_read(world):
    keep = decided(f"{KEEP}, theirs: 12", f"kind: rename, model: x, to: y, {GROUNDS}")
    facts = [each.message.partition(";")[0] for each in world.plan(FIRST, decisions=keep).findings]
    assert facts == [
        "keep-ours of a/one 480p credits settles nothing: the two values are others by now",
        "rename of x to y is done, or its new id is not upstream",
    ]
    assert world.plan(upstream(None, FIRST.prices.content), decisions=keep).findings == ()


@pytest.mark.parametrize("target", ["", ", mode: 480p", ", mode: 480p, field: credits"])
def test_what_is_on_hold_stays_and_is_told(world, target):
    hold = decided(f"kind: hold, model: a/one{target}, expires: '2026-09-01', {GROUNDS}")
    assert world.plan(FIRST, decisions=hold).findings == (), "it waits"
    plan = world.plan(moved(12), decisions=hold)
    assert [type(each) for each in plan.changes] == [Held]
    assert "on hold until 2026-09-01: why" in plan.changes[0].reason
    later = world.after(plan)
    assert later.mode("a/one", "480p")["credits"] == 10
    assert kinds(later.plan(moved(12), decisions=hold, today="2026-09-01")) == [Repriced]


def test_a_hold_of_nothing_is_a_finding(world):
    hold = decided(f"kind: hold, model: a/none, expires: '2026-09-01', {GROUNDS}")
    (finding,) = world.plan(FIRST, decisions=hold).findings
    assert "is about nothing that anybody knows" in finding.message


def test_a_hold_of_a_mode_that_nobody_knows_is_a_finding(world):
    hold = decided(f"kind: hold, model: a/one, mode: 8k, expires: '2026-09-01', {GROUNDS}")
    (finding,) = world.plan(FIRST, decisions=hold).findings
    assert "is about nothing that anybody knows" in finding.message


def test_a_tombstone_for_what_people_took_out_already_is_remembered(world):
    """What is put back later is then theirs to settle, as with any tombstone."""
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    data = {**world.data, "models": [each for each in world.data["models"] if each["id"] == "c"]}
    plan = World(data, world.base, world.schemas).plan(FIRST, decisions=stone)
    after = World(data, world.base, world.schemas).after(plan)
    assert after.base.models["a/one"].memory.is_removed
    back = World(world.data, after.base, world.schemas).plan(FIRST, decisions=stone)
    assert Removed("a/one", None) not in back.changes
    assert [each.code for each in back.findings] == ["KC613"]


def test_a_mode_that_people_had_before_upstream_is_theirs_to_settle(world):
    own = {"id": "1080p", "unit": "second", "credits": Decimal(30), "when": {"resolution": "1080p"}}
    world.model("a/one")["modes"].append(own)
    more = upstream(FIRST.pages.content, [*FIRST.prices.content, row("a/one", "1080p", 30, number=4)])
    plan = world.plan(more, decisions=decided(f"kind: tombstone, model: a/one, mode: 1080p, {GROUNDS}"))
    assert Removed("a/one", "1080p") not in plan.changes
    assert [each.code for each in plan.findings] == ["KC613"]


def test_a_tombstone_takes_a_model_out_and_keeps_it_out(world):
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    plan = world.plan(FIRST, decisions=stone)
    assert plan.changes == (Removed("a/one", None),)
    after = world.after(plan)
    assert [model["id"] for model in after.data["models"]] == ["c"]
    assert after.plan(FIRST, decisions=stone).changes == ()
    told = after.plan(moved(12), decisions=stone)
    assert told.changes == (
        StillRemoved("a/one", None, ("480p credits: 10 is now 12", "480p official_usd: 0.05 is now 0.06")),
    )
    assert after.after(told).plan(moved(12), decisions=stone).changes == (), "told once"


def test_a_tombstone_of_a_mode(world):
    stone = decided(f"kind: tombstone, model: a/one, mode: 480p, {GROUNDS}")
    plan = world.plan(FIRST, decisions=stone)
    assert plan.changes == (Removed("a/one", "480p"),)
    after = world.after(plan)
    assert [mode["id"] for mode in after.model("a/one")["modes"]] == ["720p"]
    told = after.plan(moved(12), decisions=stone)
    assert kinds(told) == [StillRemoved]
    assert after.after(told).plan(moved(12), decisions=stone).changes == ()


def test_a_model_buried_before_it_came_never_enters():
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    plan = World().plan(FIRST, decisions=stone)
    assert [change for change in plan.changes if change.model == "a/one"] == [
        StillRemoved("a/one", None, ("is upstream",))
    ]
    assert World().after(plan).plan(FIRST, decisions=stone).changes == ()


def test_a_tombstone_that_went_and_came_back_upstream_stays_out(world):
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    gone = upstream([page("c")], [row("c", "480p")])
    world = world.after(world.plan(FIRST, decisions=stone))
    world = world.after(world.plan(gone, decisions=stone, lifted=("all",)))
    assert world.plan(FIRST, decisions=stone).changes == ()


def test_what_people_put_back_over_a_tombstone_is_theirs_to_settle(world):
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    after = world.after(world.plan(FIRST, decisions=stone))
    back = World(world.data, after.base, world.schemas)
    plan = back.plan(FIRST, decisions=stone)
    assert not any(map(is_effective, plan.changes))
    assert [each.code for each in plan.findings] == ["KC613"]


def test_a_mode_that_people_put_back_over_a_tombstone_is_theirs_to_settle(world):
    stone = decided(f"kind: tombstone, model: a/one, mode: 480p, {GROUNDS}")
    after = world.after(world.plan(FIRST, decisions=stone))
    unreadable = upstream(FIRST.pages.content, [row("a/one", "480p", unit="per moon"), *REST])
    for read_between in ((), (FIRST,), (unreadable,)):
        back = after
        for up in read_between:
            back = back.after(back.plan(up, decisions=stone))
        plan = World(world.data, back.base, world.schemas).plan(FIRST, decisions=stone)
        assert not any(map(is_effective, plan.changes))
        assert [each.code for each in plan.findings] == ["KC613"]


def test_what_is_known_of_a_buried_model_is_what_upstream_said_last(world):
    stone = decided(f"kind: tombstone, model: a/one, {GROUNDS}")
    world = world.after(world.plan(FIRST, decisions=stone))
    spelled = upstream(FIRST.pages.content, [row("A/One", "480p", 12), *REST])
    world = world.after(world.plan(spelled, decisions=stone))
    known = world.base.models["a/one"]
    assert known.modes["480p"]["credits"] == 12
    assert dict(known.rows) == {"480p": "A/One, 480p", "720p": "a/one, 720p"}
    assert known.why.keys() == {"480p", "720p"}
    assert known.seen_in == {"pages", "prices"}
    paged = upstream([replace(page("a/one", options=("480p",)), title="Other"), page("c")], None)
    world = world.after(world.plan(paged, decisions=stone))
    later = world.base.models["a/one"]
    assert (later.fields["title"], later.schema == known.schema) == ("Other", False)
    assert (later.modes, later.rows, later.why) == (known.modes, known.rows, known.why)
    assert later.seen_in == {"pages", "prices"}, "a source that was not asked keeps what it said"
    unpaged = upstream(None, [row("a/one", "", 15), *REST[1:]])
    last = world.after(world.plan(unpaged, decisions=stone)).base.models["a/one"]
    assert ([mode["credits"] for mode in last.modes.values()], last.schema) == ([15], later.schema)


def test_a_mode_that_people_removed_is_a_conflict_when_upstream_moves_it(world):
    world = World(deepcopy(world.data), world.base, world.schemas)
    world.model("a/one")["modes"] = world.model("a/one")["modes"][1:]
    plan = world.plan(FIRST)
    assert (plan.changes, plan.kept[0].mode, plan.kept[0].field) == ((), "480p", None)
    (change,) = world.plan(moved(12)).changes
    assert (change.mode, change.field, change.ours) == ("480p", None, ABSENT)


def test_modes_that_belong_to_people_neither_come_nor_go(world):
    own = Ownership(DEFAULT, {"a/one": [Pattern(("modes",), Owner.HUMAN)]})
    more = upstream(FIRST.pages.content, [row("a/one", "1080p", 30), row("a/one", "480p", 12), *REST[1:]])
    assert world.plan(more, ownership=own).changes == ()


def test_every_other_field_still_follows(world):
    own = Ownership(DEFAULT, {"a/one": [Pattern(("modes",), Owner.HUMAN)]})
    pages = [page("a/one", tag="Image Models/Acme"), page("c")]
    changes = world.plan(upstream(pages, FIRST.prices.content), ownership=own).changes
    assert all(isinstance(change, FieldChanged) for change in changes)
    assert not any(isinstance(change, ModeChanged) for change in changes)
    assert changes
