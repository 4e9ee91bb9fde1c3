"""What can go wrong, kind by kind: who must act, whether asking again helps, what was charged, what to say.

KIE charges nothing for a refused request, and gives back what it held for a task that fails (documented, and
measured once); whether that holds for a task that fails late is not known.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


class ErrorCode(enum.StrEnum):
    """The kinds of errors."""

    NETWORK = "NETWORK"
    """No reply: no connection, a timeout, a broken one."""
    GATEWAY = "GATEWAY"
    """A reply of something between us and KIE: HTML, nothing, a redirect, HTTP 502, 503, 504 or 524."""
    BAD_REPLY = "BAD_REPLY"
    """A reply that says success and lacks what a success has."""
    SUBMISSION_UNKNOWN = "SUBMISSION_UNKNOWN"
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS"
    AUTH = "AUTH"
    FORBIDDEN = "FORBIDDEN"
    KEY_CAP = "KEY_CAP"
    """The key's own hourly, daily or total cap."""
    REGION_BLOCKED = "REGION_BLOCKED"
    UNAVAILABLE = "UNAVAILABLE"
    """The model or feature is paused, withdrawn or switched off."""
    MAINTENANCE = "MAINTENANCE"
    RATE_LIMITED = "RATE_LIMITED"
    CONTENT_POLICY = "CONTENT_POLICY"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    VALIDATION = "VALIDATION"
    TRANSIENT = "TRANSIENT"
    EMPTY_RESULT = "EMPTY_RESULT"
    """A task that succeeded and has no result."""
    WAIT_EXPIRED = "WAIT_EXPIRED"
    """Our patience is at its end; the task's is not."""
    BUDGET = "BUDGET"
    """Our own guard refused to spend."""
    UNKNOWN = "UNKNOWN"


class Actor(enum.StrEnum):
    """Who must act."""

    CALLER = "caller"
    """Whoever made the request must change it."""
    ACCOUNT = "account"
    """Whoever owns the account must change it: its key, its credits, its caps."""
    UPSTREAM = "upstream"
    """KIE, or the network before it; we can only come back later."""
    OPERATOR = "operator"
    """Whoever runs this program: something is left open that a person or `reconcile` must close."""


