"""Records of inputs and their reviewed corrections, on their way through plans, renames and the package."""

from __future__ import annotations

import json

import pytest

from kie_catalog.catalog.apply import apply_plan
from kie_catalog.catalog.artefact import SCHEMAS_FILE
from kie_catalog.catalog.deciding import taking_theirs
from kie_catalog.catalog.planning import plan_sync
from kie_catalog.catalog.workspace import ARTEFACT, Workspace
from kie_catalog.domain.change import Added, Lost, RenameAsked, Renamed, SchemaChanged
from kie_catalog.domain.errors import StalePlan
from kie_catalog.domain.values import digest_bytes
from tests.sync.upstreams import page, row, upstream

OLD, NEW = "a/one-v1", "a/one-v2"
ROWS = [row(OLD, "480p", 10), row(OLD, "720p", 20)]
BEFORE = upstream([page(OLD)], ROWS)
GONE_ON = upstream([page(NEW)], [row(NEW, "480p", 10), row(NEW, "720p", 20)], taken_at="2026-08-22")
CORRECTION = {
    "patch": {"properties": {"prompt": {"maxLength": 9}}},
    "adds": ["#/properties/prompt/maxLength"],
    "reason": "longer ones are refused",
    "date": "2026-08-22",
    "evidence": "a reply",
}


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / ARTEFACT).mkdir(parents=True)
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync/aliases.yaml").write_text("typos: []\n")
    return Workspace(tmp_path)


def plan(workspace, up):
    return plan_sync(up, workspace, workspace.settings(lifted=("all",), today="2026-08-22"))


def sync(workspace, up):
    made = plan(workspace, up)
    apply_plan(made, workspace)
    return made


def correct(workspace, model_id):
    file = workspace.root / f"schemas/overrides/{model_id}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"corrections": [CORRECTION]}))


def packaged(workspace):
    return json.loads((workspace.root / ARTEFACT / SCHEMAS_FILE).read_bytes())


def test_a_plan_is_made_for_the_records_that_it_rewrites_not_for_what_counts(workspace):
    correct(workspace, OLD)
    sync(workspace, BEFORE)
    file = workspace.schema_file(OLD)
    made = plan(workspace, upstream([page(OLD, options=("480p", "720p"))], ROWS))
    assert [type(each) for each in made.changes] == [SchemaChanged]
    assert made.made_for[f"schemas/inputs/{OLD}.json"] == digest_bytes(file.read_bytes())
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(StalePlan, match=OLD):
        apply_plan(made, workspace)


def test_a_correction_is_packaged_and_is_no_edit_of_the_record(workspace):
    correct(workspace, OLD)
    sync(workspace, BEFORE)
    assert "maxLength" not in workspace.records()[OLD]["properties"]["prompt"]
    assert packaged(workspace)[OLD]["properties"]["prompt"]["maxLength"] == 9
    again = plan(workspace, BEFORE)
    assert (again.changes, again.kept) == ((), ())
    moved = sync(workspace, upstream([page(OLD, options=("480p", "720p"))], ROWS))
    assert [type(each) for each in moved.changes] == [SchemaChanged]
    assert packaged(workspace)[OLD]["properties"]["prompt"]["maxLength"] == 9


def test_a_model_that_goes_on_under_another_id_is_asked_about_by_its_record(workspace):
    sync(workspace, BEFORE)
    asked = [each for each in plan(workspace, GONE_ON).changes if isinstance(each, RenameAsked)]
    assert [(each.model, each.to) for each in asked] == [(OLD, NEW)]
    assert "100% of the input's properties are the same" in asked[0].evidence


def test_a_renamed_model_takes_its_record_along(workspace):
    correct(workspace, NEW)
    sync(workspace, BEFORE)
    (workspace.root / "sync/decisions.yaml").write_text(
        f"decisions:\n- kind: rename\n  model: {OLD}\n  to: {NEW}\n"
        "  reason: the page says so\n  author: me\n  decided: '2026-08-22'\n"
    )
    made = sync(workspace, GONE_ON)
    kinds = {type(each) for each in made.changes}
    assert Renamed in kinds
    assert not kinds & {Added, Lost}
    assert list(workspace.records()) == [NEW]
    assert workspace.records()[NEW]["x-kie"]["model"] == NEW
    assert packaged(workspace)[NEW]["properties"]["prompt"]["maxLength"] == 9
    assert plan(workspace, GONE_ON).changes == ()


def test_a_record_that_is_to_be_upstreams_is_written_anew(workspace):
    sync(workspace, BEFORE)
    file = workspace.schema_file(OLD)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"1080p", b"4k"))
    assert plan(workspace, BEFORE).changes == ()
    assert taking_theirs(workspace, OLD, None, "schema") == {file: None}
    file.unlink()
    sync(workspace, BEFORE)
    assert file.read_bytes() == whole


def test_the_words_of_a_row_stay_explained_while_prices_are_not_measured(workspace):
    sync(workspace, BEFORE)
    why = workspace.base().models[OLD].why
    assert why.keys() == {"480p", "720p"}
    assert all(why.values())
    sync(workspace, upstream([page(OLD, options=("480p", "720p"))], None))
    assert workspace.base().models[OLD].why == why
