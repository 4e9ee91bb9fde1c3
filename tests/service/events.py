"""Events as tests make them, and a clock that stands still until it is moved."""

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.settings import Clock
from kie_catalog.service.analytics.events import GenerationEvent, Outcome

NOON = 1_790_000_000.0
"""Some moment."""


@dataclass
class Hands:
    """What a test moves a clock by."""

    at: float = NOON

    def clock(self):
        return Clock(now=lambda: self.at, monotonic=lambda: self.at)


def an_event(key="one", at=NOON, **more):
    given = {"model": "z-image", "modes": "1k", "outcome": Outcome.SUCCEEDED, **more}
    return GenerationEvent(key, given.pop("model"), given.pop("modes"), at, given.pop("outcome"), **given)


credits = st.decimals(min_value=0, max_value=10**6, places=6)
seconds = st.floats(min_value=0.0, max_value=90_000.0)


KEYS = st.uuids().map(str)


@st.composite
def events(draw, *, keys=KEYS, moments=None):
    """Any event of a few models and two days."""
    outcome = draw(st.sampled_from(Outcome))
    return GenerationEvent(
        draw(keys),
        draw(st.sampled_from(["z-image", "bytedance/seedance-2", "other"])),
        draw(st.sampled_from(["", "1k", "720p+input-video"])),
        draw(moments or st.floats(min_value=NOON, max_value=NOON + 172_800)),
        outcome,
        "" if outcome is Outcome.SUCCEEDED else draw(st.sampled_from(ErrorCode)).value,
        draw(st.none() | credits),
        draw(st.none() | credits),
        draw(st.none() | seconds),
        draw(st.none() | seconds),
    )


def total(amounts):
    """A sum of those that are there."""
    return sum((each for each in amounts if each is not None), Decimal(0))
