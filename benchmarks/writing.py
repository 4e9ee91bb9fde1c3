"""One price changed in the catalog's text, beside a round trip by ruamel.yaml and a dump by PyYAML.

All get the text and give the text; what a reviewer has to read are the lines that differ.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import yaml
from ruamel.yaml import YAML

from benchmarks.grown import catalog_text, models_in
from benchmarks.measuring import TIMES, in_turns
from benchmarks.rows import Limit, Row
from kie_catalog.catalog.edits import Set
from kie_catalog.catalog.nodes import parse
from kie_catalog.catalog.splice import splice

PRICE = 424242
ROUND_TRIP = Limit(5.0, "what keeps comments elsewhere takes many times as long", is_least=True)
DUMP = Limit(2.0, "keeping every byte may not cost more than losing them", is_least=True)
IN_STEP = Limit(1.5, "the text is read once before the edit and once after it, to be sure")
OTHERS = {"ruamel.yaml round trip": ROUND_TRIP, "PyYAML load and dump": DUMP}


def rows(place: Path) -> Iterator[Row]:
    del place
    for times in TIMES:
        text = catalog_text(times)
        at = text.count("\n- id: ") // 2
        works: dict[str, Callable[[str, int], str]] = {"ours": spliced}
        if times < TIMES[-1]:  # beyond, the others take minutes
            works |= dict(zip(OTHERS, (round_tripped, dumped), strict=True))
        written: dict[str, str] = {}

        def write(
            name: str, work: Callable[[str, int], str], text: str, at: int, written: dict[str, str]
        ) -> None:
            written[name] = work(text, at)

        best = in_turns(
            {name: partial(write, name, work, text, at, written) for name, work in works.items()},
            3 if times == 1 else 1,
        )
        changed = {name: lines_changed(text, after) for name, after in written.items()}
        if changed["ours"] != 1:
            raise SystemExit(f"one price changed {changed['ours']} lines")
        size = models_in(text)
        for name, limit in OTHERS.items():
            if name in best:
                note = f"1 line changed, theirs {changed[name]:,}"
                yield Row(
                    "change one price",
                    best["ours"],
                    times,
                    size,
                    beside=name,
                    other=best[name],
                    limit=limit,
                    note=note,
                )
        growth = IN_STEP if times == TIMES[-1] else None
        yield Row("change one price", best["ours"], times, size, growth=growth, note="1 line changed")


def spliced(text: str, at: int) -> str:
    return splice(parse(text, "c.yaml"), [Set(("models", at, "modes", 0, "credits"), Decimal(PRICE))])


def round_tripped(text: str, at: int) -> str:
    tool = YAML()
    tool.preserve_quotes = True
    tool.width = 4096
    data = tool.load(text)
    data["models"][at]["modes"][0]["credits"] = PRICE
    out = io.StringIO()
    tool.dump(data, out)
    return out.getvalue()


def dumped(text: str, at: int) -> str:
    data = yaml.safe_load(text)
    data["models"][at]["modes"][0]["credits"] = PRICE
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=4096))


def lines_changed(before: str, after: str) -> int:
    """How many lines are new: what a review shows with a plus."""
    return sum((Counter(after.splitlines()) - Counter(before.splitlines())).values())
