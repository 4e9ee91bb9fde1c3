"""A versioned catalog of the models, prices and input schemas of KIE AI that stays true.

What this package lists in `__all__` is public; `docs/deprecation.md` says what that promises, and for what
else. Each name is imported when it is first asked for.
"""

from __future__ import annotations

from kie_catalog.version import __version__ as __version__  # a public name of the package

TYPE_CHECKING = False  # typing itself is slow to import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from kie_catalog.catalog.artefact import packaged_catalog, packaged_schemas
    from kie_catalog.catalog.cache import CatalogCache
    from kie_catalog.catalog.startup import startup_check
    from kie_catalog.catalog.startup_report import StartupReport
    from kie_catalog.client.blocking import BlockingKie
    from kie_catalog.client.bucket import SharedLimiter
    from kie_catalog.client.client import KieClient
    from kie_catalog.client.errors import KieError, SubmissionUnknown, handle_kie_error
    from kie_catalog.client.ledger import SubmissionLedger
    from kie_catalog.client.settings import ClientSettings, Hosts
    from kie_catalog.client.signature import Verifier
    from kie_catalog.domain.catalog import Catalog, Mode, Model
    from kie_catalog.domain.errors import CatalogError, CatalogInvalid
    from kie_catalog.domain.finding import Finding, Severity
    from kie_catalog.pricing.quote import Quote, quote
    from kie_catalog.schemas.build import BuiltInput, build_input
    from kie_catalog.service.batch.batch_service import BatchService
    from kie_catalog.service.batch.opening import open_batches
    from kie_catalog.service.budget import Budget, BudgetGuard
    from kie_catalog.service.inbox import Inbox
    from kie_catalog.service.service import Generation, KIEService, Result
    from kie_catalog.service.sync_service import KIESyncService
    from kie_catalog.service.wakes import InboxWake, LocalWake
    from kie_catalog.service.webhook import Webhook, webhook_app

# Where each public name lives; importing the package imports none of them.
_HOMES: Final = {
    "BatchService": "kie_catalog.service.batch.batch_service",
    "BlockingKie": "kie_catalog.client.blocking",
    "Budget": "kie_catalog.service.budget",
    "BudgetGuard": "kie_catalog.service.budget",
    "BuiltInput": "kie_catalog.schemas.build",
    "Catalog": "kie_catalog.domain.catalog",
    "CatalogCache": "kie_catalog.catalog.cache",
    "CatalogError": "kie_catalog.domain.errors",
    "CatalogInvalid": "kie_catalog.domain.errors",
    "ClientSettings": "kie_catalog.client.settings",
    "Finding": "kie_catalog.domain.finding",
    "Generation": "kie_catalog.service.service",
    "Hosts": "kie_catalog.client.settings",
    "Inbox": "kie_catalog.service.inbox",
    "InboxWake": "kie_catalog.service.wakes",
    "KIEService": "kie_catalog.service.service",
    "KIESyncService": "kie_catalog.service.sync_service",
    "KieClient": "kie_catalog.client.client",
    "KieError": "kie_catalog.client.errors",
    "LocalWake": "kie_catalog.service.wakes",
    "Mode": "kie_catalog.domain.catalog",
    "Model": "kie_catalog.domain.catalog",
    "Quote": "kie_catalog.pricing.quote",
    "Result": "kie_catalog.service.service",
    "Severity": "kie_catalog.domain.finding",
    "SharedLimiter": "kie_catalog.client.bucket",
    "StartupReport": "kie_catalog.catalog.startup_report",
    "SubmissionLedger": "kie_catalog.client.ledger",
    "SubmissionUnknown": "kie_catalog.client.errors",
    "Verifier": "kie_catalog.client.signature",
    "Webhook": "kie_catalog.service.webhook",
    "build_input": "kie_catalog.schemas.build",
    "handle_kie_error": "kie_catalog.client.errors",
    "open_batches": "kie_catalog.service.batch.opening",
    "packaged_catalog": "kie_catalog.catalog.artefact",
    "packaged_schemas": "kie_catalog.catalog.artefact",
    "quote": "kie_catalog.pricing.quote",
    "startup_check": "kie_catalog.catalog.startup",
    "webhook_app": "kie_catalog.service.webhook",
}
__all__ = [
    "BatchService",
    "BlockingKie",
    "Budget",
    "BudgetGuard",
    "BuiltInput",
    "Catalog",
    "CatalogCache",
    "CatalogError",
    "CatalogInvalid",
    "ClientSettings",
    "Finding",
    "Generation",
    "Hosts",
    "Inbox",
    "InboxWake",
    "KIEService",
    "KIESyncService",
    "KieClient",
    "KieError",
    "LocalWake",
    "Mode",
    "Model",
    "Quote",
    "Result",
    "Severity",
    "SharedLimiter",
    "StartupReport",
    "SubmissionLedger",
    "SubmissionUnknown",
    "Verifier",
    "Webhook",
    "build_input",
    "handle_kie_error",
    "open_batches",
    "packaged_catalog",
    "packaged_schemas",
    "quote",
    "startup_check",
    "webhook_app",
]

# Names on their way out: (the public name that takes its place, the version that drops the old one).
_RETIRED: Final[Mapping[str, tuple[str, str]]] = {}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        name = _successor(name, _RETIRED)
    # importlib would import half of the standard library first
    return getattr(__import__(_HOMES[name], fromlist=(name,)), name)


def _successor(name: str, retired: Mapping[str, tuple[str, str]]) -> str:
    """What takes the place of a name on its way out, with a warning at the line that asks for the old one."""
    if name not in retired:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import warnings  # noqa: PLC0415 -- only those who use an old name pay for it

    successor, last = retired[name]
    said = f"{__name__}.{name} goes with version {last}; use {__name__}.{successor}"
    warnings.warn(said, DeprecationWarning, stacklevel=3)
    return successor


def __dir__() -> list[str]:
    return [*__all__]
