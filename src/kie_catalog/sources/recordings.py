"""Recordings: a folder with the raw replies of all sources at one moment.

`recording.json` says what was taken when, and what could not be had; `pricing.json`, `model-paths.json`,
`models.json`, `model-schemas/**.json`, `groups.json`, `llms.txt` and `docs/**.md` are the replies. What is
not there was not measured, which is never the same as empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from kie_catalog.domain.errors import SourceError, UsageError
from kie_catalog.domain.snapshot import Fault, NotMeasured, SourceName, Upstream
from kie_catalog.sources import pages, reading, swap
from kie_catalog.sources.problems import first_problem
from kie_catalog.sources.raw import FILES, INDEX, RECORDED, Raw, Recording, absent
from kie_catalog.sources.replies import RECORD_AGAIN, read_json, recorded_json, refuse

MANIFEST: Final = "recording.json"
NOT_IN_RECORDING: Final = "is in the index and not in the recording"
_KEYS: Final = {
    SourceName.PRICES: "pricing",
    SourceName.PAGES: "docs",
    SourceName.MODEL_IDS: "model_paths",
    SourceName.MODELS: "models",
    SourceName.SCHEMAS: "schemas",
    SourceName.GROUPS: "groups",
}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")


class Missed(BaseModel):
    """One thing that could not be had, while the rest of its source could."""

    place: str
    fact: str


class Taken(BaseModel):
    """What the recording says of one source; keys that are not here are for people."""

    model_config = ConfigDict(extra="allow")

    taken_at: str | None = None
    faults: tuple[Missed, ...] = ()
    not_measured: str | None = None


class Manifest(BaseModel):
    """The recording's own account of itself."""

    model_config = ConfigDict(extra="allow")

    taken_at: str
    pricing: Taken = Taken()
    docs: Taken = Taken()
    model_paths: Taken = Taken()
    models: Taken = Taken()
    schemas: Taken = Taken()
    groups: Taken = Taken()

    def taken(self, source: SourceName) -> Taken:
        """What it says of one source."""
        taken: Taken = getattr(self, _KEYS[source])
        return taken


def read_recording(folder: Path) -> Upstream:
    """Read every source that a recording holds.

    Raises:
        UsageError: there is no recording in that folder.
        SourceError: one of its files is truncated, empty, not UTF-8, HTML or of the wrong shape.
    """
    return reading.upstream(load(folder))


def load(folder: Path) -> Recording:
    """Load the raw replies of a recording, as they lie there.

    Raises:
        UsageError: there is no recording in that folder.
        SourceError: a file can't be read, or nothing says when the replies were taken.
    """
    swap.recover(folder)
    if not folder.is_dir():
        raise UsageError(str(folder), "is no folder", "name a folder that holds a recording")
    if not is_recording(folder):
        raise UsageError(
            str(folder), "holds no recording", f"name a folder with {FILES[SourceName.PRICES]} or docs/"
        )
    manifest = _read_manifest(folder)
    loaded = {source: _load(folder, source, manifest) for source in RECORDED}
    models = loaded[SourceName.MODELS]
    if isinstance(models, NotMeasured) and isinstance(loaded[SourceName.SCHEMAS], NotMeasured):
        # Schemas are asked for by the list of models: without the one there can't be the other.
        loaded[SourceName.SCHEMAS] = NotMeasured(SourceName.SCHEMAS, models.reason)
    return Recording(loaded)


def is_recording(folder: Path) -> bool:
    """Whether a folder holds a reply of any source."""
    return any((folder / name).exists() for name in FILES.values())


