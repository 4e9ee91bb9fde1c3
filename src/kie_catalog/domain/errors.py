"""The errors of this project, by who must act.

CatalogError
├── SourceError        upstream, or a recording of it, cannot be used      exit code 5
├── CatalogInvalid     a file of ours is wrong: its author must mend it    exit code 1
├── PlanRefused        a guard refused a plan: the operator decides        exit code 4
├── StalePlan          the catalog moved since the plan was made           exit code 4
├── NothingChecked     there was nothing to check                          exit code 3
└── UsageError         a wrong option, folder or setting                   exit code 2

The evidence is in the fields, the sentence in `str(error)`, the exit code in the class; only `cli` exits.
(Exceptions are not frozen: a frozen one cannot cross a context manager.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kie_catalog.domain.finding import Finding


class CatalogError(Exception):
    """Any reason of ours to stop."""

    exit_code: ClassVar[int] = 2


@dataclass(eq=False)
class SourceError(CatalogError):
    """Upstream, or a recording of it, cannot be used."""

    place: str
    fact: str
    cure: str
    exit_code: ClassVar[int] = 5

    def __str__(self) -> str:
        return f"{self.place}: {self.fact}; {self.cure}"


@dataclass(eq=False)
class CatalogInvalid(CatalogError):
    """A file of ours is wrong in the listed ways."""

    findings: Sequence[Finding]
    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings))


@dataclass(eq=False)
class PlanRefused(CatalogError):
    """Guards refused a plan; nothing was written."""

    reasons: Sequence[str]
    exit_code: ClassVar[int] = 4

    def __str__(self) -> str:
        return "\n".join(f"refused by guard {reason}" for reason in self.reasons)


@dataclass(eq=False)
class StalePlan(CatalogError):
    """A plan was made for files that have moved since."""

    moved: Sequence[str]
    exit_code: ClassVar[int] = 4

    def __str__(self) -> str:
        return f"{', '.join(self.moved)} moved since the plan was made; make a new plan"


@dataclass(eq=False)
class NothingChecked(CatalogError):
    """There was nothing to check."""

    place: str
    exit_code: ClassVar[int] = 3

    def __str__(self) -> str:
        return f"{self.place}: nothing to check; name a catalog file or a folder that holds one"


@dataclass(eq=False)
class UsageError(CatalogError):
    """A wrong option, folder or setting."""

    place: str
    fact: str
    cure: str
    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        return f"{self.place}: {self.fact}; {self.cure}"


@dataclass(eq=False)
class WriteFailed(UsageError):
    """A file could not be written; all files are as before."""
