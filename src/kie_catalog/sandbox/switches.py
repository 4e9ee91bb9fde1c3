"""The switches of a stand-in: which fault is on, for what, and how often."""

from __future__ import annotations

import enum
import re
import threading
from collections.abc import Container, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.snapshot import SourceName
from kie_catalog.schemas.endpoints import CREATE_TASK, ENDPOINTS


class Surface(enum.StrEnum):
    """What can be asked of KIE, as far as a fault can tell."""

    COUNT = "count"
    PRICES = "prices"
    MODEL_IDS = "model-ids"
    GROUPS = "groups"
    MODELS = "models"
    SCHEMAS = "schemas"
    INDEX = "index"
    PAGES = "pages"

    @property
    def source(self) -> SourceName:
        """The source that this is read for."""
        other = {Surface.COUNT: SourceName.PRICES, Surface.INDEX: SourceName.PAGES}
        return other.get(self) or SourceName(self.value)


class Errand(enum.StrEnum):
    """What can be asked of KIE beside its metadata."""

    CREATE = "create"
    DETAILS = "details"
    CREDITS = "credits"
    UPLOADS = "uploads"
    DOWNLOAD_URL = "download-url"


_ERRANDS: Final = (
    (re.compile(r"/api/v1/common/download-url"), Errand.DOWNLOAD_URL),
    (re.compile(r"/api/v1/chat/credit"), Errand.CREDITS),
    (re.compile(r"/api/file-[a-z0-9]+-upload"), Errand.UPLOADS),
    (re.compile(r"/api/v1/.*(?:record-?info|record-detail|validate-info)", re.IGNORECASE), Errand.DETAILS),
)
_PATHS: Final = (
    (re.compile(r"/client/v1/model-pricing/count"), Surface.COUNT),
    (re.compile(r"/client/v1/model-pricing/page"), Surface.PRICES),
    (re.compile(r"/api/v1/playground/model-paths"), Surface.MODEL_IDS),
    (re.compile(r"/api/v1/playground/pagePlaygroundGroup"), Surface.GROUPS),
    (re.compile(r"/api/v1/models"), Surface.MODELS),
    (re.compile(r"/api/v1/models/.+/schema"), Surface.SCHEMAS),
    (re.compile(r"/llms\.txt"), Surface.INDEX),
    (re.compile(r"/.+\.md"), Surface.PAGES),
)
CREATES: Final = frozenset({CREATE_TASK, *ENDPOINTS})
"""The paths that create, chat left aside: those are named by themselves."""
_SPEC: Final = re.compile(r"(?P<name>[A-Za-z0-9-]+)(?:@(?P<at>[^*@]+))?(?:\*(?P<times>[1-9][0-9]{0,5}))?")


def surface_of(path: str) -> Surface | None:
    """What a request's path asks for; `None` for what is no metadata."""
    return next((surface for pattern, surface in _PATHS if pattern.fullmatch(path)), None)


def errand_of(path: str, creates: Container[str] = ()) -> Errand | None:
    """What a request's path asks for beside metadata.

    Args:
        path: of the request.
        creates: the paths that create; all that this stand-in serves so, chat among them.
    """
    if path in creates:
        return Errand.CREATE
    return next((errand for pattern, errand in _ERRANDS if pattern.fullmatch(path)), None)


SURFACES: Final = (*(each.value for each in Surface), *(each.value for each in Errand))
"""What a fault can be aimed at by name."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault, switched on."""

    name: str
    at: str | None = None
    """A surface, an errand, or a path that begins with a slash; `None` for everything."""
    times: int | None = None
    """How many requests it meets before it switches itself off; `None` for all."""

    def __str__(self) -> str:
        at = f"@{self.at}" if self.at else ""
        return f"{self.name}{at}" + (f"*{self.times}" if self.times else "")

    def meets(self, path: str) -> bool:
        """Whether a request's path is one it is for."""
        return self.at is None or self.at in (path, surface_of(path), errand_of(path, CREATES))


def read_switch(spec: str, names: Iterable[str]) -> Switch:
    """Read a switch as people type it: `http-503`, `http-503@prices`, `drop@/llms.txt*2`.

    Raises:
        UsageError: there is no such fault or surface.
    """
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise UsageError(f"fault {spec!r}", "is none", "write NAME, NAME@SURFACE or NAME@/PATH, and *TIMES")
    name, at, times = found["name"], found["at"], found["times"]
    known = sorted(names)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise UsageError(
            f"fault {spec!r}",
            f"there is no fault {name!r}",
            f"did you mean {near[0]!r}?" if near else "--list-faults names them",
        )
    if at is not None and not at.startswith("/") and at not in SURFACES:
        raise UsageError(
            f"fault {spec!r}", f"there is no surface {at!r}", f"name one of {', '.join(SURFACES)}"
        )
    return Switch(name, at, int(times) if times else None)


@dataclass(slots=True)
class _On:
    switch: Switch
    left: int | None
    met: int = 0


class Switchboard:
    """The switches that are on; they may be turned from another thread than the server's."""

    def __init__(self, switches: Iterable[Switch] = ()) -> None:
        self._lock = threading.Lock()
        self._on: list[_On] = []
        self.set(switches)

    def set(self, switches: Iterable[Switch]) -> None:
        """Turn these on and all others off."""
        with self._lock:
            self._on = [_On(each, each.times) for each in switches]

    @property
    def on(self) -> tuple[Switch, ...]:
        """What is still on."""
        with self._lock:
            return tuple(each.switch for each in self._on if each.left != 0)

    def meet(self, path: str, names: Iterable[str]) -> tuple[str, int] | None:
        """The fault of these names that a request meets, and how many met it before; it is counted."""
        wanted = set(names)
        with self._lock:
            for each in self._on:
                if each.left != 0 and each.switch.name in wanted and each.switch.meets(path):
                    each.left = None if each.left is None else each.left - 1
                    each.met += 1
                    return each.switch.name, each.met - 1
        return None
