"""A document: plain data that remembers where in its file each part stands."""

from __future__ import annotations

from typing import Protocol

from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer, Value


class Document(Protocol):
    """What a rule sees of a file.

    An implementation must answer `where` for every pointer into `data`, and for a pointer that leads
    nowhere with the nearest part that exists, so that a rule can point at what is missing.
    """

    @property
    def path(self) -> str:
        """The file, as the user named it."""

    @property
    def data(self) -> Value:
        """The plain content; numbers are `Decimal`."""

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        """The place of a value or, with `key`, of the key it stands under."""
