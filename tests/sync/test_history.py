"""Prices over time, from what each plan did to them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sync.history import (
    FOLDED,
    KEPT,
    Entry,
    Event,
    appended,
    entries_of,
    prices_over_time,
    read_history,
)
from tests.sync.test_lifecycle import NEW, NEW_ROWS, RENAME, ROWS, day, priced, without
from tests.sync.test_people import decided
from tests.sync.test_plan import World


def told(*runs, decisions=()):
    """The history that some runs leave."""
    world, text = World(), ""
    for up in runs:
        plan = world.plan(up, lifted=("all",), decisions=decisions)
        text, world = appended(text, entries_of(plan)), world.after(plan)
    return text


def lines(text, model="a/one", mode="480p"):
    return [
        (each.at[-2:], each.event.value, each.price.get("credits"), each.share)
        for each in prices_over_time(read_history(text), model)[mode]
    ]


def test_a_price_is_dated_from_its_first_day_on():
    text = told(day(1), priced(2, 12), priced(3, 12), priced(9, 15))
    assert lines(text) == [
        ("01", "new", 10, None),
        ("02", "changed", 12, Decimal("0.2")),
        ("09", "changed", 15, Decimal("0.25")),
    ]


def test_a_correction_is_told_from_a_change():
    wrong = [replace(ROWS[0], credits="170", usd="0.085"), *ROWS[1:]]
    right = [replace(ROWS[0], credits="17", usd="0.085"), *ROWS[1:]]
    text = told(day(1, rows=wrong), day(2, rows=right))
    assert [event for _, event, _, _ in lines(text)] == ["new", "corrected"]
    assert prices_over_time(read_history(text), "a/one")["480p"][1].note.startswith(
        "upstream's own USD price"
    )


def test_a_life_is_part_of_the_history():
    text = told(day(1), without(2), without(3), without(4), day(5))
    assert [(at, event) for at, event, _, _ in lines(text)] == [
        ("01", "new"),
        ("02", "missing"),
        ("04", "retired"),
        ("05", "back"),
    ]


def test_a_unit_that_changed_is_one_line_with_its_price():
    video = [replace(ROWS[0], credits="50", unit="per video"), *ROWS[1:]]
    (_, second) = prices_over_time(read_history(told(day(1), day(2, rows=video))), "a/one")["480p"]
    assert (second.price["unit"], second.price["credits"]) == ("video", 50)


def test_a_renamed_model_keeps_its_history():
    text = told(day(1), day(2, NEW, NEW_ROWS), decisions=decided(RENAME))
    assert [(at, event) for at, event, _, _ in lines(text, "a/one-v2")] == [("01", "new"), ("02", "renamed")]


def test_a_run_that_changes_nothing_adds_nothing():
    text = told(day(1))
    assert appended(text, []) == text
    assert told(day(1), day(2), day(3)) == text


def test_the_file_stays_small():
    entry = Entry("2026-08-01", "a/one", "480p", Event.NEW, {"unit": "second", "credits": Decimal(1)})
    text = appended("", [entry, replace(entry, mode="720p")])
    for number in range(3 * KEPT):
        change = replace(entry, at=f"day {number}", event=Event.CHANGED, price={"credits": Decimal(number)})
        text = appended(text, [change])
    whole = read_history(text)
    assert len(whole) == KEPT + 1
    oldest = next(each for each in whole if each.mode == "480p")
    assert (oldest.note, oldest.price["unit"]) == (FOLDED, "second")
    assert prices_over_time(whole, "a/one")["480p"][-1].price == {"unit": "second", "credits": 3 * KEPT - 1}
    assert [each.mode for each in whole].count("720p") == 1


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"at": "x", "model": "m", "event": "lost"}', "1"])
def test_a_damaged_line_is_named(line):
    text = told(day(1))
    with pytest.raises(ValueError, match=rf"line {len(text.splitlines()) + 1} is no entry of a history"):
        read_history(text + line + "\n")


entries = st.builds(
    Entry,
    st.sampled_from(["2026-08-01", "2026-08-02"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, "x", "y"]),
    st.sampled_from(Event),
    st.dictionaries(st.sampled_from(["credits", "official_usd"]), st.decimals(0, 9, places=2)),
    st.text(max_size=5),
)


@given(st.lists(entries, max_size=20))
def test_what_is_written_reads_back(some):
    assert read_history(appended("", some)) == some
