import json
import shutil

import pytest

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import Fault, NotMeasured, SourceName
from kie_catalog.sources import recordings
from kie_catalog.sources.raw import Raw, Recording
from kie_catalog.sources.recordings import load, read_recording, save
from tests.sources.killer import held


def test_what_is_saved_is_read_back(complete, tmp_path):
    save(load(complete), tmp_path / "copy", form="full")
    assert read_recording(tmp_path / "copy") == read_recording(complete)
    assert held(tmp_path / "copy") == held(complete)


def test_a_recording_without_its_own_account_of_absences_says_what_it_has_not(shared):
    upstream = read_recording(shared / "2026-08-06")
    assert [each.reason for each in upstream.all if isinstance(each, NotMeasured)] == [
        "the recording has no docs",
        "the recording has no model-paths.json",
        "the recording has no models.json",
        "the recording has no models.json",
        "the recording has no groups.json",
        "the recording has no docs",
    ]


def test_reasons_and_faults_are_part_of_a_recording(small, tmp_path):
    recording = load(small)
    fault = Fault(SourceName.PAGES, "market/gone", "answers HTTP 503 (4 tries)")
    pages = recording[SourceName.PAGES]
    changed = Recording(
        {
            **recording.sources,
            SourceName.PAGES: Raw(pages.source, pages.taken_at, pages.files, pages.place, (fault,)),
            SourceName.GROUPS: NotMeasured(SourceName.GROUPS, "answers code 500: Server exception"),
        }
    )
    save(changed, tmp_path / "copy", form="full")
    upstream = read_recording(tmp_path / "copy")
    assert upstream.pages.faults == (fault,)
    assert upstream.groups == NotMeasured(SourceName.GROUPS, "answers code 500: Server exception")


def test_a_page_of_the_index_that_nobody_recorded_is_not_measured(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder)
    (folder / "docs" / "market" / "z-image" / "z-image.md").unlink()
    upstream = read_recording(folder)
    assert upstream.pages.faults == (
        Fault(SourceName.PAGES, "market/z-image/z-image", recordings.NOT_IN_RECORDING),
    )


def test_equal_content_has_an_equal_digest_whatever_its_form(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder)
    for name in ("pricing.json", "model-paths.json"):
        (folder / name).write_text(json.dumps(json.loads((folder / name).read_text())))
    assert read_recording(folder) == read_recording(small)


@pytest.mark.parametrize(
    ("name", "content", "fact"),
    [
        ("pricing.json", b"", "empty"),
        ("pricing.json", b"[", "not JSON"),
        ("pricing.json", b"\xff", "not UTF-8"),
        ("pricing.json", b"<html>", "HTML"),
        ("pricing.json", b"{}", "not a list"),
        ("pricing.json", b"[]", "empty"),
        ("pricing.json", b"[1]", "none of its 1 records"),
        ("pricing.json", b"[NaN]", "NaN"),
        ("pricing.json", b'[{"modelDescription": "\\ud800", "interfaceType": "image"}]', "half a character"),
        ("pricing.json", b"[" * 100_000, "nested too deeply"),
        ("model-paths.json", b"[]", "empty"),
        ("models.json", b"{}", "no list of models"),
        ("groups.json", b"[{}]", "none of its 1 groups"),
        ("recording.json", b"{}", "taken_at: field required"),
        ("recording.json", b'{"taken_at": "yesterday"}', "is no date"),
        ("recording.json", b'{"taken_at": "2026-08-22", "pricing": {"taken_at": "now"}}', "is no date"),
    ],
)
def test_a_broken_file_is_refused_in_one_line_that_names_it(small, tmp_path, name, content, fact):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError, match=fact) as caught:
        read_recording(folder)
    assert "\n" not in str(caught.value)
    assert name.split("/")[0] in str(caught.value)


def test_a_recording_without_a_date_is_refused(small, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(small, folder)
    (folder / "recording.json").unlink()
    with pytest.raises(SourceError, match="nothing says when"):
        read_recording(folder)


def test_what_is_no_recording_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no folder"):
        read_recording(tmp_path / "absent")
    with pytest.raises(UsageError, match="holds no recording"):
        read_recording(tmp_path)


def test_a_folder_with_anything_else_in_it_is_not_replaced(small, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds notes.txt, which is no part of a recording"):
        save(load(small), tmp_path, form="full")
    assert held(tmp_path) == {"notes.txt": b"mine"}
    with pytest.raises(UsageError, match="holds a file"):
        save(load(small), tmp_path / "notes.txt", form="full")


def test_an_empty_folder_may_become_a_recording(small, tmp_path):
    folder = tmp_path / "new"
    folder.mkdir()
    save(load(small), folder, form="facts")
    assert read_recording(folder) == read_recording(small)


def test_a_bad_row_and_a_bad_group_cost_themselves_only(complete, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(complete, folder)
    for name, bad in (("pricing.json", {"modelDescription": None}), ("groups.json", {"path": 1})):
        records = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps([bad, *records]))
    upstream = read_recording(folder)
    assert [fault.place for fault in upstream.prices.faults] == ["row 1"]
    assert [fault.place for fault in upstream.groups.faults] == ["group 1"]
    assert len(upstream.groups.content) == 120
    assert upstream.groups.content[0].path == "group-0 "


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"[]", "holds no OpenAPI document"),
        (b'{"model": "a", "openapi": []}', "holds no OpenAPI document"),
        (b'{"model": "b", "openapi": null}', "is the schema of another model"),
        (b"{", "not JSON"),
    ],
)
def test_a_bad_schema_costs_itself_only(complete, tmp_path, content, fact):
    folder = tmp_path / "copy"
    shutil.copytree(complete, folder)
    (folder / "model-schemas" / "a.json").write_bytes(content)
    schemas = read_recording(folder).schemas
    assert len(schemas.content) == 3
    assert [fault.place for fault in schemas.faults] == ["a"]
    assert fact in schemas.faults[0].fact


def test_schemas_of_which_none_can_be_read_are_refused(complete, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(complete, folder)
    shutil.rmtree(folder / "model-schemas")
    (folder / "model-schemas").mkdir()
    (folder / "model-schemas" / "a.json").write_bytes(b"[]")
    with pytest.raises(SourceError, match="none of its 1 schemas can be read"):
        read_recording(folder)
