"""Paid requests: sent once, kept in sight until it is known what became of them, and found again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kie_catalog.client.asking import JSON_HEADERS, Asker, CreateAgain, json_bytes
from kie_catalog.client.classify import classify
from kie_catalog.client.envelope import Answer
from kie_catalog.client.errors import KieError, NotSent, SubmissionUnknown, UpstreamError
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.ledger import Ledger
from kie_catalog.client.limits import Limiter
from kie_catalog.client.privacy import texts_in
from kie_catalog.client.records import read_repeated
from kie_catalog.client.results import results_in
from kie_catalog.client.states import Details, State, Succeeded, Waiting
from kie_catalog.client.submission import (
    Ambiguous,
    Found,
    Open,
    Reconciled,
    Refused,
    Submission,
    Ticket,
    fingerprint,
    is_of,
    judge_create,
    marked,
    takes_callback,
)
from kie_catalog.client.transport import Request
from kie_catalog.schemas.endpoints import Call, Place, is_chat

REPEATED: Final = frozenset({"/api/v1/veo/get-1080p-video", "/api/v1/veo/get-4k-video"})
"""Calls that have no status call: asked again, they tell whether they are ready."""
_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A paid request as it is asked for."""

    model: str
    call: Call
    payload: Mapping[str, Any] = field(repr=False)
    callback: str | None = None
    is_marked: bool = False
    """Whether the callback address is to name the submission."""
    number: str | None = None
    """Of the submission; chosen here where it is `None`."""


