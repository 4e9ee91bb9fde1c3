import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kie_catalog.domain.errors import WriteFailed
from kie_catalog.sources import swap
from tests.sources.killer import held

KILLER = Path(__file__).with_name("killer.py")


@pytest.mark.parametrize("way", ["exchange", "renames"])
def test_killed_at_any_moment_the_folder_is_the_old_or_the_new_one(tmp_path, way):
    """SIGKILL at each step of the writer and at random moments; after an exchange nothing is to be mended."""
    run = subprocess.run(
        [sys.executable, str(KILLER), str(tmp_path / "recording"), way, "40"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[0]) > 60
    assert " 0 old" not in run.stdout
    assert " 0 new" not in run.stdout


def test_a_folder_holds_the_new_files_and_nothing_else(tmp_path):
    folder = tmp_path / "deep" / "recording"
    swap.replace_folder(folder, {"a": b"1", "b/c": b"2"})
    swap.replace_folder(folder, {"a": b"3"})
    assert held(folder) == {"a": b"3"}
    assert [each.name for each in folder.parent.iterdir()] == ["recording"]


def test_a_folder_may_have_a_name_that_is_a_pattern(tmp_path):
    folder = tmp_path / "[a]*?"
    swap.replace_folder(folder, {"a": b"1"})
    swap.recover(folder)
    assert held(folder) == {"a": b"1"}


def test_a_draft_that_is_being_written_is_left_alone(tmp_path):
    draft = tmp_path / ".recording.abc.draft"
    draft.mkdir()
    with swap._lock(draft) as is_mine:
        assert is_mine
        swap.recover(tmp_path / "recording")
        assert draft.is_dir()
    swap.recover(tmp_path / "recording")
    assert not draft.exists()


def test_a_system_that_can_not_exchange_says_so(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    with pytest.raises(OSError, match="No such file"):
        swap.exchange(one, other)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_refuses_leaves_the_folder_as_it_was(tmp_path, number):
    folder = tmp_path / "recording"
    swap.replace_folder(folder, {"a": b"1"})

    def refuse(_one, _other):
        raise OSError(number, os.strerror(number))

    with pytest.raises(WriteFailed, match=r"could not be written .*; the folder is as before") as caught:
        swap.replace_folder(folder, {"a": b"2"}, exchange=refuse)
    assert "\n" not in str(caught.value)
    assert held(folder) == {"a": b"1"}
    assert [each.name for each in tmp_path.iterdir()] == ["recording"]


def test_a_full_disk_leaves_the_folder_as_it_was(tmp_path):
    """A file where a folder of the same name is needed: as good as any write that fails."""
    folder = tmp_path / "recording"
    swap.replace_folder(folder, {"a": b"1"})
    with pytest.raises(WriteFailed):
        swap.replace_folder(folder, {"a": b"1", "a/b": b"2"})
    assert held(folder) == {"a": b"1"}
    assert [each.name for each in tmp_path.iterdir()] == ["recording"]
