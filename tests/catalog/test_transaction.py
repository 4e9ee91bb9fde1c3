"""All files of a set are written or none, wherever it stops."""

from __future__ import annotations

import errno
import fcntl
import tempfile
from pathlib import Path

import pytest

from kie_catalog.catalog.transaction import STATE, Transaction
from kie_catalog.domain.errors import UsageError, WriteFailed
from tests.catalog.failing import FailingDisk


class PowerCut(BaseException):
    """The process is gone: nothing that it would still do happens."""


OLD = {"catalog/a.yaml": b"old a", "sync/base.json": b"old base"}
NEW = {"catalog/a.yaml": b"new a, longer", "sync/base.json": b"new base", "reports/new/r.md": b"report"}


def lay(root: Path) -> Path:
    for name, content in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and STATE not in path.parts
    }


def contents(root: Path) -> dict[Path, bytes]:
    return {root / name: content for name, content in NEW.items()}


def operations() -> int:
    """How many operations of the disk a commit takes."""
    with tempfile.TemporaryDirectory() as folder:
        disk = FailingDisk(-1, OSError())
        root = lay(Path(folder))
        Transaction(root, disk).commit(contents(root))
        return disk.count


POINTS = range(1, operations() + 1)


def test_a_commit_writes_what_differs_and_leaves_nothing_behind(tmp_path):
    root = lay(tmp_path)
    written = Transaction(root).commit({**contents(root), root / "sync/base.json": b"old base"})
    assert [path.name for path in written] == ["a.yaml", "r.md"]
    assert files(root) == {**NEW, "sync/base.json": b"old base"}
    assert not (root / STATE / "transaction").exists()


def test_the_same_commit_again_writes_nothing(tmp_path):
    root = lay(tmp_path)
    Transaction(root).commit(contents(root))
    stamps = {path: path.stat().st_mtime_ns for path in contents(root)}
    assert Transaction(root).commit(contents(root)) == ()
    assert {path: path.stat().st_mtime_ns for path in contents(root)} == stamps


@pytest.mark.parametrize("point", POINTS)
def test_a_full_disk_at_any_point_leaves_the_files_as_before(tmp_path, point):
    root = lay(tmp_path)
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(WriteFailed, match="No space left on device"):
        Transaction(root, FailingDisk(point, full)).commit(contents(root))
    Transaction(root).recover()
    assert files(root) in (OLD, NEW)


@pytest.mark.parametrize("point", POINTS)
def test_ctrl_c_at_any_point_leaves_all_old_or_all_new(tmp_path, point):
    root = lay(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        Transaction(root, FailingDisk(point, KeyboardInterrupt())).commit(contents(root))
    Transaction(root).recover()
    assert files(root) in (OLD, NEW)


@pytest.mark.parametrize("point", POINTS)
def test_a_power_cut_at_any_point_leaves_all_old_or_all_new(tmp_path, point):
    root = lay(tmp_path)
    with pytest.raises(PowerCut):
        Transaction(root, FailingDisk(point, PowerCut(), dead=True)).commit(contents(root))
    Transaction(root).recover()
    assert files(root) in (OLD, NEW)
    assert not (root / STATE / "transaction").exists()


@pytest.mark.parametrize("point", POINTS)
def test_a_commit_after_a_power_cut_recovers_by_itself(tmp_path, point):
    root = lay(tmp_path)
    with pytest.raises(PowerCut):
        Transaction(root, FailingDisk(point, PowerCut(), dead=True)).commit(contents(root))
    Transaction(root).commit({root / "another": b"file"})
    assert {name: content for name, content in files(root).items() if name != "another"} in (OLD, NEW)


def test_a_read_only_folder_is_said_and_nothing_changes(tmp_path):
    root = lay(tmp_path)
    denied = OSError(errno.EACCES, "Permission denied", str(root / "catalog/a.yaml"))
    with pytest.raises(WriteFailed) as caught:
        Transaction(root, FailingDisk(max(POINTS) - 3, denied)).commit(contents(root))
    assert str(caught.value).startswith(f"{root}/catalog/a.yaml: cannot be written (Permission denied)")
    assert files(root) == OLD


def test_two_runs_do_not_write_at_once(tmp_path):
    root = lay(tmp_path)
    (root / STATE).mkdir()
    with (root / STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another run is writing here"):
            Transaction(root).commit(contents(root))
    assert files(root) == OLD


def test_a_file_keeps_its_mode(tmp_path):
    root = lay(tmp_path)
    (root / "catalog/a.yaml").chmod(0o640)
    Transaction(root).commit(contents(root))
    assert (root / "catalog/a.yaml").stat().st_mode & 0o777 == 0o640


def test_nothing_to_recover_is_nothing_done(tmp_path):
    assert Transaction(lay(tmp_path)).recover() is None
    assert files(tmp_path) == OLD
