"""The gaps between prices and input schemas as findings, each at the place of its model or mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kie_catalog.domain.catalog import Catalog
from kie_catalog.domain.document import Document
from kie_catalog.domain.finding import Finding, Severity
from kie_catalog.domain.values import Pointer
from kie_catalog.pricing.closure import Gap, GapKind, gaps

_INFO, _WARNING = Severity.INFO, Severity.WARNING
# By kind: code, severity, what to do.
_TOLD: Final[Mapping[GapKind, tuple[str, Severity, str]]] = {
    GapKind.ILLEGAL_WHEN: ("KC301", _WARNING, "correct the condition, or the schema by an override"),
    GapKind.OVERLAP: ("KC302", _WARNING, "narrow one of the conditions; a quote refuses what both are for"),
    GapKind.UNPRICED: ("KC303", _WARNING, "add a mode, or leave it: a quote refuses it"),
    GapKind.UNKNOWN_VALUE: ("KC304", _WARNING, "add a mode, or leave it: a quote refuses it"),
    GapKind.NO_QUANTITY: ("KC305", _INFO, "measure it, and give it to the quote"),
    GapKind.UNCOUNTED: ("KC306", _INFO, "the rest is not looked at"),
}


def closure_findings(
    catalog: Catalog, document: Document, schemas: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Where prices and schemas do not close, for every model that has a schema.

    Args:
        catalog: the models and their modes.
        document: the file they stand in, for the places.
        schemas: the input schemas that count, by model.
    """
    for at, model in enumerate(catalog.models):
        if model.id in schemas:
            places: dict[str | None, Pointer] = {None: ("models", at)}
            places |= {mode.id: ("models", at, "modes", number) for number, mode in enumerate(model.modes)}
            for gap in gaps(model, schemas[model.id]):
                yield _finding(gap, places[gap.mode], document)


def _finding(gap: Gap, pointer: Pointer, document: Document) -> Finding:
    code, severity, cure = _TOLD[gap.kind]
    where = document.where(pointer)
    return Finding(code, gap.kind.value, severity, where, f"{gap.detail}; {cure}", gap.model, gap.mode)
