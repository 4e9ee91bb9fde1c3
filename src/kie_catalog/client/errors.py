"""The errors of the client, by who must act.

KieError
├── CallerError          the request must change
├── AccountError         the account's owner must act: key, credits, caps
├── UpstreamError        KIE, or the network before it; come back later
│   └── NotSent          ... and the request surely never reached KIE
├── SubmissionUnknown    a paid request may or may not have been accepted; reconcile before anything is sent
├── TaskFailed           a task was accepted and came to nothing
├── WaitExpired          we stopped waiting; the task goes on
└── BudgetRefused        our own guard refused to spend

No error holds the key, or what the caller wrote into the input: texts of upstream are kept only as far as
they repeat nothing of it (see `privacy`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final

from kie_catalog.client.kinds import KINDS, Actor, Charged, ErrorCode, Kind
from kie_catalog.domain.errors import CatalogError


@dataclass(eq=False)
class KieError(CatalogError):
    """Anything that went wrong between us and KIE."""

    code: ErrorCode
    detail: str = ""
    """What upstream said, with nothing private in it; in upstream's language, for people who run this."""
    upstream_code: str | None = None
    """The code in the reply's body, or the task's `failCode`."""
    http_status: int | None = None
    task_id: str | None = None
    retry_after: float | None = None
    """Seconds that upstream asked us to wait."""
    exit_code: ClassVar[int] = 5

    def __post_init__(self) -> None:
        """Let pickling and copying see all fields."""
        super().__init__(
            self.code, self.detail, self.upstream_code, self.http_status, self.task_id, self.retry_after
        )

    @property
    def kind(self) -> Kind:
        """What holds for all errors of this code."""
        return KINDS[self.code]

    @property
    def retryable(self) -> bool:
        """Whether the same request, sent again later, may succeed, and sending it again is safe."""
        return self.kind.retryable

    @property
    def charged(self) -> Charged:
        """Whether credits were spent."""
        return self.kind.charged

    @property
    def next_step(self) -> str:
        """What whoever must act should do."""
        return self.kind.next_step

    def message(self, language: str = "en") -> str:
        """A sentence for the end user, in English, or in Russian for `ru`."""
        return self.kind.russian if language == "ru" else self.kind.english

    def __str__(self) -> str:
        where = f"task {self.task_id}: " if self.task_id else ""
        said = f" ({self.detail})" if self.detail else ""
        number = self.upstream_code or (self.http_status and f"HTTP {self.http_status}") or ""
        named = f"{self.code} {number}".strip()
        return f"{where}{named}{said}; {self.next_step}"


class CallerError(KieError):
    """The request must change."""

    exit_code: ClassVar[int] = 1


class AccountError(KieError):
    """The account's owner must act."""

    exit_code: ClassVar[int] = 2


class UpstreamError(KieError):
    """KIE, or the network before it, could not answer; come back later."""


class NotSent(UpstreamError):
    """The request surely never reached KIE, so that even a paid one may be sent again."""


@dataclass(eq=False)
class SubmissionUnknown(KieError):
    """A paid request may or may not have been accepted; it must not be sent again before `reconcile`."""

    fingerprint: str = ""
    """The submission's; equal requests have equal ones, and it tells nothing of the input."""
    submission: Any = field(default=None, repr=False)
    """What `reconcile` needs; see `client.submission.Submission`."""
    exit_code: ClassVar[int] = 4

    def __str__(self) -> str:
        return f"submission {self.fingerprint}: {super().__str__()}"


@dataclass(eq=False)
class TaskFailed(KieError):
    """A task was accepted and came to nothing; a new task costs anew."""

    credits: str | None = None
    """What upstream says it took, in credits; `None` where it does not say."""

    @property
    def retryable(self) -> bool:
        """Whether a new task with the same input may be tried once."""
        return self.code is ErrorCode.TRANSIENT

    @property
    def charged(self) -> Charged:
        """What upstream says; where it says nothing, what holds for the code."""
        if self.credits is None:
            return self.kind.charged
        return Charged.NO if float(self.credits) == 0 else Charged.YES


class WaitExpired(KieError):
    """We stopped waiting; the task goes on, and its id is here."""

    exit_code: ClassVar[int] = 4


class BudgetRefused(KieError):
    """Our own guard refused to spend; nothing was sent."""

    exit_code: ClassVar[int] = 4


_CLASSES: Final = MappingProxyType(
    {Actor.CALLER: CallerError, Actor.ACCOUNT: AccountError, Actor.UPSTREAM: UpstreamError}
)
_OWN: Final = MappingProxyType(
    {
        ErrorCode.SUBMISSION_UNKNOWN: SubmissionUnknown,
        ErrorCode.WAIT_EXPIRED: WaitExpired,
        ErrorCode.BUDGET: BudgetRefused,
    }
)


def class_of(code: ErrorCode) -> type[KieError]:
    """The class of the errors of a code."""
    return _OWN.get(code) or _CLASSES[KINDS[code].actor]


def handle_kie_error(error: BaseException, *, language: str = "en") -> dict[str, Any]:
    """An error as data, for callers that answer `{'ok': False, 'error': …}`.

    Args:
        error: any; one that is none of ours becomes `UNKNOWN` and shows nothing of itself but its class.
        language: of `message`, the sentence for the end user, `en` or `ru`; `messages` has both.

    Returns:
        JSON-ready data without the key and without anything of the input.
    """
    if not isinstance(error, KieError):
        error = class_of(ErrorCode.UNKNOWN)(ErrorCode.UNKNOWN, detail=type(error).__name__)
    return {
        "ok": False,
        "error": {
            "code": error.code.value,
            "actor": error.kind.actor.value,
            "message": error.message(language),
            "messages": {each: error.message(each) for each in ("en", "ru")},
            "retryable": error.retryable,
            "charged": error.charged.value,
            "next_step": error.next_step,
            "detail": error.detail,
            "upstream_code": error.upstream_code,
            "task_id": error.task_id,
            "fingerprint": getattr(error, "fingerprint", None) or None,
        },
    }
