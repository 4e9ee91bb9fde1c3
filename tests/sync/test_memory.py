"""What the base remembers between runs: only what is under way, and read back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.declared import Declarations
from kie_catalog.domain.values import ABSENT, NOT_MEASURED
from kie_catalog.sync.memory import (
    RUNS_TO_RETIRE,
    WINDOW,
    Memory,
    is_flipping,
    memory_from_json,
    remember,
)
from kie_catalog.sync.policy import Recall
from kie_catalog.sync.resolution import Resolutions
from kie_catalog.sync.run import Run
from kie_catalog.sync.theirs import Theirs

amounts = st.decimals(0, 100, places=3)
names = st.sampled_from(["480p", "1/2k", "with audio"])
paths = st.sampled_from([("title",), ("modes", "480p", "credits"), ("modes", "1/2k/x", "unit")])
memories = st.builds(
    Memory,
    absent=st.integers(0, RUNS_TO_RETIRE),
    absent_modes=st.dictionaries(names, st.integers(1, RUNS_TO_RETIRE)),
    recent=st.dictionaries(
        paths, st.lists(st.sampled_from(["a", True, ABSENT]) | amounts, min_size=1, max_size=5).map(tuple)
    ),
    claimed_usd=st.dictionaries(names, amounts),
    is_removed=st.booleans(),
    removed_modes=st.frozensets(names),
    asked=st.sampled_from(["", "a/one-v2"]),
)


@given(memories)
def test_what_is_written_reads_back(memory):
    written = json.loads(json.dumps(memory.to_json()), parse_float=Decimal, parse_int=Decimal)
    assert memory_from_json(written) == memory
    assert not any(value in (0, "", [], {}, False) for value in memory.to_json().values())


@pytest.mark.parametrize("path", [("title",), ("modes", "480p", "unit"), ("modes", "1/2k", "unit")])
def test_a_place_reads_back_though_the_id_of_its_mode_has_a_slash(path):
    memory = Memory(recent={path: ("A", "B")})
    assert memory_from_json(memory.to_json()) == memory


def test_where_nothing_is_under_way_nothing_is_written():
    assert Memory().to_json() == {}
    assert memory_from_json({}) == Memory()


def test_what_is_written_is_in_order():
    memory = Memory(
        absent_modes={"b": 1, "a": 2},
        recent={("title",): ("a",), ("modes", "m", "unit"): ("a",)},
        claimed_usd={"b": Decimal(1), "a": Decimal(1)},
        removed_modes=frozenset(["b", "a"]),
    )
    written = memory.to_json()
    assert [list(written[name]) for name in ("absent_modes", "recent", "claimed_usd", "removed_modes")] == [
        ["a", "b"],
        ["modes/m/unit", "title"],
        ["a", "b"],
        ["a", "b"],
    ]


@pytest.mark.parametrize(
    "other", [{"absent": 2}, {"absent_modes": {"m": 2}}, {"recent": {("title",): ("b",)}}]
)
def test_what_counts_runs_tells_whether_the_same_is_under_way(other):
    memory = Memory(absent=1, absent_modes={"m": 1}, recent={("title",): ("a",)})
    assert memory.is_moving_as(replace(memory, asked="x", is_removed=True, claimed_usd={"m": 1}))
    assert not memory.is_moving_as(replace(memory, **other))


@pytest.mark.parametrize(
    ("values", "flips"),
    [("", False), ("A", False), ("AB", False), ("ABA", True), ("AAA", False), ("ABB", False), ("ABC", False),
     ("ABCA", True), ("BACA", True), ("AABA", True), ("AAB", False), ("CABBA", True), ("ABBC", False)],
)  # fmt: skip
def test_a_value_that_came_back_after_another_flips(values, flips):
    assert is_flipping(values) is flips


def test_a_value_is_watched_for_five_runs():
    assert WINDOW == 5
    said = remember((), "A", "B", is_new_run=True)
    for value in "CDEF":
        said = remember(said, "A", value, is_new_run=True)
    assert said == ("B", "C", "D", "E", "F")
    assert remember(said, "A", "G", is_new_run=True) == ("C", "D", "E", "F", "G")


def test_a_value_that_was_accepted_is_watched_on():
    assert remember(("A", "B"), "B", "B", is_new_run=True) == ("A", "B", "B")


def test_of_a_value_that_rested_one_is_enough_before_the_next():
    assert remember(("A", "B", "B", "B", "B"), "A", "C", is_new_run=True) == ("B", "C")


def test_an_answer_read_twice_counts_once_but_another_answer_counts():
    once = remember((), "A", "B", is_new_run=False)
    assert once == ("A", "B")
    assert remember(once, "A", "B", is_new_run=False) == once
    assert remember(once, "A", "B", is_new_run=True) == ("A", "B", "B")
    assert remember(once, "A", "C", is_new_run=False) == ("A", "B", "C")


def asked(*, is_new):
    """A run in which upstream was asked anew, or read a second time."""
    nothing = Theirs({}, {}, Resolutions(()), Declarations(()), frozenset(), frozenset())
    first = Run("2026-08-11", nothing, None)
    return first if is_new else Run("2026-08-11", nothing, first.stamp)


@pytest.mark.parametrize(
    ("is_new", "before", "after"), [(True, 0, 1), (True, 2, 3), (True, 3, 3), (False, 0, 1), (False, 1, 1)]
)
def test_a_run_without_something_counts_once_and_at_most_as_often_as_it_matters(is_new, before, after):
    assert Recall(Memory(), asked(is_new=is_new)).misses(before, 3) == after


def test_two_runs_of_a_day_are_told_apart_by_what_upstream_said():
    one = asked(is_new=True)
    spoken = Theirs({}, {}, Resolutions(()), Declarations(()), frozenset({"prices"}), frozenset())
    other = Run("2026-08-11", spoken, one.stamp)
    assert other.is_new
    assert one.stamp[:11] == other.stamp[:11] == "2026-08-11 "
    assert len(one.stamp) == len("2026-08-11 ") + 12


def test_a_source_that_was_not_asked_leaves_what_was_heard():
    path = ("title",)
    recall = Recall(Memory(recent={path: ("A", "B")}), asked(is_new=True))
    assert recall.hears(path, "A", NOT_MEASURED) == ("A", "B")
    assert recall.after == {path: ("A", "B")}
    assert recall.hears(("type",), "A", "A") == ()
    assert recall.hears(path, "A", "C") == ("A", "B", "C")
    assert recall.after == {path: ("A", "B", "C")}


def test_a_field_that_came_to_rest_is_forgotten():
    path = ("title",)
    recall = Recall(Memory(recent={path: ("B",)}), asked(is_new=True))
    assert recall.hears(path, "B", "B") == ()
    assert recall.after == {}
