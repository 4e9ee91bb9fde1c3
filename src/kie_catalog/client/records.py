"""One mapper from every family's record of a task to the one state (all documented and recorded shapes)."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from kie_catalog.client.classify import kind_of_failure
from kie_catalog.client.envelope import Answer, as_code, parse_json
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.privacy import safe_text, texts_in
from kie_catalog.client.results import Found, results_in
from kie_catalog.client.states import Details, Failed, Generating, Queued, State, Succeeded, Waiting

_LOG: Final = logging.getLogger("kie_catalog.client")
_WORDS: Final = (
    (re.compile(r"success|complete|completed|成功"), "done"),
    (re.compile(r"fail|failed|.*_failed|.*_fail|.*_error|error"), "failed"),
    (re.compile(r"callback_exception"), "callback"),
    (re.compile(r"queuing|queueing|queued"), "queued"),
    (re.compile(r"waiting|wait|pending|wait_.*"), "waiting"),
    (re.compile(r"generating|running|processing|.*_success|text|first"), "running"),
)
_FLAGS: Final = {0: "running", 1: "done", 2: "failed", 3: "failed"}
_SOON: Final = re.compile(r"processing|generating|not ready|still|check back", re.IGNORECASE)
_NO_MOMENT: Final = 10**18
"""Milliseconds of thirty million years; infinity and NaN are no moments either."""
_IDS: Final = ("task_id", "taskId", "recordTaskId")


def read_details(task_id: str, record: Mapping[str, Any]) -> Details:
    """Read the record of a task.

    Args:
        task_id: that was asked for; a record that names its own keeps it.
        record: `data` of a status call or of a callback.
    """
    param = _param(record)
    found = results_in(record)
    return Details(
        task_id=task_id_in(record) or task_id,
        state=_state(record, found, _private(record, param)),
        model=_text(record.get("model")) or _text(param.get("model")),
        param=param,
        credits=_credits(record.get("creditsConsumed", record.get("consumeCredits"))),
        created=_milliseconds(record.get("createTime")),
        completed=_milliseconds(record.get("completeTime")),
    )


def read_repeated(answer: Answer) -> State | None:
    """The state that a call tells which is asked again until it is ready (Veo's 1080p and 4K).

    Not ready is an error code there, and once ready 4K was documented as an error that carries the result.

    Returns:
        `None` where the reply tells none and is an error like any other.
    """
    if isinstance(answer.data, dict):
        found = results_in(answer.data)
        if found.urls:
            return Succeeded(found.urls, found.extras)
    if answer.is_success:
        return Generating()
    return Generating() if _SOON.search(answer.message) else None


def task_id_in(data: Any) -> str | None:
    """The task's id in a reply's or a callback's data, under whichever of its names."""
    if not isinstance(data, Mapping):
        return None
    return next((_text(data[name]) for name in _IDS if _text(data.get(name))), None)


def _state(record: Mapping[str, Any], found: Found, private: Iterable[str]) -> State:
    said = _said(record)
    if said == "callback":  # the callback could not be delivered; the result may be there all the same
        said = "done" if found.urls or found.content else "failed"
    if said == "failed":
        return _failure(record, private)
    if said == "done":
        if found.urls or found.content:
            return Succeeded(found.urls, found.extras, found.content)
        return Failed(ErrorCode.EMPTY_RESULT, "success without a result")
    if said == "waiting":
        return Waiting()
    if said == "queued":
        return Queued()
    return Generating(found.urls, _progress(record.get("progress")))


def _said(record: Mapping[str, Any]) -> str:
    """What the record says of itself: the first of its words, else of its flags, that is known."""
    unknown = None
    for name in ("state", "status", "successFlag", "callbackType"):
        value = record.get(name)
        if value is None or isinstance(value, bool):
            continue
        if (number := as_code(value)) is not None:
            if number in _FLAGS:
                return _FLAGS[number]
        elif isinstance(value, str) and (word := _word(value.strip().lower())):
            return word
        unknown = value
    if unknown is not None:
        _LOG.warning("a task's state %.40r is not known and taken for generating", unknown)
    return "running"


def _word(said: str) -> str | None:
    return next((meaning for pattern, meaning in _WORDS if pattern.fullmatch(said)), None)


def _failure(record: Mapping[str, Any], private: Iterable[str]) -> Failed:
    code = next(
        (str(record[name]) for name in ("failCode", "errorCode") if record.get(name) not in (None, "")), None
    )
    names = ("failMsg", "errorMessage", "errorMsg", "error")
    message = next((record[name] for name in names if isinstance(record.get(name), str) and record[name]), "")
    words = next(
        (record[name] for name in ("status", "successFlag") if isinstance(record.get(name), str)), ""
    )
    kind = kind_of_failure(code, message or words.replace("_", " "))
    return Failed(kind, safe_text(message or words, private), None if code is None else safe_text(code)[:40])


def _param(record: Mapping[str, Any]) -> dict[str, Any]:
    """The request in a record: JSON in a text, its `input` once more JSON in a text, or plain objects."""
    for name in ("param", "paramJson", "generateParam"):
        param = record.get(name)
        param = parse_json(param) if isinstance(param, str) else param
        if isinstance(param, dict):
            inner = param.get("input")
            if isinstance(inner, str) and isinstance(parsed := parse_json(inner), dict):
                return {**param, "input": parsed}
            return param
    return {}


def _private(record: Mapping[str, Any], param: Mapping[str, Any]) -> list[str]:
    raw = [record[name] for name in ("param", "paramJson") if isinstance(record.get(name), str)]
    return [*texts_in(param.get("input", param)), *raw]


def _credits(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _milliseconds(value: Any) -> int | None:
    """A moment: Unix milliseconds, or a text in one of two forms, which is taken for UTC."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if abs(value) < _NO_MOMENT else None
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit():
        return int(value[:18])
    try:
        moment = datetime.fromisoformat(value)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def _progress(value: Any) -> float | None:
    """A share from 0 to 1; documented as a text from "0.00" to "1.00", and as a number from 0 to 100."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and number <= 100:  # noqa: PLR2004 -- per cent
        number /= 100
    return number if 0 <= number <= 1 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
