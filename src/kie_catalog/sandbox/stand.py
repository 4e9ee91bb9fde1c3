"""What all rooms of a stand-in share: its shelf, its switches, its journal and its clock."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from kie_catalog.sandbox.book import Book
from kie_catalog.sandbox.shelf import Shelf
from kie_catalog.sandbox.switches import Surface, Switchboard

_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the stand-in saw it; of a key only that there was one."""

    method: str
    path: str
    surface: Surface | None
    conditional: bool
    keyed: bool
    status: int
    """0 where no reply was begun."""


@dataclass(slots=True)
class Stand:
    """The state of one stand-in. Rooms read it; what they change of KIE's state they keep in here too."""

    shelf: Shelf
    board: Switchboard = field(default_factory=Switchboard)
    latency: float = 0.0
    """Seconds before each reply begins."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    book: Book = field(default_factory=Book)
    """What the account did: its tasks and its credits."""
    journal: deque[Seen] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
