"""Guards: what each measures, what it does when it trips, and the option that lifts it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.domain.change import ModeAdded, ModeChanged, Repriced, Withheld
from kie_catalog.domain.errors import PlanRefused
from kie_catalog.domain.plan import Effect
from kie_catalog.sync.guards import NAMES, is_guard, require_safe
from kie_catalog.sync.limits import GUARDS, Limits
from tests.sync.test_plan import World, kinds
from tests.sync.upstreams import page, row, upstream

MODELS = [f"a/m{number}" for number in range(12)]
PAGES = [page(model) for model in MODELS]
ROWS = [row(model, tail, credits) for model in MODELS for tail, credits in (("480p", 10), ("720p", 20))]


@pytest.fixture(scope="module")
def world():
    return World().sync(upstream(PAGES, ROWS))


def said(rows=None, pages=None):
    return upstream(PAGES if pages is None else pages, ROWS if rows is None else rows, taken_at="2026-08-12")


def one(**changed):
    """The feed with another first row: `a/m0` in 480p."""
    return said([replace(ROWS[0], **changed), *ROWS[1:]])


def every(change):
    return said([change(each) for each in ROWS])


def reading(plan, name):
    return next(each for each in plan.guards if each.name == name)


def times(factor):
    return lambda each: replace(each, credits=str(int(each.credits) * factor))


def of_others(count):
    """The feed after so many models went to other providers."""
    return [
        replace(each, provider="Other" if each.description.split(",")[0] in MODELS[:count] else "Acme")
        for each in ROWS
    ]


GONE = {f"a/m{number}," for number in range(4)}
REFUSALS = {
    "models-lost": (said([each for each in ROWS if each.description[:5] not in GONE], PAGES[4:]), "4 of 12"),
    "modes-lost": (said(ROWS[:-6]), "6 of 24"),
    "modes-unread": (said([replace(each, unit="?") for each in ROWS[:6]] + ROWS[6:]), "6 of 24"),
    "models-changed": (every(lambda each: replace(each, credits="12")), "12 of 12"),
    "modes-changed": (every(lambda each: replace(each, credits="12")), "24 of 24"),
    "rows-dropped": (said(ROWS[:14]), "10 of 24"),
    "rows-grown": (said([*ROWS, *(row(model, "1080p", 30) for model in MODELS), *ROWS[:2]]), "14 of 24"),
    "pages-dropped": (said(pages=PAGES[:6]), "6 of 12"),
    "median-shift": (every(times(2)), "100.0 % over 24 prices"),
    "models-withheld": (every(times(4)), "12 of 12"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_run_is_refused_with_the_option_that_lifts_it(world, name):
    up, measured = REFUSALS[name]
    plan = world.plan(up)
    assert reading(plan, name).measured.startswith(measured)
    with pytest.raises(PlanRefused) as caught:
        require_safe(plan.guards)
    assert f"; if that is right, pass --lift {name}" in str(caught.value)
    lifted = world.plan(up, lifted=(name,))
    assert reading(lifted, name).is_lifted
    assert not reading(lifted, name).refuses
    require_safe(world.plan(up, lifted=("all",)).guards)


def test_a_provider_that_loses_more_than_half_is_refused():
    shared = World().sync(said(of_others(6)))
    up = said([each for each in of_others(6) if each.provider == "Acme" or each.description[3:5] == "0,"])
    found = reading(shared.plan(up), "provider-lost")
    assert found.refuses
    assert found.measured == "Other: 10 of 12 (83.3 %)"


SUSPICIONS = {
    "price-jumped": (one(credits="30"), "480p: credits 10 -> 30"),
    "price-jumped down": (one(credits="3"), "480p: credits 10 -> 3"),
    "zero-price": (one(credits="0"), "480p: credits 10 -> 0"),
    "zero-price of a new mode": (said([*ROWS, row("a/m0", "1080p", 0)]), "1080p: new at 0 credits"),
    "unit-changed": (one(unit="per video"), "480p: unit second -> video"),
    "unit-changed by its pack": (one(unit="per 6 seconds"), "480p: per nothing -> 6"),
    "excess-decimals": (one(credits="10.12345"), "480p: credits 10.12345 has 5 decimals"),
    "credits-against-usd": (one(credits="12", usd="0.05"), "480p: 12 credits beside 0.05 USD"),
    "prices-swapped": (
        said([replace(ROWS[0], credits="20"), replace(ROWS[1], credits="10"), *ROWS[2:]]),
        "480p, 720p trade 10 and 20",
    ),
}


@pytest.mark.parametrize("case", SUSPICIONS)
def test_one_suspicious_model_is_withheld_and_the_rest_goes_on(world, case):
    up, detail = SUSPICIONS[case]
    name = case.split()[0]
    rows = [replace(each, credits="21") if each == ROWS[-1] else each for each in up.prices.content]
    plan = world.plan(said(rows))
    require_safe(plan.guards)
    (withheld,) = (change for change in plan.changes if isinstance(change, Withheld))
    assert withheld.model == "a/m0"
    assert name in withheld.guards
    assert detail in withheld.details
    assert reading(plan, name).is_tripped
    assert [type(change) for change in plan.changes if change.model == MODELS[-1]] == [Repriced]
    after = world.after(plan)
    assert after.model("a/m0") == world.model("a/m0")
    assert exact_changes(after.plan(said(rows))) == exact_changes(plan)[:1], "it waits, and nothing else"


def exact_changes(plan):
    return [change for change in plan.changes if isinstance(change, Withheld)]


@pytest.mark.parametrize("case", SUSPICIONS)
def test_a_guard_of_one_model_is_lifted_for_it_alone(world, case):
    up, _ = SUSPICIONS[case]
    tripped = world.plan(up).changes[0].guards
    assert Withheld not in kinds(world.plan(up, lifted=tripped))
    assert Withheld not in kinds(world.plan(up, lifted=[f"{name}@a/m0" for name in tripped]))
    assert Withheld in kinds(world.plan(up, lifted=[f"{name}@a/m1" for name in tripped]))


def test_a_charge_that_changes_is_withheld():
    chat = [
        replace(row("c", "Input", 10), interface="chat"),
        replace(row("c", "Output", 20), interface="chat"),
    ]
    world = World().sync(upstream([page("c", tag="Chat  Models/Acme")], chat))
    assert [mode["charge"] for mode in world.model("c")["modes"] if "charge" in mode] == ["input"]
    world.base.models["c"].modes["output"]["charge"] = "input"
    world.mode("c", "output")["charge"] = "input"
    (withheld,) = world.plan(upstream([page("c", tag="Chat  Models/Acme")], chat)).changes
    assert (withheld.guards, withheld.details) == (("charge-changed",), ("output: charge input -> nothing",))


def test_a_price_that_moves_by_a_quarter_is_to_review_and_goes_on(world):
    plan = world.plan(one(credits="13"))
    found = reading(plan, "price-moved")
    assert (found.effect, found.is_tripped, found.refuses) == (Effect.REVIEW, True, False)
    assert found.measured == "1 model, most a/m0 480p: credits 10 -> 13"
    assert kinds(plan) == [Repriced]


def test_a_quarter_exactly_is_no_news(world):
    assert not reading(world.plan(one(credits="12.5")), "price-moved").is_tripped


def test_a_jump_of_a_pack_counts_by_the_single_unit(world):
    """Six for the price of two: the amount stands, the price is a third."""
    plan = world.plan(one(credits="20", unit="per 6 seconds"), lifted=("unit-changed",))
    assert {type(change) for change in plan.changes} == {Withheld}
    assert plan.changes[0].guards == ("price-jumped",)


def test_a_new_price_beside_dollars_that_contradict_it(world):
    (withheld,) = world.plan(said([*ROWS, replace(row("a/m0", "1080p", 40), usd="0.02")])).changes
    assert withheld.guards == ("credits-against-usd",)


def test_old_contradictions_trip_nothing():
    rows = [replace(ROWS[0], usd="0.5"), *ROWS[1:]]
    world = World().sync(said(rows))
    assert world.plan(said(rows)).changes == ()


def test_a_guard_that_is_switched_off_trips_never(world):
    limits = Limits({"price-jumped": None, "price-moved": None})
    plan = world.plan(one(credits="90"), limits=limits)
    assert kinds(plan) == [Repriced]
    assert not any(each.is_tripped for each in plan.guards)


def test_a_limit_of_the_workspace_is_used_and_shown(world):
    plan = world.plan(one(credits="12"), limits=Limits({"price-jumped": Decimal("1.1")}))
    assert kinds(plan) == [Withheld]
    assert reading(plan, "price-jumped").limit == "1.1 times"


def test_few_refuse_nothing(world):
    plan = world.plan(said([each for each in ROWS if each.description[:5] != "a/m0,"], PAGES[1:]))
    require_safe(plan.guards)
    assert reading(plan, "models-lost").measured == "1 of 12 (8.3 %)"


def test_more_than_half_is_never_few():
    """A catalog of three models that lost two of them looks at a broken upstream, as a large one would."""
    world = World().sync(said(ROWS[:6], PAGES[:3]))
    two, one = world.plan(said(ROWS[:2], PAGES[:1])), world.plan(said(ROWS[:4], PAGES[:2]))
    lost = {"models-lost", "rows-dropped", "pages-dropped", "provider-lost"}
    assert {each.name for each in two.guards if each.refuses} == lost
    require_safe(one.guards)


def test_every_guard_has_its_numbers_in_every_plan(world):
    assert [each.name for each in world.plan(said()).guards] == list(NAMES)
    assert [guard.name for guard in GUARDS] == list(NAMES)
    silent = world.plan(upstream(None, ROWS))
    assert set(NAMES) - {each.name for each in silent.guards} == {"pages-dropped"}


def test_a_first_sync_trips_nothing():
    plan = World().plan(said())
    assert not any(each.is_tripped for each in plan.guards)


def test_new_modes_are_no_change_of_old_ones(world):
    plan = world.plan(said([*ROWS, row("a/m0", "1080p", 30)]))
    assert kinds(plan) == [ModeAdded]
    assert reading(plan, "modes-changed").measured.startswith("0 of 24")
    assert ModeChanged not in kinds(plan)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("all", True),
        ("price-jumped", True),
        ("price-jumped@a/one", True),
        ("gravity", False),
        ("all@x", False),
    ],
)
def test_the_names_that_can_be_lifted(name, known):
    assert is_guard(name) is known
