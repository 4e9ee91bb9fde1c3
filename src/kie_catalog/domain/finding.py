"""A finding: what a rule saw, where, and what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.domain.values import ABSENT, Absence, Pointer, Value, show_pointer, to_json


class Severity(enum.IntEnum):
    """How bad a finding is; greater is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file. Lines and columns count from 1; 0 means the file as a whole.

    Two places are the same if they begin at the same point, wherever they end.
    """

    path: str
    line: int = 0
    column: int = 0
    pointer: Pointer = ()
    end_line: int = field(default=0, compare=False)
    """The line of the last character; 0 where nobody knows."""
    end_column: int = field(default=0, compare=False)
    """The column behind the last character, as editors and SARIF count it."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding: the twin of a mode, a line of the schema, a row of upstream."""

    label: str
    """What stands there, in a few words: `the first of the two`."""
    where: Where


@dataclass(frozen=True, slots=True)
class FixEdit:
    """One change of a file's content: another value at a pointer, or its end.

    A pointer whose last part names no key yet adds that key to its mapping.
    """

    pointer: Pointer
    new: Value | Absence = ABSENT
    """`ABSENT` removes what stands there."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding, all of them or none."""

    label: str
    """What they do, as an order: `write 14 without quotes`."""
    edits: tuple[FixEdit, ...]
    is_safe: bool = False
    """Whether no price, offer or condition means anything else afterwards, so that no person need look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a rule, as a value that any form of output can print."""

    code: str
    name: str
    severity: Severity
    where: Where
    message: str
    """The fact, then the cure, in one line."""
    model: str | None = None
    mode: str | None = None
    help: str = ""
    """How to mend it, at more length than a line has room for; with what was probably meant."""
    related: tuple[Related, ...] = ()
    old: Value | Absence = ABSENT
    """What stands there, if the finding is about a value."""
    new: Value | Absence = ABSENT
    """What should stand there, if that is known."""
    fix: Fix | None = None
    anchor: Pointer = ()
    """The pointer with ids in place of indexes, so that it stays when lines or neighbours move."""
    about: str = ""
    """What tells it from other findings of its code at its place: a property, a value."""
    cause: str = ""
    """What brought it about, where that brings about others too; see `rules.folding`."""
    follow_ups: tuple[Finding, ...] = ()
    """What is wrong for the same cause, and will not be once this is mended."""

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Findings sort by place, then by code."""
        where = self.where
        return (where.path, where.line, where.column, self.code, self.message)

    @property
    def fingerprint(self) -> str:
        """The same for the same fault in another version of the file, however worded, wherever it stands."""
        import hashlib  # noqa: PLC0415 -- slow to import, and lines for people have no fingerprint

        place = show_pointer(self.anchor or self.where.pointer)
        parts = (self.code, self.model or "", self.mode or "", place, self.about)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_FINGERPRINT]

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.severity} {self.name}: {self.message}"

    def to_json(self) -> dict[str, object]:
        """The finding as JSON prints it; what it does not have is left out behind `fingerprint`."""
        where = self.where
        told: dict[str, object] = {
            "code": self.code,
            "name": self.name,
            "severity": str(self.severity),
            "path": where.path,
            "line": where.line,
            "column": where.column,
            "end_line": where.end_line,
            "end_column": where.end_column,
            "pointer": show_pointer(where.pointer),
            "message": self.message,
            "model": self.model,
            "mode": self.mode,
            "fingerprint": self.fingerprint,
        }
        told |= {name: value for name, value in _optional(self) if value}
        values = {"old": self.old, "new": self.new}
        return told | {
            name: to_json(value) for name, value in values.items() if not isinstance(value, Absence)
        }


_FINGERPRINT: Final = 16
"""Hexadecimal digits of a fingerprint: enough for a thousand times a thousand findings of one file."""


def finding_from_json(written: Mapping[str, Any]) -> Finding:
    """Read a finding back.

    Pointers come back as texts, which only their document can tell from indexes; numbers come back as JSON
    has them, and the edits of a fix are left to the next check of the file.
    """
    where = _where_from_json(written)
    return Finding(
        code=written["code"],
        name=written["name"],
        severity=Severity[str(written["severity"]).upper()],
        where=where,
        message=written["message"],
        model=written["model"],
        mode=written["mode"],
        help=written.get("help", ""),
        related=tuple(Related(each["label"], _where_from_json(each)) for each in written.get("related", ())),
        old=written.get("old", ABSENT),
        new=written.get("new", ABSENT),
        anchor=_parts(written.get("anchor", "")),
        about=written.get("about", ""),
        follow_ups=tuple(map(finding_from_json, written.get("follow_ups", ()))),
    )


def _optional(finding: Finding) -> Iterator[tuple[str, object]]:
    """What only some findings have, by its name in JSON; empty where they have it not."""
    yield "anchor", show_pointer(finding.anchor)
    yield "about", finding.about
    yield "help", finding.help
    yield "related", [_related_json(each) for each in finding.related]
    yield "follow_ups", [each.to_json() for each in finding.follow_ups]
    yield "fix", _fix_json(finding.fix) if finding.fix else None


def _related_json(related: Related) -> dict[str, object]:
    where = related.where
    return {
        "label": related.label,
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "end_line": where.end_line,
        "end_column": where.end_column,
        "pointer": show_pointer(where.pointer),
    }


def _fix_json(fix: Fix) -> dict[str, object]:
    edits = [
        {"pointer": show_pointer(edit.pointer), "remove": True}
        if isinstance(edit.new, Absence)
        else {"pointer": show_pointer(edit.pointer), "value": to_json(edit.new)}
        for edit in fix.edits
    ]
    return {"label": fix.label, "safe": fix.is_safe, "edits": edits}


def _where_from_json(written: Mapping[str, Any]) -> Where:
    return Where(
        written["path"],
        int(written["line"]),
        int(written["column"]),
        _parts(written.get("pointer", "")),
        int(written.get("end_line", 0)),
        int(written.get("end_column", 0)),
    )


def _parts(pointer: str) -> Pointer:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
