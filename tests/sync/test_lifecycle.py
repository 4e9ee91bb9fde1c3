"""Where a model or a mode is in its life, what flips, what was renamed: over several runs."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.change import (
    Added,
    Conflicted,
    Corrected,
    FieldChanged,
    Held,
    Lost,
    ModeLost,
    ModeReturned,
    Removed,
    RenameAsked,
    Renamed,
    Repriced,
    Retired,
    Returned,
    SchemaChanged,
)
from kie_catalog.domain.snapshot import Page, Snapshot, SourceName
from kie_catalog.domain.values import ABSENT
from kie_catalog.sync.memory import Memory, is_flipping, remember
from tests.sync.test_people import GROUNDS, decided
from tests.sync.test_plan import World, kinds
from tests.sync.upstreams import page, row, upstream

PAGES = [page("a/one"), page("c")]
ROWS = [row("a/one", "480p", 10), row("a/one", "720p", 20), row("c", "480p")]


def day(number, pages=None, rows=None):
    """Upstream on one day of August."""
    return upstream(
        PAGES if pages is None else pages, ROWS if rows is None else rows, taken_at=f"2026-08-{number:02}"
    )


def priced(number, credits):
    return day(number, rows=[row("a/one", "480p", credits), *ROWS[1:]])


def without(number):
    return day(number, [page("c")], [row("c", "480p")])


@pytest.fixture
def world():
    return World().sync(day(1))


def status(world):
    return world.model("a/one")["status"]


def test_a_model_that_is_gone_is_missing_then_retired_and_never_deleted(world):
    seen = []
    for number in range(2, 7):
        plan = world.plan(without(number), lifted=("all",))
        world = world.after(plan)
        seen.append(([type(change) for change in plan.changes], status(world)))
    assert seen == [
        ([Lost], "missing"),
        ([], "missing"),
        ([Retired], "retired"),
        ([], "retired"),
        ([], "retired"),
    ]


def test_the_same_answer_read_twice_counts_once(world):
    for _ in range(5):
        world = world.sync(without(2))
    assert status(world) == "missing"
    for _ in range(5):
        world = world.sync(without(3))
    assert status(world) == "missing"
    assert status(world.sync(without(4))) == "retired"


def test_a_run_that_did_not_ask_neither_counts_nor_forgives(world):
    world = world.sync(without(2))
    only_prices = upstream(None, [row("c", "480p")], taken_at="2026-08-03")
    world = world.sync(only_prices)
    assert status(world.sync(without(4))) == "missing"
    assert status(world.sync(without(4)).sync(without(5))) == "retired"


@pytest.mark.parametrize("runs", [1, 2, 3, 5])
def test_what_reappears_is_back(world, runs):
    for number in range(2, 2 + runs):
        world = world.sync(without(number))
    plan = world.plan(day(20))
    assert plan.changes == (Returned("a/one", "active"),)
    world = world.after(plan)
    assert status(world) == "active"
    assert status(world.sync(without(21)).sync(without(22))) == "missing", "the count began anew"


def test_a_mode_has_the_same_life(world):
    rows = [ROWS[0], ROWS[2]]
    seen = []
    for number in range(2, 6):
        plan = world.plan(day(number, rows=rows))
        world = world.after(plan)
        seen.append(([type(change) for change in plan.changes], world.mode("a/one", "720p").get("status")))
    assert seen == [([ModeLost], "missing"), ([], "missing"), ([Retired], "retired"), ([], "retired")]
    plan = world.plan(day(6))
    assert plan.changes == (ModeReturned("a/one", "720p"),)
    world = world.after(plan)
    assert "status" not in world.mode("a/one", "720p")
    assert world.base.models["a/one"].memory == Memory(), "nothing is under way"


def test_a_model_that_people_keep_alive_is_not_retired(world):
    world = world.sync(without(2))
    world.model("a/one")["status"] = "active"
    for number in (3, 4, 5):
        plan = world.plan(without(number))
        assert plan.changes == ()
        world = world.after(plan)
    assert status(world) == "active"


def test_a_hidden_model_that_goes_is_asked_about(world):
    world.model("a/one")["status"] = "hidden"
    (change,) = world.plan(without(2)).changes
    assert (change.field, change.base, change.ours, change.theirs) == (
        "status",
        "active",
        "hidden",
        "missing",
    )


def test_a_removed_mode_that_upstream_drops_is_nobodys_business(world):
    modes = world.model("a/one")["modes"]
    modes.remove(world.mode("a/one", "720p"))
    assert world.plan(day(2, rows=[ROWS[0], ROWS[2]])).changes == ()


def test_a_removed_model_that_upstream_drops_and_brings_back_is_nobodys_business(world):
    data = {**world.data, "models": [each for each in world.data["models"] if each["id"] == "c"]}
    world = World(data, world.base, world.schemas).sync(without(2)).sync(without(3))
    assert world.plan(day(4)).changes == ()


def test_a_value_that_flips_is_held_and_comes_to_rest(world):
    seen = []
    for number, credits in enumerate([12, 10, 10, 10, 10, 10], 2):
        plan = world.plan(priced(number, credits))
        world = world.after(plan)
        seen.append(([type(change) for change in plan.changes], world.mode("a/one", "480p")["credits"]))
    held = ([Held], 12)
    assert seen == [([Repriced], 12), held, held, held, ([Corrected], 10), ([], 10)]


def test_a_name_that_flips_is_held_too(world):
    seen = []
    for number, name in enumerate(["Other", "Acme"], 2):
        pages = [replace(PAGES[0], title=name), PAGES[1]]
        rows = [replace(each, provider=name) for each in ROWS[:2]]
        plan = world.plan(day(number, pages, [*rows, ROWS[2]]))
        seen.append([(type(each), each.field) for each in plan.changes])
        world = world.after(plan)
    assert seen[0] == [(FieldChanged, "title"), (FieldChanged, "title_ru"), (FieldChanged, "provider")]
    assert seen[1] == [(FieldChanged, "title"), (FieldChanged, "title_ru"), (Held, "provider")]
    plan = world.plan(day(4, [replace(PAGES[0], title="Other"), PAGES[1]]))
    assert [(type(each), each.field) for each in plan.changes] == [(Held, "title"), (Held, "provider")]


def test_an_input_schema_follows_upstream_until_it_flips(world):
    small, large = ("480p", "720p"), ("480p", "720p", "4k")
    seen = []
    for number, options in enumerate([small, large, small], 2):
        plan = world.plan(day(number, [page("a/one", options=options), PAGES[1]]))
        seen.append(kinds(plan))
        world = world.after(plan)
    assert seen == [[SchemaChanged], [SchemaChanged], [Held]]


def test_whether_a_model_is_offered_follows_its_prices_however_often_they_go(world):
    seen = []
    for number in range(2, 7):
        world = world.sync(day(number, rows=ROWS if number % 2 else ROWS[2:]))
        seen.append(status(world))
    assert seen == ["hidden", "active", "hidden", "active", "hidden"]


def test_a_value_that_is_held_is_told_with_its_reason(world):
    plan = world.sync(priced(2, 12)).plan(priced(3, 10))
    assert plan.changes == (Held("a/one", "480p", "credits", Decimal(12), Decimal(10), "flips to and fro"),)


def test_a_held_price_that_is_read_twice_is_held_once(world):
    world = world.sync(priced(2, 12)).sync(priced(3, 10))
    again = world.plan(priced(3, 10))
    assert kinds(again) == [Held]
    assert world.after(again).base == world.base


def test_memory_is_empty_once_nothing_moves(world):
    world = world.sync(priced(2, 12))
    assert world.base.run is not None
    for number in range(3, 9):
        world = world.sync(priced(number, 12))
    assert world.base.run is None
    assert "memory" not in str(world.base.to_json())


values = st.sampled_from(["A", "B", "C", ABSENT])


@given(st.lists(values, min_size=1, max_size=12))
def test_what_is_remembered_tells_flips_within_five_runs(said):
    recent, base = (), said[0]
    for at, value in enumerate(said[1:], 1):
        recent = remember(recent, base, value, is_new_run=True)
        window = said[max(0, at - 4) : at + 1]
        moved = any(
            window[low] == window[high] != window[low + 1]
            for low in range(len(window))
            for high in range(low + 2, len(window))
        )
        assert is_flipping(recent) == moved
        assert remember(recent, base, value, is_new_run=False) == recent


@given(values, values)
def test_a_value_that_rests_is_not_remembered(base, value):
    recent = ()
    for _ in range(7):
        recent = remember(recent, base, value, is_new_run=True)
    assert recent == (() if base == value else (value,))


def test_a_price_that_only_says_dollars_anew_is_a_correction(world):
    rows = [replace(ROWS[0], usd="0.0501"), *ROWS[1:]]
    (change,) = world.plan(day(2, rows=rows)).changes
    assert isinstance(change, Corrected)
    assert change.why == "the credits stand, only their USD price moved"


def test_a_price_that_its_own_dollars_contradicted_is_a_correction():
    typo = World().sync(day(1, rows=[replace(row("a/one", "480p", 170), usd="0.085"), *ROWS[1:]]))
    plan = typo.plan(day(2, rows=[replace(row("a/one", "480p", 17), usd="0.085"), *ROWS[1:]]))
    (change,) = plan.changes
    assert isinstance(change, Corrected)
    assert (change.ours["credits"], change.theirs["credits"]) == (170, 17)
    assert change.why == "upstream's own USD price had said so before"


# A model that goes on under another id.

NEW = [replace(page("a/one-v2"), title="A/One"), page("c")]
NEW_ROWS = [row("a/one-v2", "480p", 10), row("a/one-v2", "720p", 20), ROWS[2]]
RENAME = f"kind: rename, model: a/one, to: a/one-v2, {GROUNDS}"


def test_a_rename_is_asked_while_the_model_is_missing_and_not_applied(world):
    asked = []
    for number in range(2, 6):
        plan = world.plan(day(number, NEW, NEW_ROWS), lifted=("all",))
        asked.append(next((each.to for each in plan.changes if isinstance(each, RenameAsked)), None))
        world = world.after(plan)
    assert asked == ["a/one-v2", "a/one-v2", None, None]
    assert [model["id"] for model in world.data["models"]] == ["a/one", "a/one-v2", "c"]


DEARER = [row("a/one-v2", "480p", 11), *NEW_ROWS[1:]]
OTHER = [Page("market/z", "Something else entirely", page("zz/other").openapi), NEW[1]]
OTHER_ROWS = [row("zz/other", "480p", 10), row("zz/other", "720p", 20), ROWS[2]]


@pytest.mark.parametrize(
    ("pages", "rows"),
    [(NEW, DEARER), (OTHER, OTHER_ROWS), ([page("c")], [row("a/one-v2", "", 10), ROWS[2]])],
    ids=["another price", "another title", "no input schema"],
)
def test_what_is_not_alike_is_not_asked_about(world, pages, rows):
    plan = world.plan(day(2, pages, rows), lifted=("all",))
    assert {Lost, Added} <= set(kinds(plan))
    assert RenameAsked not in kinds(plan)


def test_a_rename_takes_along_what_people_wrote(world):
    world.model("a/one")["title_ru"] = "Первая"
    world.mode("a/one", "480p")["title_ru"] = "Режим"
    plan = world.plan(day(2, NEW, NEW_ROWS), decisions=decided(RENAME))
    assert kinds(plan)[0] is Renamed
    world = world.after(plan)
    model = world.model("a/one-v2")
    assert (model["title_ru"], model["modes"][0]["title_ru"], model["page"]) == (
        "Первая",
        "Режим",
        "market/a/one-v2",
    )
    again = world.plan(day(2, NEW, NEW_ROWS), decisions=decided(RENAME))
    assert again.changes == ()
    assert [each.code for each in again.findings] == ["KC612"], "it is done"


def test_a_rename_to_a_model_that_came_in_already_carries_the_words_over(world):
    world.model("a/one")["title_ru"] = "Первая"
    world.model("a/one")["description_ru"] = "Слова"
    world.mode("a/one", "480p")["title_ru"] = "Режим"
    world = world.sync(day(2, NEW, NEW_ROWS))
    plan = world.plan(day(3, NEW, NEW_ROWS), decisions=decided(RENAME))
    assert Removed("a/one", None, "a/one-v2") in plan.changes
    world = world.after(plan)
    assert [model["id"] for model in world.data["models"]] == ["a/one-v2", "c"]
    model = world.model("a/one-v2")
    assert (model["title_ru"], model["description_ru"], model["modes"][0]["title_ru"]) == (
        "Первая",
        "Слова",
        "Режим",
    )


def test_a_renamed_model_that_upstream_still_lists_does_not_come_back(world):
    both = day(2, [*NEW, page("a/one")], [*NEW_ROWS, *ROWS[:2]])
    plan = world.plan(both, decisions=decided(RENAME), lifted=("all",))
    world = world.after(plan)
    assert [model["id"] for model in world.data["models"]] == ["a/one-v2", "c"]
    again = world.plan(both, decisions=decided(RENAME))
    assert (again.changes, again.findings) == ((), ())


def test_a_rename_that_is_done_or_waits_keeps_no_other_from_being_made(world):
    done = f"kind: rename, model: gone, to: c, {GROUNDS}"
    early = f"kind: rename, model: c, to: c/later, {GROUNDS}"
    plan = world.plan(day(2, NEW, NEW_ROWS), decisions=decided(done, early, RENAME))
    assert kinds(plan)[0] is Renamed


def test_a_rename_waits_for_its_new_id(world):
    plan = world.plan(day(2), decisions=decided(RENAME))
    assert plan.changes == ()


def test_a_new_model_with_faults_is_hidden_and_stays_so():
    errors = {"a/one": ("duration: maximum is below minimum",)}
    plan = World().plan(day(1), schema_errors=errors)
    added = next(change for change in plan.changes if isinstance(change, Added) and change.model == "a/one")
    assert added.gaps == ("input schema: duration: maximum is below minimum",)
    world = World().after(plan)
    assert status(world) == "hidden"
    assert world.plan(day(2), schema_errors=errors).changes == ()
    assert world.plan(day(3)).changes == (FieldChanged("a/one", "status", "hidden", "active"),)


def test_faults_never_hide_a_model_that_people_rely_on(world):
    assert world.plan(day(2), schema_errors={"a/one": ("bad",)}).changes == ()
    gone = world.sync(without(2))
    assert gone.plan(day(3), schema_errors={"a/one": ("bad",)}).changes == (Returned("a/one", "active"),)


def test_a_hidden_mode_of_people_is_no_offer(world):
    """With every row gone, a model is offered by what people added, if that is offered at all."""
    for status_, expected in (("hidden", "hidden"), ("active", "active"), ("retired", "hidden")):
        own = World(deepcopy(world.data), world.base, world.schemas)
        modes = own.model("a/one")["modes"]
        modes.append({"id": "own", "unit": "video", "credits": Decimal(1), "status": status_})
        after = own.sync(day(2, rows=ROWS[2:]))
        assert status(after) == expected


def test_a_source_that_was_not_asked_still_knows_what_it_said(world):
    seen = world.base.models["a/one"].seen_in
    assert seen == {"pages", "prices"}
    assert world.sync(upstream(None, ROWS, taken_at="2026-08-02")).base.models["a/one"].seen_in == seen
    assert world.sync(upstream(PAGES, None, taken_at="2026-08-02")).base.models["a/one"].seen_in == seen
    unpriced = world.sync(day(2, rows=ROWS[2:]))
    assert unpriced.base.models["a/one"].seen_in == {"pages"}
    undocumented = world.sync(day(2, pages=[page("c")]))
    assert undocumented.base.models["a/one"].seen_in == {"prices"}
    assert status(undocumented) == "active", "its input is known"


@pytest.mark.parametrize(("pages", "rows"), [(PAGES, None), (None, ROWS)])
def test_what_was_not_asked_changes_nothing(world, pages, rows):
    assert world.plan(upstream(pages, rows, taken_at="2026-08-02")).changes == ()


def test_a_model_that_people_call_missing_again_is_not_given_up_again(world):
    for number in (2, 3, 4):
        world = world.sync(without(number))
    assert status(world) == "retired"
    world.model("a/one")["status"] = "missing"
    for number in (5, 6):
        plan = world.plan(without(number))
        assert plan.changes == ()
        world = world.after(plan)


@pytest.mark.parametrize("odd", ["odd", ["video"], None])
def test_a_word_of_people_that_no_list_knows_stops_no_sync(world, odd):
    world.model("a/one")["category"] = odd
    world.data["models"].append({"id": "own/model", "category": odd, "modes": []})
    assert world.plan(day(2)).changes == ()


@pytest.mark.parametrize("word", ["missing", "retired"])
def test_a_name_that_is_a_word_for_a_status_is_a_name(word):
    """A model called so that gets another title, or provider, did not come back."""
    called = [replace(page("a/one"), title=word), page("c")]
    rows = [replace(each, provider=word) for each in ROWS]
    world = World().sync(day(1, called, rows))
    changes = [each for each in world.plan(day(2)).changes if each.model == "a/one"]
    assert [(type(each), getattr(each, "field", None)) for each in changes] == [
        (FieldChanged, "title"),
        (FieldChanged, "title_ru"),
        (FieldChanged, "provider"),
    ]


def after_hiding(world, mode, status):
    """What two runs make of what people hid for three runs without it, and then call this."""

    def gone(number):
        return day(number, rows=[ROWS[0], ROWS[2]]) if mode else without(number)

    def call(world, status):
        (world.mode("a/one", mode) if mode else world.model("a/one"))["status"] = status

    call(world, "hidden")
    for number in (2, 3, 4):
        plan = world.plan(gone(number), lifted=("all",))
        assert kinds(plan) == [Conflicted]
        world = world.after(plan)
    call(world, status)
    plan = world.plan(gone(5), lifted=("all",))
    return kinds(plan), kinds(world.after(plan).plan(gone(6), lifted=("all",)))


@pytest.mark.parametrize("mode", [None, "720p"])
def test_what_people_kept_is_missing_for_a_run_before_it_is_given_up(world, mode):
    """The runs in which they were asked do not retire it at once, whether they let it go or show it again."""
    assert after_hiding(deepcopy(world), mode, "missing") == ([], [Retired])
    assert after_hiding(world, mode, "active") == ([ModeLost if mode else Lost], [Retired])


def test_a_mode_that_people_call_missing_again_is_not_given_up_again(world):
    gone = [ROWS[0], ROWS[2]]
    for number in (2, 3, 4):
        world = world.sync(day(number, rows=gone))
    assert world.mode("a/one", "720p")["status"] == "retired"
    world.mode("a/one", "720p")["status"] = "missing"
    for number in (5, 6):
        plan = world.plan(day(number, rows=gone))
        assert plan.changes == ()
        world = world.after(plan)


@pytest.mark.parametrize("credits", ["0.1234", "12.3400000"])
def test_a_price_may_have_four_decimals(credits):
    plan = World().plan(day(1, rows=[row("a/one", "480p", credits), *ROWS[1:]]))
    assert [change.gaps for change in plan.changes if isinstance(change, Added)] == [(), ()]


@pytest.mark.parametrize(
    ("credits", "fact"), [(0, "is 0"), ("0.123456", "has 6 decimals"), ("1.12345", "has 5 decimals")]
)
def test_a_new_model_with_an_odd_price_is_hidden(credits, fact):
    plan = World().plan(day(1, rows=[row("a/one", "480p", credits), *ROWS[1:]]))
    added = next(change for change in plan.changes if isinstance(change, Added) and change.model == "a/one")
    assert added.gaps == (f"the price of 480p {fact}",)
    assert added.fields["status"] == "hidden"


def test_an_id_list_alone_says_nothing_of_a_models_life(world):
    listed = Snapshot(SourceName.MODEL_IDS, "2026-08-02", ("a/one", "x/new"), (), "sha256:1")
    assert world.plan(replace(upstream(None, None), model_ids=listed)).changes == ()


def test_nothing_of_this_changes_what_was_there(world):
    before = deepcopy(world.data)
    world.plan(without(2))
    assert world.data == before


def test_a_conflict_remembers_without_growing(world):
    world.mode("a/one", "480p")["credits"] = Decimal(99)
    for number in range(2, 12):
        plan = world.plan(priced(number, 12))
        assert kinds(plan) == [Conflicted]
        world = world.after(plan)
    assert world.base.run == world.after(world.plan(priced(12, 12))).base.run
    assert SchemaChanged not in kinds(world.plan(priced(13, 12)))