class Submitter:
    """Sends paid requests for one client."""

    def __init__(self, asker: Asker, limiter: Limiter, ledger: Ledger | None = None) -> None:
        self._asker = asker
        self._limiter = limiter
        self._ledger = ledger
        self._open: dict[str, Submission] = {}
        self._known: dict[str, None] = {}
        """Tasks whose submission is known, oldest first."""

    @property
    def open(self) -> tuple[Submission, ...]:
        """What is under way, or was sent and is not known to have been accepted or refused."""
        return tuple(self._open.values())

    async def create(self, wish: Wish) -> Ticket:
        """Start a generation; see `KieClient.create`."""
        submission = self._submission(wish)
        is_task = wish.call.status is not None
        if is_task:
            await self._limiter.enter(submission.number)
        try:
            tries = self._asker.settings.retries.creates
            ticket = await self._asker.patiently(lambda: self._send(submission), tries, CreateAgain())
        except BaseException:
            if submission.number not in self._open:  # else it may be running: its place stays taken
                await self._limiter.leave(submission.number)
            raise
        # Until here it stays among the open ones: a caller who is called off now has no ticket.
        if is_task:
            await self._limiter.rename(submission.number, ticket.task_id)
        await self._close(submission, ticket.task_id)
        return ticket

    def _submission(self, wish: Wish) -> Submission:
        model, call, callback = wish.model, wish.call, wish.callback
        number = wish.number or uuid.uuid4().hex
        if callback and wish.is_marked and takes_callback(call):
            callback = marked(callback, number)
        body = call.request(model, wish.payload, callback=callback)
        if is_chat(call.endpoint):
            body.setdefault("stream", False)  # upstream's default is documented both ways
        try:
            json_bytes(body)
            printed = fingerprint(model, call, body)
        except (TypeError, ValueError):
            raise ValueError(f"{model}: the input holds what JSON can't; send plain values") from None
        return Submission(model, call, body, self._asker.settings.clock.now(), number, printed)

    async def _send(self, submission: Submission) -> Ticket:
        if submission.call.status is None:
            # It may take minutes; its place in the window is that of its beginning.
            async with self._limiter.creation():
                pass
            return await self._exchange(submission)
        async with self._limiter.creation():
            return await self._exchange(submission)

    async def _exchange(self, submission: Submission) -> Ticket:
        if self._ledger:
            await self._ledger.sent(submission)
        self._open[submission.number] = submission
        try:
            answer, retry_after = await self._asker.once(self._request(submission))
        except NotSent:
            await self._close(submission, None)
            raise
        except UpstreamError as error:
            raise _unknown(submission, detail=error.detail) from None
        return await self._ticket(submission, answer, retry_after)

    async def _close(self, submission: Submission, task_id: str | None) -> None:
        """Note that it is known what became of a submission."""
        if self._ledger:
            await self._ledger.closed(submission.number, task_id)
        self._open.pop(submission.number, None)
        if task_id:
            self._known[task_id] = None
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    def _request(self, submission: Submission) -> Request:
        call, settings = submission.call, self._asker.settings
        whole = settings.timeouts.chat if call.status is None else None
        url = settings.hosts.url(call.endpoint)
        if call.place is Place.QUERY:
            return Request(call.method, url, query=submission.body, whole=whole)
        return Request(call.method, url, JSON_HEADERS, json_bytes(submission.body), whole=whole)

    async def _ticket(self, submission: Submission, answer: Answer, retry_after: float | None) -> Ticket:
        call, model = submission.call, submission.model
        if call.endpoint in REPEATED and (state := read_repeated(answer)) is not None:
            return Ticket(str(submission.body.get("taskId", "")), model, call, state, submission)
        verdict = judge_create(call, answer)
        if isinstance(verdict, Ambiguous):
            raise _unknown(submission, answer=answer, task_id=verdict.task_id)
        if isinstance(verdict, Refused):
            await self._close(submission, None)
            raise classify(answer, private=texts_in(submission.body), retry_after=retry_after)
        task_id = verdict.task_id or ""
        return Ticket(task_id, model, call, _first_state(call, answer), submission)

    async def look_again(self, task: Ticket) -> State:
        """The state of a call that is made again until it is ready.

        Raises:
            KieError: the reply tells none.
        """
        if task.call.endpoint not in REPEATED:
            return task.state
        answer, retry_after = await self._asker.once(self._request(task.submission))
        state = read_repeated(answer)
        if state is None:
            raise classify(answer, private=texts_in(task.submission.body), retry_after=retry_after)
        return state

    async def reconcile(
        self,
        unknown: SubmissionUnknown | Submission,
        candidates: Iterable[str],
        look: Callable[[str, Submission], Any],
    ) -> Reconciled:
        """Look for a submission's task among candidates; see `KieClient.reconcile`."""
        submission = unknown.submission if isinstance(unknown, SubmissionUnknown) else unknown
        named = unknown.task_id if isinstance(unknown, SubmissionUnknown) else None
        ids = dict.fromkeys([*([named] if named else []), *candidates])
        asked = [each for each in ids if each not in self._known]
        fitting: list[Details] = []
        for each in asked:
            try:
                details = await look(each, submission)
            except KieError as error:
                if error.code is not ErrorCode.NOT_FOUND:
                    raise
                continue
            fitting += [details] if each == named or is_of(submission, details) else []
        if len(fitting) != 1:
            reason = f"{len(fitting)} tasks fit equally" if fitting else "no candidate fits"
            return Open(len(asked), reason)
        task_id = fitting[0].task_id
        await self._close(submission, task_id)
        await self._limiter.rename(submission.number, task_id)
        return Found(Ticket(task_id, submission.model, submission.call, fitting[0].state, submission))

    async def settle(self, unknown: SubmissionUnknown | Submission) -> None:
        """Close a submission that a person found to be no task; see `KieClient.settle`."""
        submission = unknown.submission if isinstance(unknown, SubmissionUnknown) else unknown
        await self._close(submission, None)
        await self._limiter.leave(submission.number)


def _first_state(call: Call, answer: Answer) -> State:
    if call.status is not None:
        return Waiting()
    data = answer.data
    return Succeeded(results_in(data).urls if isinstance(data, dict) else (), data=data)


def _unknown(
    submission: Submission, *, detail: str = "", answer: Answer | None = None, task_id: str | None = None
) -> SubmissionUnknown:
    told = classify(answer, private=texts_in(submission.body)) if answer else None
    return SubmissionUnknown(
        ErrorCode.SUBMISSION_UNKNOWN,
        detail=told.detail if told else detail,
        upstream_code=told.upstream_code if told else None,
        http_status=told.http_status if told else None,
        task_id=task_id,
        fingerprint=submission.fingerprint,
        submission=submission,
    )
