"""Every generation is checked, priced and guarded before it is sent, and its results are fetched at once."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from kie_catalog.catalog.artefact import packaged_catalog, packaged_schemas
from kie_catalog.client.errors import BudgetRefused, KieError, SubmissionUnknown, TaskFailed, handle_kie_error
from kie_catalog.client.kinds import Charged, ErrorCode
from kie_catalog.client.states import Succeeded, is_final
from kie_catalog.domain.catalog import Status
from kie_catalog.pricing.quote import Cause, Quote, Refusal
from kie_catalog.service.budget import Budget, BudgetGuard, Guard
from kie_catalog.service.refusals import InputRefused, ModelRefused
from kie_catalog.service.service import KIEService
from tests.client.answering import client_at
from tests.client.standing import INPUT, MODEL, standing


def with_service(work, *faults, book=None, **options):
    async def it(stand_in):
        stand_in.stand.book.files = stand_in.url
        async with client_at(stand_in.url) as client:
            return await work(KIEService(client, **options), stand_in)

    with standing(*faults, **(book or {})) as stand_in:
        return asyncio.run(it(stand_in)), stand_in.stand.book


def test_a_generation_is_built_priced_started_awaited_and_downloaded(tmp_path):
    async def work(service, _):
        generation = await service.create_generation(MODEL, {"prompt": "a lighthouse", "resolution": "1k"})
        status = await service.get_generation_status(generation.task_id)
        result = await service.wait_for_generation(generation.task_id)
        return generation, status, result

    (generation, status, result), book = with_service(work, downloads=tmp_path)
    assert isinstance(generation.quote, Quote)
    assert generation.quote.credits > 0
    assert generation.input["resolution"] == "1K"
    assert book.tasks[generation.task_id].request["input"] == generation.input
    assert isinstance(status.state, Succeeded)
    assert [each.read_bytes().startswith(b"the file") for each in result.files] == [True]
    assert result.files[0].parent == tmp_path / generation.task_id


def test_an_input_that_the_model_does_not_take_is_never_sent():
    async def work(service, _):
        with pytest.raises(InputRefused) as caught:
            await service.create_generation(MODEL, {"prompt": "x", "resolution": "Olga's own size"})
        return caught.value

    error, book = with_service(work)
    assert book.tasks == {}
    assert "resolution" in error.message("en")
    assert "resolution" in error.message("ru")
    told = (
        str(handle_kie_error(error)) + str(handle_kie_error(error, language="ru")) + str(error) + repr(error)
    )
    assert "Olga" not in told


@pytest.mark.parametrize("status", [Status.MISSING, Status.RETIRED, Status.HIDDEN])
def test_a_model_that_is_not_offered_is_refused_with_the_reason(status):
    catalog = packaged_catalog()
    models = tuple(replace(each, status=status) if each.id == MODEL else each for each in catalog)

    async def work(service, _):
        with pytest.raises(ModelRefused) as caught:
            await service.create_generation(MODEL, INPUT)
        return caught.value, service.get_model_info(MODEL).reason

    (error, reason), book = with_service(work, catalog=replace(catalog, models=models))
    assert book.tasks == {}
    assert (error.code, error.detail) == (ErrorCode.UNAVAILABLE, reason)
    assert status in reason


def test_a_model_is_called_as_the_given_catalog_says():
    records = dict(packaged_schemas())
    call = records["flux1-kontext"]["x-kie"]["call"]
    records[MODEL] = {**records[MODEL], "x-kie": {**records[MODEL]["x-kie"], "call": call}}

    async def work(service, _):
        generation = await service.create_generation(MODEL, INPUT)
        known = await service.get_generation_status(generation.task_id, model_id=MODEL)
        again = await KIEService(service.client, schemas=records).wait_for_generation(
            generation.task_id, model_id=MODEL
        )
        return known, again

    (known, again), book = with_service(work, schemas=records)
    assert [each.endpoint for each in book.tasks.values()] == ["/api/v1/flux/kontext/generate"]
    assert known.state.urls == again.urls


def test_a_model_that_the_application_disables_is_refused_with_its_reason_and_not_listed():
    async def work(service, _):
        with pytest.raises(ModelRefused, match="too dear"):
            await service.create_generation(MODEL, INPUT)
        return {each.model.id for each in service.list_available_models()}

    with_service(work, disabled={MODEL: ["too dear", "too slow"]})
    listed, _ = with_service(work, disabled={MODEL: "too dear"})
    assert MODEL not in listed
    active = {each.id for each in packaged_catalog() if each.status is Status.ACTIVE}
    assert listed <= active - {MODEL}
    assert listed


def test_an_unknown_model_is_refused_with_the_nearest():
    async def work(service, _):
        with pytest.raises(ModelRefused, match="nano-banana"):
            await service.create_generation("nano-bananna-2", INPUT)

    with_service(work)


def guard(confirm=None, warned=None, **budget):
    async def answer(*_):
        return confirm

    def warn(_, reason):
        warned.append(reason)

    return BudgetGuard(
        Budget(**budget), answer if confirm is not None else None, warn if warned is not None else None
    )


@pytest.mark.parametrize(
    ("keeper", "passes"),
    [
        (guard(), True),
        (guard(refuse_above=Decimal("0.5")), False),
        (guard(confirm_above=Decimal("0.5")), False),
        (guard(confirm=False, confirm_above=Decimal("0.5")), False),
        (guard(confirm=True, confirm_above=Decimal("0.5")), True),
        (guard(confirm=True, confirm_above=Decimal("0.5"), total=Decimal(1)), False),
        (guard(total=Decimal(1000)), True),
        (guard(refuse_above=Decimal(1000), confirm_above=Decimal(1000)), True),
    ],
)
def test_the_guard_decides_before_anything_is_spent(keeper, passes):
    async def work(service, _):
        with suppress(BudgetRefused):
            await service.create_generation(MODEL, INPUT)

    _, book = with_service(work, guard=keeper)
    assert bool(book.tasks) is passes
    assert bool(keeper.spent) is passes


def test_the_guard_warns_and_lets_pass():
    warned = []

    async def work(service, _):
        await service.create_generation(MODEL, INPUT)

    _, book = with_service(work, guard=guard(warned=warned, warn_above=Decimal("0.5")))
    assert len(book.tasks) == 1
    assert "above the limit of 0.5" in warned[0]


def test_a_total_is_never_overspent_however_many_ask_at_once():
    keeper = guard(total=Decimal(40))

    async def work(service, _):
        price = service.prepare(MODEL, INPUT)[1].credits
        done = await asyncio.gather(
            *(service.create_generation(MODEL, INPUT) for _ in range(20)), return_exceptions=True
        )
        return price, sum(not isinstance(each, BaseException) for each in done)

    (price, passed), book = with_service(work, guard=keeper)
    assert passed == len(book.tasks) == int(40 / price)
    assert keeper.spent == price * passed <= 40


def test_what_was_not_charged_comes_back_and_what_may_be_does_not():
    keeper = guard()

    async def work(service, stand_in):
        stand_in.switch("no-credits@create*1")
        with pytest.raises(KieError):
            await service.create_generation(MODEL, INPUT)
        assert keeper.spent == 0
        stand_in.switch("fail-501@create*1")
        failed = await service.create_generation(MODEL, INPUT)
        assert keeper.spent > 0
        with pytest.raises(TaskFailed) as caught:
            await service.wait_for_generation(failed.task_id)
        assert caught.value.charged is Charged.NO
        assert keeper.spent == 0
        stand_in.switch("drop@create*1")
        with pytest.raises(SubmissionUnknown) as unknown:
            await service.create_generation(MODEL, INPUT)
        assert keeper.spent > 0
        found = await service.client.reconcile(unknown.value, stand_in.stand.book.tasks)
        service.adopt(found.ticket)
        return await service.wait_for_generation(found.ticket.task_id)

    result, _ = with_service(work, guard=keeper)
    assert result.urls


def test_to_look_at_a_task_under_way_settles_nothing():
    keeper = guard()

    async def work(service, _):
        generation = await service.create_generation(MODEL, INPUT)
        held = keeper.spent
        status = await service.get_generation_status(generation.task_id)
        return generation, held, status

    (generation, held, status), _ = with_service(work, guard=keeper, book={"play": 60.0})
    assert status.task_id == generation.task_id
    assert not is_final(status.state)
    assert keeper.spent == held > 0


def test_what_has_no_price_is_bought_only_where_no_limit_could_be_broken_or_it_is_allowed():
    unpriced = Refusal(MODEL, Cause.NO_PRICE, ("no mode of it charges for the output",))
    assert guard(unquoted=Guard.WARN, total=Decimal(1)).judge(unpriced).guard is Guard.WARN
    assert guard(unquoted=Guard.CONFIRM).judge(unpriced).guard is Guard.CONFIRM
    warned = []
    assert asyncio.run(guard(warned=warned).spend(unpriced)) == 0
    assert len(warned) == 1
    for limit in ("confirm_above", "refuse_above", "total"):
        with pytest.raises(BudgetRefused, match="no price is known"):
            asyncio.run(guard(**{limit: Decimal(1000)}).spend(unpriced))
