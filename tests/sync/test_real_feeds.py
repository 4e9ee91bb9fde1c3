"""The recorded feeds: nearly every row is explained, none wrongly, and not by its anchor alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.sync.resolution import Resolved, Unresolved
from kie_catalog.sync.theirs import read_theirs
from kie_catalog.sync.tokens import anchor_model
from tests.sync.real import ROOT, declared, ids, recorded, resolve

FEEDS = ["2026-08-06", "2026-08-11", "2026-08-22"]
FULL, PARTIAL = "2026-08-22", "2026-08-11"
"""The later pages are complete; the earlier ones lack those of about thirty models that have prices."""
WRONG_ANCHORS = {
    "grok-imagine, text-to-image": "the same page's id for video",
    "Kling AI Avtar , lip sync, Standard-up to 15 secondss-720p": "no such id",
    "Kling AI Avtar , lip sync, Pro-up to 15 secondss-1080p": "no such id",
    "Suno, upload-and-extend-audio": "the id of another operation",
}
"""Anchors that contradict their row's text, by hand."""

feeds = pytest.mark.parametrize("feed", FEEDS)


@cache
def answers(shared, feed, pages=FULL, *, anchors=True):
    rows = recorded(shared / "recordings" / feed).prices.content
    if not anchors:
        rows = [replace(row, anchor="") for row in rows]
    return resolve(rows, shared / "recordings" / pages)


def share(found, *, chat):
    of_kind = [each for each in found if (each.row.interface == "chat") == chat]
    return 1 - sum(isinstance(each, Unresolved) for each in of_kind) / len(of_kind)


@feeds
def test_nearly_all_rows_are_explained(shared, feed):
    found = answers(shared, feed)
    assert share(found, chat=False) >= 0.97
    assert share(found, chat=True) >= 0.95


@feeds
def test_a_workspace_knows_models_whose_page_is_not_there(shared, feed):
    """As a sync of the checkout reads a feed: with the pages of its own day, or with none at all."""
    workspace = Workspace(ROOT)
    folder = shared / "recordings" / feed
    theirs = read_theirs(
        recorded(folder),
        declared(folder),
        workspace.ours(workspace.document()).known(),
        workspace.aliases(),
    )
    found = theirs.resolutions.answers
    assert share(found, chat=False) >= 0.97
    assert share(found, chat=True) >= 0.95
    for one, other in zip(answers(shared, feed), found, strict=True):
        assert ids(other) in {None, ids(one)}, one.row.description


@feeds
def test_fewer_pages_leave_rows_and_change_none(shared, feed):
    """What lacks its page is left; what is resolved is resolved as with all pages."""
    all_pages, few = answers(shared, feed), answers(shared, feed, PARTIAL)
    if feed != FULL:
        assert share(few, chat=True) >= 0.95
        assert share(few, chat=False) >= 0.93
    for one, other in zip(all_pages, few, strict=True):
        assert ids(other) in {None, ids(one)}, one.row.description


@feeds
def test_a_row_that_is_left_says_what_a_person_can_do(shared, feed):
    left = [each for each in answers(shared, feed) if isinstance(each, Unresolved)]
    assert left
    for each in left:
        assert each.reason
        assert each.detail.strip()


@feeds
def test_without_anchors_the_rows_resolve_to_the_id_that_the_anchor_named(shared, feed):
    with_anchors, without = answers(shared, feed), answers(shared, feed, anchors=False)
    same = left = 0
    for named, bare in zip(with_anchors, without, strict=True):
        model = anchor_model(named.row.anchor)
        if model is None or named.row.description in WRONG_ANCHORS:
            continue
        left += ids(bare) is None
        same += model in (ids(bare) or ())
        assert ids(bare) is None or model in ids(bare), named.row.description
    assert same / (same + left) >= 0.95


@feeds
def test_an_anchor_alone_changes_no_price(shared, feed):
    for one, other in zip(answers(shared, feed), answers(shared, feed, anchors=False), strict=True):
        if isinstance(other, Resolved) and isinstance(one, Resolved):
            assert [each.fields() for each in one.prices] == [each.fields() for each in other.prices]
