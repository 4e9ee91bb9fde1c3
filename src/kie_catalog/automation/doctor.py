"""The doctor: looks at the installation, the workspace, its state on this machine and its schedule.

It reads and never writes. What it can't look at it says so of, which is neither well nor ill.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kie_catalog.catalog.workspace import Workspace
from kie_catalog.domain.errors import CatalogError


class State(enum.StrEnum):
    """How something is."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at."""

    name: str
    state: State
    fact: str
    cure: str = ""

    def __str__(self) -> str:
        cure = f"; {self.cure}" if self.cure else ""
        return f"{self.state}: {self.name}: {self.fact}{cure}"


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at."""

    workspace: Workspace | None
    environment: Mapping[str, str]
    now: dt.datetime
    """With its time zone."""
    is_online: bool = True
    """Whether the remote may be asked."""

    @property
    def today(self) -> dt.date:
        """The day, in UTC."""
        return self.now.astimezone(dt.UTC).date()


Look = Callable[[Patient], Iterator[Sign]]


def examine(patient: Patient) -> Iterator[Sign]:
    """Everything there is to say, in a fixed order; one look that fails keeps no other from being taken."""
    from kie_catalog.automation import looks, schedule  # noqa: PLC0415 -- they take their words from here

    for name, look in {**looks.LOOKS, **schedule.LOOKS}.items():
        try:
            yield from look(patient)
        except CatalogError as error:
            for line in str(error).splitlines():
                yield Sign(name, State.FAULT, line)
        except OSError as error:
            yield Sign(name, State.UNKNOWN, f"cannot be looked at ({error.strerror or error})")
