"""Two catalogs compared by meaning, one price in a hundred moved, beside DeepDiff over the whole of both."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from deepdiff import DeepDiff

from benchmarks.grown import catalog_text, models_in
from benchmarks.measuring import TIMES, in_turns
from benchmarks.rows import Limit, Row
from kie_catalog.catalog.nodes import parse
from kie_catalog.sync.compare import compare
from kie_catalog.sync.state import state_of_catalog

ONE_IN = 100
WITHOUT_ORDER = Limit(
    20.0, "models and modes have ids; DeepDiff has to find out which belong together", is_least=True
)
IN_ORDER = Limit(
    2.0, "even where nothing moved, values are compared once and by what they mean", is_least=True
)
IN_STEP = Limit(
    2.0, "each model is looked up by its id; only at 1x does all of it fit into the processor's cache"
)


def rows(place: Path) -> Iterator[Row]:
    del place
    for times in TIMES:
        text = catalog_text(times)
        before: Any = parse(text, "c.yaml").data
        after, moved = dearer(before)

        def ours(before: Any = before, after: Any = after) -> tuple[object, ...]:
            return compare(state_of_catalog(before), state_of_catalog(after))

        if len(ours()) != moved:
            raise SystemExit(f"{len(ours())} differences for {moved} moved prices")
        works = {"ours": ours}
        if times == 1:
            works["DeepDiff, order ignored"] = lambda a=before, b=after: DeepDiff(a, b, ignore_order=True)
        if times < TIMES[-1]:  # beyond, it takes minutes
            works["DeepDiff, in order"] = lambda a=before, b=after: DeepDiff(a, b)
        best = in_turns(works, 3 if times == 1 else 1)
        note = f"{moved} prices moved"
        for name, limit in (("DeepDiff, order ignored", WITHOUT_ORDER), ("DeepDiff, in order", IN_ORDER)):
            if name in best:
                yield Row(
                    "diff",
                    best["ours"],
                    times,
                    models_in(text),
                    beside=name,
                    other=best[name],
                    limit=limit,
                    note=note,
                )
        yield Row(
            "diff",
            best["ours"],
            times,
            models_in(text),
            note=note,
            growth=IN_STEP if times == TIMES[-1] else None,
        )


def dearer(catalog: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The catalog with one price in a hundred raised, and how many that are."""
    other = copy.deepcopy(catalog)
    modes = [mode for model in other["models"] for mode in model.get("modes") or ()]
    for mode in modes[::ONE_IN]:
        mode["credits"] += Decimal(1)
    return other, len(modes[::ONE_IN])
