"""Builds the wheel and the sdist, and holds them to be the same bytes from wherever they are built.

They are built twice: here, and out of the unpacked sdist in another folder, under another umask and in
another time zone. So what is installed from an sdist is what is installed from a wheel, and anybody can build
a release again and compare. The moment in them is that of the last commit, or that of SOURCE_DATE_EPOCH.

Usage: python .ci/package.py FOLDER
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
HERE: Final = {"umask": 0o022, "zone": "UTC"}
ELSEWHERE: Final = {"umask": 0o077, "zone": "Pacific/Kiritimati"}


def moment() -> Mapping[str, str]:
    """The moment that archives carry; hatchling's own where there is neither a commit nor a setting."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return {}
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    said = done.stdout.strip()
    return {"SOURCE_DATE_EPOCH": said} if said else {}


def build(source: Path, folder: Path, *, umask: int, zone: str) -> dict[str, str]:
    """Build both from a folder of sources; the digest of each by name."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel"]
    done = subprocess.run(
        [*command, "--outdir", str(folder), str(source)],
        env={**os.environ, **moment(), "TZ": zone},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def main(target: Path) -> int:
    """Build, compare, and keep what was built."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    first = build(ROOT, target, **HERE)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name, "a folder with another name")
        shutil.unpack_archive(next(target.glob("*.tar.gz")), place)
        (source,) = place.iterdir()
        second = build(source, Path(name, "built"), **ELSEWHERE)
    different = [each for each in {**first, **second} if first.get(each) != second.get(each)]
    for each in sorted(first):
        sys.stdout.write(f"{first[each]}  {each}{'  differs elsewhere' if each in different else ''}\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
