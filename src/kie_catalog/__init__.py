"""A versioned catalog of the models, prices and input schemas of KIE AI that stays true."""

from __future__ import annotations

from kie_catalog.version import __version__ as __version__  # a public name of the package

TYPE_CHECKING = False  # typing itself is slow to import
if TYPE_CHECKING:
    from typing import Any, Final

    from kie_catalog.catalog.artefact import packaged_catalog, packaged_schemas
    from kie_catalog.catalog.cache import CatalogCache
    from kie_catalog.catalog.startup import startup_check
    from kie_catalog.catalog.startup_report import StartupReport
    from kie_catalog.client.blocking import BlockingKie
    from kie_catalog.client.client import KieClient
    from kie_catalog.client.errors import KieError, SubmissionUnknown, handle_kie_error
    from kie_catalog.client.settings import ClientSettings
    from kie_catalog.domain.catalog import Catalog, Mode, Model
    from kie_catalog.domain.errors import CatalogError, CatalogInvalid
    from kie_catalog.domain.finding import Finding, Severity
    from kie_catalog.service.budget import Budget, BudgetGuard
    from kie_catalog.service.service import KIEService
    from kie_catalog.service.sync_service import KIESyncService

# Where each public name lives; importing the package imports none of them.
_HOMES: Final = {
    "BlockingKie": "kie_catalog.client.blocking",
    "Budget": "kie_catalog.service.budget",
    "BudgetGuard": "kie_catalog.service.budget",
    "Catalog": "kie_catalog.domain.catalog",
    "CatalogCache": "kie_catalog.catalog.cache",
    "CatalogError": "kie_catalog.domain.errors",
    "CatalogInvalid": "kie_catalog.domain.errors",
    "ClientSettings": "kie_catalog.client.settings",
    "Finding": "kie_catalog.domain.finding",
    "KIEService": "kie_catalog.service.service",
    "KIESyncService": "kie_catalog.service.sync_service",
    "KieClient": "kie_catalog.client.client",
    "KieError": "kie_catalog.client.errors",
    "Mode": "kie_catalog.domain.catalog",
    "Model": "kie_catalog.domain.catalog",
    "Severity": "kie_catalog.domain.finding",
    "StartupReport": "kie_catalog.catalog.startup_report",
    "SubmissionUnknown": "kie_catalog.client.errors",
    "handle_kie_error": "kie_catalog.client.errors",
    "packaged_catalog": "kie_catalog.catalog.artefact",
    "packaged_schemas": "kie_catalog.catalog.artefact",
    "startup_check": "kie_catalog.catalog.startup",
}
__all__ = [
    "BlockingKie",
    "Budget",
    "BudgetGuard",
    "Catalog",
    "CatalogCache",
    "CatalogError",
    "CatalogInvalid",
    "ClientSettings",
    "Finding",
    "KIEService",
    "KIESyncService",
    "KieClient",
    "KieError",
    "Mode",
    "Model",
    "Severity",
    "StartupReport",
    "SubmissionUnknown",
    "handle_kie_error",
    "packaged_catalog",
    "packaged_schemas",
    "startup_check",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # importlib would import half of the standard library first
    return getattr(__import__(_HOMES[name], fromlist=(name,)), name)


def __dir__() -> list[str]:
    return [*__all__]
