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
                return Found(feed, rows, how, any(mode.text("notes") for mode in model.modes))
    return None


def rows_of_mode(mode: Entry, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows that a mode can be the price of: by its id, or by its words; all for one that has none."""
    charge = mode.text("charge") or Charge.OUTPUT.value
    same = [row for row in rows if row.fields.get("charge", Charge.OUTPUT.value) == charge]
    if mode.mode is not None:
        return tuple(row for row in same if row.mode == mode.mode)
    notes = plain(mode.text("notes") or "")
    if not notes:
        return tuple(same)
    return tuple(row for row in same if plain(row.text).endswith(notes))


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
