"""The input schemas of a workspace: records as upstream gives them, and reviewed corrections of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kie_catalog.domain.errors import UsageError
from kie_catalog.domain.ids import is_model_id
from kie_catalog.schemas.overrides import Override, parse_override
from kie_catalog.schemas.records import RECORD, amended, parse_record, render_record

INPUTS: Final = Path("schemas/inputs")
OVERRIDES: Final = Path("schemas/overrides")
RESTORE: Final = "restore it from version control"


def read_records(root: Path) -> dict[str, Mapping[str, Any]]:
    """Every model's record, by id, as the files hold them.

    Raises:
        UsageError: one of them is damaged.
    """
    return records_of(record_files(root))


def record_files(root: Path) -> dict[str, tuple[Path, bytes]]:
    """Every model's record as the file it is and the bytes in it, by id."""
    return {model_id: (file, file.read_bytes()) for model_id, file in _files(root / INPUTS)}


def records_of(files: Mapping[str, tuple[Path, bytes]]) -> dict[str, Mapping[str, Any]]:
    """The records that files hold.

    Raises:
        UsageError: one of them is damaged.
    """
    return {model_id: _json(file, raw) for model_id, (file, raw) in files.items()}


def read_overrides(root: Path) -> dict[str, Override]:
    """Every model's reviewed corrections, by id.

    Raises:
        UsageError: a file is no JSON.
        CatalogInvalid: a file has not the form of an override.
    """
    return read_overrides_with(root, {})


def read_overrides_with(root: Path, moved: Mapping[Path, bytes | None]) -> dict[str, Override]:
    """The same once some files are others; those without content are gone.

    Raises:
        CatalogInvalid: as for `read_overrides`.
    """
    files = {file: file.read_bytes() for _, file in _files(root / OVERRIDES)} | dict(moved)
    return {
        model_id: parse_override(_json(file, raw), model=model_id, path=file.relative_to(root).as_posix())
        for file, raw in sorted(files.items())
        if raw is not None
        for model_id in [file.relative_to(root / OVERRIDES).as_posix().removesuffix(".json")]
    }


def override_file(root: Path, model_id: str) -> Path:
    """Where the reviewed corrections of a model lie.

    Raises:
        ValueError: the id can't be a file name.
    """
    if not is_model_id(model_id):
        raise ValueError(f"{model_id!r} is no model id")
    return root / OVERRIDES / f"{model_id}.json"


def with_corrections(
    records: Mapping[str, Mapping[str, Any]], overrides: Mapping[str, Override]
) -> dict[str, Mapping[str, Any]]:
    """The records with the reviewed corrections carried out: what a request is checked against."""
    return {model_id: _amended(record, overrides.get(model_id)) for model_id, record in records.items()}


def _amended(record: Mapping[str, Any], override: Override | None) -> Mapping[str, Any]:
    if override is None or RECORD not in record:
        return record
    changed: Mapping[str, Any] = json.loads(render_record(amended(parse_record(record), override)))
    return changed


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*.json")):
        yield file.relative_to(folder).as_posix().removesuffix(".json"), file


def _json(file: Path, raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise UsageError(str(file), f"is not JSON ({error})", RESTORE) from None
