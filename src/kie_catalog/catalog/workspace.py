"""A workspace: the folders of one catalog on a disk, and where to find them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from kie_catalog.catalog.artefact import packaged_aliases
from kie_catalog.catalog.inputs import (
    INPUTS,
    OVERRIDES,
    read_overrides,
    read_records,
    record_files,
    records_of,
    with_corrections,
)
from kie_catalog.catalog.nodes import YamlDocument, decode, parse
from kie_catalog.domain.document import Document
from kie_catalog.domain.errors import NothingChecked, UsageError
from kie_catalog.domain.ids import is_model_id
from kie_catalog.domain.values import digest, digest_bytes
from kie_catalog.schemas.overrides import Override
from kie_catalog.sync.aliases import Aliases, parse_aliases
from kie_catalog.sync.base import Base, base_from_json
from kie_catalog.sync.decisions import read_decisions
from kie_catalog.sync.limits import Limits, read_limits
from kie_catalog.sync.ownership import Ownership, read_ownership
from kie_catalog.sync.plan import Ours, Settings
from kie_catalog.sync.severities import read_severities
from kie_catalog.sync.state import state_of_catalog

CATALOG: Final = Path("catalog/models_pricing.yaml")
BASE: Final = Path("sync/base.json")
ALIASES: Final = Path("sync/aliases.yaml")
OWNERSHIP: Final = Path("sync/ownership.yaml")
DECISIONS: Final = Path("sync/decisions.yaml")
SOURCES: Final = Path("sync/sources.yaml")
HISTORY: Final = Path("sync/history.jsonl")
OPEN_POINTS: Final = Path("reports/open.md")
REPORTS: Final = Path("reports")
RECORDINGS: Final = Path("sync/recordings")
ARTEFACT: Final = Path("src/kie_catalog/_data")
ROOT_VARIABLE: Final = "KIE_CATALOG_ROOT"

NEW_CATALOG: Final = """\
# yaml-language-server: $schema=../schemas/models_pricing.schema.json
version: '2.0'
source: KIE AI price feed and API documentation
last_updated: '1970-01-01'
models: []
"""

READ_BY_PLANS: Final = (OWNERSHIP, DECISIONS, SOURCES, ALIASES, OVERRIDES)
"""What people write and a plan reads: with another word in them it may be another plan."""

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One catalog on a disk. Reading never writes."""

    root: Path

    @property
    def catalog_file(self) -> Path:
        """The reviewed truth."""
        return self.root / CATALOG

    @property
    def base_file(self) -> Path:
        """The merge base."""
        return self.root / BASE

    @property
    def artefact_folder(self) -> Path | None:
        """Where the package's built data lies, if this is the checkout that builds the package."""
        folder = self.root / ARTEFACT
        return folder if folder.is_dir() else None

    def schema_file(self, model_id: str) -> Path:
        """The input schema of a model.

        Raises:
            ValueError: the id can't be a file name; upstream's texts never become paths unchecked.
        """
        if not is_model_id(model_id):
            raise ValueError(f"{model_id!r} is no model id")
        return self.root / INPUTS / f"{model_id}.json"

    def document(self) -> YamlDocument:
        """Read the catalog file.

        Raises:
            CatalogInvalid: it is not YAML that we accept.
            NothingChecked: there is none.
        """
        return read_document(self.catalog_file, self.relative(self.catalog_file))

    def document_or_new(self) -> YamlDocument:
        """Read the catalog file; where there is none yet, an empty catalog."""
        if self.catalog_file.exists():
            return self.document()
        return parse(NEW_CATALOG, self.relative(self.catalog_file))

    def base(self) -> Base:
        """Read the merge base; where there is none yet, an empty one.

        Raises:
            UsageError: it is damaged.
        """
        return self._base_and_digest()[0]

    def _base_and_digest(self) -> tuple[Base, str]:
        """The base and the digest of exactly the bytes it was read from."""
        if not self.base_file.exists():
            return Base(), ""
        raw = self.base_file.read_bytes()
        try:
            return base_from_json(exact_json(raw)), digest_bytes(raw)
        except ValueError as error:
            cure = "restore it from version control; without it a sync cannot tell edits from moves"
            raise UsageError(self.relative(self.base_file), str(error), cure) from None

    def records(self) -> dict[str, Mapping[str, Any]]:
        """The records of all inputs, by model id, as upstream gives them."""
        return read_records(self.root)

    def overrides(self) -> dict[str, Override]:
        """The reviewed corrections of input schemas, by model id."""
        return read_overrides(self.root)

    def schemas(self) -> dict[str, Mapping[str, Any]]:
        """The input schemas that count, by model id: the records with the corrections carried out."""
        return with_corrections(self.records(), self.overrides())

    def aliases(self) -> Aliases:
        """Read the reviewed facts for the resolver: the workspace's, or else those of the package.

        Raises:
            CatalogInvalid: the file is not YAML that we accept.
            UsageError: it has not the form of the file.
        """
        file = self.root / ALIASES
        if not file.exists():
            return packaged_aliases()
        document = read_document(file, self.relative(file))
        try:
            return parse_aliases(document.data)
        except ValueError as error:
            raise UsageError(document.path, str(error), "see CONTRIBUTING.md, Add an alias") from None

    def aliases_data(self) -> Any:
        """The plain content of the workspace's own reviewed facts; `None` if it has none."""
        file = self.root / ALIASES
        return read_document(file, self.relative(file)).data if file.exists() else None

    def history(self) -> str:
        """The text of the price history; empty where there is none yet."""
        file = self.root / HISTORY
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def settings(self, *, lifted: Collection[str], today: str) -> Settings:
        """How plans are made here: the owners, the decisions and the limits of the guards.

        Raises:
            CatalogInvalid: one of their files is wrong, with every fault's line and column.
        """
        return Settings(
            limits=self._setting(SOURCES, read_limits, Limits()),
            severities=self._setting(SOURCES, read_severities, {}),
            lifted=lifted,
            ownership=self._setting(OWNERSHIP, read_ownership, Ownership()),
            decisions=self._setting(DECISIONS, read_decisions, ()),
            today=today,
        )

    def _setting(self, place: Path, read: Callable[[Document], Read], default: Read) -> Read:
        file = self.root / place
        return read(read_document(file, self.relative(file))) if file.exists() else default

    def ours(self, document: YamlDocument) -> Ours:
        """The workspace as a plan sees it, with the digests of exactly what was read."""
        data = document.data if isinstance(document.data, dict) else {}
        base, base_digest = self._base_and_digest()
        files = record_files(self.root)
        records = records_of(files)
        is_there = self.catalog_file.exists()
        return Ours(
            catalog=state_of_catalog(data),
            base=base,
            records=records,
            made_for={
                str(CATALOG): digest_bytes(document.text.encode()) if is_there else "",
                str(BASE): base_digest,
            },
            schemas=with_corrections(records, self.overrides()),
            aliases=self.aliases(),
            made_from={each.as_posix(): digest_of(self.root / each) for each in READ_BY_PLANS},
            record_files={
                model: (file.relative_to(self.root).as_posix(), digest_bytes(content))
                for model, (file, content) in files.items()
            },
        )

    def newest_recording(self) -> Path | None:
        """The newest of the recordings kept in the workspace."""
        folders = sorted(each for each in (self.root / RECORDINGS).glob("*") if each.is_dir())
        return folders[-1] if folders else None

    def relative(self, path: Path) -> str:
        """A path as messages name it: from where the user stands if that is shorter."""
        try:
            return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
        except OSError:
            return str(path)


