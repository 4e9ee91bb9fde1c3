"""Laws of the table of benchmarks: what fits a growth, what misses a limit, and that rows survive a pipe."""

from __future__ import annotations

import importlib
import json
import math

import pytest
from benchmarks.registry import BENCHES
from benchmarks.rows import Limit, Row, exponent, growth_ratio, row_of
from benchmarks.table import missed, render, seconds
from hypothesis import given
from hypothesis import strategies as st

positive = st.floats(1e-7, 1e5, allow_nan=False)
SIZES = (1, 10, 100)


@given(positive, st.floats(-1, 3))
def test_the_exponent_of_a_power_is_found(base, power):
    rows = [Row("a", base * times**power, times) for times in SIZES]
    assert math.isclose(exponent(rows), power, abs_tol=1e-6)
    assert math.isclose(growth_ratio(rows), 100 ** (power - 1), rel_tol=1e-6)


@pytest.mark.parametrize("rows", [[], [Row("a", 1.0)], [Row("a", 1.0, 10), Row("a", 2.0, 10)]])
def test_one_size_says_nothing_of_growth(rows):
    assert exponent(rows) is None
    assert growth_ratio(rows) is None


@pytest.mark.parametrize(
    ("is_least", "other", "is_missed"),
    [(False, 0.51, False), (False, 0.49, True), (True, 1.51, False), (True, 1.49, True)],
)
def test_a_limit_is_missed_by_more_than_a_third(is_least, other, is_missed):
    """Ours takes a second; the limit is 1.5 times the other's, or that it takes 2 times ours."""
    limit = Limit(2.0 if is_least else 1.5, "why", is_least=is_least)
    found = list(missed([Row("a", 1.0, beside="it", other=other, limit=limit)]))
    assert bool(found) is is_missed
    assert all("a: " in each and str(limit) in each for each in found)


def test_growth_is_held_to_its_limit_and_named():
    rows = [Row("a", each, times, f"{times} things", growth=Limit(1.5, "why")) for times, each in
            ((1, 1.0), (10, 10.0), (100, 210.0))]  # fmt: skip
    assert (
        list(missed(rows))[-1] == "a 100 things: a unit costs 2.1 of what it does at the least, limit ≤ 1.5"
    )
    assert list(missed(rows[:2])) == []


@given(positive, positive, st.booleans())
def test_rows_survive_the_way_from_one_process_to_another(ours, other, is_least):
    row = Row("a", ours, 10, "size", "it", other, Limit(2.0, "why", is_least=is_least), None, "seen")
    assert row_of(json.loads(json.dumps(row.to_json()))) == row


def test_the_table_says_what_was_compared_on_what_and_why():
    rows = [Row("read", 0.001, 1, "1 page", "theirs", 0.004, Limit(3.0, "it is light", is_least=True))]
    text = render({"reading": rows}, {"reading": "Pages."}, day="2026-08-25", took=60)
    assert "| read | 1 page | 1 ms | theirs | 4 ms | 4 | ≥ 3 |" in text
    assert "Every stated ratio is met." in text
    assert "it is light" in text
    assert "CPython" in text


@pytest.mark.parametrize(("value", "shown"), [(12.3, "12.3 s"), (0.15, "150 ms"), (2.5e-5, "25 µs")])
def test_times_are_shown_in_the_unit_that_reads_best(value, shown):
    assert seconds(value) == shown


@pytest.mark.parametrize("name", BENCHES)
def test_every_benchmark_of_the_list_can_be_run_and_says_what_it_is(name):
    try:
        module = importlib.import_module(f"benchmarks.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(("benchmarks", "kie_catalog")):
            raise
        pytest.skip(f"{error.name} is of the extra bench")
    assert callable(module.rows)
    assert module.__doc__
