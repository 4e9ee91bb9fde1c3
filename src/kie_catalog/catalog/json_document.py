"""A JSON file as a document: its places are looked for only if somebody asks."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from kie_catalog.catalog.nodes import YamlDocument, decode, parse
from kie_catalog.domain.errors import CatalogInvalid
from kie_catalog.domain.finding import Where
from kie_catalog.domain.values import Pointer


class JsonDocument:
    """One JSON file of ours; JSON is YAML, so the reader of YAML finds the places in it."""

    def __init__(self, path: str, raw: bytes, data: Any) -> None:
        """Know the file.

        Args:
            path: as the user named it.
            raw: its bytes.
            data: what they hold, read already.
        """
        self.path = path
        self.data = data
        self._raw = raw

    def where(self, pointer: Pointer, *, key: bool = False) -> Where:
        """The place of a value or, with `key`, of the key it stands under."""
        found = self._located
        return found.where(pointer, key=key) if found else Where(self.path, pointer=pointer)

    @cached_property
    def _located(self) -> YamlDocument | None:
        try:
            return parse(decode(self._raw, self.path), self.path)
        except CatalogInvalid:
            return None  # what JSON allows and our YAML does not: then the place is the file
