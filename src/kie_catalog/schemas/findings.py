"""Corrections and doubts of an input schema as findings, for reports and checks."""

from __future__ import annotations

from kie_catalog.domain.finding import Finding, Severity, Where
from kie_catalog.domain.values import ABSENT
from kie_catalog.schemas.faults import BY_NAME
from kie_catalog.schemas.notes import Correction, Note, parts, show

_OVERRIDE = "override"


def note_finding(note: Note, path: str, *, model: str | None = None) -> Finding:
    """One correction or doubt as a finding.

    Args:
        note: what was found.
        path: the page, or the file of ours, that it is about.
        model: the model that it is about.
    """
    where = Where(path, pointer=tuple(parts(note.pointer)))
    if note.rule == _OVERRIDE:
        return Finding("SCH600", _OVERRIDE, Severity.INFO, where, describe(note), model)
    fault = BY_NAME[note.rule]
    if isinstance(note, Correction):
        return Finding(
            fault.code, fault.name, Severity.INFO, where, f"{fault.sentence}: {describe(note)}", model
        )
    message = f"{fault.sentence}: {describe(note)}; {fault.cure}"
    return Finding(fault.code, fault.name, fault.severity, where, message, model)


def describe(note: Note) -> str:
    """A correction or a doubt in one line: the place, what was there, what is read, and the evidence."""
    if isinstance(note, Correction):
        return f"{note.pointer} {_value(note.was)} is read as {_value(note.now)} ({note.evidence})"
    return f"{note.pointer} {note.fact} ({note.evidence})"


def _value(value: object) -> str:
    if isinstance(value, list) and len(value) <= 3 and all(isinstance(each, str) for each in value):  # noqa: PLR2004 -- what a line bears
        return ", ".join(map(show, value)) or "nothing"
    return "nothing" if value is ABSENT else show(value)