class Charged(enum.StrEnum):
    """Whether credits were spent."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Kind:
    """What holds for all errors of one code."""

    actor: Actor
    retryable: bool
    """Whether the same request, sent again later, may succeed, and sending it again is safe."""
    charged: Charged
    next_step: str
    """For whoever must act."""
    english: str
    """For the end user."""
    russian: str


def _kind(
    actor: Actor,
    next_step: str,
    english: str,
    russian: str,
    *,
    retryable: bool = False,
    charged: Charged = Charged.NO,
) -> Kind:
    return Kind(actor, retryable, charged, next_step, english, russian)


_CALLER, _ACCOUNT, _UPSTREAM, _OPERATOR = Actor.CALLER, Actor.ACCOUNT, Actor.UPSTREAM, Actor.OPERATOR
_BUSY: Final = (
    "The service is busy. Please try again in a moment.",
    "Сервис занят. Попробуйте ещё раз чуть позже.",
)
_DOWN: Final = (
    "The generation service cannot be reached. Please try again later.",
    "Сервис генерации недоступен. Попробуйте позже.",
)
_OURS: Final = (
    "Generation is not available right now. We are looking into it.",
    "Генерация сейчас недоступна. Мы уже разбираемся.",
)
_FAILED: Final = (
    "The generation failed. Please try again.",
    "Не удалось выполнить генерацию. Попробуйте ещё раз.",
)

KINDS: Final = MappingProxyType(
    {
        ErrorCode.NETWORK: _kind(_UPSTREAM, "ask again later", *_DOWN, retryable=True),
        ErrorCode.GATEWAY: _kind(_UPSTREAM, "ask again later", *_DOWN, retryable=True),
        ErrorCode.BAD_REPLY: _kind(
            _UPSTREAM, "ask again; if it stays so, the API has changed", *_DOWN, retryable=True
        ),
        ErrorCode.SUBMISSION_UNKNOWN: _kind(
            _OPERATOR,
            "do not send it again; call reconcile() to look for the task",
            "We are checking whether your request was accepted. Please do not send it again.",
            "Проверяем, принят ли ваш запрос. Пожалуйста, не отправляйте его повторно.",
            charged=Charged.UNKNOWN,
        ),
        ErrorCode.INSUFFICIENT_CREDITS: _kind(_ACCOUNT, "top up the account's credits", *_OURS),
        ErrorCode.AUTH: _kind(_ACCOUNT, "check the API key at kie.ai/api-key", *_OURS),
        ErrorCode.FORBIDDEN: _kind(_ACCOUNT, "check the key's rights and its IP whitelist", *_OURS),
        ErrorCode.KEY_CAP: _kind(_ACCOUNT, "raise the key's own cap, or wait until it is reset", *_OURS),
        ErrorCode.REGION_BLOCKED: _kind(
            _ACCOUNT,
            "send from a region that KIE serves",
            "This is not available in this region.",
            "Эта функция недоступна в данном регионе.",
        ),
        ErrorCode.UNAVAILABLE: _kind(
            _CALLER,
            "choose another model",
            "This model is not available right now. Please choose another one.",
            "Эта модель сейчас недоступна. Выберите другую.",
        ),
        ErrorCode.MAINTENANCE: _kind(
            _UPSTREAM,
            "come back in some minutes",
            "The service is under maintenance. Please try again in a few minutes.",
            "На сервисе идут технические работы. Попробуйте через несколько минут.",
            retryable=True,
        ),
        ErrorCode.RATE_LIMITED: _kind(_UPSTREAM, "slow down and ask again", *_BUSY, retryable=True),
        ErrorCode.CONTENT_POLICY: _kind(
            _CALLER,
            "change the prompt or the media",
            "The request was rejected by the content rules. Please change the text or the media.",
            "Запрос отклонён правилами о содержании. Измените текст или материалы.",
        ),
        ErrorCode.NOT_FOUND: _kind(
            _CALLER,
            "check the id; records are kept for two months",
            "Nothing was found for this request.",
            "По этому запросу ничего не найдено.",
        ),
        ErrorCode.UNKNOWN_MODEL: _kind(
            _CALLER,
            "check the model id against the catalog",
            "This model does not exist. Please choose another one.",
            "Такой модели нет. Выберите другую.",
        ),
        ErrorCode.VALIDATION: _kind(
            _CALLER,
            "correct the input; see the model's schema",
            "Some settings of the request are not accepted. Please check them.",
            "Некоторые параметры запроса не подходят. Проверьте их.",
        ),
        ErrorCode.TRANSIENT: _kind(_UPSTREAM, "ask again later", *_FAILED, retryable=True),
        ErrorCode.EMPTY_RESULT: _kind(
            _UPSTREAM,
            "look at the task in KIE's log; a new task may be tried",
            *_FAILED,
            charged=Charged.UNKNOWN,
        ),
        ErrorCode.WAIT_EXPIRED: _kind(
            _OPERATOR,
            "wait for the task id again; the task goes on",
            "The generation takes longer than usual. The result will come later.",
            "Генерация занимает больше времени, чем обычно. Результат появится позже.",
            charged=Charged.UNKNOWN,
        ),
        ErrorCode.BUDGET: _kind(
            _OPERATOR,
            "raise the budget or confirm the spending",
            "This request exceeds the spending limit.",
            "Этот запрос превышает лимит расходов.",
        ),
        ErrorCode.UNKNOWN: _kind(
            _UPSTREAM,
            "read the code and the text; nothing is known of them",
            *_FAILED,
            charged=Charged.UNKNOWN,
        ),
    }
)
"""By code; there is a kind for every code."""
