"""The one classifier: any status, any code, any text is one error and never an accident.

On a create, KIE answers most wrong inputs with code 500, so texts are read before numbers. The order is the
whole point: "call frequency is too high, please try again later" is a limit and not a passing fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from kie_catalog.client.envelope import OK, Answer, as_code
from kie_catalog.client.errors import KieError, class_of
from kie_catalog.client.kinds import ErrorCode
from kie_catalog.client.privacy import safe_text

GATEWAY_CODES: Final = frozenset({502, 503, 504, *range(520, 531)})
"""Of something before KIE. 531 is Suno's own."""

_CREDITS: Final = re.compile(
    r"credits?\s+(?:\w+\s+)?insufficient|insufficient\s+(?:\w+\s+)?(?:credit|balance|funds)"
    r"|enough\s+(?:\w+\s+)?(?:credit|balance)|balance\s+(?:is\s*n.?t|is\s+not|not|is\s+(?:too\s+)?low|too\s+low)"
    r"|low\s+balance|balance\s+insufficient",
    re.IGNORECASE,
)
_PAUSED: Final = re.compile(r"temporarily paused|maintenance|not published", re.IGNORECASE)
_REGION: Final = re.compile(r"not (?:supported|available) in (?:the|your) (?:current )?region", re.IGNORECASE)
_RATE: Final = re.compile(
    r"call frequency|too many requests|rate.?limit|concurrent generations|queue is full|queue full",
    re.IGNORECASE,
)
_POLICY: Final = re.compile(
    r"nsfw|moderat|sensitive|safety|content polic|violat|prohibit|flagged|copyright|inappropriate|unsafe"
    r"|rejected by flow",
    re.IGNORECASE,
)
_MISSING: Final = re.compile(
    r"record ?info is null|record is null|record does not exist|task not found", re.IGNORECASE
)
_MODEL: Final = re.compile(
    r"model name you specified is not supported|invalid model\b|model is not supported", re.IGNORECASE
)
_VALIDATION: Final = re.compile(
    r"required|not within the range|allowed options|cannot be empty|invalid|must be|ratio error"
    r"|does not exist|not supported|missing|please enter|is wrong|unsupported|exceeds|incorrect"
    r"|failed to fetch|decoding failed",
    re.IGNORECASE,
)
_TRANSIENT: Final = re.compile(
    r"try again|server exception|server is busy|busy|internal error|internal server error|timeout|timed out",
    re.IGNORECASE,
)

_BY_CODE: Final = {
    402: ErrorCode.INSUFFICIENT_CREDITS,
    401: ErrorCode.AUTH,
    403: ErrorCode.FORBIDDEN,
    433: ErrorCode.KEY_CAP,
    505: ErrorCode.UNAVAILABLE,
    455: ErrorCode.MAINTENANCE,
    4030: ErrorCode.REGION_BLOCKED,
}
"""What the number alone decides."""
_RATES: Final = frozenset({405, 429, 430, 550})
_VALIDATIONS: Final = frozenset({400, 413, 415, 422, 451})
_TRANSIENTS: Final = frozenset({408, 499, 500, 501, 531})
_LEAST_STATUS, _MOST_STATUS = 500, 599


def kind_of(code: int | None, message: str) -> ErrorCode:
    """The kind of an error that KIE itself told, from its code and its text.

    Args:
        code: of the body, of a failed task, or HTTP's; `None` where there is none.
        message: upstream's, whole.
    """
    return _by_text_first(code, message) or _by_code(code, message)


def _by_text_first(code: int | None, message: str) -> ErrorCode | None:
    if _CREDITS.search(message):
        return ErrorCode.INSUFFICIENT_CREDITS
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if _REGION.search(message):
        return ErrorCode.REGION_BLOCKED
    if _PAUSED.search(message):
        in_maintenance = "maintenance" in message.lower()
        return ErrorCode.MAINTENANCE if in_maintenance else ErrorCode.UNAVAILABLE
    if code in _RATES or _RATE.search(message):
        return ErrorCode.RATE_LIMITED
    if _POLICY.search(message):
        return ErrorCode.CONTENT_POLICY
    return None


def _by_code(code: int | None, message: str) -> ErrorCode:
    # An unknown model of the models API is a 404 too, and says the more.
    if _MODEL.search(message):
        return ErrorCode.UNKNOWN_MODEL
    if code == 404 or _MISSING.search(message):  # noqa: PLR2004 -- HTTP's own number
        return ErrorCode.NOT_FOUND
    if code in _VALIDATIONS or _VALIDATION.search(message):
        return ErrorCode.VALIDATION
    if code in GATEWAY_CODES:
        return ErrorCode.GATEWAY
    if _TRANSIENT.search(message) or code in _TRANSIENTS:
        return ErrorCode.TRANSIENT
    if code is not None and _LEAST_STATUS <= code <= _MOST_STATUS:
        return ErrorCode.TRANSIENT
    return ErrorCode.UNKNOWN


def classify(
    answer: Answer,
    *,
    private: Iterable[str] = (),
    retry_after: float | None = None,
    task_id: str | None = None,
) -> KieError:
    """The error that a reply is.

    Args:
        answer: a reply that is no success, or that says success and can't be used.
        private: texts of the caller, which no error may repeat.
        retry_after: seconds that the reply asks to wait.
        task_id: of the task it is about.

    Returns:
        One error, whatever the reply; it is not raised here.
    """
    code = _kind_of_answer(answer)
    return class_of(code)(
        code,
        detail=safe_text(answer.message, private),
        upstream_code=None if answer.code is None else str(answer.code)[:12],
        http_status=answer.status,
        task_id=task_id,
        retry_after=retry_after,
    )


def _kind_of_answer(answer: Answer) -> ErrorCode:
    if answer.is_success:
        return ErrorCode.BAD_REPLY
    if answer.code is not None or _is_error_status(answer):
        return kind_of(answer.effective, answer.message)
    return ErrorCode.BAD_REPLY if answer.is_json else ErrorCode.GATEWAY


def _is_error_status(answer: Answer) -> bool:
    """Whether HTTP's status says on its own what is wrong; a 2xx or a redirect does not."""
    return answer.status >= 400  # noqa: PLR2004 -- HTTP's own number


def kind_of_failure(code: str | None, message: str) -> ErrorCode:
    """The kind of a failed task, from its `failCode`, which is a number as text, or a word.

    A failed task's message is weak evidence: "server is busy" was also seen for bad input addresses.
    """
    number = as_code(code)
    word = (code or "") if number is None else ""
    if number == OK:  # Suno's cover says 200 on success, and nothing of a failure
        number = None
    found = kind_of(number, f"{message} {word}".strip())
    if found in {ErrorCode.UNKNOWN, ErrorCode.GATEWAY}:
        return ErrorCode.TRANSIENT if number is not None and number >= _LEAST_STATUS else ErrorCode.UNKNOWN
    return found
