"""A reviewed fact is needed as long as some row says its text."""

from __future__ import annotations

import pytest

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.sync.aliases import parse_aliases
from kie_catalog.sync.stale_aliases import stale
from tests.sync.real import ROOT, recorded

FACT = {"scope": "*", "date": "2026-08-22", "evidence": "seen"}


@pytest.mark.parametrize(
    ("fact", "row", "needed"),
    [
        ({"typos": [{**FACT, "text": "avtar", "means": "avatar"}]}, "Kling AI Avtar, lip sync", True),
        ({"typos": [{**FACT, "text": "avtar", "means": "avatar"}]}, "Kling AI Avatar, lip sync", False),
        ({"noise": [{**FACT, "text": "6 seconds"}]}, "hailuo 02, Pro-6.0s", True),
        ({"noise": [{**FACT, "text": "6 seconds"}]}, "hailuo 02, Pro-10.0s", False),
        ({"names": [{**FACT, "text": "wan 2.2", "means": "x"}]}, "Wan 2.2, 5s", True),
        ({"names": [{**FACT, "text": "wan 2.2", "means": "x"}]}, "Wan 2.5, 5s", False),
    ],
)
def test_a_fact_is_stale_once_no_row_says_it(fact, row, needed):
    assert bool(list(stale(parse_aliases(fact), [row]))) is not needed


def test_every_fact_of_the_repository_is_needed(recordings):
    rows = [row.description for row in recorded(recordings[-1]).prices.content]
    assert [str(each) for each in stale(Workspace(ROOT).aliases(), rows)] == []
