"""Which rows of the price feed are about a model of the catalog, and which of them about one of its modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kie_catalog.domain.catalog import Charge
from kie_catalog.rules.evidence import Evidence, Recorded, Row, plain
from kie_catalog.rules.subject import Entry


@dataclass(frozen=True, slots=True)
class Found:
    """The rows about one model, of the newest feed that has any."""

    feed: Recorded
    rows: tuple[Row, ...]
    how: str
    """By what they were found: `id`, `anchor` or `title`."""
    has_notes: bool
    """Whether any mode of the model has notes."""
    has_ids: bool
    """Whether any mode of the model is called as a sync calls it; else its ids are somebody else's."""


def rows_of(model: Entry, evidence: Evidence) -> Found | None:
    """The rows about a model: by its id, by the links of rows, by the title that rows begin with.

    Returns:
        Those of the newest feed that has any; `None` if no feed has one.
    """
    title = plain(model.text("title_ru") or "")
    keys = (("id", model.model or ""), ("anchor", model.model or ""), ("title", title))
    for feed in evidence.feeds:
        for how, key in keys:
            if key and (rows := feed.index[how].get(key)):
                ids = {row.mode for row in rows}
                has_ids = any(mode.mode in ids for mode in model.modes)
                return Found(feed, rows, how, any(mode.text("notes") for mode in model.modes), has_ids)
    return None


def rows_of_mode(mode: Entry, found: Found) -> tuple[Row, ...]:
    """The rows that a mode can be the price of: by its id, or by its words; all for one that has neither."""
    charge = mode.text("charge") or Charge.OUTPUT.value
    same = [row for row in found.rows if row.fields.get("charge", Charge.OUTPUT.value) == charge]
    notes = plain(mode.text("notes") or "")
    by_id = tuple(row for row in same if row.mode == mode.mode) if found.has_ids else ()
    if by_id or notes:
        return by_id or tuple(row for row in same if plain(row.text).endswith(notes))
    return () if found.has_ids else tuple(same)


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