def find_workspace(root: Path | None, *, start: Path, environment: Mapping[str, str]) -> Workspace | None:
    """Find the workspace: the given root, the one the environment names, or the first found upwards.

    Returns:
        `None` if there is none and none was asked for by name.

    Raises:
        UsageError: the one asked for by name is no folder.
    """
    named = root or (Path(environment[ROOT_VARIABLE]) if environment.get(ROOT_VARIABLE) else None)
    if named is not None:
        if not named.is_dir():
            origin = "--root" if root else ROOT_VARIABLE
            raise UsageError(str(named), "is no folder", f"point {origin} at a folder with catalog/ in it")
        return Workspace(named.resolve())
    for folder in (start, *start.parents):
        if (folder / CATALOG).is_file():
            return Workspace(folder)
    return None


def read_document(file: Path, shown: str) -> YamlDocument:
    """Read a catalog file from anywhere.

    Raises:
        CatalogInvalid: it is not YAML that we accept.
        NothingChecked: there is no such file.
    """
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise NothingChecked(shown) from None
    except OSError as error:
        raise UsageError(shown, f"cannot be read ({error.strerror})", "name a readable file") from error
    return parse(decode(raw, shown), shown)


def read_exact_json(file: Path) -> Any:
    """Read a JSON file of ours with its numbers exact."""
    return exact_json(file.read_bytes())


def exact_json(raw: bytes) -> Any:
    """Read JSON of ours with its numbers exact."""
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


def digest_of(place: Path) -> str:
    """Digest of a file's bytes, or of all files in a folder by name; an empty text if there is none."""
    if not place.is_dir():
        return digest_bytes(place.read_bytes()) if place.exists() else ""
    files = {file.relative_to(place).as_posix(): file for file in place.rglob("*") if file.is_file()}
    return (
        digest({name: digest_bytes(file.read_bytes()) for name, file in sorted(files.items())})
        if files
        else ""
    )
