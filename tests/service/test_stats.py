"""The numbers of `stats` are those of the events, however many hours, models and processes they came from."""

import csv
import io
import json
from collections import Counter
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.domain.billing import FREE, MIXED
from kie_catalog.domain.errors import UsageError
from kie_catalog.service.analytics.events import OpenGeneration, OpenState, Outcome
from kie_catalog.service.analytics.forms import (
    DAY_COLUMNS,
    EVENT_COLUMNS,
    csv_lines,
    day_rows,
    event_rows,
    table,
    to_json,
    write_parquet,
)
from kie_catalog.service.analytics.sketch import ERROR
from kie_catalog.service.analytics.stats import LEAST_DIFFERING, day_of, summarize
from kie_catalog.service.analytics.tally import EVER, HOUR, tallied

from .events import NOON, an_event, events, total

FIRST, END = int(NOON // HOUR), int(NOON // HOUR) + 49


def stats_of(found, left=()):
    tallies = [(group, tally) for group, tally in tallied(found).items() if group.hour != EVER]
    return summarize(FIRST, END, tallies, left)


@given(st.lists(events()))
def test_counts_and_money_are_those_of_the_events(found):
    stats = stats_of(found)
    assert stats.whole.outcomes == Counter(each.outcome.value for each in found)
    assert stats.whole.quoted == total(each.quoted for each in found)
    assert stats.whole.charged == total(each.charged for each in found)
    assert stats.whole.spent == total(
        each.charged
        if each.charged is not None
        else each.quoted
        if each.outcome is Outcome.SUCCEEDED
        else None
        for each in found
    )
    assert sum((each.spent for each in stats.models.values()), Decimal(0)) == stats.whole.spent
    assert sum((each.spent for each in stats.days.values()), Decimal(0)) == stats.whole.spent
    assert {model: sums.count for model, sums in stats.models.items()} == Counter(
        each.model for each in found
    )
    assert [each.count for each in stats.errors] == sorted(
        (each.count for each in stats.errors), reverse=True
    )
    assert {each.code: each.count for each in stats.errors} == Counter(
        each.code for each in found if each.code
    )


@given(st.lists(events(), min_size=1))
def test_a_day_has_what_happened_in_it(found):
    days = Counter((day_of(int(each.at // HOUR)), each.model) for each in found)
    assert {what: sums.count for what, sums in stats_of(found).days.items()} == days


@given(st.lists(st.floats(0.01, 5000), min_size=1, max_size=60))
def test_times_are_of_those_that_succeeded_and_near_the_true_ones(times):
    found = [an_event(str(at), run=seconds) for at, seconds in enumerate(times)]
    found.append(an_event("bad", outcome=Outcome.FAILED, code="TRANSIENT", run=9999.0))
    run = stats_of(found).whole.run
    assert run.count == len(times)
    assert run.p50 == pytest.approx(sorted(times)[-(-len(times) // 2) - 1], rel=ERROR * 1.01)
    assert run.p99 == pytest.approx(sorted(times)[-(-99 * len(times) // 100) - 1], rel=ERROR * 1.01)


def test_the_rate_of_success_is_of_what_was_accepted():
    found = [an_event("a"), an_event("b"), an_event("c", outcome=Outcome.FAILED, code="TRANSIENT")]
    found += [an_event(str(at), outcome=Outcome.REFUSED, code="VALIDATION") for at in range(7)]
    assert stats_of(found).whole.success_rate == pytest.approx(2 / 3)
    assert stats_of(found[3:]).whole.success_rate is None


# --- quoted against charged


def billed(ratios, **more):
    """Succeeded generations, each quoted 2 credits and charged so many times that."""
    return [
        an_event(f"{at}", quoted=Decimal(2), charged=Decimal(2) * ratio, **more)
        for at, ratio in enumerate(map(Decimal, ratios))
    ]


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        (["1.5"] * LEAST_DIFFERING, "3/2"),
        (["1"] * 90 + ["2"] * 10, "2"),
        (["0.5"] * 19 + ["3"], "1/2"),
        (["0.5"] * 5 + ["3"] * 5, MIXED),
        (["1.5"] * (LEAST_DIFFERING - 1), None),
        (["1"] * 1000 + ["2"] * LEAST_DIFFERING, None),
        (["1"] * 50, None),
    ],
)
def test_a_mode_that_is_billed_otherwise_is_a_finding_once_it_is_no_slip(ratios, said):
    found = stats_of(billed(ratios)).otherwise
    assert [each.ratio for each in found] == ([said] if said else [])


def test_what_was_quoted_as_free_and_billed_is_said_so():
    found = [an_event(str(at), quoted=Decimal(0), charged=Decimal(3)) for at in range(9)]
    (otherwise,) = stats_of(found).otherwise
    assert otherwise.ratio == FREE
    assert "says that it is free" in str(otherwise)


def test_a_failure_that_costs_nothing_is_no_difference():
    found = billed(["0"] * 50, outcome=Outcome.FAILED, code="TRANSIENT")
    assert stats_of(found).billing == ()


# --- forms


@given(st.lists(events(), max_size=20))
def test_csv_and_json_and_the_table_say_the_same(found):
    stats = stats_of(found, [OpenGeneration("k", "z-image", NOON, OpenState.RUNNING)])
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(DAY_COLUMNS, day_rows(stats))))))
    told = json.loads(json.dumps(to_json(stats)))
    assert sum(int(row["generations"]) for row in rows) == told["all"]["generations"] == len(found)
    assert sum((Decimal(row["spent"]) for row in rows), Decimal(0)) == Decimal(told["all"]["spent"])
    assert [(row["day"], row["model"]) for row in rows] == [
        (day["day"], day["model"]) for day in told["days"]
    ]
    assert told["open"] == {"running": 1}
    assert f"{len(found)} generations" in table(stats)
    assert "1 running" in table(stats)


def test_the_table_for_people():
    found = [
        *billed(["1.5"] * 6, run=12.0, wait=2.0),
        an_event("f", outcome=Outcome.FAILED, code="CONTENT_POLICY", model="other", charged=Decimal(0)),
    ]
    head, *lines = table(stats_of(found)).split("\n")
    told = "85.7 % of the accepted succeeded, 6 succeeded, 1 failed"
    assert head == f"2026-09-21 to 2026-09-23 (UTC): 7 generations, {told}"
    assert lines == [
        "",
        "spent 18 credits ($0.09)",
        "",
        "model    generations  success  p50 s  p95 s  p99 s  credits",
        "z-image            6  100.0 %   12.1   12.1   12.1       18",
        "other              1    0.0 %      -      -      -        0",
        "",
        "seconds                p50   p95   p99",
        "from creation to end  12.1  12.1  12.1",
        "until under way        2.0   2.0   2.0",
        "",
        "error           who must act  generations",
        "CONTENT_POLICY  caller                  1",
        "",
        "       day  credits   USD",
        "2026-09-21       18  0.09",
        "",
        "charged other than quoted  mode  generations  quoted  charged  times the quote",
        "z-image                    1k              6      12       18  3/2: 6",
    ]


def test_nothing_has_a_table_too():
    assert "0 generations" in table(stats_of([]))


@given(found=st.lists(events(), max_size=20))
def test_parquet_holds_the_same_rows_with_exact_money(tmp_path_factory, found):
    file = tmp_path_factory.mktemp("stats") / "events.parquet"
    write_parquet(file, EVENT_COLUMNS, event_rows(found, str))
    read = pq.read_table(file).to_pylist()
    assert [row["key"] for row in read] == [each.key for each in found]
    assert [(row["quoted"], row["charged"]) for row in read] == [
        (each.quoted, each.charged) for each in found
    ]
    assert [row["run"] for row in read] == [each.run for each in found]


def test_an_amount_that_parquet_would_round_is_refused(tmp_path):
    found = [an_event(quoted=Decimal("0.0000000001"))]
    with pytest.raises(UsageError, match="write it as csv"):
        write_parquet(tmp_path / "e.parquet", EVENT_COLUMNS, event_rows(found, str))
