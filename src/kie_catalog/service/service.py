"""`KIEService`: generations as an application wants them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from kie_catalog.client.client import KieClient
from kie_catalog.client.errors import KieError, SubmissionUnknown, WaitExpired
from kie_catalog.client.kinds import Charged, ErrorCode
from kie_catalog.client.states import Details, Failed, State, Succeeded
from kie_catalog.client.submission import Ticket
from kie_catalog.client.waiting import Wake
from kie_catalog.domain.catalog import Catalog, Model, Status
from kie_catalog.pricing.quote import Answer, quote
from kie_catalog.schemas.build import BuiltInput, RefusedInput
from kie_catalog.schemas.endpoints import RECORD_INFO, Call, Callback
from kie_catalog.schemas.near import nearest
from kie_catalog.schemas.problems import Problem, What
from kie_catalog.schemas.records import RECORD, InputSchemas, parse_record
from kie_catalog.service.analytics.log import EventLog
from kie_catalog.service.analytics.recording import Recorder, key_of
from kie_catalog.service.breaker import CircuitBreaker, Trouble
from kie_catalog.service.budget import BudgetGuard
from kie_catalog.service.refusals import ModelRefused, refuse_input

_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation that was started. Keep its task id: it is paid for."""

    task_id: str
    model_id: str
    state: State
    input: Mapping[str, Any] = field(repr=False)
    """As it was sent: read, with defaults."""
    quote: Answer
    """What it costs, or why that could not be told."""
    warnings: tuple[Problem, ...] = ()
    ticket: Ticket | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """A generation that has ended well."""

    task_id: str
    model_id: str | None
    urls: tuple[str, ...]
    """They expire, some after a day."""
    files: tuple[Path, ...]
    """The results on disk, where the service downloads."""
    data: Any
    """The result where it is no file."""
    credits: Decimal | None
    """What KIE took, as it says."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as an application shows it."""

    model: Model
    schema: Mapping[str, Any] | None
    """Of its input; `None` where none is known."""
    reason: str | None
    """Why it is not offered; `None` for one that is."""
    trouble: Trouble | None = None
    """Why it is degraded, for people in `trouble.message("en")` or `("ru")`; `None` where it is not."""

    @property
    def is_available(self) -> bool:
        """Whether it is offered."""
        return self.reason is None

    @property
    def degraded(self) -> bool:
        """Whether its generations keep failing upstream; it is offered all the same."""
        return self.trouble is not None


