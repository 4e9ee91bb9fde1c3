"""The public names as a user's type checker sees them; checked, never run. Each stands here at least once."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from starlette.applications import Starlette

from kie_catalog import (
    BatchService,
    BlockingKie,
    Budget,
    BudgetGuard,
    BuiltInput,
    Catalog,
    CatalogCache,
    CatalogError,
    CatalogInvalid,
    ClientSettings,
    Finding,
    Generation,
    Hosts,
    Inbox,
    InboxWake,
    KieClient,
    KieError,
    KIEService,
    KIESyncService,
    LocalWake,
    Mode,
    Model,
    Quote,
    Result,
    Severity,
    SharedLimiter,
    StartupReport,
    SubmissionLedger,
    SubmissionUnknown,
    Verifier,
    Webhook,
    build_input,
    handle_kie_error,
    open_batches,
    packaged_catalog,
    packaged_schemas,
    quote,
    startup_check,
    webhook_app,
)


def reads_the_catalog() -> None:
    catalog = assert_type(packaged_catalog(), Catalog)
    model = assert_type(catalog.model("bytedance/seedance-2"), Model | None)
    for each in catalog:
        assert_type(each, Model)
    if model is not None:
        mode = assert_type(model.mode("480p-no-video-input"), Mode | None)
        if mode is not None:
            assert_type(mode.credits, Decimal)
    cache = CatalogCache("catalog/models_pricing.yaml")
    assert_type(cache.get(), Catalog)


def starts() -> Mapping[str, Sequence[str]]:
    try:
        report = assert_type(startup_check(Path("catalog"), strict=True), StartupReport)
    except CatalogInvalid as error:
        for each in error.findings:
            assert_type(each, Finding)
            assert_type(each.severity, Severity)
        raise
    except CatalogError as error:
        assert_type(error.exit_code, int)
        raise
    assert_type(report.catalog, Catalog)
    return report.disabled


def prices(model: Model) -> Decimal | None:
    schema = assert_type(packaged_schemas(), Mapping[str, Mapping[str, Any]])[model.id]
    built = build_input(schema, {"prompt": "a cat"})
    if not isinstance(built, BuiltInput):
        return None
    answer = quote(model, schema, assert_type(built.input, dict[str, Any]), {"input_seconds": 8})
    return assert_type(answer.credits, Decimal) if isinstance(answer, Quote) else None


async def generates() -> str:
    settings = ClientSettings(hosts=Hosts.at("http://127.0.0.1:8787"))
    limiter, ledger = SharedLimiter("limits.sqlite"), SubmissionLedger("sent.sqlite")
    async with KieClient(settings=settings, limiter=limiter, ledger=ledger) as client:
        guard = BudgetGuard(Budget(refuse_above=Decimal(10)))
        service = KIEService(client, guard=guard, wake=LocalWake())
        try:
            started = assert_type(
                await service.create_generation("nano-banana-2", {"prompt": "a cat"}), Generation
            )
        except SubmissionUnknown as error:
            return f"{await client.reconcile(error, await Inbox('callbacks.sqlite').candidates())}"
        except KieError as error:
            return f"{assert_type(handle_kie_error(error, language='ru'), dict[str, Any])}"
        result = assert_type(await service.wait_for_generation(started.task_id, timeout=900), Result)
        assert_type(await client.credits(), Decimal)
    return f"{result.urls} {result.credits}"


async def runs_batches() -> int:
    async with open_batches(Path("batches.sqlite")) as batches:
        assert_type(batches, BatchService)
        await batches.submit([{"model": "nano-banana-2", "prompt": "a cat"}])
        return assert_type(await batches.cancel("b-1"), int)


def generates_blocking(kie: BlockingKie) -> str:
    ticket = kie.create("nano-banana-2", {"prompt": "a cat"})
    return assert_type(kie.wait(ticket, 60.0).task_id, str)


def hears_of_another_process(client: KieClient) -> KIEService:
    return KIEService(client, wake=InboxWake(Inbox("callbacks.sqlite")))


def hears_callbacks(wake: LocalWake) -> Starlette:
    return assert_type(webhook_app(Webhook(Inbox("callbacks.sqlite"), Verifier(["key"]), wake)), Starlette)


async def keeps_the_catalog(service: KIESyncService) -> tuple[Finding, ...]:
    await service.start()
    return assert_type(await service.validate_catalog(), tuple[Finding, ...])
