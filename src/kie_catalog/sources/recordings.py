"""Recordings: a folder with the raw replies of all sources at one moment.

`recording.json` says what was taken when; `pricing.json`, `model-paths.json`, `models.json`, `llms.txt`
and `docs/**.md` are the replies. A file that is not there was not measured, which is never the same as empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import Ids, NotMeasured, Pages, Prices, Snapshot, SourceName, Upstream
from kie_catalog.sources import id_lists, pages, price_feed
from kie_catalog.sources.replies import RECORD_AGAIN, read_json, refuse

MANIFEST: Final = "recording.json"
FILES: Final = {
    SourceName.PRICES: "pricing.json",
    SourceName.PAGES: "docs",
    SourceName.MODEL_IDS: "model-paths.json",
    SourceName.MODELS: "models.json",
}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")


class Taken(BaseModel):
    """When one source was read; the rest of its entry is for people."""

    model_config = ConfigDict(extra="allow")

    taken_at: str | None = None


class Manifest(BaseModel):
    """The recording's own account of itself."""

    model_config = ConfigDict(extra="allow")

    taken_at: str
    pricing: Taken = Taken()
    docs: Taken = Taken()
    model_paths: Taken = Taken()
    models: Taken = Taken()


def read_recording(folder: Path) -> Upstream:
    """Read every source that a recording holds.

    Raises:
        UsageError: there is no recording in that folder.
        SourceError: one of its files is truncated, empty, not UTF-8, HTML or of the wrong shape.
    """
    if not folder.is_dir():
        raise UsageError(str(folder), "is no folder", "name a folder that holds a recording")
    if not any((folder / name).exists() for name in FILES.values()):
        raise UsageError(
            str(folder), "holds no recording", f"name a folder with {FILES[SourceName.PRICES]} or docs/"
        )
    manifest = _read_manifest(folder)
    return Upstream(
        prices=_read_prices(folder, manifest),
        pages=_read_pages(folder, manifest),
        model_ids=_read_ids(folder, manifest.model_paths, manifest, SourceName.MODEL_IDS),
        models=_read_ids(folder, manifest.models, manifest, SourceName.MODELS),
    )


def _read_manifest(folder: Path) -> Manifest:
    place = folder / MANIFEST
    if not place.exists():
        raise SourceError(str(place), "is missing, so nothing says when the replies were taken", RECORD_AGAIN)
    try:
        manifest = Manifest.model_validate(read_json(_bytes(place), str(place)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        refuse(str(place), f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg'].lower()}")
    if not _DAY.fullmatch(manifest.taken_at[:10]):
        refuse(str(place), f"taken_at {manifest.taken_at!r} is no date")
    return manifest


def _day(taken: Taken, manifest: Manifest) -> str:
    return (taken.taken_at or manifest.taken_at)[:10]


def _bytes(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise SourceError(str(place), f"cannot be read ({error.strerror})", RECORD_AGAIN) from error


def _absent(source: SourceName) -> NotMeasured:
    return NotMeasured(source, f"the recording has no {FILES[source]}")


def _read_prices(folder: Path, manifest: Manifest) -> Prices:
    place = folder / FILES[SourceName.PRICES]
    if not place.exists():
        return _absent(SourceName.PRICES)
    return price_feed.parse(_bytes(place), taken_at=_day(manifest.pricing, manifest), place=str(place))


def _read_pages(folder: Path, manifest: Manifest) -> Pages:
    place = folder / FILES[SourceName.PAGES]
    if not place.is_dir():
        return _absent(SourceName.PAGES)
    raw = {file.relative_to(place).with_suffix("").as_posix(): _bytes(file) for file in place.rglob("*.md")}
    return pages.parse(raw, taken_at=_day(manifest.docs, manifest), place=str(place))


_ID_PARSERS: Final[dict[SourceName, Callable[..., Snapshot[str]]]] = {
    SourceName.MODEL_IDS: id_lists.parse_model_ids,
    SourceName.MODELS: id_lists.parse_models,
}


def _read_ids(folder: Path, taken: Taken, manifest: Manifest, source: SourceName) -> Ids:
    place = folder / FILES[source]
    if not place.exists():
        return _absent(source)
    return _ID_PARSERS[source](_bytes(place), taken_at=_day(taken, manifest), place=str(place))
