from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie_catalog.sources.asking import Patience, retry_after_seconds

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2", 2.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("Mon, 23 Nov 2026 12:00:10 GMT", 10.0),
        ("Monday, 23-Nov-26 12:00:10 GMT", 10.0),
        ("Mon Nov 23 12:00:10 2026", 10.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 13:00:10 +0100", 10.0),
        ("-1", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("1e3", None),
        ("99999999999999999999", None),
        ("Sun, 06 Nov 99999 08:49:37 GMT", None),
        ("Mon, 01 Jan 2027 00:00:00 +9999", None),
    ],
)
def test_every_form_of_retry_after_is_read_and_nothing_else(text, seconds):
    assert retry_after_seconds(text, NOW) == seconds


@given(st.text(max_size=60))
def test_reading_retry_after_never_raises_nor_waits_backwards(text):
    assert (retry_after_seconds(text, NOW) or 0.0) >= 0.0


@given(
    attempts=st.integers(1, 8),
    first=st.floats(0.01, 10),
    longest=st.floats(0.01, 60),
    chance=st.floats(0, 1),
)
def test_waits_grow_to_their_limit_and_are_one_fewer_than_the_attempts(attempts, first, longest, chance):
    waits = list(Patience(attempts, first, longest).waits(lambda: chance))
    assert len(waits) == attempts - 1
    assert waits == sorted(waits)
    assert all(0 < wait <= longest for wait in waits)


def test_jitter_spreads_each_wait_over_half_of_its_step():
    patience = Patience(attempts=3, first_seconds=1, longest_seconds=10)
    assert list(patience.waits(lambda: 0.0)) == [0.5, 1.0]
    assert list(patience.waits(lambda: 1.0)) == [1.0, 2.0]
