"""The parts of a report in their order, and in which order they are shortened when it grows too long."""

from __future__ import annotations

from typing import Final

LIMIT: Final = 58_000
"""Characters of a report; GitHub refuses the body of a pull request above 65,536."""

SECTIONS: Final = (
    "summary",
    "counts",
    "guards",
    "decisions",
    "held",
    "prices",
    "modes",
    "contracts",
    "models",
    "providers",
    "hidden",
    "completions",
    "gone",
    "kept",
    "upkeep",
    "fields",
    "rows",
    "remarks",
    "unmeasured",
    "provenance",
)
"""In the order in which they stand; each is a template of that name."""

CUTS: Final = (
    ("remarks", 1),
    ("remarks", 2),
    ("fields", 1),
    ("rows", 1),
    ("contracts", 1),
    ("completions", 1),
    ("models", 1),
    ("contracts", 2),
    ("kept", 1),
    ("hidden", 1),
    ("gone", 1),
    ("modes", 1),
    ("models", 2),
    ("providers", 1),
    ("upkeep", 1),
    ("guards", 1),
    ("unmeasured", 1),
    ("held", 1),
    ("prices", 1),
    ("prices", 2),
    ("provenance", 1),
)
"""What is shortened first, and to which of its shorter forms; decisions are not among them."""
