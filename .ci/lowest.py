"""Prints the lowest version of each dependency that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
TOOLS: Final = frozenset({"dev", "bench"})
"""Extras of those who work on the project: their tools may be new."""


def lowest(project: dict[str, Any]) -> Iterator[str]:
    """The constraints; a dependency without a lowest version is an error."""
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *(each for name in extras.keys() - TOOLS for each in extras[name])]
    for requirement in sorted(needed):
        if requirement.startswith(f"{project['name']}["):
            continue  # an extra that takes in another of ours
        name, least, version = re.split(r"(>=)", requirement, maxsplit=1)
        yield f"{name}=={version}" if least else name


if __name__ == "__main__":
    constraints = lowest(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"])
    sys.stdout.write("".join(f"{each}\n" for each in constraints))
