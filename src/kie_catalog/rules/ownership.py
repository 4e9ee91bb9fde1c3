"""Ownership and decisions: what people decided holds, and is of use (KC601 to KC604, KC611 to KC613)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from kie_catalog.domain.values import ABSENT, Absence, Value, canonical
from kie_catalog.rules.evidence import Decided
from kie_catalog.rules.subject import Entry, Hit, Subject
from kie_catalog.rules.wording import clip, say

SOON: Final = 14
"""So many days before its end a decision is announced: two weekly runs."""
_KEEP: Final = "keep-ours"


def settings_have_a_form(subject: Subject) -> Iterator[Hit]:
    """The files of owners, decisions and limits have the form they must have.

    Why: a slip in them would silently take the protection from somebody's work, so all of it is refused.

    Bad::

        decisions:
        - kind: tombstone
          modell: z-image

    Good::

        decisions:
        - kind: tombstone
          model: z-image
          reason: withdrawn
          author: ann
          decided: '2026-08-22'

    Cure: correct what the message names; `kie-catalog decide` writes the right form.
    """
    yield from subject.observed("malformed-settings")


def owners_own_something(subject: Subject) -> Iterator[Hit]:
    """A model that has owners of its own is in the catalog.

    Why: after a rename the block protects nothing any more, and the next sync overwrites what people wrote.

    Bad::

        # the model is bytedance/seedance-2 by now
        models:
          bytedance/seedance-2-0:
            modes/*/credits: human

    Good::

        models:
          bytedance/seedance-2:
            modes/*/credits: human

    Cure: correct the id, or remove the block.
    """
    known = {model.model for model in subject.models}
    for owned in subject.evidence.owned:
        if owned.model not in known:
            message = f"'{clip(owned.model)}' has owners, but is no model of the catalog; correct the id"
            yield Hit((), message, model=owned.model, where=owned.where)


def decided_values_stand(subject: Subject) -> Iterator[Hit]:
    """A value that people decided to keep is in the catalog.

    Why: it was overwritten, by hand or by a tool, and the reason for it is still on record: buyers are
    charged what somebody decided not to charge.

    Bad::

        # sync/decisions.yaml: keep-ours credits 20 against 24
        credits: 24

    Good::

        credits: 20

    Cure: write the decided value again, or remove the decision if its reason is gone.
    """
    for decided in _live(subject):
        entry = _entry(subject, decided)
        if decided.kind != _KEEP or entry is None or decided.field is None:
            continue
        found: Value | Absence = entry.fields.get(decided.field, ABSENT)
        if _same(found, decided.theirs) and not _same(found, decided.ours):
            yield entry.hit(
                f"`{clip(decided.field)}` is {_say(found)}, but {_say(decided.ours)} was decided on "
                f"{decided.decided}; write that again, or remove the decision",
                *((decided.field,) if decided.field in entry.fields else ()),
            )


def decisions_do_not_end_soon(subject: Subject) -> Iterator[Hit]:
    """No decision ends within the next two weeks without somebody knowing.

    Why: on the day after, upstream's value is taken, and prices move that somebody held for a reason.

    Bad::

        # today is 2026-08-22
        expires: '2026-08-25'

    Good::

        expires: '2026-11-22'

    Cure: decide anew with `kie-catalog decide`, or let it end.
    """
    for decided in _live(subject):
        left = _days(subject.evidence.today, decided.expires)
        if left is not None and left <= SOON:
            fact = f"{decided.kind} of {clip(decided.target)} ends in {left} days, on {decided.expires}"
            message = f"{fact}; decide anew, or let it end"
            yield Hit((), message, model=decided.model, mode=decided.mode, where=decided.where)


def decisions_have_not_ended(subject: Subject) -> Iterator[Hit]:
    """No decision stands in the file beyond its end.

    Why: it holds no more, but reads as if it did.

    Bad::

        # today is 2026-08-22
        expires: '2026-08-01'

    Good::

        expires: '2026-11-22'

    Cure: decide anew with `kie-catalog decide`, or remove it.
    """
    for decided in subject.evidence.decisions:
        left = _days(subject.evidence.today, decided.expires)
        if left is not None and left <= 0:
            fact = f"{decided.kind} of {clip(decided.target)} ended on {decided.expires}"
            message = f"{fact}; decide anew, or remove it"
            yield Hit((), message, model=decided.model, mode=decided.mode, where=decided.where)


def decisions_are_of_use(subject: Subject) -> Iterator[Hit]:
    """A decision is about something that the catalog, or upstream, has.

    Why: what decides nothing hides the decisions that do, and comes alive unasked when a name comes back.

    Bad::

        # neither the catalog nor upstream has z-imag
        - kind: hold
          model: z-imag

    Good::

        - kind: hold
          model: z-image

    Cure: correct the name, or remove the decision.
    """
    evidence = subject.evidence
    rows = [row for feed in evidence.feeds for row in feed.rows or ()]
    known = {model.model for model in subject.models} | {row.model for row in rows}
    known |= {model for each in evidence.recorded for model in each.documented or ()}
    modes = {(mode.model, mode.mode) for mode in subject.modes} | {(row.model, row.mode) for row in rows}
    for decided in _live(subject):
        is_known = decided.model in known and (decided.mode is None or (decided.model, decided.mode) in modes)
        is_idle = decided.kind == _KEEP and is_known and _settles_nothing(subject, decided)
        if is_known and not is_idle:
            continue
        fact = (
            "settles nothing: the two values are others by now"
            if is_idle
            else "is about nothing that anybody knows"
        )
        message = f"{decided.kind} of {clip(decided.target)} {fact}; remove it"
        yield Hit((), message, model=decided.model, mode=decided.mode, where=decided.where)


def buried_models_stay_away(subject: Subject) -> Iterator[Hit]:
    """What a tombstone buried is not in the catalog.

    Why: it was removed for good, and somebody brought it back without a word of why.

    Bad::

        # sync/decisions.yaml: tombstone of sora-2
        - id: sora-2
          status: active

    Good::

        # sync/decisions.yaml: tombstone of sora-2, and no such model here

    Cure: remove the model or the mode, or the tombstone if it is back for a reason.
    """
    for decided in _live(subject):
        entry = _entry(subject, decided) if decided.kind == "tombstone" else None
        if entry is not None and entry.fields.get("status") != "retired":
            yield entry.hit(
                f"{entry.name} was removed for good on {decided.decided} and stands in the catalog again; "
                "remove it, or the tombstone",
                "id",
            )


def _live(subject: Subject) -> Iterator[Decided]:
    """The decisions that hold today; all of them where nobody says what day it is."""
    today = subject.evidence.today
    return (
        each for each in subject.evidence.decisions if not (today and each.expires and each.expires <= today)
    )


def _entry(subject: Subject, decided: Decided) -> Entry | None:
    """What a decision is about, in the catalog."""
    model = next((each for each in subject.models if each.model == decided.model), None)
    if model is None or decided.mode is None:
        return model
    return next((each for each in model.modes if each.mode == decided.mode), None)


def _settles_nothing(subject: Subject, decided: Decided) -> bool:
    """Whether ours, or upstream's, is no longer the value that was decided about."""
    entry = _entry(subject, decided)
    if entry is None or decided.field is None:
        return False
    found: Value | Absence = entry.fields.get(decided.field, ABSENT)
    if not _same(found, decided.ours) and not _same(found, decided.theirs):
        return True
    rows = next(iter(subject.evidence.feeds), None)
    said = [
        row.fields.get(decided.field, ABSENT)
        for row in (rows.rows or () if rows else ())
        if decided.mode is not None and (row.model, row.mode) == (decided.model, decided.mode)
    ]
    return bool(said) and not any(_same(each, decided.theirs) for each in said)


def _same(one: Value | Absence, other: Value | Absence) -> bool:
    if isinstance(one, Absence) or isinstance(other, Absence):
        return one is other
    return canonical(one) == canonical(other)


def _say(value: Value | Absence) -> str:
    if isinstance(value, Absence):
        return "not there"
    return "a mapping" if isinstance(value, Mapping) else say(value)


def _days(today: str | None, other: str | None) -> int | None:
    try:
        return (date.fromisoformat(other or "") - date.fromisoformat(today or "")).days
    except ValueError:
        return None
