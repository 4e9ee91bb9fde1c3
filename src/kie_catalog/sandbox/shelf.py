"""What a stand-in serves: the replies of a recording, ready to be given out."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from kie_catalog.domain.snapshot import NotMeasured, SourceName
from kie_catalog.sources import pages, recordings
from kie_catalog.sources.raw import FILES, INDEX, Raw, Recording

_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it is served, with the marks that tell whether it changed."""

    body: bytes
    etag: str
    modified: str


class Shelf:
    """The replies of a recording by what they are asked for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    @classmethod
    def of(cls, folder: Path) -> Shelf:
        """The shelf of a recording's folder.

        Raises:
            UsageError: there is no recording in that folder.
            SourceError: a file of it can't be read.
        """
        return cls(recordings.load(folder))

    def missing(self, source: SourceName) -> str | None:
        """Why the recording has nothing of a source; `None` where it has."""
        each = self._recording[source]
        return each.reason if isinstance(each, NotMeasured) else None

    def fault(self, source: SourceName, place: str) -> str | None:
        """Why one entry of a source is not in the recording, where the recording says it."""
        each = self._recording[source]
        faults = each.faults if isinstance(each, Raw) else ()
        return next((fault.fact for fault in faults if fault.place == place), None)

    def date(self, source: SourceName) -> str:
        """The moment at which upstream gave a source, as a `Date` header; only its day is on record."""
        each = self._recording[source]
        if isinstance(each, NotMeasured):
            return format_datetime(datetime.now(UTC), usegmt=True)
        day = each.taken_at if each.taken_at.count("-") > 1 else f"{each.taken_at}-01"
        return format_datetime(datetime.fromisoformat(day).replace(hour=_NOON, tzinfo=UTC), usegmt=True)

    @cached_property
    def rows(self) -> list[Any]:
        """The records of the price feed."""
        return self._list(SourceName.PRICES)

    @cached_property
    def model_ids(self) -> list[Any]:
        """The playground's ids."""
        return self._list(SourceName.MODEL_IDS)

    @cached_property
    def groups(self) -> list[Any]:
        """The playground's groups."""
        return self._list(SourceName.GROUPS)

    @cached_property
    def models(self) -> Mapping[str, Any]:
        """The keyed list, as its envelope's `data`."""
        data = self._json(SourceName.MODELS, FILES[SourceName.MODELS])
        return data if isinstance(data, dict) else {"total": len(data or ()), "models": data or []}

    def schema(self, model: str) -> Any:
        """The keyed schema of one model; `None` where the recording has none."""
        return self._json(SourceName.SCHEMAS, f"{FILES[SourceName.SCHEMAS]}/{model}.json")

    def index(self) -> Document | None:
        """The documentation's index; made from the pages where the recording has none."""
        return self._document(INDEX) or self._made_index()

    def page(self, path: str) -> Document | None:
        """One documentation page, by its path without `.md`."""
        return self._document(pages.file_of(path))

    def _made_index(self) -> Document | None:
        each = self._recording[SourceName.PAGES]
        if isinstance(each, NotMeasured):
            return None
        paths = sorted(pages.pages_of(each))
        lines = (f"- [{path}](https://docs.kie.ai/{path}.md): " for path in paths)
        return self._as_document("\n".join(["# docs.kie.ai", "", "## Docs", *lines, ""]).encode())

    def _document(self, file: str) -> Document | None:
        each = self._recording[SourceName.PAGES]
        body = each.files.get(file) if isinstance(each, Raw) else None
        return None if body is None else self._as_document(body)

    def _as_document(self, body: bytes) -> Document:
        digest = hashlib.sha256(body).hexdigest()
        return Document(body, f'"{digest[:32]}"', self.date(SourceName.PAGES))

    def _list(self, source: SourceName) -> list[Any]:
        data = self._json(source, FILES[source])
        return data if isinstance(data, list) else []

    def _json(self, source: SourceName, file: str) -> Any:
        each = self._recording[source]
        raw = each.files.get(file) if isinstance(each, Raw) else None
        return None if raw is None else json.loads(raw)


@lru_cache(maxsize=1024)
def packed(body: bytes) -> bytes:
    """A body as gzip, which KIE's replies are (CONTRACT section 1.6)."""
    return gzip.compress(body, compresslevel=1, mtime=0)