class KIEService:
    """Generations through one client: each checked, priced and guarded before anything is sent."""

    def __init__(  # noqa: PLR0913 -- the parts that an application may bring, each by its name
        self,
        client: KieClient,
        *,
        catalog: Catalog | None = None,
        schemas: Mapping[str, Mapping[str, Any]] | None = None,
        guard: BudgetGuard | None = None,
        disabled: Mapping[str, str | Sequence[str]] | None = None,
        downloads: Path | None = None,
        wake: Wake | None = None,
        events: EventLog | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Make a service.

        Args:
            client: is used, and left open.
            catalog: models and prices; the packaged ones by default.
            schemas: input records by model, `x-kie` included; the packaged ones by default.
            guard: keeps the budget; by default one without a limit.
            disabled: models that the application does not offer, with the reason or reasons for each, as
                `startup_check` gives them.
            downloads: a folder into which results are downloaded as soon as they are there.
            wake: ends pauses of waiting early; see `service.webhook`.
            events: is told how each generation ended; it is used, and left open. See `service.analytics`.
            breaker: sends nothing to a model that keeps failing upstream.
        """
        self.client = client
        self.guard = guard or BudgetGuard()
        self._given_catalog = catalog
        self._given_schemas = schemas
        self._disabled = dict(disabled or {})
        self._downloads = downloads
        self._wake = wake
        self._events = events
        self._breaker = breaker
        self._tasks: OrderedDict[str, tuple[Ticket, Decimal]] = OrderedDict()

    @cached_property
    def _models(self) -> Mapping[str, Model]:
        from kie_catalog.catalog.artefact import packaged_catalog  # noqa: PLC0415 -- only the default pays

        return {model.id: model for model in self._given_catalog or packaged_catalog()}

    @cached_property
    def _schemas(self) -> InputSchemas:
        from kie_catalog.catalog.artefact import packaged_schemas  # noqa: PLC0415 -- only the default pays

        records = self._given_schemas if self._given_schemas is not None else packaged_schemas()
        known = [model for model, record in records.items() if RECORD in record]
        return InputSchemas(known, lambda model: parse_record(records[model]))

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self._events, self._breaker, self._models.keys(), self.client.settings.clock)

    # --- models

    def list_available_models(self) -> list[ModelInfo]:
        """The models that are offered, by id; degraded ones too."""
        infos = (self.get_model_info(model) for model in sorted(self._models))
        return [each for each in infos if each.is_available]

    def get_model_info(self, model_id: str) -> ModelInfo:
        """What is known of a model, offered or not.

        Raises:
            ModelRefused: there is no such model; the message names the nearest.
        """
        model = self._models.get(model_id)
        if model is None:
            near = nearest(model_id, self._models)
            raise ModelRefused(ErrorCode.UNKNOWN_MODEL, detail=f"did you mean {near}?" if near else "")
        record = self._schemas.record(model_id)
        return ModelInfo(
            model,
            record.schema if record else None,
            self._reason(model, has_schema=record is not None),
            self._breaker.trouble(model_id) if self._breaker else None,
        )

    def _reason(self, model: Model, *, has_schema: bool) -> str | None:
        """Why a model is not offered."""
        if model.id in self._disabled:
            reasons = self._disabled[model.id]
            return reasons if isinstance(reasons, str) else "; ".join(reasons)
        if model.status is not Status.ACTIVE:
            return f"its status is {model.status}"
        return None if has_schema else "its input is not known"

    # --- generations

    def prepare(
        self, model_id: str, payload: Mapping[str, Any], measurements: Mapping[str, Any] | None = None
    ) -> tuple[BuiltInput, Answer]:
        """Build an input and price it; nothing is sent or spent.

        Args:
            model_id: of the model.
            payload: what a person typed.
            measurements: what only the media tell, for the price: `input_seconds` and so on.

        Returns:
            The input, and its price or why there is none.

        Raises:
            ModelRefused: there is no such model, or it is not offered.
            InputRefused: the model does not take the input; every reason is in the error.
        """
        info = self.get_model_info(model_id)
        if info.reason is not None:
            raise ModelRefused(ErrorCode.UNAVAILABLE, detail=info.reason)
        built = self._schemas.build_input(model_id, payload)
        if isinstance(built, RefusedInput):
            refuse_input(built.problems)
        return built, quote(info.model, info.schema or {}, built.input, measurements)

    async def create_generation(
        self,
        model_id: str,
        payload: Mapping[str, Any],
        callback_url: str | None = None,
        *,
        measurements: Mapping[str, Any] | None = None,
        number: str | None = None,
    ) -> Generation:
        """Check, price, guard, and start a generation.

        Args:
            model_id: of the model.
            payload: what a person typed.
            callback_url: where KIE tells that it is done; some families take no request without one.
            measurements: what only the media tell, for the price.
            number: of the submission, unlike any other's, for a ledger that knows it; see `KieClient.create`.

        Raises:
            ModelRefused: there is no such model, or it is not offered.
            ModelPaused: the model keeps failing upstream; the error says when to come back.
            InputRefused: the model does not take the input.
            BudgetRefused: the guard does not let it pass.
            SubmissionUnknown: it may have been accepted; `client.reconcile` before anything is sent again.
            KieError: it was not accepted.
        """
        with self._recorder.asking(model_id, payload) as asked:
            built, asked.price = self.prepare(model_id, payload, measurements)
            self.require_callback(model_id, callback_url)
            self._recorder.admit(asked)
            ticket = await self._send(model_id, built, asked.price, callback_url, number)
        self._recorder.begun(asked, ticket)
        return Generation(
            ticket.task_id, model_id, ticket.state, built.input, asked.price, built.warnings, ticket
        )

    async def _send(
        self, model_id: str, built: BuiltInput, price: Answer, callback_url: str | None, number: str | None
    ) -> Ticket:
        """Spend and send; what was surely not accepted is given back."""
        held = await self.guard.spend(price)
        try:
            ticket = await self.client.create(
                model_id,
                built.input,
                callback_url=callback_url,
                mark_callback=True,
                call=self._call_of(model_id),
                number=number,
            )
        except SubmissionUnknown:
            raise  # it may be charged, and stays counted
        except BaseException as error:
            if isinstance(error, KieError | ValueError):
                self.guard.give_back(held)
            raise
        if ticket.task_id:
            self._remember(ticket, held)
        return ticket

    def require_callback(self, model_id: str, callback_url: str | None) -> None:
        """Refuse to go on without a callback address where the model takes no request without one.

        Raises:
            InputRefused: it does not, and there is none.
        """
        if callback_url is None and self._call_of(model_id).callback is Callback.REQUIRED:
            refuse_input((Problem(("callBackUrl",), "missing", What(kinds=("uri",))),))

    def _call_of(self, model_id: str) -> Call:
        """How a model is called: as its record says, so that a newer catalog than the packaged one counts."""
        record = self._schemas.record(model_id)
        return record.call if record else self.client.call_of(model_id)

    def adopt(self, ticket: Ticket) -> None:
        """Take up a task that was made before: by another process, or found by `client.reconcile`.

        One that this service made stays as it is, with what the budget holds for it.
        """
        if ticket.task_id not in self._tasks:
            self._remember(ticket, Decimal(0))
            self._recorder.adopted(ticket)

    def _remember(self, ticket: Ticket, held: Decimal) -> None:
        self._tasks[ticket.task_id] = (ticket, held)
        while len(self._tasks) > _REMEMBERED:
            self._tasks.popitem(last=False)

    async def get_generation_status(self, task_id: str, *, model_id: str | None = None) -> Details:
        """What KIE says of a generation now.

        Args:
            task_id: of the generation.
            model_id: of its model, for one that this service did not start and that is of a dedicated family.

        Raises:
            KieError: it can't be had.
        """
        task, status = self._task(task_id, model_id)
        details = await self.client.details(task, status=status)
        self._settle(details, model_id)
        return details

    async def wait_for_generation(
        self,
        task_id: str,
        timeout: float = 900,  # noqa: ASYNC109 -- the limit is on our patience, not on a call
        *,
        model_id: str | None = None,
        on_state: Callable[[State], None] | None = None,
    ) -> Result:
        """Wait until a generation has ended, and download its results where the service does so.

        Args:
            task_id: of the generation.
            timeout: seconds of patience.
            model_id: as for `get_generation_status`.
            on_state: is told each state that was seen.

        Raises:
            TaskFailed: it came to nothing.
            WaitExpired: patience ended; the task goes on and its id is in the error.
            KieError: it can't be asked for, or its results can't be downloaded.
        """
        task, status = self._task(task_id, model_id)
        details = await self._wait(task, timeout, status, on_state)
        self._settle(details, model_id)
        state = details.state
        if isinstance(state, Failed):
            raise state.error(task_id, details.credits)
        if not isinstance(state, Succeeded):
            raise TypeError(f"task {task_id} ended as {state}")
        files = await self.download_results(task_id, state.urls, self._downloads) if self._downloads else ()
        return Result(task_id, details.model or model_id, state.urls, files, state.data, details.credits)

    async def _wait(
        self,
        task: Ticket | str,
        timeout: float,  # noqa: ASYNC109 -- see wait_for_generation
        status: str,
        on_state: Callable[[State], None] | None,
    ) -> Details:
        key = key_of(task) if isinstance(task, Ticket) else task

        def seen(state: State) -> None:
            self._recorder.seen(key, state)
            if on_state:
                on_state(state)

        try:
            return await self.client.wait(task, timeout, status=status, wake=self._wake, on_state=seen)
        except WaitExpired:
            self._recorder.expired(key)
            raise

    def _task(self, task_id: str, model_id: str | None) -> tuple[Ticket | str, str]:
        known = self._tasks.get(task_id)
        if known is not None:
            return known[0], RECORD_INFO
        status = self._call_of(model_id).status if model_id else None
        return task_id, status or RECORD_INFO

    def _settle(self, details: Details, model_id: str | None) -> None:
        """Note how a task ended; count no more what a failed one held, unless KIE says that it charged it."""
        if not isinstance(details.state, Succeeded | Failed):
            return
        ticket, held = self._tasks.get(details.task_id, (None, Decimal(0)))
        self._recorder.ended(details, ticket, model_id)
        if ticket and held and isinstance(details.state, Failed):
            if details.state.error(details.task_id, details.credits).charged is Charged.NO:
                self.guard.give_back(held)
            self._tasks[details.task_id] = (ticket, Decimal(0))

    async def download_results(self, task_id: str, urls: tuple[str, ...], into: Path) -> tuple[Path, ...]:
        """Download the results of a task into a folder of its own.

        Args:
            task_id: names that folder.
            urls: of the results, best first.
            into: the folder that it is made in.

        Raises:
            KieError: one of them can't be had.
        """
        folder = into / "".join(each for each in task_id if each.isalnum() or each in "-_")[:80]
        named = (
            (f"{number}-{url.rsplit('/', 1)[-1].split('?')[0]}", url) for number, url in enumerate(urls, 1)
        )
        return tuple([await self.client.download(url, folder, name=name) for name, url in named])
