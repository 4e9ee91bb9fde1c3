"""Callbacks of every family: which task they are about, at which stage, and whom to ask about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kie_catalog.client.envelope import as_code, parse_json
from kie_catalog.client.results import snake
from kie_catalog.schemas.endpoints import ENDPOINTS, RECORD_INFO

_LONGEST_ID: Final = 200
_STAGES: Final = frozenset({"text", "first"})
"""Stages that a task goes on after."""


@dataclass(eq=False)
class CallbackRefused(Exception):
    """A body that is no callback of KIE's."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class CallbackBody:
    """A callback, read. What it says of success is hearsay: only the task's details are believed."""

    task_id: str
    stage: str
    """`callbackType` or `state`; the code where it has neither. Tells a task's callbacks from each other."""
    is_last: bool
    """Whether it says that the task has ended."""
    statuses: tuple[str, ...]
    """The status calls that may know the task, likeliest first."""
    callback_url: str | None = None
    """The address that the request named, where the body keeps the request."""


def read_callback(raw: bytes) -> CallbackBody:
    """Read a callback's body.

    Raises:
        CallbackRefused: it is no JSON object, names no task, or names two.
    """
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise CallbackRefused("is no JSON object")
    data = body.get("data")
    inner: Mapping[str, Any] = data if isinstance(data, dict) else {}
    task_id = _task_id(body, inner)
    stage = next(
        (str(inner[name]) for name in ("callbackType", "state") if isinstance(inner.get(name), str)), None
    )
    return CallbackBody(
        task_id=task_id,
        stage=(stage or str(as_code(body.get("code")) or ""))[:40],
        is_last=stage not in _STAGES,
        statuses=statuses_of(body),
        callback_url=_callback_url(inner),
    )


def _task_id(body: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    named = [
        part.get(name)
        for part, name in ((data, "task_id"), (data, "taskId"), (body, "taskId"), (body, "task_id"))
    ]
    given = [each for each in named if each not in (None, "")]
    ids = {
        each for each in given if isinstance(each, str) and len(each) <= _LONGEST_ID and each.isprintable()
    }
    if not given:
        raise CallbackRefused("names no task")
    if len(ids) > 1:
        raise CallbackRefused("names several tasks")
    if len(ids) < len({repr(each) for each in given}):
        raise CallbackRefused("names a task by what is no id")
    return ids.pop()


def _callback_url(data: Mapping[str, Any]) -> str | None:
    param = data.get("param")
    param = parse_json(param) if isinstance(param, str) else param
    url = param.get("callBackUrl") if isinstance(param, dict) else None
    return url if isinstance(url, str) else None


# What only one family's callbacks hold, with its status call; the first that is there decides.
_MARKS: Final = (
    ({"result_json", "param"}, RECORD_INFO),
    ({"video_id"}, "/api/v1/runway/record-detail"),
    ({"result_video_url"}, "/api/v1/aleph/record-info"),
    ({"vocal_separation_info", "vocal_removal_info"}, "/api/v1/vocal-removal/record-info"),
    ({"audio_wav_url"}, "/api/v1/wav/record-info"),
    ({"instruments"}, "/api/v1/midi/record-info"),
    ({"images"}, "/api/v1/suno/cover/record-info"),
    ({"video_url"}, "/api/v1/mp4/record-info"),
    ({"origin_image_url"}, "/api/v1/flux/kontext/record-info"),
    ({"fallback_flag"}, "/api/v1/veo/record-info"),
    ({"callback_type"}, "/api/v1/generate/record-info"),
    ({"info"}, "/api/v1/gpt4o-image/record-info"),
)
_ALL: Final = tuple(
    dict.fromkeys([RECORD_INFO, *(each.status for each in ENDPOINTS.values() if each.status)])
)


def statuses_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The status calls that may know a callback's task, likeliest first.

    A family is told by what only its callbacks hold; failures often hold the id alone, so all others follow.
    """
    data = body.get("data")
    inner = data if isinstance(data, dict) else {}
    info = inner.get("info")
    names = {snake(str(name)) for name in (*inner, *(info if isinstance(info, dict) else ()))}
    likely = [status for marks, status in _MARKS if marks & names]
    return tuple(dict.fromkeys([*likely, *_ALL]))
