"""Laws of reading a list that may change while it is read."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sources.asking import Unusable
from kie_catalog.sources.paging import Plan, read_all
from tests.sources.worlds import FakeWorld, fetcher, outcome, reply

URL = "https://api.kie.ai/client/v1/model-pricing/page"


class List:
    """Upstream's list; before each request it is as the next script step makes it."""

    def __init__(self, rows, script=(), *, total=None, clamp=100):
        self.rows = list(rows)
        self.script = list(script)
        self.total = total
        self.clamp = clamp
        self.states = [list(rows)]

    def answer(self, request):
        if self.script:
            self.rows = self.script.pop(0)(self.rows)
            self.states.append(list(self.rows))
        asked = json.loads(request.body)
        size = min(asked["pageSize"], self.clamp)
        start = (asked["pageNum"] - 1) * size
        data = {
            "records": self.rows[start : start + size],
            "total": self.total or len(self.rows),
            "pages": 1,
        }
        return reply(json.dumps({"code": 200, "msg": "success", "data": data}).encode())


def read(upstream, *, size=10, cap=50, readings=6, counted=None):
    world = FakeWorld(datetime(2026, 11, 23, tzinfo=UTC))
    asking, transport = fetcher(upstream.answer, world)
    reading = asyncio.run(read_all(asking, Plan(URL, size, cap, readings), counted))
    return list(reading.records), len(transport.requests)


def test_a_list_that_stands_still_is_read_twice_and_believed():
    rows = list(range(45))
    records, requests = read(List(rows))
    assert records == rows
    assert requests == 5 + 5


def test_a_list_of_one_page_is_read_once():
    assert read(List([1, 2, 3])) == ([1, 2, 3], 1)


def test_rows_that_stand_there_twice_are_rows():
    """Two equal records are not a sign of movement if they stay where they are."""
    rows = [*range(10), 9, *range(10, 30), 29]
    assert read(List(rows))[0] == rows


def test_an_upstream_that_knows_one_page_size_only_can_still_be_read():
    rows = list(range(40))
    upstream = List(rows)
    plain = upstream.answer

    def stubborn(request):
        asked = json.loads(request.body)
        asked["pageSize"] = 10
        return plain(type(request)(request.method, request.url, request.cap, {}, json.dumps(asked).encode()))

    upstream.answer = stubborn
    assert read(upstream)[0] == rows


def turned(rows):
    return [rows[-1], *rows[:-1]]


def dropped(rows):
    return rows[1:]


def added(rows):
    return [max(rows) + 1, *rows]


def swapped(rows):
    """One row goes and another comes: the numbers stay, the rows between move."""
    return [*rows[1:], max(rows) + 1]


def same(rows):
    return rows


@pytest.mark.parametrize("move", [turned, dropped, added, swapped])
@pytest.mark.parametrize("at", range(8))
def test_one_move_while_reading_is_seen_and_read_again(move, at):
    upstream = List(range(45), [same] * at + [move])
    records, _ = read(upstream)
    assert sorted(records) == sorted(upstream.rows)


@given(
    rows=st.lists(st.integers(0, 60), min_size=2, max_size=40, unique=True),
    moves=st.lists(st.sampled_from([turned, dropped, added, swapped, same]), max_size=30),
    size=st.integers(2, 10),
)
def test_what_is_believed_is_a_state_the_list_was_in(rows, moves, size):
    """Whatever moves while it is read: the records are those of one moment, or the list is refused.

    That is so of records that differ. Of equal ones nobody can tell which of them was read twice.
    """
    upstream = List(rows, [move if len(rows) > len(moves) else same for move in moves])
    found = outcome(lambda: read(upstream, size=size))
    if isinstance(found, Unusable):
        assert "readings" in found.fact
    else:
        assert sorted(found[0]) in [sorted(state) for state in upstream.states]


def always(rows):
    return turned(rows)


def test_a_list_that_never_stands_still_is_refused():
    with pytest.raises(Unusable, match=r"changes while it is read \(4 readings\)"):
        read(List(range(45), [always] * 500), readings=4)


@pytest.mark.parametrize(
    ("upstream", "fact"),
    [
        (List([]), "empty"),
        (List(range(45), total=52), "says 52 records and gives 45"),
        (List(range(45), total=1_000_000), "more than 50 pages"),
        (List(range(45), clamp=5), "says 45 records and gives 25"),
    ],
)
def test_numbers_that_do_not_agree_are_refused(upstream, fact):
    with pytest.raises(Unusable, match=fact):
        read(upstream)


def test_a_count_that_says_otherwise_is_refused():
    async def counted():
        return 46

    with pytest.raises(Unusable, match="counts 46 records and lists 45"):
        read(List(range(45)), counted=counted)


def test_the_same_page_again_and_again_is_refused():
    upstream = List(range(30))
    plain = upstream.answer

    def first_page(request):
        asked = json.loads(request.body) | {"pageNum": 1}
        return plain(type(request)(request.method, request.url, request.cap, {}, json.dumps(asked).encode()))

    upstream.answer = first_page
    with pytest.raises(Unusable, match="same page twice"):
        read(upstream)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"records": []},
        {"records": {}, "total": 1},
        {"records": [1], "total": True},
        {"records": [1], "total": -1},
    ],
)
def test_a_page_of_another_shape_is_refused(data):
    with pytest.raises(Unusable, match="no records with their total"):
        read(
            type(
                "Odd",
                (),
                {"answer": staticmethod(lambda _: reply(json.dumps({"code": 200, "data": data}).encode()))},
            )
        )


def test_a_total_may_be_a_text():
    upstream = List(range(5), total="5")
    assert read(upstream)[0] == list(range(5))
