"""Prints the lowest version of each dependency that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

PROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
TOOLS: Final = frozenset({"bench", "dev", "mutation", "test"})
"""Extras of those who work on the project: their tools may be new."""


def lowest(project: dict[str, Any]) -> Iterator[str]:
    """The constraints, by name.

    Raises:
        ValueError: a dependency says not from which version on it will do.
    """
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *(each for name in extras.keys() - TOOLS for each in extras[name])]
    for needed in sorted(map(Requirement, texts), key=lambda each: each.name):
        if needed.name == project["name"]:
            continue  # an extra that takes in another of ours
        least = next((each.version for each in needed.specifier if each.operator == ">="), None)
        if least is None:
            raise ValueError(f"{needed} names no lowest version")
        yield f"{needed.name}=={least}"


if __name__ == "__main__":
    constraints = lowest(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"])
    sys.stdout.write("".join(f"{each}\n" for each in constraints))
