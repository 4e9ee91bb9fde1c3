"""Stands in for `pip` when the documentation is run: it installs nothing, and refuses undeclared extras."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(r"(?:kie-catalog|\.)(?:\[(?P<extras>[a-z,]+)\])?")


def main(pyproject: str, *args: str) -> int:
    """Refuse anything but an installation of this project with extras that it declares."""
    declared = tomllib.loads(Path(pyproject).read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    if not args or args[0] != "install":
        return 2
    for each in args[1:]:
        found = REQUIREMENT.fullmatch(each)
        if not each.startswith("-") and (
            found is None or not set(filter(None, (found["extras"] or "").split(","))) <= set(declared)
        ):
            sys.stderr.write(f"{each}: is not this project with extras that it declares\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
