"""A breaker opens only for what KIE keeps failing at, and always lets one try once its pause is over."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kie_catalog.client.kinds import KINDS, Actor, ErrorCode
from kie_catalog.service.breaker import FAULTS, BreakerSettings, BreakerState, CircuitBreaker

from .events import NOON, Hands

MODEL = "z-image"
OTHERS = sorted(set(ErrorCode) - FAULTS)
SETTINGS = BreakerSettings(window=100.0, least=4, share=0.5, pause=30.0)
steps = st.lists(st.tuples(st.floats(0, 50), st.none() | st.sampled_from(ErrorCode)))


def a_breaker(settings=SETTINGS):
    hands = Hands()
    return CircuitBreaker(settings, hands.clock()), hands


def opened():
    breaker, hands = a_breaker()
    for _ in range(SETTINGS.least):
        breaker.ended(MODEL, ErrorCode.TRANSIENT)
    assert breaker.state(MODEL) is BreakerState.OPEN
    return breaker, hands


def test_only_codes_that_speak_of_upstream_count():
    """None whose actor is the caller or the account, but what KIE says of a model that it switched off."""
    assert {code for code in FAULTS if KINDS[code].actor in {Actor.CALLER, Actor.ACCOUNT}} == {
        ErrorCode.UNAVAILABLE
    }
    assert {ErrorCode.TRANSIENT, ErrorCode.GATEWAY, ErrorCode.MAINTENANCE, ErrorCode.EMPTY_RESULT} <= FAULTS
    assert ErrorCode.RATE_LIMITED not in FAULTS


@given(steps, st.lists(st.sampled_from(OTHERS)))
def test_what_is_not_upstreams_never_opens_it(seen, codes):
    breaker, hands = a_breaker()
    for each in codes:
        breaker.failed(MODEL, each)
        breaker.ended(MODEL, each)
    for pause, _ in seen:
        hands.at += pause
        breaker.ended(MODEL, None)
    assert breaker.troubles == {}
    assert breaker.ask(MODEL) is None


@given(st.integers(1, 30), steps)
def test_it_never_opens_below_the_least(least, seen):
    breaker, hands = a_breaker(BreakerSettings(window=100.0, least=least, share=0.01))
    for pause, code in seen[: least - 1]:
        hands.at += pause
        breaker.failed(MODEL, code)
    assert breaker.state(MODEL) is BreakerState.CLOSED


@given(steps)
def test_after_a_pause_somebody_may_always_try(seen):
    """Whatever happened before, and whatever became of those who tried before."""
    breaker, hands = a_breaker()
    for pause, code in seen:
        hands.at += pause
        breaker.ask(MODEL)
        breaker.ended(MODEL, code)
    hands.at += SETTINGS.pause
    assert breaker.ask(MODEL) is None


@given(steps)
def test_what_fails_is_told_of_its_own_model_only(seen):
    breaker, hands = a_breaker()
    for pause, code in seen:
        hands.at += pause
        breaker.ended(MODEL, code)
    assert breaker.state("another") is BreakerState.CLOSED
    assert set(breaker.troubles) <= {MODEL}


def test_an_open_one_lets_nothing_through_and_says_when_to_come_back():
    breaker, hands = opened()
    hands.at += 10
    trouble = breaker.ask(MODEL)
    assert trouble is not None
    assert (trouble.retry_after, trouble.failed, trouble.of) == (20.0, 4, 4)
    assert "4 of its last 4" in str(trouble)
    assert trouble.message("ru") != trouble.message("en")


def test_one_at_a_time_tries_and_a_success_closes_it():
    breaker, hands = opened()
    hands.at += 30
    assert breaker.state(MODEL) is BreakerState.HALF_OPEN
    assert breaker.ask(MODEL) is None
    assert breaker.ask(MODEL) is not None
    assert breaker.state(MODEL) is BreakerState.HALF_OPEN
    breaker.ended(MODEL, None)
    assert breaker.state(MODEL) is BreakerState.CLOSED
    for _ in range(SETTINGS.least - 1):
        breaker.ended(MODEL, ErrorCode.TRANSIENT)
    assert breaker.state(MODEL) is BreakerState.CLOSED


def test_a_try_that_fails_upstream_opens_it_for_another_pause():
    breaker, hands = opened()
    hands.at += 30
    assert breaker.ask(MODEL) is None
    hands.at += 5
    breaker.ended(MODEL, ErrorCode.GATEWAY)
    assert breaker.state(MODEL) is BreakerState.OPEN
    assert breaker.ask(MODEL).retry_after == 30.0


@pytest.mark.parametrize("code", OTHERS)
def test_a_try_that_says_nothing_of_upstream_makes_room_for_another(code):
    breaker, hands = opened()
    hands.at += 30
    assert breaker.ask(MODEL) is None
    breaker.failed(MODEL, code)
    assert breaker.ask(MODEL) is None
    assert breaker.state(MODEL) is BreakerState.HALF_OPEN


def test_those_that_set_out_before_it_opened_neither_close_it_nor_keep_it_open():
    breaker, hands = opened()
    hands.at += 25
    breaker.ended(MODEL, None)
    breaker.ended(MODEL, ErrorCode.TRANSIENT)
    assert breaker.ask(MODEL).retry_after == 5.0


def test_a_model_that_nobody_tries_is_not_degraded_for_ever():
    breaker, hands = opened()
    hands.at += SETTINGS.pause + SETTINGS.window
    assert breaker.trouble(MODEL) is not None
    hands.at += 1
    assert breaker.troubles == {}
    assert breaker.ask(MODEL) is None
    assert breaker.ask(MODEL) is None


@given(st.floats(1.0, 1e7), st.booleans())
def test_a_clock_that_is_set_back_closes_no_model_for_longer_than_a_pause(back, was_tried):
    """Nor does an end that another host, whose clock is ahead, wrote into the log."""
    breaker, hands = opened()
    if was_tried:
        hands.at += SETTINGS.pause
        breaker.ask(MODEL)
    hands.at -= back
    assert 0 <= breaker.trouble(MODEL).retry_after <= SETTINGS.pause
    hands.at += SETTINGS.pause
    assert breaker.ask(MODEL) is None


@given(steps)
def test_what_is_restored_lets_a_try_through_as_soon_as_what_was_seen(seen):
    """A new process is no stricter and no laxer than what the log holds says: open only for what was bad."""
    assume(seen)
    at, past = NOON, []
    for pause, code in seen:
        at += pause
        past.append((at, MODEL, code))
    hands = Hands(at)
    breaker = CircuitBreaker(SETTINGS, hands.clock())
    breaker.restore(past)
    faults = sum(code in FAULTS for _, _, code in past)
    if faults == 0 or len(past) < SETTINGS.least:
        assert breaker.state(MODEL) is BreakerState.CLOSED
    hands.at += SETTINGS.pause
    assert breaker.ask(MODEL) is None


def test_bad_minutes_are_restored_as_an_open_breaker():
    breaker, hands = a_breaker()
    breaker.restore((NOON - 4 + number, MODEL, ErrorCode.TRANSIENT) for number in range(4))
    assert breaker.state(MODEL) is BreakerState.OPEN
    breaker, hands = a_breaker()
    past = [(NOON - 80 + number, MODEL, ErrorCode.TRANSIENT) for number in range(4)]
    breaker.restore([*past, (NOON - 1, MODEL, None)])
    assert breaker.state(MODEL) is BreakerState.CLOSED
    breaker, hands = a_breaker()
    breaker.restore([*past, (NOON - 1, MODEL, ErrorCode.TRANSIENT)])
    assert breaker.ask(MODEL).retry_after == 29.0
    assert hands.at == NOON


class Life(RuleBasedStateMachine):
    """Any order of asking, ending and waiting keeps the breaker's word."""

    @initialize()
    def begin(self):
        self.breaker, self.hands = a_breaker()
        self.on_the_way = 0

    @rule(seconds=st.floats(0, 200))
    def wait(self, seconds):
        self.hands.at += seconds

    @rule()
    def ask(self):
        before = self.breaker.trouble(MODEL)
        answer = self.breaker.ask(MODEL)
        assert (answer is None) == (before is None or before.retry_after == 0)
        if answer is None:
            self.on_the_way += 1
        if answer is None and before is not None:
            assert self.breaker.ask(MODEL) is not None  # one at a time

    @precondition(lambda self: self.on_the_way)
    @rule(code=st.none() | st.sampled_from(ErrorCode))
    def end(self, code):
        self.on_the_way -= 1
        self.breaker.ended(MODEL, code)

    @invariant()
    def waits_no_longer_than_a_pause(self):
        for trouble in self.breaker.troubles.values():
            assert 0 <= trouble.retry_after <= SETTINGS.pause
            assert trouble.of >= SETTINGS.least


TestLife = Life.TestCase
