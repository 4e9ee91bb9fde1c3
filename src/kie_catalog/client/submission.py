"""A paid request as a thing of its own: what it was, what became of it, and how it is found again.

KIE knows no idempotency key, and no call that lists tasks. What can be looked at is what names a task: the
callbacks that came in, and ids that a person reads in KIE's log. Each candidate is asked for its details, and
is the submission's only where the request that upstream keeps says what was sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from kie_catalog.client.classify import GATEWAY_CODES
from kie_catalog.client.envelope import Answer
from kie_catalog.client.records import task_id_in
from kie_catalog.client.states import Details, State
from kie_catalog.schemas.endpoints import Call, Callback, Place, is_chat
from kie_catalog.schemas.operations import CALLBACK

MARK: Final = "kie_submission"
"""The query parameter that marks a callback address with its submission."""
_SKEW: Final = 300_000
"""Milliseconds that the clocks of two machines may be apart."""
_UNDECIDED: Final = frozenset({408, 425, 499})


@dataclass(frozen=True, slots=True)
class Submission:
    """One paid request."""

    model: str
    call: Call
    body: Mapping[str, Any] = field(repr=False)
    sent_at: float
    """Unix seconds."""
    number: str
    """Tells it from every other, equal ones included."""
    fingerprint: str
    """Of model, endpoint and input: equal requests have equal ones."""

    def to_json(self) -> dict[str, Any]:
        """The submission as a store keeps it, input and all."""
        return {
            "model": self.model,
            "call": self.call.to_json(),
            "body": dict(self.body),
            "sent_at": self.sent_at,
            "number": self.number,
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Submission:
        """Read what `to_json` wrote."""
        return cls(
            model=str(record["model"]),
            call=Call.from_json(record["call"]),
            body=record["body"],
            sent_at=float(record["sent_at"]),
            number=str(record["number"]),
            fingerprint=str(record["fingerprint"]),
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """An accepted request. Keep its task id: it is paid for."""

    task_id: str
    model: str
    call: Call
    state: State
    submission: Submission = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """`reconcile` found the task; nothing need be sent again."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Open:
    """`reconcile` found no task among those it could look at, which does not prove that there is none."""

    looked_at: int
    """How many candidates."""
    reason: str


Reconciled: TypeAlias = Found | Open


@dataclass(frozen=True, slots=True)
class Accepted:
    """A create that was accepted."""

    task_id: str | None
    """`None` for a call that answers with the result itself."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A create that was surely not accepted."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A create that may have been accepted."""

    task_id: str | None = None
    """A task's id that the reply names all the same."""


Verdict: TypeAlias = Accepted | Refused | Ambiguous


def judge_create(call: Call, answer: Answer) -> Verdict:
    """What became of a create, from its reply.

    A parsed envelope with an error code means that nothing was created; so does HTTP's own refusal. Whatever
    else is no acceptance is ambiguous: HTML, nothing, a redirect, JSON of another form, a gateway's code.
    """
    task_id = task_id_in(answer.data) or task_id_in(answer.top)
    if answer.is_success:
        if call.status is None:
            return Accepted(task_id)
        return Accepted(task_id) if task_id else Ambiguous()
    if answer.code is None:
        has_result = bool(answer.top) or (is_chat(call.endpoint) and bool(answer.data))
        if call.status is None and has_result and answer.status < 300:  # noqa: PLR2004 -- HTTP's
            return Accepted(None)  # a chat vendor's own reply has no envelope
        refused = 400 <= answer.status < 500 and answer.status not in _UNDECIDED  # noqa: PLR2004 -- HTTP's
        return Refused() if refused else Ambiguous(task_id)
    is_error = answer.code >= 400  # noqa: PLR2004 -- as HTTP's
    is_gateway = answer.code in GATEWAY_CODES or (answer.status >= 500 and answer.code >= 500)  # noqa: PLR2004 -- see above
    if not is_error or is_gateway or task_id:
        return Ambiguous(task_id)
    return Refused()


def fingerprint(model: str, call: Call, body: Mapping[str, Any]) -> str:
    """Equal for equal requests, whatever the order of their members and wherever the callback goes."""
    said = {name: each for name, each in body.items() if name != CALLBACK}
    text = json.dumps([model, call.endpoint, said], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def marked(callback: str, number: str) -> str:
    """A callback address that names its submission, beside whatever query it has."""
    parts = urlsplit(callback)
    query = "&".join(filter(None, [parts.query, urlencode({MARK: number})]))
    return urlunsplit(parts._replace(query=query))


def mark_of(address: Any) -> str | None:
    """The submission that a callback address names."""
    if not isinstance(address, str):
        return None
    try:
        return next(iter(parse_qs(urlsplit(address).query).get(MARK, ())), None)
    except ValueError:
        return None


def is_of(submission: Submission, details: Details) -> bool:
    """Whether a task is the one that a submission made, as far as its record can tell.

    A marked callback address decides alone. Without one the record must have the model and every member that
    was sent, and must not be older than the submission. A record that keeps no request proves nothing.
    """
    if mark := mark_of(details.param.get(CALLBACK)):
        return mark == submission.number
    if not details.param:
        return False
    if details.created is not None and details.created < submission.sent_at * 1000 - _SKEW:
        return False
    if details.model not in (None, submission.model) and submission.call.names_model:
        return False
    sent = submission.body.get("input") if submission.call.place is Place.INPUT else submission.body
    kept = (
        details.param.get("input", details.param) if submission.call.place is Place.INPUT else details.param
    )
    return isinstance(kept, Mapping) and all(
        name in (CALLBACK, "model") or kept.get(name) == each for name, each in (sent or {}).items()
    )


def takes_callback(call: Call) -> bool:
    """Whether a call takes a callback address."""
    return call.callback is not Callback.NONE
