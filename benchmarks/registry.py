"""The benchmarks, in the order of the table.

A benchmark is a module of this package with `rows(place: Path) -> Iterator[Row]`. `place` is an empty folder
of its own. Each runs in a process of its own, so that none warms or burdens another, and may itself measure
processes. The first sentence of its docstring is what the table says of it; its limits stand in it, each with
its reason. To add one: write the module, and name it here.
"""

from __future__ import annotations

from typing import Final

BENCHES: Final = (
    "startup",
    "checking",
    "reading",
    "writing",
    "comparing",
    "validating",
    "reporting",
    "syncing",
    "fetching",
    "generating",
    "queue",
    "workers",
    "analytics",
)
