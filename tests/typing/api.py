"""The public names as a user's type checker sees them; checked, never run."""

from decimal import Decimal

from kie_catalog import (
    BlockingKie,
    Budget,
    BudgetGuard,
    Catalog,
    KieClient,
    KieError,
    KIEService,
    Mode,
    Model,
    handle_kie_error,
    packaged_catalog,
    packaged_schemas,
)
from kie_catalog.client.kinds import ErrorCode

catalog: Catalog = packaged_catalog()
model: Model | None = catalog.model("bytedance/seedance-2")
if model is not None:
    mode: Mode | None = model.mode("480p-no-video-input")
    if mode is not None:
        price: Decimal = mode.credits
schema = packaged_schemas()["bytedance/seedance-2"]


async def generate(client: KieClient) -> str:
    service = KIEService(client, guard=BudgetGuard(Budget(refuse_above=Decimal(10))))
    generation = await service.create_generation("nano-banana-2", {"prompt": "a cat"})
    result = await service.wait_for_generation(generation.task_id, timeout=900)
    balance: Decimal = await client.credits()
    told: dict[str, object] = handle_kie_error(KieError(ErrorCode.UNKNOWN))
    return f"{result.urls} {balance} {told}"


def generate_blocking(kie: BlockingKie) -> str:
    ticket = kie.create("nano-banana-2", {"prompt": "a cat"})
    task_id: str = kie.wait(ticket, 60.0).task_id
    return task_id
