"""Which rows of the price feed are about a model of the catalog, and which of them about one of its modes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from kie_catalog.domain.catalog import Charge
from kie_catalog.rules.evidence import Evidence, Recorded, Row
from kie_catalog.rules.subject import Entry

_PLAIN: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """The rows about one model, of the newest feed that has any."""

    feed: Recorded
    rows: tuple[Row, ...]
    how: str
    """By what they were found: `id`, `anchor` or `title`."""
    has_notes: bool
    """Whether any mode of the model has notes."""


class RowFinder:
    """Finds the rows of models: by the id, by the links of rows, and by the title that rows begin with."""

    def __init__(self, evidence: Evidence) -> None:
        self._feeds = [(feed, _index(feed.rows or ())) for feed in evidence.feeds]

    def rows(self, model: Entry) -> Found | None:
        """The rows about a model; `None` if no feed has one."""
        title = _key(model.text("title_ru") or "")
        keys = (("id", model.model or ""), ("anchor", model.model or ""), ("title", title))
        for feed, index in self._feeds:
            for how, key in keys:
                if key and (rows := index[how].get(key)):
                    return Found(feed, tuple(rows), how, any(mode.text("notes") for mode in model.modes))
        return None


def rows_of_mode(mode: Entry, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that a mode can be the price of: by its id, or by its words; all for one that has none."""
    charge = mode.text("charge") or Charge.OUTPUT.value
    same = [row for row in rows if row.fields.get("charge", Charge.OUTPUT.value) == charge]
    if mode.mode is not None:
        return tuple(row for row in same if row.mode == mode.mode)
    notes = _key(mode.text("notes") or "")
    if not notes:
        return tuple(same)
    return tuple(row for row in same if _key(row.text).endswith(notes))


def one_price(rows: Sequence[Row]) -> Row | None:
    """A row of several that all ask for the same; `None` where they differ, or where there is none."""
    prices = {(row.fields.get("credits"), row.fields.get("unit"), _per(row)) for row in rows}
    return rows[0] if len(prices) == 1 else None


def units(rows: Sequence[Row]) -> frozenset[str]:
    """The units of rows."""
    return frozenset(str(row.fields.get("unit")) for row in rows)


def _per(row: Row) -> Decimal:
    per = row.fields.get("per", Decimal(1))
    return per if isinstance(per, Decimal) else Decimal(1)


def _index(rows: Sequence[Row]) -> Mapping[str, Mapping[str, list[Row]]]:
    index: dict[str, dict[str, list[Row]]] = {"id": {}, "anchor": {}, "title": {}}
    for row in rows:
        index["id"].setdefault(row.model, []).append(row)
        if row.anchor:
            index["anchor"].setdefault(row.anchor, []).append(row)
        for head in set(_heads(row.text)):
            index["title"].setdefault(head, []).append(row)
    return index


def _heads(text: str) -> Iterator[str]:
    """What a row's text begins with, up to each of its commas: the names that a title can be."""
    parts = text.split(",")
    return (key for end in range(1, len(parts) + 1) if (key := _key("".join(parts[:end]))))


@lru_cache(maxsize=16384)
def _key(text: str) -> str:
    return _PLAIN.sub("", text.lower())