def save(recording: Recording, folder: Path, *, form: str) -> None:
    """Write a recording in one step; a kill at any moment leaves the old one or the new one.

    Args:
        recording: what to write.
        folder: a new one, an empty one, or one with a recording, which is replaced.
        form: `full` or `facts`, for its manifest.

    Raises:
        UsageError: the folder holds anything else, which would be lost.
        WriteFailed: the disk is full or read-only; the folder is as before.
    """
    swap.recover(folder)
    foreign = _foreign(folder)
    if foreign:
        raise UsageError(
            str(folder), f"holds {foreign}, which is no part of a recording", "name another folder"
        )
    manifest = recorded_json(_manifest(recording, form), MANIFEST)
    swap.replace_folder(folder, {MANIFEST: manifest, **recording.files})


def _foreign(folder: Path) -> str | None:
    """What stands in a folder and is no part of a recording."""
    if folder.exists() and not folder.is_dir():
        return "a file"
    ours = {MANIFEST, INDEX, *FILES.values()}
    names = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    return next((name for name in names if name not in ours), None)


def _manifest(recording: Recording, form: str) -> dict[str, Any]:
    entries = {_KEYS[source]: _entry(each) for source, each in recording.sources.items()}
    days = [raw.taken_at for raw in recording.measured if raw.source in (SourceName.PRICES, SourceName.PAGES)]
    newest = max(days or [raw.taken_at for raw in recording.measured])
    return {"taken_at": newest, "form": form, **entries}


def _entry(each: Raw | NotMeasured) -> dict[str, Any]:
    if isinstance(each, NotMeasured):
        return {"not_measured": each.reason}
    faults = [{"place": fault.place, "fact": fault.fact} for fault in each.faults]
    return {"taken_at": each.taken_at, "files": len(each.files)} | ({"faults": faults} if faults else {})


def _read_manifest(folder: Path) -> Manifest:
    place = folder / MANIFEST
    if not place.exists():
        raise SourceError(str(place), "is missing, so nothing says when the replies were taken", RECORD_AGAIN)
    try:
        manifest = Manifest.model_validate(read_json(_bytes(place), str(place)))
    except ValidationError as error:
        refuse(str(place), str(first_problem(error)))
    for taken_at in (manifest.taken_at, *(manifest.taken(source).taken_at for source in RECORDED)):
        if taken_at is not None and not _DAY.fullmatch(taken_at[:10]):
            refuse(str(place), f"taken_at {taken_at!r} is no date")
    return manifest


def _load(folder: Path, source: SourceName, manifest: Manifest) -> Raw | NotMeasured:
    taken = manifest.taken(source)
    files = _files(folder, source)
    if files is None:
        return NotMeasured(source, taken.not_measured) if taken.not_measured else absent(source)
    faults = tuple(Fault(source, missed.place, missed.fact) for missed in taken.faults)
    if source is SourceName.PAGES:
        faults = _with_unrecorded(files, faults)
    return Raw(source, (taken.taken_at or manifest.taken_at)[:10], files, str(folder / FILES[source]), faults)


def _files(folder: Path, source: SourceName) -> dict[str, bytes] | None:
    place = folder / FILES[source]
    if not place.suffix and place.is_dir():
        suffix = ".md" if source is SourceName.PAGES else ".json"
        found = {
            file.relative_to(folder).as_posix(): _bytes(file) for file in sorted(place.rglob(f"*{suffix}"))
        }
        index = folder / INDEX
        return ({INDEX: _bytes(index)} if source is SourceName.PAGES and index.exists() else {}) | found
    return {FILES[source]: _bytes(place)} if place.suffix and place.exists() else None


def _with_unrecorded(files: Mapping[str, bytes], faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The pages that the index lists and nobody recorded: not measured, which must not look like gone."""
    listed, _ = pages.read_index(files.get(INDEX, b"").decode("utf-8", "replace"))
    known = {fault.place for fault in faults}
    missing = [path for path in listed if pages.file_of(path) not in files and path not in known]
    more = (Fault(SourceName.PAGES, path, NOT_IN_RECORDING) for path in sorted(missing))
    return (*faults, *more)


def _bytes(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise SourceError(str(place), f"cannot be read ({error.strerror})", RECORD_AGAIN) from error
