"""A versioned catalog of the models, prices and input schemas of KIE AI that stays true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kie_catalog.catalog.artefact import packaged_catalog, packaged_schemas
    from kie_catalog.domain.catalog import Catalog, Mode, Model
    from kie_catalog.domain.errors import CatalogError, CatalogInvalid
    from kie_catalog.domain.finding import Finding, Severity

__version__ = "0.1.0"

# Where each public name lives; importing the package imports none of them.
_HOMES: Final = {
    "Catalog": "kie_catalog.domain.catalog",
    "CatalogError": "kie_catalog.domain.errors",
    "CatalogInvalid": "kie_catalog.domain.errors",
    "Finding": "kie_catalog.domain.finding",
    "Mode": "kie_catalog.domain.catalog",
    "Model": "kie_catalog.domain.catalog",
    "Severity": "kie_catalog.domain.finding",
    "packaged_catalog": "kie_catalog.catalog.artefact",
    "packaged_schemas": "kie_catalog.catalog.artefact",
}
__all__ = [
    "Catalog",
    "CatalogError",
    "CatalogInvalid",
    "Finding",
    "Mode",
    "Model",
    "Severity",
    "packaged_catalog",
    "packaged_schemas",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    from importlib import import_module  # noqa: PLC0415 -- the package itself imports nothing

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__]
