"""Raw replies as values: what a recording holds and a fetch brings home, before anything is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kie_catalog.domain.snapshot import Fault, NotMeasured, SourceName


@dataclass(frozen=True, slots=True)
class Raw:
    """The replies of one source at one moment."""

    source: SourceName
    taken_at: str
    """ISO date of the moment: the day the server says it answered."""
    files: Mapping[str, bytes] = field(repr=False)
    """By path inside a recording; without envelopes, headers or anything about who asked."""
    place: str
    """The folder or host they come from, for messages."""
    faults: tuple[Fault, ...] = ()
    """What could not be had of this source, while the rest could."""

    @property
    def only(self) -> bytes:
        """The one reply of a source that has one."""
        (raw,) = self.files.values()
        return raw


@dataclass(frozen=True, slots=True)
class Recording:
    """The raw replies of all sources."""

    sources: Mapping[SourceName, Raw | NotMeasured]

    def __getitem__(self, source: SourceName) -> Raw | NotMeasured:
        return self.sources[source]

    @property
    def measured(self) -> tuple[Raw, ...]:
        """The sources that there are replies of."""
        return tuple(each for each in self.sources.values() if isinstance(each, Raw))

    @property
    def missing(self) -> tuple[NotMeasured, ...]:
        """The sources that there are none of."""
        return tuple(each for each in self.sources.values() if isinstance(each, NotMeasured))

    @property
    def files(self) -> dict[str, bytes]:
        """Every reply by its path."""
        return {path: raw for each in self.measured for path, raw in each.files.items()}


RECORDED: Final = (
    SourceName.PRICES,
    SourceName.PAGES,
    SourceName.MODEL_IDS,
    SourceName.MODELS,
    SourceName.SCHEMAS,
    SourceName.GROUPS,
)
"""The sources with replies of their own; announcements are read out of the pages."""

FILES: Final = {
    SourceName.PRICES: "pricing.json",
    SourceName.PAGES: "docs",
    SourceName.MODEL_IDS: "model-paths.json",
    SourceName.MODELS: "models.json",
    SourceName.SCHEMAS: "model-schemas",
    SourceName.GROUPS: "groups.json",
}
"""Where a recording keeps each source: a file, or a folder of files."""

INDEX: Final = "llms.txt"
"""The documentation's index, beside the folder of its pages."""


def absent(source: SourceName) -> NotMeasured:
    """A source that a recording does not hold; its silence says nothing."""
    return NotMeasured(source, f"the recording has no {FILES[source]}")


def content_digest(files: Mapping[str, bytes]) -> str:
    """`sha256:…` over files by name; their order does not count."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return "sha256:" + total.hexdigest()
