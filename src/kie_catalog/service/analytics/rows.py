"""Events and sums as rows of a table, the same for every store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kie_catalog.service.analytics.events import OTHER, Begun, GenerationEvent, Outcome
from kie_catalog.service.analytics.tally import Group, Tally


def row_of_begun(begun: Begun) -> tuple[Any, ...]:
    """Key, moment, model, modes, quoted, state, extra."""
    extra = _json(begun.extra)
    return (begun.key, begun.at, begun.model, begun.modes, _text(begun.quoted), begun.state.value, extra)


def row_of_event(event: GenerationEvent) -> tuple[Any, ...]:
    """Key, moment, model, modes, outcome, code, quoted, charged, wait, run, extra."""
    return (
        event.key,
        event.at,
        event.model,
        event.modes,
        event.outcome.value,
        event.code,
        _text(event.quoted),
        _text(event.charged),
        event.wait,
        event.run,
        _json(event.extra),
    )


def event_of(row: Sequence[Any]) -> GenerationEvent:
    """Read what `row_of_event` made."""
    key, at, model, modes, outcome, code, quoted, charged, wait, run, extra = row
    return GenerationEvent(
        key,
        model,
        modes,
        at,
        Outcome(outcome),
        code,
        _amount(quoted),
        _amount(charged),
        wait,
        run,
        json.loads(extra) if extra else None,
    )


def completed(event: GenerationEvent, begun: Sequence[Any] | None) -> GenerationEvent:
    """An event with what was known when it was sent.

    Args:
        event: as whoever saw the end tells it.
        begun: moment, model, modes, quoted and extra of the open generation; `None` where there is none.
    """
    if begun is None:
        return event
    at, model, modes, quoted, extra = begun
    known: Mapping[str, Any] = json.loads(extra) if extra else {}
    return replace(
        event,
        model=model if model != OTHER else event.model,
        modes=event.modes or modes,
        quoted=event.quoted if event.quoted is not None else _amount(quoted),
        run=event.run if event.run is not None else max(event.at - at, 0.0),
        extra={**known, **(event.extra or {})} or None,
    )


def row_of_tally(tally: Tally) -> tuple[Any, ...]:
    """Its counts and sums, in the order of its fields, each sketch with its sum behind."""
    return (
        tally.count,
        str(tally.quoted),
        str(tally.charged),
        tally.billed,
        str(tally.billed_quoted),
        str(tally.billed_charged),
        json.dumps(tally.ratios),
        tally.waits.to_bytes(),
        tally.waits.total,
        tally.runs.to_bytes(),
        tally.runs.total,
    )


def sums_of(row: Sequence[Any]) -> tuple[Group, Tally]:
    """Read a group, and behind it what `row_of_tally` made."""
    return Group(*row[:5]), _tally(row[5:])


def _tally(row: Sequence[Any]) -> Tally:
    count, quoted, charged, billed, billed_quoted, billed_charged, ratios, waits, waited, runs, ran = row
    tally = Tally(
        count,
        Decimal(quoted),
        Decimal(charged),
        billed,
        Decimal(billed_quoted),
        Decimal(billed_charged),
        json.loads(ratios),
    )
    tally.waits.take(waits, waited)
    tally.runs.take(runs, ran)
    return tally


def _text(credits: Decimal | None) -> str | None:
    return None if credits is None else str(credits)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _json(extra: Mapping[str, Any] | None) -> str | None:
    # Escaped: what people type may hold half a character, or NUL, which no store keeps as it is.
    return None if extra is None else json.dumps(dict(extra))
