"""`KieClient`: KIE's HTTP API as one object, for every family of models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

from kie_catalog.client import files
from kie_catalog.client.asking import JSON_HEADERS, Asker, json_bytes
from kie_catalog.client.classify import classify
from kie_catalog.client.envelope import Answer
from kie_catalog.client.errors import SubmissionUnknown
from kie_catalog.client.keys import key_for
from kie_catalog.client.ledger import Ledger
from kie_catalog.client.limits import Limiter, LocalLimiter
from kie_catalog.client.records import read_details
from kie_catalog.client.settings import ClientSettings
from kie_catalog.client.states import Details, State, is_final
from kie_catalog.client.submission import Reconciled, Submission, Ticket
from kie_catalog.client.submitting import Submitter, Wish
from kie_catalog.client.transport import Request, Transport
from kie_catalog.client.waiting import Waiter, Wake
from kie_catalog.schemas.endpoints import CREATE_TASK, RECORD_INFO, Call
from kie_catalog.sources.secret import Key

CREDIT_PATH: Final = "/api/v1/chat/credit"
MODELS_PATH: Final = "/api/v1/models"
DOWNLOAD_URL_PATH: Final = "/api/v1/common/download-url"
DEFAULT_CALL: Final = Call(CREATE_TASK, RECORD_INFO)
"""How a model is called of which nothing else is known."""


class KieClient:
    """KIE's API: one pool of connections, one set of limits, for any number of concurrent users.

    Use it as an async context manager. The key goes to KIE's two hosts only, and into no error and no log.
    """

    def __init__(
        self,
        api_key: str | Key | None = None,
        *,
        settings: ClientSettings | None = None,
        limiter: Limiter | None = None,
        calls: Mapping[str, Call] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """Make a client.

        Args:
            api_key: the key; by default that of the environment's `KIE_API_KEY`.
            settings: hosts, timeouts, retries, polling, limits, clock.
            limiter: to share with other clients or processes of the same account; its own by default.
            calls: how each model is called; that of the packaged catalog by default.
            ledger: keeps paid requests on a disk, so that a crash loses none; see `SubmissionLedger`.

        Raises:
            UsageError: the key holds a character that none may, or httpx is not installed.
        """
        self.settings = settings or ClientSettings()
        self.limiter: Limiter = limiter or LocalLimiter(self.settings.quotas, self.settings.clock)
        self._transport = Transport(self.settings, key_for(api_key, self.settings.hosts))
        self._asker = Asker(self.settings, self._transport)
        self._waiter = Waiter(self.settings.polling, self.settings.clock)
        self._calls = calls
        self._submitter = Submitter(self._asker, self.limiter, ledger)

    async def __aenter__(self) -> Self:
        """Nothing is connected before the first request."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    # --- generations

    def call_of(self, model: str) -> Call:
        """How a model is called: its own endpoint, or `createTask` where nothing else is known."""
        if self._calls is None:
            self._calls = _packaged_calls()
        return self._calls.get(model, DEFAULT_CALL)

    @property
    def open_submissions(self) -> tuple[Submission, ...]:
        """Paid requests of which it is not known what became of them; cancelled ones are among them."""
        return self._submitter.open

    async def create(
        self,
        model: str,
        payload: Mapping[str, Any],
        *,
        callback_url: str | None = None,
        mark_callback: bool = False,
        call: Call | None = None,
        number: str | None = None,
    ) -> Ticket:
        """Start a generation, of any family. It is never sent twice unless it surely was not accepted.

        Args:
            model: its id.
            payload: its input, as the model takes it; nothing is checked here, see `service.KIEService`.
            callback_url: where KIE tells that it is done.
            mark_callback: add the submission's number to that address, so that a callback names it.
            call: how the model is called, where that is known better than by `call_of`.
            number: of the submission, unlike any other's; chosen here if it is not given.

        Returns:
            The task's id, and its state: final at once where the call answers with the result itself.

        Raises:
            SubmissionUnknown: it may have been accepted; `reconcile` before anything is sent again.
            KieError: it was not accepted.
            ValueError: the endpoint requires a callback address, or the input is no JSON.
        """
        how = call or self.call_of(model)
        wish = Wish(model, how, payload, callback_url, is_marked=mark_callback, number=number)
        return await self._submitter.create(wish)

    async def details(self, task: Ticket | str, *, status: str = RECORD_INFO) -> Details:
        """What KIE says of a task.

        Args:
            task: a ticket, or a task's id.
            status: for a bare id, the family's status call; see `call_of(model).status`.

        Raises:
            KieError: it can't be had; `NOT_FOUND` for an unknown task, and for a while also for a new one.
        """
        return await self._look(task, status, patient=True)

    async def _look(self, task: Ticket | str, status: str, *, patient: bool) -> Details:
        if isinstance(task, Ticket):
            if task.call.status is None:
                state = task.state if is_final(task.state) else await self._submitter.look_again(task)
                return Details(task.task_id, state, task.model)
            task_id, status = task.task_id, task.call.status
        else:
            task_id = task
        details = await self._read_record(task_id, status, patient=patient)
        if is_final(details.state):
            await self.limiter.leave(task_id)
        return details

    async def _read_record(self, task_id: str, status: str, *, patient: bool) -> Details:
        request = Request("GET", self.settings.hosts.url(status), query={"taskId": task_id})
        if patient:
            answer = await self._asker.read(lambda: request)
        else:
            answer, retry_after = await self._asker.once(request)
            if not answer.is_success:
                raise classify(answer, retry_after=retry_after, task_id=task_id)
        if answer.data is None and "data" in answer.top:  # some families say so of a task they do not know
            raise classify(Answer(answer.status, 404, "task not found", None, is_json=True, top={}))
        if not isinstance(answer.data, dict):
            raise classify(Answer(answer.status, None, "", None, is_json=True, top={}), task_id=task_id)
        return read_details(task_id, answer.data)

    async def wait(
        self,
        task: Ticket | str,
        timeout: float = 900.0,  # noqa: ASYNC109 -- the limit is on our patience, not on a call
        *,
        status: str = RECORD_INFO,
        wake: Wake | None = None,
        on_state: Callable[[State], None] | None = None,
    ) -> Details:
        """Wait until a task has ended; a callback may wake, an outage of HTTP is sat out.

        Args:
            task: a ticket, or a task's id.
            timeout: seconds of patience.
            status: for a bare id, the family's status call.
            wake: what ends a pause early; see `service.webhook`.
            on_state: is told each state that was seen.

        Returns:
            Its details; the state is `Succeeded` or `Failed`.

        Raises:
            WaitExpired: patience ended; the task goes on and its id is in the error.
            KieError: it can't be asked for, and waiting would not help.
        """
        if isinstance(task, Ticket) and is_final(task.state):
            return Details(task.task_id, task.state, task.model)
        task_id = task.task_id if isinstance(task, Ticket) else task
        return await self._waiter.wait(
            task_id,
            lambda: self._look(task, status, patient=False),
            timeout=timeout,
            wake=wake,
            on_state=on_state,
        )

    async def reconcile(
        self, unknown: SubmissionUnknown | Submission, candidates: Iterable[str] = ()
    ) -> Reconciled:
        """Look for the task of a submission of which it is not known whether it was accepted.

        KIE has no call that lists tasks, so the candidates come from elsewhere: the callbacks that a webhook
        received, or ids out of KIE's log (kie.ai/logs). Nothing is sent again here.

        Args:
            unknown: the error, or one of `open_submissions`.
            candidates: ids of tasks that may be it; those that are known to be others' are left out.

        Returns:
            `Found` with a ticket to wait for, or `Open`: none of the candidates is it, which does not prove
            that there is none.

        Raises:
            KieError: a candidate can't be asked for; nothing is decided.
        """

        async def look(task_id: str, submission: Submission) -> Details:
            return await self.details(task_id, status=submission.call.status or RECORD_INFO)

        return await self._submitter.reconcile(unknown, candidates, look)

    async def settle(self, unknown: SubmissionUnknown | Submission) -> None:
        """Close a submission that a person found to be no task: it may be sent again."""
        await self._submitter.settle(unknown)

    # --- account and metadata

    async def credits(self) -> Decimal:
        """The account's balance, in credits; upstream gives fractions."""
        answer = await self._get(CREDIT_PATH)
        if isinstance(answer.data, bool) or not isinstance(answer.data, int | float):
            raise classify(answer)
        return Decimal(str(answer.data))

    async def models(
        self, *, task_type: str | None = None, provider: str | None = None, q: str | None = None
    ) -> list[dict[str, Any]]:
        """The models as the keyed API lists them, at its pace."""
        given = {"taskType": task_type, "provider": provider, "q": q}
        await self.limiter.metadata()
        answer = await self._get(MODELS_PATH, {name: each for name, each in given.items() if each})
        listed = answer.data.get("models") if isinstance(answer.data, dict) else answer.data
        if not isinstance(listed, list):
            raise classify(answer)
        return [each for each in listed if isinstance(each, dict)]

    async def schema(self, model: str) -> dict[str, Any] | None:
        """A model's OpenAPI document as the keyed API has it; `None` where it has none."""
        await self.limiter.metadata()
        answer = await self._get(f"{MODELS_PATH}/{quote(model, safe='/')}/schema")
        if not isinstance(answer.data, dict):
            raise classify(answer)
        document = answer.data.get("openapi")
        return document if isinstance(document, dict) else None

    async def download_url(self, url: str) -> str:
        """A direct address of a result of KIE's, good for 20 minutes.

        Raises:
            KieError: `VALIDATION` for an address that is none of KIE's results.
        """
        request = Request(
            "POST", self.settings.hosts.url(DOWNLOAD_URL_PATH), JSON_HEADERS, json_bytes({"url": url})
        )
        answer = await self._asker.read(lambda: request, private=(url,))
        if not isinstance(answer.data, str):
            raise classify(answer)
        return answer.data

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        request = Request("GET", self.settings.hosts.url(path), query=query or None)
        return await self._asker.read(lambda: request)

    # --- files

    async def upload_file(
        self, path: Path | str, *, folder: str = files.FOLDER, name: str | None = None
    ) -> files.Uploaded:
        """Upload a file from disk, piece by piece; see `files.upload_file`."""
        return await files.upload_file(self._asker, Path(path), folder=folder, name=name)

    async def upload_base64(
        self, data: bytes | str, *, name: str | None = None, folder: str = files.FOLDER
    ) -> files.Uploaded:
        """Upload up to 10 MB as base64; see `files.upload_base64`."""
        return await files.upload_base64(self._asker, data, folder=folder, name=name)

    async def upload_url(
        self, url: str, *, name: str | None = None, folder: str = files.FOLDER
    ) -> files.Uploaded:
        """Let KIE fetch a file; see `files.upload_url`."""
        return await files.upload_url(self._asker, url, folder=folder, name=name)

    async def download(self, url: str, folder: Path | str, *, name: str | None = None) -> Path:
        """Download a result; the key is never sent along. See `files.download`."""
        return await files.download(self._asker, url, Path(folder), name=name)


def _packaged_calls() -> Mapping[str, Call]:
    from kie_catalog.catalog.artefact import packaged_schemas  # noqa: PLC0415 -- only the default pays for it
    from kie_catalog.schemas.records import RECORD  # noqa: PLC0415 -- see above

    return {
        model: Call.from_json(schema[RECORD]["call"])
        for model, schema in packaged_schemas().items()
        if RECORD in schema
    }
