"""What is damaged around a catalog: named with its file and what to do, and never guessed around."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from kie_catalog.catalog import artefact, sidecar
from kie_catalog.catalog.checking import check_file
from kie_catalog.catalog.disk import Disk
from kie_catalog.catalog.inputs import override_file
from kie_catalog.catalog.journal import read_journal
from kie_catalog.catalog.revision import workspace_before
from kie_catalog.catalog.transaction import Transaction
from kie_catalog.catalog.verdicts import judge, refusal
from kie_catalog.catalog.workspace import Workspace, read_document
from kie_catalog.domain.errors import CatalogInvalid, NothingChecked, UsageError, WriteFailed
from tests.catalog.failing import FailingDisk
from tests.catalog.test_startup import GOOD, HEAD, model
from tests.catalog.test_transaction import NEW, OLD, POINTS, PowerCut, contents, files, lay
from tests.cli.test_a_sync_with_people import OVERRIDE, RENAMED, Story


@pytest.fixture
def story(run, tmp_path):
    return Story(run, tmp_path)


# files that are not there, or cannot be read


def test_a_file_that_is_not_there_is_not_checked_and_a_folder_cannot_be_read(tmp_path):
    for read in (
        lambda path: check_file(path, "shown", today="2026-08-22"),
        lambda p: read_document(p, "shown"),
    ):
        with pytest.raises(NothingChecked):
            read(tmp_path / "none.yaml")
        with pytest.raises(
            UsageError, match=r"shown: cannot be read \(Is a directory\); name a readable file"
        ):
            read(tmp_path)


def test_what_an_installation_lacks_is_named():
    with pytest.raises(
        UsageError, match=r"none.json: is missing from this installation; install the package"
    ):
        artefact._resource("none.json")


@pytest.mark.parametrize("model_id", ["../up", "a//b", "", "a" * 101])
def test_what_is_no_model_id_never_becomes_a_path(tmp_path, model_id):
    for file in (Workspace(tmp_path).schema_file, lambda each: override_file(tmp_path, each)):
        with pytest.raises(ValueError, match="is no model id"):
            file(model_id)


# the workspace's own files


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sync/aliases.yaml", "noise: [x]\n", "noise[0] is no mapping"),
        ("sync/aliases.yaml", "noise: [x\n", "while parsing"),
        ("sync/base.json", "{", "restore it from version control; without it a sync cannot tell"),
        ("schemas/inputs/acme/alpha.json", "{", "the file is not JSON"),
        ("schemas/inputs/acme/alpha.json", "[]", "the file holds no object"),
        ("schemas/overrides/acme/none.json", json.dumps(OVERRIDE), "no page declares acme/none any more"),
        ("schemas/overrides/acme/alpha.json", "{", "the file is not JSON"),
    ],
)
def test_a_damaged_file_of_the_workspace_is_a_finding_at_that_file(story, name, content, said):
    file = story.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    result = story.run("check", "--format", "json", "--fail-on", "never")
    assert result.exception is None, result.exception
    told = [each for each in json.loads(result.output)["findings"] if each["path"].endswith(name)]
    assert told, result.output
    assert any(said in each["message"] for each in told), told


def test_a_command_that_needs_the_reviewed_facts_refuses_damaged_ones(story):
    (story.root / "sync/aliases.yaml").write_text("noise: [x]\n")
    with pytest.raises(UsageError, match=r"noise\[0\] is no mapping; see CONTRIBUTING.md, Add an alias"):
        Workspace(story.root).aliases()


def test_a_version_1_catalog_is_migrated_before_it_is_synced(story):
    catalog = story.root / "catalog/models_pricing.yaml"
    catalog.write_text("version: '1.0'\nsource: s\nlast_updated: '2026-08-11'\nmodels: []\n")
    story.says(RENAMED)
    result = story.run("sync")
    assert result.exit_code == 2
    assert "is of version 1; run kie-catalog migrate first" in str(result.exception)


# journals and interrupted writes

STEP = {"number": 1, "target": "x", "was_there": True, "is_removal": True}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no journal of ours"),
        ('{"steps": []}', "is no journal of ours"),
        ('{"steps": [{"number": "x"}], "folders": []}', "is no journal of ours"),
        (json.dumps({"steps": [{**STEP, "target": "../x"}], "folders": []}), "../x is outside of"),
        ('{"steps": [], "folders": ["/etc"]}', "/etc is outside of"),
    ],
)
def test_a_journal_that_is_not_ours_is_refused_and_moves_nothing(tmp_path, content, said):
    file = tmp_path / ".kie-catalog/transaction/journal.json"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_journal(file, tmp_path)
    assert said in str(caught.value)
    assert str(caught.value).endswith(f"restore the files from version control and remove {file.parent}")


@pytest.mark.parametrize("point", POINTS)
def test_a_recovery_on_a_full_disk_undoes_what_it_cannot_finish(tmp_path, point):
    """The machine went down in the middle of a write, and its disk is full when it is back."""
    root = lay(tmp_path)
    with pytest.raises(PowerCut):
        Transaction(root, FailingDisk(point, PowerCut(), dead=True)).commit(contents(root))
    full = OSError(errno.ENOSPC, "No space left on device")
    later = Transaction(root, FailingDisk(1, full))
    try:
        later.recover()
    except WriteFailed:
        Transaction(root).recover()
    assert files(root) in (OLD, NEW)


def test_a_copy_stands_in_for_a_second_name_where_there_can_be_none(tmp_path):
    """Two file systems cannot share a file."""
    other = Path("/dev/shm")  # noqa: S108 -- any second file system will do
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has one file system only")
    copy = other / f"kie-catalog-{os.getpid()}"
    file = tmp_path / "file"
    file.write_bytes(b"content")
    try:
        Disk().keep(file, copy)
        assert copy.read_bytes() == b"content"
    finally:
        copy.unlink(missing_ok=True)


# what version control has


def test_a_place_that_is_neither_folder_nor_revision_is_refused(tmp_path):
    with (
        pytest.raises(UsageError, match="--before v9: is neither a folder nor a revision; name a folder"),
        workspace_before(Workspace(tmp_path), "v9"),
    ):
        pass


def test_a_folder_is_a_workspace_as_it_stands(tmp_path):
    with workspace_before(Workspace(tmp_path), str(tmp_path)) as found:
        assert found.root == tmp_path.resolve()


def test_without_git_there_are_no_revisions(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="is neither"), workspace_before(Workspace(tmp_path), "HEAD"):
        pass


# verdicts and what is kept of them


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"other": 1}'])
def test_a_package_that_is_none_is_broken(raw):
    verdict, body = judge(raw, "catalog.json", today="")
    assert "is not the built form of a catalog; install the package again" in verdict.broken
    assert body == b""


@pytest.mark.parametrize(
    "text", ["- a\n", "models: x\n", HEAD.replace("models:\n", "models: x\n"), HEAD + "- id: 5\n"]
)
def test_a_file_without_a_model_that_can_be_read_is_broken(text):
    verdict, body = judge(text.encode(), "c.yaml", today="")
    assert verdict.broken
    assert (verdict.models, body) == (0, b"")


def test_what_cannot_be_served_is_an_error_that_says_why():
    broken, _ = judge(b"models: [", "c.yaml", today="")
    assert [each.message for each in refusal("c.yaml", broken).findings] == [broken.broken]
    bad = model("b/two").replace("credits: ", "credits: -")
    partly, body = judge((HEAD + model("a/one") + bad).encode(), "c.yaml", today="")
    assert list(partly.disabled) == ["b/two"]
    assert [each["id"] for each in json.loads(body)["models"]] == ["a/one"]
    assert isinstance(refusal("c.yaml", partly), CatalogInvalid)


def test_a_sidecar_that_was_damaged_is_none(tmp_path):
    verdict, body = judge(GOOD.encode(), "c.yaml", today="")
    whole = sidecar.render(verdict, sources=["source"], key="key", body=body)
    file = tmp_path / "kept"
    file.write_bytes(whole)
    file.chmod(0o600)

    def found():
        return sidecar.read(str(file), source="source", key="key")

    assert found().body() == body
    for damaged in (whole[:20], whole.replace(b"1", b"2", 1), b"", whole.replace(b"\n\n", b"\n", 1)):
        file.write_bytes(damaged)
        assert found() is None
    file.write_bytes(whole[:-1])
    assert found().body() is None
    file.write_bytes(whole)
    kept = found()
    file.unlink()
    assert kept.body() is None
    assert found() is None
