"""Source: what the catalog says, upstream says too (KC501 to KC508)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from kie_catalog.domain.catalog import Charge
from kie_catalog.domain.finding import Fix, FixEdit, Related, Severity
from kie_catalog.domain.units import Unit
from kie_catalog.domain.values import plain_number
from kie_catalog.rules.evidence import Recorded, Row
from kie_catalog.rules.rows import Found, one_price, rows_of, rows_of_mode, units
from kie_catalog.rules.subject import Entry, Hit, Subject
from kie_catalog.rules.traits import TIMED, words_of
from kie_catalog.rules.wording import clip

_SECOND: Final = frozenset({Unit.SECOND.value})
_NEAR: Final = 0.87
_SHOWN: Final = 3
_PRICE: Final = ("credits", "official_usd")


def models_are_documented(subject: Subject) -> Iterator[Hit]:
    """Every offered model is one that upstream documents under that id.

    Why: an id that upstream does not have is refused, however good its price. Mostly it is an umbrella:
    one name for several models of upstream, each with an id, inputs and prices of its own.

    Bad::

        # upstream has google/veo-3 nowhere; its ids are veo/generate, veo/extend, …
        - id: google/veo-3

    Good::

        - id: veo/generate

    Cure: take the id from the documentation page; split an umbrella into the models it stands for; a model
    that is gone gets `status: retired`.
    """
    newest = subject.evidence.documented
    if newest is None or newest.documented is None:
        return
    for model in subject.models:
        if model.model and model.is_offered and model.model not in newest.documented:
            found = rows_of(model, subject.evidence)
            meant = _meant(model, newest, found)
            tail = f"; its prices are those of {', '.join(meant)}" if len(meant) > 1 else ""
            yield model.hit(
                f"no page of {newest.taken_at} documents '{clip(model.model)}'{tail}; "
                "correct the id, or retire the model",
                "id",
                meant=meant[0] if len(meant) == 1 else None,
                related=_row_of(found.feed, found.rows[0]) if found else (),
            )


def prices_are_those_of_rows(subject: Subject) -> Iterator[Hit]:
    """The credits of a mode are those of upstream's row.

    Why: KIE bills by its own table, so a shop with another price loses money on every request, or buyers.
    A divergence that people decided on is none; neither is one with a feed older than the file.

    Bad::

        # upstream's row: 18 credits per image
        credits: 14.14

    Good::

        credits: 18

    Cure: take the price of the row; or write down with `kie-catalog decide` why it differs.
    """
    for mode, row, feed in _certain(subject):
        ours, theirs = mode.amount("credits"), row.fields.get("credits")
        if ours is None or not isinstance(theirs, Decimal) or ours == theirs:
            continue
        if mode.fields.get("unit") != row.fields.get("unit") or _is_accepted(subject, mode, "credits"):
            continue
        asked = f"upstream's row of {feed.taken_at} asks for {plain_number(theirs)}"
        yield mode.hit(
            f"`credits` is {plain_number(ours)}, where {asked}; take the row's price, or decide",
            "credits",
            new=theirs,
            fix=_row_price(mode, row),
            severity=Severity.INFO if _is_older(subject, feed) else None,
            related=_row_of(feed, row),
        )


def prices_by_the_second_stay_so(subject: Subject) -> Iterator[Hit]:
    """A price that upstream asks for each second is not that of a whole clip here.

    Why: a clip of fifteen seconds is then charged as one second: fifteen times too low. A mode whose notes
    name the length of its clip has a price for the whole, and is left to `unit-against-row`.

    Bad::

        # upstream's row: 24 credits per second
        - {unit: video, credits: 24, notes: 720p}

    Good::

        - {unit: second, credits: 24, notes: 720p}

    Cure: write `unit: second`, and compare the credits with the row.
    """
    for model, found in _with_rows(subject):
        for mode in model.modes:
            rows = _output_rows(mode, found)
            unit = mode.text("unit")
            if unit is None or unit in TIMED or units(rows) != _SECOND or _names_a_clip(mode):
                continue
            if not _is_accepted(subject, mode, "unit"):
                yield mode.hit(
                    f"the price is per {clip(unit)}, upstream's rows of {found.feed.taken_at} per second; "
                    "write `unit: second`, and compare the credits",
                    "unit",
                    new=Unit.SECOND.value,
                    related=_row_of(found.feed, rows[0]),
                )


def units_are_those_of_rows(subject: Subject) -> Iterator[Hit]:
    """The unit of a mode is that of upstream's row.

    Why: twelve credits per thousand characters, stored per image, is no price of anything.

    Bad::

        # upstream's row: 12 credits per 1000 characters
        unit: image

    Good::

        unit: 1k_characters

    Cure: take the unit of the row, and compare the credits.
    """
    for model, found in _with_rows(subject):
        for mode in model.modes:
            rows = _output_rows(mode, found)
            unit, theirs = mode.text("unit"), units(rows)
            if unit is None or not rows or unit in theirs or _is_accepted(subject, mode, "unit"):
                continue
            if theirs == _SECOND and not _names_a_clip(mode) and unit not in TIMED:
                continue  # for prices_by_the_second_stay_so to say
            yield mode.hit(
                f"the price is per {clip(unit)}, upstream's rows of {found.feed.taken_at} are per "
                f"{' or '.join(sorted(theirs))}; take the unit of the row, and compare the credits",
                "unit",
                new=next(iter(theirs)) if len(theirs) == 1 else None,
                related=_row_of(found.feed, rows[0]),
            )


def modes_have_a_row(subject: Subject) -> Iterator[Hit]:
    """Every offered mode of a model that has rows is the price of one.

    Why: a mode that upstream prices no more is sold at a price that nobody keeps; one that people added is
    kept true by nobody either.

    Bad::

        # upstream's rows: 480p and 720p
        - {id: 1080p, credits: 40}

    Good::

        - {id: 720p, credits: 20}

    Cure: remove the mode or retire it; hold it with `kie-catalog decide` if it is meant.
    """
    for model, found in _with_rows(subject):
        for mode in model.modes:
            if mode.mode is None or not mode.is_offered or _is_accepted(subject, mode, "credits"):
                continue
            if found.has_ids and not rows_of_mode(mode, found):
                yield mode.hit(
                    f"no row of {found.feed.taken_at} prices {mode.name}; retire it, or hold it",
                    "id",
                )


def priced_models_are_listed(subject: Subject) -> Iterator[Hit]:
    """Every model that upstream documents and prices is in the catalog.

    Why: what is missing cannot be sold. It may be meant, so this is a note.

    Bad::

        # upstream documents and prices z-image
        models: []

    Good::

        models:
        - id: z-image

    Cure: sync; or bury the model with a tombstone if it is not wanted.
    """
    newest, feed = subject.evidence.documented, next(iter(subject.evidence.feeds), None)
    if newest is None or feed is None or subject.root is None:
        return
    known = {model.model for model in subject.models}
    buried = {
        each.model for each in subject.evidence.decisions if each.kind == "tombstone" and each.mode is None
    }
    priced = {row.model: row for row in feed.rows or ()}
    missing = sorted((newest.documented or frozenset()) & priced.keys() - known - buried)
    if missing and "models" in subject.root.fields:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        named = f"{', '.join(map(clip, missing[:_SHOWN]))}{more}"
        yield subject.root.hit(
            f"upstream documents and prices {named}, and the catalog has none of them; sync, or bury them",
            "models",
            key=True,
            related=_row_of(feed, priced[missing[0]]),
        )


def priced_modes_are_listed(subject: Subject) -> Iterator[Hit]:
    """Every row that prices a model of the catalog is one of its modes.

    Why: a request that upstream prices is refused, or charged at another mode's price.

    Bad::

        # upstream's rows: 720p and 4k
        modes:
        - {id: 720p, credits: 20}

    Good::

        modes:
        - {id: 720p, credits: 20}
        - {id: 4k, credits: 60}

    Cure: sync; or bury the mode with a tombstone if it is not wanted.
    """
    buried = {(each.model, each.mode) for each in subject.evidence.decisions if each.kind == "tombstone"}
    for model, found in _with_rows(subject):
        known = {row.mode for mode in model.modes for row in rows_of_mode(mode, found)}
        if not found.has_ids or found.how != "id" or "modes" not in model.fields:
            continue
        missing = {
            row.mode: row
            for row in found.rows
            if row.mode not in known and (model.model, row.mode) not in buried and model.is_offered
        }
        for mode_id, row in missing.items():
            yield model.hit(
                f"upstream's row '{clip(row.text)}' of {found.feed.taken_at} is none of the modes; sync",
                "modes",
                key=True,
                about=mode_id,
                related=_row_of(found.feed, row),
            )


def models_are_not_ending(subject: Subject) -> Iterator[Hit]:
    """No offered model is one whose page warns of its end.

    Why: a page says deprecated, paused or moved weeks before requests begin to fail.

    Bad::

        # the model's page carries a notice of deprecation
        status: active

    Good::

        status: hidden

    Cure: read the page; move buyers to the successor, then retire the model.
    """
    newest = subject.evidence.documented
    for model in subject.models if newest else ():
        warning = newest.ending.get(model.model or "") if newest else None
        if newest and warning and model.is_offered:
            yield model.hit(
                f"the page of {model.name} warns of {warning} since {newest.taken_at} or before; "
                "move to its successor",
                "id",
            )


def _row_price(mode: Entry, row: Row) -> Fix:
    """Credits and dollars as a row has them; somebody may know better, so it is no safe fix."""
    edits = [FixEdit((*mode.pointer, name), row.fields[name]) for name in _PRICE if name in row.fields]
    return Fix("take the row's price", tuple(edits))


def _with_rows(subject: Subject) -> Iterator[tuple[Entry, Found]]:
    for model in subject.models:
        found = rows_of(model, subject.evidence)
        if found is not None:
            yield model, found


def _certain(subject: Subject) -> Iterator[tuple[Entry, Row, Recorded]]:
    """Every offered mode with the row that it is the price of beyond doubt."""
    for model, found in _with_rows(subject):
        for mode in model.modes:
            rows = rows_of_mode(mode, found)
            is_alone = found.has_ids or bool(mode.text("notes")) or len(model.modes) == 1
            if mode.is_offered and is_alone and (row := one_price(rows)):
                yield mode, row, found.feed


def _output_rows(mode: Entry, found: Found) -> tuple[Row, ...]:
    """The rows that can be the price of a mode for its output; of all rows of the model where none fits."""
    if mode.fields.get("charge", Charge.OUTPUT.value) != Charge.OUTPUT.value or not mode.is_offered:
        return ()
    if found.how == "title" and found.has_notes:
        # A model found by its title may be an umbrella: only a mode that names its row is surely of that row.
        return rows_of_mode(mode, found) if mode.text("notes") else ()
    output = tuple(row for row in found.rows if _is_of_output(row))
    return rows_of_mode(mode, found) or (() if found.has_ids else output)


def _is_of_output(row: Row) -> bool:
    return row.fields.get("charge", Charge.OUTPUT.value) == Charge.OUTPUT.value


def _names_a_clip(mode: Entry) -> bool:
    """Whether the words of a mode name the length of a whole clip."""
    return any(length > 1 for length in words_of(mode).seconds)


def _is_accepted(subject: Subject, mode: Entry, field: str) -> bool:
    accepted = subject.evidence.accepted
    return bool(accepted) and (mode.model or "", mode.mode, field) in accepted


def _is_older(subject: Subject, feed: Recorded) -> bool:
    """Whether a feed was taken before the catalog says that it was changed last."""
    updated = subject.root.text("last_updated") if subject.root else None
    return updated is not None and feed.taken_at < updated[: len(feed.taken_at)]


def _meant(model: Entry, newest: Recorded, found: Found | None) -> list[str]:
    """The documented ids that were probably meant: those of its rows, else the nearest spelling."""
    documented = newest.documented or frozenset()
    by_rows = dict.fromkeys(row.model for row in found.rows if row.model in documented) if found else {}
    if by_rows:
        return list(by_rows)
    return difflib.get_close_matches(model.model or "", sorted(documented), n=1, cutoff=_NEAR)


def _row_of(feed: Recorded, row: Row) -> tuple[Related, ...]:
    return (Related(f"upstream's row '{clip(row.text)}'", feed.where(row)),)
