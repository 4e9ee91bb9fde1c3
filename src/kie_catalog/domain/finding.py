"""A finding: what a rule saw, where, and what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kie_catalog.domain.values import Pointer, show_pointer


class Severity(enum.IntEnum):
    """How bad a finding is; greater is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file. Lines and columns count from 1; 0 means the file as a whole."""

    path: str
    line: int = 0
    column: int = 0
    pointer: Pointer = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


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

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Findings sort by place, then by code."""
        where = self.where
        return (where.path, where.line, where.column, self.code, self.message)

    def __str__(self) -> str:
        return f"{self.where}: {self.code} {self.severity} {self.name}: {self.message}"

    def to_json(self) -> dict[str, object]:
        """The finding as JSON prints it."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": str(self.severity),
            "path": self.where.path,
            "line": self.where.line,
            "column": self.where.column,
            "pointer": show_pointer(self.where.pointer),
            "message": self.message,
            "model": self.model,
            "mode": self.mode,
        }


def finding_from_json(written: Mapping[str, Any]) -> Finding:
    """Read a finding back, but for its pointer, which only its document can use."""
    where = Where(written["path"], int(written["line"]), int(written["column"]))
    return Finding(
        code=written["code"],
        name=written["name"],
        severity=Severity[str(written["severity"]).upper()],
        where=where,
        message=written["message"],
        model=written["model"],
        mode=written["mode"],
    )
