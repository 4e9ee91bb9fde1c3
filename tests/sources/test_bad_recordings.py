"""A recording that can't be used is one clear line; one bad row or page costs itself only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kie_catalog.domain.errors import CatalogError, SourceError, UsageError
from kie_catalog.domain.snapshot import NotMeasured, Snapshot
from kie_catalog.sources import price_feed
from kie_catalog.sources.pages import parse_page
from kie_catalog.sources.recordings import read_recording

RECORD = {
    "modelDescription": "a/one, 480p",
    "interfaceType": "video",
    "provider": "Acme",
    "creditPrice": "10",
    "creditUnit": "per second",
    "usdPrice": "0.05",
    "anchor": "",
}
PAGE = "# Title\n\n```yaml\nopenapi: 3.0.1\npaths: {}\n```\n"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "market").mkdir(parents=True)
    (tmp_path / "recording.json").write_text('{"taken_at": "2026-08-11"}')
    (tmp_path / "pricing.json").write_text(json.dumps([RECORD]))
    (tmp_path / "docs" / "market" / "one.md").write_text(PAGE)
    return tmp_path


def test_a_recording_reads_as_snapshots(recording):
    upstream = read_recording(recording)
    assert upstream.prices.content[0].description == "a/one, 480p"
    assert upstream.pages.content[0].path == "market/one"
    assert isinstance(upstream.model_ids, NotMeasured)
    assert upstream.taken_at == "2026-08-11"


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"[{", "not JSON"),
        (b'[{"modelDescription": "x"', "not JSON"),
        (b"\xff\xfe[\x00]", "not UTF-8"),
        (b"<!DOCTYPE html><html></html>", "HTML page"),
        (b"{}", "dict, not a list"),
        (b"[]", "empty"),
        (b"[1, 2]", "none of its 2 records"),
        (b'[{"modelDescription": null, "interfaceType": "video"}]', "none of its 1 records"),
        (b"[NaN]", "NaN"),
        (b"[" * 100_000, "deeply"),
    ],
)
def test_a_bad_price_feed_is_one_clear_line(recording, content, fact):
    (recording / "pricing.json").write_bytes(content)
    with pytest.raises(SourceError, match=fact) as caught:
        read_recording(recording)
    assert "\n" not in str(caught.value)
    assert str(recording / "pricing.json") in str(caught.value)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("content", "fact"),
    [(b"", "empty"), (b"[]", "taken_at|list|dict|model"), (b'{"taken_at": "soon"}', "no date")],
)
def test_a_bad_manifest_is_one_clear_line(recording, content, fact):
    (recording / "recording.json").write_bytes(content)
    with pytest.raises(SourceError, match=fact):
        read_recording(recording)


def test_a_recording_without_its_manifest_is_refused(recording):
    (recording / "recording.json").unlink()
    with pytest.raises(SourceError, match=r"recording\.json: is missing"):
        read_recording(recording)


def test_a_folder_that_holds_no_recording_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="holds no recording"):
        read_recording(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        read_recording(tmp_path / "nowhere")


def test_one_bad_row_costs_that_row():
    raw = json.dumps(
        [RECORD, {"interfaceType": 3}, {**RECORD, "creditPrice": 12.5, "usdPrice": None}]
    ).encode()
    snapshot = price_feed.parse(raw, taken_at="2026-08-11", place="feed")
    assert [(row.number, row.credits, row.usd) for row in snapshot.content] == [
        (1, "10", "0.05"),
        (3, "12.5", ""),
    ]
    assert [fault.place for fault in snapshot.faults] == ["row 2"]


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "empty"),
        (b"# T\n```yaml\nopenapi: 1\na: {b\n```\n", "not YAML"),
        (b"# T\n```yaml\nopenapi: 1\na: " + b"[" * 100_000 + b"\n```\n", "levels deep"),
        (b"# T\n```yaml\nopenapi: 1\na: &a [*a]\n```\n", "unfolds"),
        (b"\xff", "not UTF-8"),
        (b"<html></html>", "HTML"),
    ],
)
def test_a_bad_page_costs_that_page(recording, content, fact):
    (recording / "docs" / "market" / "two.md").write_bytes(content)
    pages = read_recording(recording).pages
    assert isinstance(pages, Snapshot)
    assert [page.path for page in pages.content] == ["market/one"]
    (fault,) = pages.faults
    assert fault.place == "market/two"
    assert fact in fault.fact


def test_pages_that_are_all_bad_are_a_broken_upstream(recording):
    (recording / "docs" / "market" / "one.md").write_bytes(b"")
    with pytest.raises(SourceError, match="none of its 1 pages"):
        read_recording(recording)


def test_yaml_means_what_json_would():
    text = (
        "# T\n```yaml\nopenapi: 3.0.1\nv: [16:9, on, 2026-08-11, 1.0, 010, true, ~, 0.5, nano-banana]\n```\n"
    )
    page = parse_page(text.encode(), path="p")
    assert page.openapi is not None
    assert page.openapi["v"] == ["16:9", "on", "2026-08-11", 1, 10, True, None, 0.5, "nano-banana"]


def complaint(read, raw) -> str:
    """What an error of ours says; any other error is a failure of the test."""
    try:
        read(raw)
    except CatalogError as error:
        return str(error)
    return ""


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"# T\n```yaml\nopenapi: 1\n", b"[", b'[{"modelDescription": "']),
)
def test_no_bytes_end_in_a_traceback(raw, start):
    for read in (
        lambda content: parse_page(content, path="p"),
        lambda content: price_feed.parse(content, taken_at="2026-08-11", place="feed"),
    ):
        assert "\n" not in complaint(read, start + raw)


def test_every_recording_of_the_shared_data_reads(shared):
    counts = {}
    for folder in sorted(shared.iterdir()):
        upstream = read_recording(folder)
        counts[folder.name] = [len(each.content) for each in upstream.measured]
        assert all(not each.faults for each in upstream.measured)
    assert counts == {
        "2026-04": [159, 201, 0],
        "2026-08-06": [404],
        "2026-08-11": [408, 169, 0],
        "2026-08-22": [441, 230, 177, 0],
    }
